"""nginx: server blocks, what they listen on, and where they pass requests; with what is included from the same folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kyozo_gql.core.spec import PortProtocol
from kyozo_gql.topology.proxy_config import Listener, Opener, ProxyConfig, Upstream, unique_listeners, unique_upstreams
from kyozo_gql.topology.sources import as_port

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{[^}\s]{0,300}\}|\\.|[^\s{};])+|.""", re.DOTALL
)
_MAX_DEPTH = 20
_MAX_FILES = 40
_MAX_RANGE = 100
_PASS = frozenset({"proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"})
_LISTEN = re.compile(r"^(?:(\[[0-9a-fA-F:]*\]|[^:\[\]]+):)?(\d{1,5})(?:-(\d{1,5}))?$")
_TARGET = re.compile(r"^(?:\w{2,10}://)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9_][\w.-]{0,120})(?::(\d{1,5}))?(?:[/?].*|\$.*)?$")
_PATH_VARIABLE = re.compile(r"\$\{?(?:request_uri|uri|document_uri|is_args|args|query_string|\d)\}?")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_HEALTH = re.compile(r"^/(?:healthz?|health-check|nginx-health|_health|ping|status)/?$")
_FRAGMENT_ONLY = frozenset({"location", "upstream", "map", "geo", "if", "limit_except", "types", "split_clients"})


@dataclass(slots=True)
class Directive:
    """One directive: its words, where it stands, and what its braces hold; None: it has no braces."""

    words: list[str]
    file: str
    line: int
    block: list[Directive] | None = None

    @property
    def name(self) -> str:
        """Its first word."""
        return self.words[0]


@dataclass(slots=True)
class _Reading:
    open: Opener
    files: list[str] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    servers: int = 0
    groups: dict[str, list[Upstream]] = field(default_factory=dict)
    passed: list[tuple[str, Directive]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    variables: list[str] = field(default_factory=list)
    health_path: str | None = None
    serves: bool = False


def read_nginx(text: str, file: str, opener: Opener) -> ProxyConfig | None:
    """An nginx configuration; None for a text that is none, or that has no server."""
    directives = parse_nginx(text, file)
    names = {directive.name for directive in directives}
    reading = _Reading(opener, [file])
    for directive, parents in _walk(directives, reading, ()):
        _take(reading, directive, parents)
    if reading.servers == 0:
        return None
    upstreams = [upstream for target, directive in reading.passed for upstream in _resolve(reading, target, directive)]
    return ProxyConfig(
        "nginx",
        file,
        unique_listeners(reading.listeners),
        unique_upstreams(upstreams),
        tuple(dict.fromkeys(reading.variables)),
        tuple(dict.fromkeys(reading.files)),
        reading.health_path,
        whole=bool(names & {"http", "events", "stream"}),
        foreground=any(item.words[:2] == ["daemon", "off"] for item in directives),
        template=file.endswith(".template"),
        serves=reading.serves,
    )


def parse_nginx(text: str, file: str) -> list[Directive]:
    """The directives of a text; one that is not ended, or closed too often, is left out."""
    root: list[Directive] = []
    stack, words, line, start = [root], list[str](), 1, 1
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece == "{" and words:
            directive = Directive(words, file, start, [])
            if len(stack) <= _MAX_DEPTH:
                stack[-1].append(directive)
            stack.append(directive.block if directive.block is not None else [])
            words = []
        elif piece == "}":
            words = []
            if len(stack) > 1:
                stack.pop()
        elif piece == ";":
            if words:
                stack[-1].append(Directive(words, file, start))
            words = []
        elif not piece.isspace() and not piece.startswith("#") and piece != "{":
            start = start if words else line
            words.append(piece[1:-1] if piece[0] in "\"'" and len(piece) > 1 else piece)
        line += piece.count("\n")
    return root


def _walk(
    directives: list[Directive], reading: _Reading, parents: tuple[Directive, ...]
) -> Iterator[tuple[Directive, tuple[Directive, ...]]]:
    if len(parents) > _MAX_DEPTH:
        return
    for directive in directives:
        if directive.name == "include" and len(directive.words) > 1:
            for path, text in reading.open(directive.words[1]):
                if path not in reading.files and len(reading.files) < _MAX_FILES:
                    reading.files.append(path)
                    yield from _walk(parse_nginx(text, path), reading, parents)
            continue
        yield directive, parents
        if directive.block and "lua" not in directive.name:
            yield from _walk(directive.block, reading, (*parents, directive))


def _take(reading: _Reading, directive: Directive, parents: tuple[Directive, ...]) -> None:
    words, around = directive.words, parents[-1].name if parents else ""
    match directive.name:
        case "server" if directive.block is not None:
            _take_server(reading, directive, parents)
        case "server" if around == "upstream" and len(words) > 1:
            _take_member(reading, directive, parents[-1])
        case "listen" if around == "server" and len(words) > 1:
            _listen(reading, directive)
        case "set" if len(words) == 3:  # noqa: PLR2004 — set, its name, its value
            reading.values.setdefault(words[1].lstrip("$"), words[2])
        case "location" if len(words) > 1 and reading.health_path is None and _HEALTH.match(words[-1]):
            reading.health_path = words[-1]
        case "root" | "alias" | "return" | "try_files":
            reading.serves = True
        case name if name in _PASS and len(words) > 1:
            reading.passed.append((words[1], directive))
        case _:
            return


def _take_server(reading: _Reading, directive: Directive, parents: tuple[Directive, ...]) -> None:
    reading.servers += 1
    listens = any(item.name == "listen" for item in directive.block or [])
    if not listens and "stream" not in {item.name for item in parents}:
        reading.listeners.append(Listener(80, directive.file, directive.line))


def _take_member(reading: _Reading, directive: Directive, group: Directive) -> None:
    found = _upstream(directive.words[1], directive, backup="backup" in directive.words)
    if found and "down" not in directive.words:
        reading.groups.setdefault(" ".join(group.words[1:2]), []).append(found)
    elif "$" in directive.words[1]:
        reading.variables += _VARIABLE.findall(directive.words[1])


def _listen(reading: _Reading, directive: Directive) -> None:
    text, options = directive.words[1], directive.words[2:]
    if text.startswith("unix:"):
        return
    if "$" in text:
        reading.variables += _VARIABLE.findall(text)
        return
    match = _LISTEN.match(text)
    protocol = PortProtocol.UDP if {"udp", "quic"} & set(options) else PortProtocol.TCP
    if match is None:
        port = 80 if re.fullmatch(r"[\w.*-]+|\[[0-9a-fA-F:]+\]", text) else None  # an address alone
        ports = [port] if port else []
    else:
        first, last = int(match[2]), int(match[3] or match[2])
        ports = [port for number in range(first, min(last, first + _MAX_RANGE) + 1) if (port := as_port(number))]
    reading.listeners += [Listener(port, directive.file, directive.line, protocol) for port in ports]


def _resolve(reading: _Reading, target: str, directive: Directive) -> list[Upstream]:
    """What a target stands for: the servers of a group, the value of a variable, or itself."""
    plain = _PATH_VARIABLE.sub("/", re.sub(r"^\w{2,10}://", "", target))
    for name in _VARIABLE.findall(plain.partition("/")[0]):
        value = reading.values.get(name)
        if value is None or "$" in value:
            reading.variables.append(name)
            return []
        bare = re.sub(r"^\w{2,10}://", "", value)
        plain = plain.replace(f"${{{name}}}", bare).replace(f"${name}", bare)
    host = re.split(r"[:/?$]", plain, maxsplit=1)[0]
    if plain.split("/")[0] in reading.groups or host in reading.groups:
        return reading.groups.get(plain.split("/")[0]) or reading.groups[host]
    found = _upstream(plain, directive)
    return [found] if found else []


def _upstream(text: str, directive: Directive, *, backup: bool = False) -> Upstream | None:
    if text.startswith("unix:") or "$" in text.partition("/")[0]:
        return None
    match = _TARGET.match(text)
    return Upstream(match[1], as_port(match[2]), directive.file, directive.line, backup) if match else None
