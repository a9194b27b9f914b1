"""Caddy: the sites of a Caddyfile, their ports, and where they pass requests; with snippets and what is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kyozo_gql.topology.proxy_config import Listener, Opener, ProxyConfig, Upstream, unique_listeners, unique_upstreams
from kyozo_gql.topology.sources import as_port

_TOKEN = re.compile(r"""\n|[ \t\r]+|\#[^\n]*|"(?:\\.|[^"\\])*"|`[^`]*`|(?:\{\$[^}\s]{0,300}\}|\\.|\{[^\s{}]+\}|[^\s])+""")
_PLACEHOLDER = re.compile(r"\{\$(\w+)(?::([^}]*))?\}|\{env\.(\w+)\}|\{args(?:\[\d+\]|\.\d+)\}")
_ADDRESS = re.compile(r"^(?:(https?)://)?(?:[^:/\s\[\]]*|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?(?:/.*)?$")
_HOST = re.compile(r"^(?:(\w{2,6})://)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9_][\w.-]{0,120})?(?::(\d{1,5})(?:-(\d{1,5}))?)?(?:/.*)?$")
_MAX_DEPTH = 20
_MAX_LINES = 5_000  # once imports are written out, which may import one another
_SERVES = frozenset({"file_server", "respond", "redir", "root", "templates", "php_server", "error", "metrics", "static_response"})


@dataclass(slots=True)
class _Line:
    words: list[str]
    file: str
    number: int
    block: list[_Line] | None = None


@dataclass(slots=True)
class _Reading:
    open: Opener
    files: list[str]
    snippets: dict[str, list[_Line]] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    upstreams: list[Upstream] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    http_port: int = 80
    https_port: int = 443
    serves: bool = False
    lines: int = 0


def read_caddyfile(text: str, file: str, opener: Opener) -> ProxyConfig | None:
    """A Caddyfile; None for a text that is none, or that has no site that does anything."""
    lines = _parse(text, file)
    reading = _Reading(opener, [file])
    sites = _sites(lines, reading)
    for site, below in sites:
        _listen(reading, site)
        for line in _expand(below, reading, ()):
            _take(reading, line)
    if not sites or not (reading.upstreams or reading.serves or reading.variables):
        return None
    return ProxyConfig(
        "caddy",
        file,
        unique_listeners(reading.listeners),
        unique_upstreams(reading.upstreams),
        tuple(dict.fromkeys(reading.variables)),
        tuple(reading.files),
        serves=reading.serves,
    )


def _parse(text: str, file: str) -> list[_Line]:
    root: list[_Line] = []
    stack, words, number = [root], list[str](), 1
    start = 1

    def end() -> None:
        nonlocal words
        if words:
            stack[-1].append(_Line(words, file, start))
        words = []

    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece == "\n":
            if len(words) > 0 and words[-1].endswith(","):  # the addresses of a site go on in the next line
                number += 1
                continue
            end()
        elif piece == "{":
            line = _Line(words, file, start if words else number, [])
            stack[-1].append(line)
            stack.append(line.block if line.block is not None and len(stack) <= _MAX_DEPTH else [])
            words = []
        elif piece == "}":
            end()
            if len(stack) > 1:
                stack.pop()
        elif not piece.isspace() and not piece.startswith("#"):
            start = start if words else number
            words.append(piece[1:-1] if piece[0] in '"`' and len(piece) > 1 else piece)
        number += piece.count("\n")
    end()
    return root


def _sites(lines: list[_Line], reading: _Reading) -> list[tuple[_Line, list[_Line]]]:
    """The sites with their directives; options and snippets are taken on the way. A file of one site needs no braces."""
    sites: list[tuple[_Line, list[_Line]]] = []
    waiting = list(lines)
    if waiting and waiting[0].block is None and waiting[0].words[0] != "import":
        first = waiting[0]
        return [(first, waiting[1:])] if _ADDRESS.match(_filled(first.words[0].rstrip(","), reading)) else []
    while waiting:
        line = waiting.pop(0)
        if not line.words:
            _take_options(reading, line.block or [])
        elif re.fullmatch(r"\([\w.-]+\)", line.words[0]):
            reading.snippets[line.words[0][1:-1]] = line.block or []
        elif line.words[0] == "import" and line.block is None:
            waiting = [*_imported(line, reading), *waiting][:_MAX_LINES]
        elif line.block is not None:
            sites.append((line, line.block))
    return sites


def _take_options(reading: _Reading, lines: list[_Line]) -> None:
    for line in lines:
        port = as_port(line.words[1]) if len(line.words) > 1 else None
        if port and line.words[0] == "http_port":
            reading.http_port = port
        elif port and line.words[0] == "https_port":
            reading.https_port = port


def _imported(line: _Line, reading: _Reading) -> list[_Line]:
    """What an import stands for: a snippet, or the lines of files."""
    name = line.words[1] if len(line.words) > 1 else ""
    if name in reading.snippets:
        return reading.snippets[name]
    found: list[_Line] = []
    for path, text in reading.open(name):
        if path not in reading.files:
            reading.files.append(path)
            found += _parse(text, path)
    return found


def _expand(lines: list[_Line], reading: _Reading, imports: tuple[str, ...]) -> Iterator[_Line]:
    for line in lines:
        reading.lines += 1
        if reading.lines > _MAX_LINES or len(imports) > _MAX_DEPTH:
            return
        if line.words[:1] == ["import"]:
            name = line.words[1] if len(line.words) > 1 else ""
            if name not in imports:
                yield from _expand(_imported(line, reading), reading, (*imports, name))
            continue
        yield line
        if line.block and line.words and line.words[0] not in {"reverse_proxy", "php_fastcgi"}:
            yield from _expand(line.block, reading, imports)


def _listen(reading: _Reading, site: _Line) -> None:
    for word in " ".join(site.words).replace(",", " ").split():
        match = _ADDRESS.match(_filled(word, reading))
        if match is None:
            continue
        port, scheme = as_port(match[2]), match[1]
        ports = [port] if port else [reading.http_port, *([] if scheme == "http" else [reading.https_port])]
        reading.listeners += [Listener(item, site.file, site.number) for item in ports]


def _take(reading: _Reading, line: _Line) -> None:
    if not line.words:
        return
    name = line.words[0]
    if name in _SERVES:
        reading.serves = True
    if name not in {"reverse_proxy", "php_fastcgi", "forward_auth"}:
        return
    words = line.words[1:]
    if words and (words[0].startswith(("/", "@")) or words[0] == "*") and not words[0].startswith("//"):
        words = words[1:]
    _pass_on(reading, words, line)
    for option in line.block or []:
        if option.words[:1] == ["to"]:
            _pass_on(reading, option.words[1:], option)
        elif option.words[:1] == ["dynamic"] and len(option.words) > 2:  # noqa: PLR2004 — dynamic, its kind, its name
            _pass_on(reading, [":".join(option.words[2:4]) if option.words[1] == "a" else option.words[2]], option)


def _pass_on(reading: _Reading, words: list[str], line: _Line) -> None:
    for word in words:
        filled = _filled(word, reading)
        match = None if "unix/" in filled else _HOST.match(filled)
        if match and (match[2] or match[3]):
            scheme_port = {"http": 80, "https": 443}.get(match[1] or "")
            port = as_port(match[3]) or (scheme_port if match[1] else None)
            reading.upstreams.append(Upstream(match[2] or "localhost", port, line.file, line.number))


def _filled(word: str, reading: _Reading) -> str:
    """A word with the defaults of its placeholders; those without one are named."""

    def fill(match: re.Match[str]) -> str:
        if match[2] is None and (match[1] or match[3]):
            reading.variables.append(match[1] or match[3])
        return match[2] or ""

    return _PLACEHOLDER.sub(fill, word)
