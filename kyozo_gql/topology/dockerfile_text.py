"""What a Dockerfile says about the container that it makes: instructions, variables, stages; of the last stage, or of a target."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kyozo_gql.core.spec import PortMapping, PortProtocol
from kyozo_gql.topology.dockerfile_context import known_folder
from kyozo_gql.topology.dockerfile_variables import expand, read_assignments
from kyozo_gql.topology.sources import as_port

KNOWN = frozenset(
    {
        "FROM", "RUN", "CMD", "LABEL", "MAINTAINER", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT", "VOLUME", "USER", "WORKDIR",
        "ARG", "ONBUILD", "STOPSIGNAL", "HEALTHCHECK", "SHELL",
    }
)  # fmt: skip
_DIRECTIVE = re.compile(r"^#\s{0,5}(\w{1,20})\s{0,5}=\s{0,5}(\S{1,200})\s*$")
_EXPOSED = re.compile(r"^(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp))?$", re.IGNORECASE)
_HEREDOC = re.compile(r"<<(-?)[\"']?(\w{1,60})[\"']?")
_OPTIONS = re.compile(r"^(?:--\S{1,500}(?:\s+|$)){1,20}")
_FROM_STAGE = re.compile(r"--from=(\S{1,200})")
_PATTERN = re.compile(r"[*?$\[<]|://|^git@")
# What is kept of one Dockerfile, and of one instruction: what builds an image comes nowhere near.
_MAX_PORTS = 20
_MAX_RUNS, _MAX_RUN = 100, 2_000
_MAX_STAGES = 100
_MAX_WORDS = 500


@dataclass(slots=True)
class Stage:
    """One stage. ``base`` is an image, or the name of an earlier stage before it was looked up; ``name`` is its own.

    ``command`` and ``entrypoint``: argument vectors; ``shell_command`` and ``shell_entrypoint``: the line, where written for
    a shell. ``copied_from``: the stages and images that it takes files from. ``bases``: the base, and what that is built on.
    """

    base: str | None = None
    name: str | None = None
    bases: tuple[str, ...] = ()
    ports: list[PortMapping] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    shell_command: str | None = None
    shell_entrypoint: str | None = None
    own_command: bool = False
    health: str | None = None
    user: str | None = None
    shell: tuple[str, ...] = ("sh", "-c")
    copied_from: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class DockerfileText(Stage):
    """The stage that is run, and the file around it. ``unknown``: (line, word) that are no instruction; ``sources``: what is copied
    from the context, in any stage; ``images``: the bases of all stages in order; ``runs``: the lines that the build runs.
    """

    stages: int = 0
    images: tuple[str, ...] = ()
    sources: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    known: int = 0
    unknown: list[tuple[int, str]] = field(default_factory=list)

    @property
    def env_port(self) -> int | None:
        """What the variable PORT is set to."""
        return as_port(self.environment.get("PORT"))

    @property
    def line(self) -> str | None:
        """What the container runs, as a line of shell; None where the base image decides."""
        words = [*(self.entrypoint or ()), *(self.command or ())]
        if self.shell_entrypoint:
            return self.shell_entrypoint
        if self.shell_command and not self.entrypoint:
            return self.shell_command
        return " ".join(_quote(word) for word in words) or None


def parse_dockerfile(text: str, target: str | None = None, arguments: Mapping[str, str] | None = None) -> DockerfileText:
    """What a Dockerfile says of its last stage, or of ``target`` where there is one; ``arguments`` are those of the build.

    Lines that are no instruction are gathered, never raised.
    """
    reader = _Reader(dict(arguments or {}))
    for number, word, rest in _instructions(text):
        if word not in KNOWN:
            reader.unknown.append((number, word))
            continue
        reader.known += 1
        reader.take(word, rest, number)
    return reader.finish(target)


def exec_form(rest: str) -> tuple[str, ...] | None:
    """The words of a JSON array; None for a line that is meant for a shell."""
    if not rest.startswith("["):
        return None
    try:
        items = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    return tuple(items) if isinstance(items, list) and all(isinstance(item, str) for item in items) else None


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """(line number, upper-case word, arguments), continuation lines joined; comments and here-documents are left out."""
    lines = text.splitlines()
    escape = _escape(lines)
    start, parts, ends = 0, list[str](), list[tuple[bool, str]]()
    for number, raw in enumerate(lines, start=1):
        if ends:
            tabs, end = ends[0]
            if (raw.lstrip("\t") if tabs else raw).rstrip() == end:
                ends.pop(0)
            continue
        line = raw.strip()
        if not line or line.startswith("#"):  # inside a continued line as well
            continue
        start = start if parts else number
        continues = line.endswith(escape)
        parts.append(line[:-1].strip() if continues else line)
        if continues:
            continue
        yield from _instruction(start, " ".join(parts))
        ends = _heredocs(" ".join(parts))
        parts = []
    if parts:
        yield from _instruction(start, " ".join(parts))


def _instruction(number: int, line: str) -> Iterator[tuple[int, str, str]]:
    word, _, rest = line.replace("\t", " ").partition(" ")
    if word:
        yield number, word.upper(), rest.strip()


def _escape(lines: list[str]) -> str:
    """The character that continues a line: a directive at the very top may change it."""
    for line in lines:
        match = _DIRECTIVE.match(line.strip())
        if match is None:
            break
        if match[1].lower() == "escape" and match[2] in {"`", "\\"}:
            return match[2]
    return "\\"


def _heredocs(line: str) -> list[tuple[bool, str]]:
    if line.partition(" ")[0].upper() not in {"RUN", "COPY", "ADD"}:
        return []
    return [(match[1] == "-", match[2]) for match in _HEREDOC.finditer(line)]


class _Reader:
    """Takes the instructions one after the other."""

    def __init__(self, arguments: dict[str, str]) -> None:
        self.given = arguments
        self.globals: dict[str, str] = {}
        self.stages: list[Stage] = []
        self.sources: list[str] = []
        self.runs: list[str] = []
        self.known = 0
        self.unknown: list[tuple[int, str]] = []

    def take(self, word: str, rest: str, number: int) -> None:
        """One instruction."""
        if word == "FROM":
            self._begin(rest, number)
        elif not self.stages:
            if word == "ARG":
                self.globals |= self._declared(rest, self.globals)
            else:
                self.stages.append(Stage())
                self.take(word, rest, number)
        else:
            if word == "RUN" and len(self.runs) < _MAX_RUNS:
                self.runs.append(rest[:_MAX_RUN])
            self._take_in_stage(self.stages[-1], word, rest, number)

    def finish(self, target: str | None) -> DockerfileText:
        """The stage that is run, with what is known of the file."""
        chosen = next((stage for stage in self.stages if target and (stage.name or "").lower() == target.lower()), None)
        chosen = chosen or (self.stages[-1] if self.stages else Stage())
        fields = {name: getattr(chosen, name) for name in Stage.__dataclass_fields__}
        return DockerfileText(
            **fields,
            stages=sum(1 for stage in self.stages if stage.base),
            images=tuple(dict.fromkeys(stage.bases[-1] for stage in self.stages if stage.bases)),
            sources=self.sources,
            runs=self.runs,
            known=self.known,
            unknown=self.unknown,
        )

    def _begin(self, rest: str, number: int) -> None:
        if len(self.stages) >= _MAX_STAGES:
            return
        words = _OPTIONS.sub("", rest).split(maxsplit=3)
        named = words[2] if len(words) > 2 and words[1].lower() == "as" else None  # noqa: PLR2004 — FROM image AS name
        base = (
            expand(words[0], self.globals | {key: value for key, value in self.given.items() if key in self.globals})
            if words
            else None
        )
        parent = self._find(base)
        stage = Stage(base=base or None, name=named, bases=(base,) if base else ())
        if parent:
            stage.bases = (*stage.bases, *parent.bases)
            stage.ports, stage.environment = list(parent.ports), dict(parent.environment)
            stage.command, stage.entrypoint = parent.command, parent.entrypoint
            stage.shell_command, stage.shell_entrypoint = parent.shell_command, parent.shell_entrypoint
            stage.health, stage.user, stage.shell = parent.health, parent.user, parent.shell
            stage.copied_from, stage.lines = list(parent.copied_from), dict(parent.lines)
        stage.lines["FROM"] = number
        self.stages.append(stage)

    def _find(self, name: str | None) -> Stage | None:
        """The latest stage of this name or number."""
        for index, stage in reversed(list(enumerate(self.stages))):
            if name and (name.lower() == (stage.name or "").lower() or name == str(index)):
                return stage
        return None

    def _declared(self, rest: str, values: dict[str, str]) -> dict[str, str]:
        """What ARG declares: a value of the build's, else the default."""
        found: dict[str, str] = {}
        for name, value in read_assignments(rest, bare=True):
            default = expand(value, values | found) if value is not None else self.globals.get(name)
            found[name] = self.given.get(name, default or "")
        return found

    def _take_in_stage(self, stage: Stage, word: str, rest: str, number: int) -> None:
        stage.lines[word] = number
        values = {**stage.arguments, **stage.environment}
        match word:
            case "ARG":
                stage.arguments |= self._declared(rest, values)
            case "ENV":
                for name, value in read_assignments(rest):
                    stage.environment[name] = expand(value or "", values)
            case "EXPOSE":
                found = (mapping for item in rest.split()[:_MAX_WORDS] for mapping in _exposed(expand(item, values)))
                stage.ports += [mapping for mapping in found if mapping not in stage.ports][:_MAX_PORTS]
            case "CMD" | "ENTRYPOINT":
                _take_process(stage, word, rest)
            case "SHELL":
                stage.shell = exec_form(rest) or stage.shell
            case "HEALTHCHECK":
                stage.health = rest
            case "USER":
                stage.user = expand(rest, values) or None
            case "COPY" | "ADD":
                self._take_copy(stage, rest, values)
            case _:
                return

    def _take_copy(self, stage: Stage, rest: str, values: dict[str, str]) -> None:
        origin = _FROM_STAGE.search(rest)
        if origin:
            name = expand(origin[1], values)
            found = self._find(name)
            stage.copied_from += list(found.bases) if found else [name]
            return
        plain = _OPTIONS.sub("", rest)
        items = [expand(item, values) for item in list(exec_form(plain) or plain.split())[:-1][:_MAX_WORDS]]
        self.sources += [item for item in map(known_folder, items) if item and not _PATTERN.search(item)]


def _take_process(stage: Stage, word: str, rest: str) -> None:
    if word == "CMD":
        stage.command, stage.shell_command = _runs(rest, stage)
        stage.own_command = True
        return
    stage.entrypoint, stage.shell_entrypoint = _runs(rest, stage)
    if not stage.own_command:  # an entry point takes the place of the command of the base
        stage.command = stage.shell_command = None


def _runs(rest: str, stage: Stage) -> tuple[tuple[str, ...] | None, str | None]:
    words = exec_form(rest)
    if words is not None:
        return words or None, None
    return ((*stage.shell, rest), rest) if rest else (None, None)


def _exposed(item: str) -> list[PortMapping]:
    match = _EXPOSED.match(item)
    first, last = (as_port(match[1]), as_port(match[2] or match[1])) if match else (None, None)
    if match is None or first is None or last is None:
        return []
    protocol = PortProtocol((match[3] or "tcp").lower())
    return [PortMapping(port, protocol=protocol) for port in range(first, min(last, first + _MAX_PORTS - 1) + 1)]


def _quote(word: str) -> str:
    """The word as people write it: in quotes only where a shell would take it apart."""
    return word if re.fullmatch(r"[\w@%+=:,./~$\{\}-]+", word) else "'" + word.replace("'", "'\"'\"'") + "'"
