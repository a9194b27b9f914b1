"""The main packages of a Go module: where they are, and whether they serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.sources import Hints, merge_hints, read_hints

_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_SERVES = re.compile(
    r"\bListenAndServe(?:TLS)?\(|\bhttp\.Serve\(|\bnet\.Listen\(\"tcp|\.Listen\(\s{0,4}[\":a-zA-Z(]|\bgrpc\.NewServer\("
    r"|\b(?:r|router|e|engine|app|srv|server|s|api|h|web|gin|g|beego)\.(?:Run|Start|Listen|Serve|Spin)\("
)
_SERVE_COMMAND = re.compile(r"""\bUse:\s{0,10}["'](serve|server|start|api|web|run|http|daemon)\b""")
_IMPORT = re.compile(r'^\s{0,8}(?:import\s{1,4})?(?:[\w.]{1,40}\s{1,4})?"([^"\s]{1,200})"', re.MULTILINE)
_NAME = re.compile(r"^[\w./-]+$")
_PREFERRED = ("server", "api", "web", "app", "main", "service", "backend", "http", "httpd", "serve")
_LAST = ("cli", "migrate", "migration", "tool", "gen", "seed", "client", "ctl")
_MAX_SOURCES = 40
_MAX_IMPORTED = 8
_MAX_FILES_OF_IMPORTED = 12


@dataclass(frozen=True, slots=True)
class MainPackage:
    """A main package: its folder below the module ("." for the module itself), one of its files, and what they give away.

    ``served_in``: the file that opens the port, which may stand in a package that main imports. ``imports``: what they import.
    ``command``: the sub-command of a program for the command line that serves.
    """

    package: str
    file: str
    served_in: str | None = None
    hints: Hints = field(default_factory=Hints)
    imports: frozenset[str] = frozenset()
    command: str | None = None

    @property
    def serves(self) -> bool:
        """Whether it opens a port."""
        return self.served_in is not None


def find_mains(folder: Folder, module: str) -> list[MainPackage]:
    """The main packages: that of the folder, those under cmd/, or those where servers usually are; the likeliest server first.

    ``module`` is the path that the module is imported by.
    """
    found = [main for main in [_read_main(folder, ".", module)] if main]
    if not any(main.serves for main in found):
        places = [f"cmd/{name}" for name in folder.tree.subfolders(folder.locate("cmd"))[:_MAX_SOURCES]]
        places = [*places, *(f"{place}/{name}" for place in places for name in ("server", "api"))]
        found += [main for place in ("cmd", *places) if (main := _read_main(folder, place, module))]
    if not found:
        places = ["src", "server", "app", "api", "backend", "main", "service", "src/cmd"]
        found = [main for place in places if (main := _read_main(folder, place, module))]
    order = (module.rpartition("/")[2], *_PREFERRED)

    def rank(main: MainPackage) -> tuple[bool, bool, int, str]:
        last = main.package.rpartition("/")[2]
        return not main.serves, last in _LAST, order.index(last) if last in order else len(order), main.package

    return sorted(found, key=rank)


def _read_main(folder: Folder, package: str, module: str) -> MainPackage | None:
    texts = _sources(folder, package, _MAX_SOURCES)
    texts = [(file, text) for file, text in texts if _MAIN.search(text)]
    if not texts:
        return None
    imports = frozenset(match[1] for _, text in texts for match in _IMPORT.finditer(text))
    served_in, hints, command = _judge(texts)
    if served_in is None or hints.port is None:  # `app.Run()` may serve, and says nothing of where
        for sources in _imported(folder, imports, module):
            inner_served, inner_hints, inner_command = _judge(sources)
            if inner_served or inner_command:
                served_in, hints, command = served_in or inner_served, merge_hints(hints, inner_hints), command or inner_command
    return MainPackage(package, texts[0][0], served_in, hints, imports, command)


def _judge(texts: list[tuple[str, str]]) -> tuple[str | None, Hints, str | None]:
    served_in, hints, command = None, Hints(), None
    for file, text in texts:
        hints = merge_hints(hints, read_hints(text))
        if served_in is None and _SERVES.search(text):
            served_in = file
        match = _SERVE_COMMAND.search(text)
        command = command or (match[1] if match else None)
    return served_in, hints, command


def _imported(folder: Folder, imports: frozenset[str], module: str) -> Iterator[list[tuple[str, str]]]:
    """The sources of the packages of the module that main imports, and of those that these import; those that sound like servers
    first, bounded in number.
    """
    waiting, seen = _inner(folder, imports, module), set[str]()
    while waiting and len(seen) < _MAX_IMPORTED:
        package = waiting.pop(0)
        if package in seen:
            continue
        seen.add(package)
        sources = _sources(folder, package, _MAX_FILES_OF_IMPORTED)
        yield sources
        waiting += _inner(folder, (match[1] for _, text in sources for match in _IMPORT.finditer(text)), module)


def _inner(folder: Folder, imports: Iterable[str], module: str) -> list[str]:
    inner = {path.removeprefix(f"{module}/") for path in imports if path.startswith(f"{module}/")}
    there = [path for path in inner if folder.has_folder(path.partition("/")[0])]
    return sorted(there, key=lambda path: (not re.search(r"serv|api|http|app|cmd|web|rout", path), path))


def _sources(folder: Folder, package: str, limit: int) -> list[tuple[str, str]]:
    """The files of a package and their texts, main.go first, without tests."""
    if not _NAME.match(package):
        return []
    prefix = "" if package == "." else f"{package}/"
    listed = folder.tree.files(folder.locate(package) if prefix else folder.path)
    names = [name for name in listed if name.endswith(".go") and not name.endswith(("_test.go", ".pb.go"))]
    names.sort(key=lambda name: (name != "main.go", name))
    return [(f"{prefix}{name}", folder.read(f"{prefix}{name}") or "") for name in names[:limit]]
