"""The main packages of a Go module: where they are, and whether they serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.golang_libraries import framework_of
from kyozo_gql.topology.golang_source import Traits, is_built, judge, merge_traits

_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_IMPORT = re.compile(r'^\s{0,8}(?:import\s{1,4})?(?:[\w.]{1,40}\s{1,4})?"([^"\s]{1,200})"', re.MULTILINE)
_NAME = re.compile(r"^[\w./-]+$")
_PREFERRED = ("server", "api", "web", "app", "main", "service", "backend", "http", "httpd", "serve", "apiserver")
_SERVER_NAME = re.compile(
    r"(?:server|serve|service|api|daemon|gateway|agent|exporter|controller|operator|proxy|backend|web|worker|bot|[a-z]{2}d)$"
)
_WORKER_NAME = re.compile(
    r"(?:worker|consumer|subscriber|scheduler|cron|processor|daemon|bot|poller|listener|watcher|notifier|dispatcher|relay)s?$"
)
_LAST = re.compile(
    r"^(?:.*[-_])?(?:cli|migrate|migrations?|migrator|tools?|gen|generate|generator|seed|seeder|client|ctl|test|tests|bench"
    r"|benchmark|loadtest|example|demo|mock|docs|completion|lambda)$|ctl$"
)
# Where no main package of a service is: what others wrote, examples, tests, tools.
_ASIDE = re.compile(
    r"^(?:[_.].*|vendor|third_party|testdata|tests?|e2e|examples?|demos?|samples?|docs?|tools?|hack|scripts?|bench(?:marks?)?"
    r"|contrib|ci|build|node_modules|deploy(?:ments?)?|web|ui|frontend|fuzz)$"
)
# How far a main package is looked for, and what it imports is followed: servers lie near, and sound like it.
_MAX_PLACES = 40
_MAX_IMPORTED = 12
_MAX_FILES_OF_IMPORTED = 16
_MAX_FOLDERS = 150
_MAX_DEPTH = 3
_SERVING = re.compile(r"serv|api|http|app|cmd|web|rout")
_LIKELY = re.compile(r"serv|api|http|app|cmd|web|rout|main|run|listen|start|root|const|opt|conf|flag")


@dataclass(frozen=True, slots=True)
class MainPackage:
    """A main package: its folder below the module ("." for the module itself), one of its files, and what they give away.

    ``own`` are the traits of its own files, ``traits`` those with the packages of the module that it imports; ``imports`` is what
    its files import, ``reached`` what those packages import.
    """

    package: str
    file: str
    own: Traits = field(default_factory=Traits)
    traits: Traits = field(default_factory=Traits)
    imports: frozenset[str] = frozenset()
    reached: frozenset[str] = frozenset()

    @property
    def serves(self) -> bool:
        """Whether it opens a port."""
        return self.traits.served_in is not None

    @property
    def is_called_server(self) -> bool:
        """Whether its folder is called as what keeps running."""
        return _SERVER_NAME.search(self.package.rpartition("/")[2]) is not None

    @property
    def is_called_worker(self) -> bool:
        """Whether its folder is called as what waits for work."""
        return _WORKER_NAME.search(self.package.rpartition("/")[2]) is not None

    @property
    def is_called_tool(self) -> bool:
        """Whether its folder is called as what is run now and then: a client, a migration, a generator."""
        return _LAST.search(self.package.rpartition("/")[2]) is not None


def find_mains(folder: Folder, module: str, direct: frozenset[str]) -> list[MainPackage]:
    """The main packages: that of the folder, those under cmd/, or those in other folders; the likeliest server first.

    ``module`` is the path that the module is imported by, ``direct`` what it requires.
    """
    reader = _Reader(folder, module, direct)
    found = [main for main in [reader.read(".")] if main]
    if not any(main.serves for main in found):
        found += [main for place in _commands(folder) if (main := reader.read(place))]
    if not found:
        found = [main for place in _places(folder) if (main := reader.read(place))]
    name = re.sub(r"/v\d{1,3}$", "", module).rpartition("/")[2]
    order = (f"{name}-server", f"{name}d", name, *_PREFERRED)

    def rank(main: MainPackage) -> tuple[bool, bool, bool, int, str]:
        last = main.package.rpartition("/")[2]
        at = order.index(last) if last in order else len(order)
        return not main.serves, _LAST.search(last) is not None, main.own.served_in is None, at, main.package

    return sorted(found, key=rank)


def find_others(folder: Folder, module: str, taken: str) -> list[MainPackage]:
    """The main packages of a module but for the one ``taken``, in the order of their paths.

    Each is judged by what it imports itself: what the module requires may be for the others.
    """
    reader = _Reader(folder, module, frozenset())
    places = dict.fromkeys((*_commands(folder), *_places(folder)))
    return [main for place in sorted(places) if place != taken and (main := reader.read(place))]


def _commands(folder: Folder) -> list[str]:
    """cmd/, the folders in it, and those in these."""
    if not folder.has_folder("cmd"):
        return []
    places = [f"cmd/{name}" for name in folder.tree.subfolders(folder.locate("cmd"))[:_MAX_PLACES]]
    below = [f"{place}/{name}" for place in places for name in folder.tree.subfolders(folder.locate(place))]
    return ["cmd", *places, *below[:_MAX_PLACES]]


def _places(folder: Folder) -> list[str]:
    """Folders with a file that is called as main packages are, those nearest first."""
    waiting = [(name, 1) for name in folder.tree.subfolders(folder.path)]
    found: list[str] = []
    seen = 0
    while waiting and seen < _MAX_FOLDERS:
        place, depth = waiting.pop(0)
        last = place.rpartition("/")[2]
        files = folder.tree.files(folder.locate(place))
        if _ASIDE.match(last) or "go.mod" in files:
            continue
        seen += 1
        if not {"main.go", f"{last}.go", "server.go", "app.go"}.isdisjoint(files):
            found.append(place)
        if depth < _MAX_DEPTH:
            waiting += [(f"{place}/{name}", depth + 1) for name in folder.tree.subfolders(folder.locate(place))]
    return found[:_MAX_PLACES]


class _Reader:
    """Reads the packages of one module."""

    def __init__(self, folder: Folder, module: str, direct: frozenset[str]) -> None:
        self._folder, self._module, self._direct = folder, module, direct
        self._known: dict[tuple[str, bool], tuple[Traits, frozenset[str]]] = {}

    def read(self, package: str) -> MainPackage | None:
        """The main package in a folder of the module; None where there is none, or another module."""
        if package != "." and self._is_other_module(package):
            return None
        texts = [(file, text) for file, text in self._sources(package) if _MAIN.search(text)]
        if not texts:
            return None
        imports = frozenset(match[1] for _, text in texts for match in _IMPORT.finditer(text))
        framework = framework_of(self._direct | imports, serves=True) is not None
        own = traits = judge(texts, framework=framework)
        reached = frozenset[str]()
        if traits.served_in is None or traits.hints.port is None:  # `app.Run()` may serve, and says nothing of where
            for inner, others in self._imported(imports, framework=framework):
                traits, reached = merge_traits(traits, inner), reached | others
        return MainPackage(package, texts[0][0], own, traits, imports, reached)

    def _is_other_module(self, package: str) -> bool:
        parts = package.split("/")
        return any(self._folder.has(f"{'/'.join(parts[:length])}/go.mod") for length in range(1, len(parts) + 1))

    def _imported(self, imports: frozenset[str], *, framework: bool) -> Iterator[tuple[Traits, frozenset[str]]]:
        """The traits and the imports of the packages of the module that main imports, and of those that these import; those that
        sound like servers first, bounded in number.
        """
        waiting, seen = self._inner(imports), set[str]()
        while waiting and len(seen) < _MAX_IMPORTED:
            package = waiting.pop(0)
            if package in seen:
                continue
            seen.add(package)
            traits, others = self._judge(package, framework=framework)
            yield traits, others
            waiting += self._inner(others)

    def _judge(self, package: str, *, framework: bool) -> tuple[Traits, frozenset[str]]:
        """The traits of one package, and what it imports: several programs may ask."""
        key = (package, framework)
        if key not in self._known:
            sources = self._sources(package, _MAX_FILES_OF_IMPORTED)
            imports = frozenset(match[1] for _, text in sources for match in _IMPORT.finditer(text))
            self._known[key] = judge(sources, framework=framework), imports
        return self._known[key]

    def _inner(self, imports: Iterable[str]) -> list[str]:
        inner = {
            path.removeprefix(self._module).lstrip("/") or "." for path in imports if f"{path}/".startswith(f"{self._module}/")
        }
        there = [path for path in inner if path == "." or self._folder.has_folder(path.partition("/")[0])]
        return sorted(there, key=lambda path: (_SERVING.search(path) is None, path))

    def _sources(self, package: str, few: int | None = None) -> list[tuple[str, str]]:
        """The files of a package that are built, and their texts: main.go first, then what sounds like a server; ``few`` of them,
        or as many as the bounds allow.
        """
        if not _NAME.match(package):
            return []
        prefix = "" if package == "." else f"{package}/"
        listed = self._folder.tree.files(self._folder.locate(package) if prefix else self._folder.path)
        names = [name for name in listed if name.endswith(".go") and not name.endswith(("_test.go", ".pb.go"))]
        names.sort(key=lambda name: (name != "main.go", _LIKELY.search(name) is None, name))
        most = self._folder.tree.limits().max_sources
        if few is None and len(names) > most:
            detail = f"has {len(names)} sources, of which {most} are looked through"
            self._folder.note_bound("max_sources", prefix.removesuffix("/"), detail)
        texts = [(f"{prefix}{name}", self._folder.read(f"{prefix}{name}") or "") for name in names[: few or most]]
        return [(file, text) for file, text in texts if is_built(text)]
