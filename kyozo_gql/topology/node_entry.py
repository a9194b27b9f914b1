"""The entry file of a Node.js folder: what it opens, makes, or keeps doing; also in what it imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.environment import read_process
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.sources import Hints, mentions, merge_hints, read_hints, read_setting

_PLACES = ("", "src/", "server/", "app/", "api/", "backend/", "source/", "lib/", "dist/", "build/", "bin/")
_ENTRY_FILES = tuple(
    f"{name}.{extension}"
    for name in ("server", "index", "app", "main", "start", "bot", "worker")
    for extension in ("ts", "js", "mjs", "mts", "cjs")
)
_RUN = re.compile(
    r"\b(?:node|tsx|ts-node|ts-node-dev|tsnd|nodemon|bun|swc-node|esno|jiti|babel-node|(?:pm2(?:-runtime|-docker)?|forever)(?:\s+start)?)\s+"
    r"(?:(?:(?:-r|--require|--import|--loader|--env-file|-P|--project|-e|--exec|-x|--ext|--delay|--name|-n|-i)[ =][^\s-]\S{0,80}"
    r"|run|watch|--?[\w=./:@,-]+)\s+){0,8}"
    r"([\w./-]*\w)(?=\s|$|&|;|\"|')"
)
_EXPORTS = re.compile(
    r"^(?:module\.)?exports\s{0,3}[=.\[]|^export\s{1,3}(?:default\b(?!\s{0,3}\{)|async\b|function\b|class\b|const\b|[{*])|^module\.exports\b|defineProperty\(exports",
    re.MULTILINE,
)
_ASIDE = re.compile(r"(?:pre|post)?(?:test|lint|bench|example|doc|release|seed|migrat|deploy|e2e|storybook)")
_SETTINGS = re.compile(r"(?:config|env|settings|constants|vars)[^/]{0,20}$|(?:^|/)config/", re.IGNORECASE)
_SOURCE = re.compile(r"^(?:[\w.-]+/)*[\w.-]+\.[cm]?[jt]s$")
_IMPORTS = re.compile(
    r"""(?:\bfrom\s{0,3}|\brequire\(\s{0,3}|^import\s{0,3}|\bimport\(\s{0,3})["'](\.{1,2}/[\w./-]{1,120}|@/[\w./-]{1,120})["']""",
    re.MULTILINE,
)
_MAX_IMPORTED = 12  # a server is opened near the entry; what a file imports besides is its routes


@dataclass(frozen=True, slots=True)
class Entry:
    """``serves``: it, or what it imports, opens a port; ``keeps_running``: it waits for something else. ``made``: the framework
    that it calls. ``exports``: others may import something from it. ``served_in``: the file that opens the port. ``handles``: it is
    a function that a cloud calls.
    """

    file: str
    serves: bool = False
    keeps_running: bool = False
    made: str | None = None
    exports: bool = False
    hints: Hints = field(default_factory=Hints)
    served_in: str | None = None
    handles: bool = False


def find_entry(folder: Folder, project: NodeProject) -> Entry | None:
    """The entry file: what a script starts, ``main``, then the usual names; the first that serves, else the first that is there."""
    fallback: Entry | None = None
    for file in dict.fromkeys(_candidates(folder, project)):
        entry = _examine(folder, file)
        if entry.serves:
            return entry
        if fallback is None or (entry.keeps_running and not fallback.keeps_running):
            fallback = entry
    return fallback


def _candidates(folder: Folder, project: NodeProject) -> Iterator[str]:
    process = read_process(folder, "nodejs")
    texts = [process.command] if process else []
    texts += [project.script(name) for name in ("start:prod", "start:production", "start", "serve", "server", "dev")]
    named = [match[1] for text in texts if (match := _RUN.search(text))]
    others = [match[1] for name, text in project.scripts.items() if not _ASIDE.match(name) and (match := _RUN.search(text))]
    for name in dict.fromkeys([*named, *([project.main] if project.main else []), *others]):
        yield from _resolve(folder, name.removeprefix("./"))
    for place in _PLACES:
        # What stands in a package of its own belongs to that.
        if place and (not folder.has_folder(place[:-1]) or folder.has(f"{place}package.json")):
            continue
        names = folder.names if not place else frozenset(folder.tree.files(folder.locate(place[:-1])))
        yield from (f"{place}{file}" for file in _ENTRY_FILES if file in names)


def _resolve(folder: Folder, name: str) -> Iterator[str]:
    """The files that a name on a command line, or in an import, may mean."""
    name = name.rstrip("/")
    if not re.fullmatch(r"[\w./-]+", name) or ".." in name:
        return
    stem = re.sub(r"\.[cm]?jsx?$", "", name)
    choices = (
        name,
        f"{name}.js",
        f"{stem}.ts",
        f"{stem}.tsx",
        f"{name}.mjs",
        f"{name}.cjs",
        f"{name}/index.js",
        f"{name}/index.ts",
    )
    yield from (
        choice for choice in dict.fromkeys(choices) if folder.has(choice) and (_SOURCE.match(choice) or choice.startswith("bin/"))
    )


def _examine(folder: Folder, file: str) -> Entry:
    text = folder.head(file)
    edge = folder.first(*known.EDGE_FILES) is not None
    entry = _judge(file, text, edge=edge)
    if entry.serves or not text:
        return _with_settings(folder, entry, file, text)
    keeps = False
    for inner in _imported(folder, file, text):
        below = _judge(inner, folder.head(inner), edge=edge)
        if below.serves:
            below = _with_settings(folder, below, inner, folder.read(inner) or "")
            if not below.hints.port and not entry.hints.port:  # what starts it may know the settings
                above = _with_settings(folder, replace(entry, serves=True, served_in=file), file, text)
                below = replace(below, hints=merge_hints(below.hints, above.hints))
            made, hints = entry.made or below.made, merge_hints(entry.hints, below.hints)
            return replace(entry, serves=True, made=made, hints=hints, served_in=inner)
        keeps = keeps or below.keeps_running
    return replace(entry, keeps_running=entry.keeps_running or keeps)


def _with_settings(folder: Folder, entry: Entry, file: str, text: str) -> Entry:
    """The entry with the port of the settings that it imports, or of the class that it lets listen, where it names none itself."""
    if entry.hints.port or not entry.serves:
        return entry
    for inner in _imported(folder, file, text):
        found = folder.head(inner)
        if _SETTINGS.search(inner.rpartition(".")[0]):
            settings = read_setting(found)
            if settings.port:
                reads = settings.reads_port or entry.hints.reads_port
                return replace(entry, hints=Hints(settings.port, reads, entry.hints.health_path))
        elif not entry.hints.reads_port and known.LISTENS.search(found):
            below = read_hints(found)
            if below.port or below.reads_port:
                return replace(entry, hints=merge_hints(entry.hints, below), served_in=inner)
    return entry


def _judge(file: str, text: str, *, edge: bool = False) -> Entry:
    if not mentions(text, known.SIGNS):
        return Entry(file, exports=_EXPORTS.search(text) is not None, hints=read_hints(text))
    return _judge_closely(file, text, edge=edge)


def _judge_closely(file: str, text: str, *, edge: bool = False) -> Entry:
    serves = known.LISTENS.search(text) is not None or (not edge and known.BUN_SERVES.search(text) is not None)
    handles = not serves and known.HANDLER.search(text) is not None
    made = next((name for name, pattern in known.MADE if pattern.search(text)), None)
    keeps, exports = known.KEEPS_RUNNING.search(text) is not None, _EXPORTS.search(text) is not None
    return Entry(file, serves, keeps, made, exports, read_hints(text), file if serves else None, handles)


def _imported(folder: Folder, file: str, text: str) -> Iterator[str]:
    """The files of the folder that a file imports directly, bounded."""
    if "./" not in text and "@/" not in text:
        return
    place = file.rpartition("/")[0]
    count = 0
    for match in _IMPORTS.finditer(text):
        path = _join("src" if match[1].startswith("@/") else place, match[1].removeprefix("@/"))
        found = next(iter(_resolve(folder, path)), None) if path else None
        if found and found != file:
            yield found
            count += 1
        if count >= _MAX_IMPORTED:
            return


def _join(place: str, path: str) -> str | None:
    parts = place.split("/") if place else []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
