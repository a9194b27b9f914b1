"""Containerized: a Dockerfile of the folder's own."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, PortProtocol, ServiceType
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Recommendation
from kyozo_gql.topology.serving import choose_health_check, note_environment, port_mappings
from kyozo_gql.topology.sources import as_port

FILES = ("Dockerfile", "Containerfile", "dockerfile")
_KNOWN = frozenset(
    {
        "FROM", "RUN", "CMD", "LABEL", "MAINTAINER", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT", "VOLUME", "USER", "WORKDIR",
        "ARG", "ONBUILD", "STOPSIGNAL", "HEALTHCHECK", "SHELL",
    }
)  # fmt: skip
_BARE = re.compile(r"^(?:\S*/)?(?:scratch|alpine|debian|ubuntu|busybox|fedora|centos|rockylinux|amazonlinux)(?::\S*)?(?:@\S*)?$")
_EXPOSED = re.compile(r"^(\d{1,5})(?:-\d{1,5})?(?:/(tcp|udp))?$", re.IGNORECASE)
_LOCAL_URL = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d{1,5}|\$\{?PORT\}?(?::-\d+\})?))?(/[^\s\"'|&;)]*)?"
)
_ENV_PORT = re.compile(r"(?:^|\s)PORT[=\s]\"?(\d{2,5})\b")
_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")
_OPTION = re.compile(r"^(?:--\S+\s+)+")
_MISSING_SHARE = 0.5


@dataclass(slots=True)
class DockerfileText:
    """The last stage of a Dockerfile: its base, what it exposes and starts. ``unknown``: (line, word) that are no instruction."""

    base: str | None = None
    stages: int = 0
    ports: list[PortMapping] = field(default_factory=list)
    env_port: int | None = None
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    health: str | None = None
    sources: list[str] = field(default_factory=list)
    known: int = 0
    unknown: list[tuple[int, str]] = field(default_factory=list)


def detect_dockerfile(folder: Folder) -> Finding | None:
    """What a Dockerfile makes of a folder; None where there is none that has text."""
    name = folder.first(*FILES)
    text = folder.read(name) if name else None
    if name is None or text is None:
        return None
    parsed = parse_dockerfile(text)
    finding = Finding(ServiceType.CONTAINERIZED)
    _weigh(finding, folder, name, parsed)
    defaults, required = note_environment(finding, folder, None, frozenset())
    first = next((mapping.container_port for mapping in parsed.ports if mapping.protocol is PortProtocol.TCP), None)
    port = first or parsed.env_port
    line = shlex.join([*(parsed.entrypoint or ()), *(parsed.command or ())])
    finding.metadata |= {"image_command": line or None, "base_image": parsed.base, "reads_port": parsed.env_port is not None}
    finding.recommendation = Recommendation(
        dockerfile_path=name,
        ports=tuple(parsed.ports) or port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=_health_check(parsed.health, port),
    )
    return finding


def parse_dockerfile(text: str) -> DockerfileText:
    """What a Dockerfile says; lines that are no instruction are gathered, never raised."""
    parsed = DockerfileText()
    for number, word, rest in _instructions(text):
        if word not in _KNOWN:
            parsed.unknown.append((number, word))
            continue
        parsed.known += 1
        _take(parsed, word, rest)
    return parsed


def _instructions(text: str) -> list[tuple[int, str, str]]:
    """(line number, upper-case word, arguments), continuation lines joined, comments and here-documents left out."""
    found: list[tuple[int, str, str]] = []
    start, parts, ends = 0, list[str](), list[str]()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if ends:
            if line == ends[0]:
                ends.pop(0)
            continue
        if not line or line.startswith("#"):
            continue
        start = start if parts else number
        parts.append(line.removesuffix("\\").removesuffix("`").strip())
        if line.endswith(("\\", "`")):
            continue
        word, _, rest = " ".join(parts).partition(" ")
        found.append((start, word.upper(), rest.strip()))
        parts = []
        if word.upper() in {"RUN", "COPY", "ADD"}:
            ends = _HEREDOC.findall(rest)
    return found


def _take(parsed: DockerfileText, word: str, rest: str) -> None:
    match word:
        case "FROM":
            _take_stage(parsed, _OPTION.sub("", rest))
        case "EXPOSE":
            parsed.ports += [mapping for item in rest.split() if (mapping := _exposed(item)) and mapping not in parsed.ports]
        case "ENV":
            match_ = _ENV_PORT.search(rest)
            parsed.env_port = as_port(match_[1]) if match_ else parsed.env_port
        case "CMD":
            parsed.command = _exec_form(rest)
        case "ENTRYPOINT":
            parsed.entrypoint, parsed.command = _exec_form(rest), None
        case "HEALTHCHECK":
            parsed.health = _OPTION.sub("", rest)
        case "COPY" | "ADD" if "--from" not in rest and not rest.startswith("["):
            parsed.sources += [item for item in _OPTION.sub("", rest).split()[:-1] if not re.search(r"[*?$\[<]|://|^git@", item)]
        case _:
            return


def _take_stage(parsed: DockerfileText, rest: str) -> None:
    parsed.base = rest.split(maxsplit=1)[0] if rest.split() else None
    parsed.stages += 1
    parsed.ports, parsed.command, parsed.entrypoint, parsed.health, parsed.env_port = [], None, None, None, None


def _exposed(item: str) -> PortMapping | None:
    match = _EXPOSED.match(item)
    port = as_port(match[1]) if match else None
    return PortMapping(port, protocol=PortProtocol((match[2] or "tcp").lower())) if match and port else None


def _exec_form(rest: str) -> tuple[str, ...]:
    if rest.startswith("["):
        try:
            items = json.loads(rest)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(items)
    return ("sh", "-c", rest) if rest else ()


def _health_check(health: str | None, port: int | None) -> HealthCheckSpec:
    if health is None or health.upper() == "NONE":
        return choose_health_check(port, web=False, path=None)
    url = _LOCAL_URL.search(health)
    if url:
        asked = as_port(url[1]) if url[1] and url[1].isdigit() else port
        return HealthCheckSpec(HealthCheckKind.HTTP, path=url[2] or "/", port=asked or 80)
    command = _exec_form(health.partition(" ")[2].strip()) if health.upper().startswith("CMD") else ()
    return (
        HealthCheckSpec(HealthCheckKind.COMMAND, command=command, port=port)
        if command
        else choose_health_check(port, web=False, path=None)
    )


def _weigh(finding: Finding, folder: Folder, name: str, parsed: DockerfileText) -> None:
    def note(rule: str, weight: float, detail: str) -> None:
        finding.indicators.append(folder.indicate(name, rule, weight, detail))

    if parsed.known == 0:
        note("dockerfile.broken", -1.0, "holds no instruction of a Dockerfile")
        return
    note("dockerfile.present", 0.8, f"builds on {parsed.base}" if parsed.base else "a Dockerfile")
    if parsed.base is None:
        note("dockerfile.broken", -0.2, "has no FROM")
    if parsed.unknown:
        line, word = parsed.unknown[0]
        note("dockerfile.broken", -0.1, f"line {line}: {word[:40]} is no instruction")
    if parsed.ports:
        note("dockerfile.expose", 0.1, f"exposes {', '.join(str(mapping.container_port) for mapping in parsed.ports[:10])}")
    if parsed.command or parsed.entrypoint:
        note("dockerfile.command", 0.1, "says what the container runs")
    elif parsed.base and _BARE.match(parsed.base):
        note("dockerfile.no_command", -0.3, f"runs nothing: {parsed.base} has no program of its own to run")
    absent = [source for source in parsed.sources if not _is_there(folder, source)]
    if absent and len(absent) > len(parsed.sources) * _MISSING_SHARE:
        note("dockerfile.context", -0.35, f"copies {absent[0][:100]}, which is not in this folder: it is built from another one")


def _is_there(folder: Folder, source: str) -> bool:
    path = source.strip("\"'").removeprefix("./").strip("/")
    if path in {"", "."}:
        return True
    parent, _, last = path.rpartition("/")
    place = folder.locate(parent) if parent else folder.path
    # Build output and dependencies may be copied, and are made before the build.
    return last in folder.tree.files(place) or last in folder.tree.subfolders(place) or path.split("/")[0] in _MADE_BEFORE


_MADE_BEFORE = frozenset({"target", "dist", "build", "out", "bin", "node_modules", "vendor", "public", ".next"})
