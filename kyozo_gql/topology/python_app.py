"""Which file of a Python folder is started, and what it makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kyozo_gql.topology import python_frameworks as known
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.python_django import find_django
from kyozo_gql.topology.python_judgement import judge
from kyozo_gql.topology.python_project import REQUIREMENT_FILES, PythonProject
from kyozo_gql.topology.python_source import Application, Kind, borrows, imports_module, is_idle, place_module
from kyozo_gql.topology.sources import Hints, as_port, merge_hints, read_hints

ENTRY_NAMES = (
    "main", "app", "server", "wsgi", "asgi", "application", "api", "run", "index", "web", "webapp", "website", "backend", "service",
    "streamlit_app", "Home", "home", "dashboard", "ui", "gui", "start", "run_server", "runserver", "bot", "worker", "consumer",
    "scheduler", "celery_app", "celeryapp", "celery", "tasks",
)  # fmt: skip
_PLACES = frozenset({"app", "src", "api", "server", "backend", "web", "service", "bot", "worker", "project"})
_BELOW = frozenset({"api", "app", "web", "server", "backend", "core", "main", "http", "entrypoints", "presentation", "interfaces"})
_NO_ENTRIES = frozenset({*ENTRY_NAMES, "setup", "manage", "conftest", "__init__", "__main__", "noxfile", "tasks", "fabfile"})
_ASIDE = frozenset(
    {
        "tests",
        "test",
        "docs",
        "examples",
        "example",
        "migrations",
        "scripts",
        "notebooks",
        "benchmarks",
        "alembic",
        "docs_src",
        "doc",
        "samples",
        "tutorial",
        "tutorials",
        "e2e",
        "testing",
    }
)
_OWN_MANIFESTS = (*REQUIREMENT_FILES[:1], "pyproject.toml", "Pipfile", "setup.py")
_ORDINARY = re.compile(r"^[^\W\d]\w*\.py$")
_RUNS_WHEN_LOADED = re.compile(
    r"^(?:(?:uvicorn|hypercorn|granian|socketio|waitress|app|application|server|api)\.run\(|(?:waitress\.)?serve\(|web\.run_app\()",
    re.MULTILINE,
)
SETTINGS_NAMES = ("config.py", "settings.py", "core/config.py", "core/settings.py", "constants.py")
_PORT_NAME = re.compile(r"\bport\s?=\s?(?:int\()?(?:\w{1,60}(?:\(\))?\.){0,3}(\w{0,40}(?:PORT|port))\b")
_PORT_GIVEN = (
    r"""^[ \t]{0,20}%s[ \t]{0,5}(?::[^=\n]{1,40})?=[ \t]{0,5}(?:int\()?"""
    r"""(?:(?:os\.)?(?:getenv|environ\.get|config|env(?:\.int)?|Field)\([^,)\n]{0,60}?,?\s?(?:default\s?=\s?)?)?["']?(\d{2,5})\b"""
)
_MAX_PACKAGES = 20  # of one folder that an application is looked for in, those first that hold one by their names
_SCANNED_DEPTH = 3


def find_application(folder: Folder, project: PythonProject) -> Application | None:
    """The best entry file: Django's manage.py, then one that makes an application or serves, then a worker, then one with the
    name of an entry. Where none of them serves though a framework is depended on, every module near the root is looked at.
    """
    special = find_django(folder, project) or _find_reflex(folder) or _find_pyramid(folder, project)
    if special:
        return special
    found = [_examine(folder, file, project) for file in _candidates(folder)]
    found += _search(folder, project, found)
    entries = [application for application in found if application.kind is Kind.ENTRY and not application.idle]
    settled = [_settle(folder, application, entries) for application in found]
    settled = [
        application for application in settled if application.kind is not Kind.ENTRY or not application.file.endswith("__init__.py")
    ]
    ranked = sorted(enumerate(settled), key=lambda pair: (_rank(pair[1]), pair[0]))
    return _with_port(folder, _follow(folder, _with_hints(folder, ranked[0][1]), project)) if ranked else None


def _with_hints(folder: Folder, application: Application) -> Application:
    """The same, with what its file gives away; nobody asks that of files that only define, and are not taken."""
    if application.kind is Kind.ENTRY and application.hints == Hints():
        return replace(application, hints=read_hints(folder.read(application.file) or ""))
    return application


def _with_port(folder: Folder, application: Application) -> Application:
    """The same, with the port that a module of settings gives the name that the entry file listens on."""
    named = (
        _PORT_NAME.search(folder.read(application.file) or "") if application.serves and application.hints.port is None else None
    )
    if named is None:
        return application
    beside = f"{application.file.rpartition('/')[0]}/".lstrip("/")
    given = re.compile(_PORT_GIVEN % re.escape(named[1]), re.MULTILINE)
    for place in dict.fromkeys((beside, "", "app/", "src/")):
        for name in SETTINGS_NAMES:
            match = given.search(folder.read(f"{place}{name}") or "") if folder.has(f"{place}{name}") else None
            if match and (port := as_port(match[1])):
                return replace(application, hints=replace(application.hints, port=port))
    return application


def _search(folder: Folder, project: PythonProject, found: list[Application]) -> list[Application]:
    """What serves or keeps running in a module with a name of its own, where the dependencies say that something does."""
    active = [application for application in found if not application.idle]
    serves = any(application.serves for application in active)
    web = not serves and any(name in project.dependencies for name in known.WEB if name not in known.CLIENTS_TOO)
    works = serves or any(application.kind is Kind.WORKER for application in active)
    other = not works and any(name in project.dependencies for name in (*known.WORKERS, *known.SERVERS))
    if not web and not other:
        return []
    seen = {application.file for application in found}
    examined = [_examine(folder, file, project) for file in _modules(folder) if file not in seen]
    return [application for application in examined if application.serves or (other and application.kind is Kind.WORKER)]


def _settle(folder: Folder, application: Application, entries: list[Application]) -> Application:
    """The same, started by the entry file that imports it, where its own file only defines what serves or keeps running."""
    if not application.idle or application.kind is Kind.ENTRY:
        return application
    starter = next((entry for entry in entries if imports_module(folder.read(entry.file) or "", application)), None)
    if starter is None:
        return application
    hints = merge_hints(starter.hints, application.hints)
    return replace(starter, framework=application.framework, kind=application.kind, hints=hints)


def _rank(application: Application) -> tuple[int, int, int]:
    """Lower is likelier: what answers over a port, near the root, as an object rather than a factory; last what only defines it."""
    depth = min(application.file.removeprefix("src/").count("/"), 1)
    if application.kind is Kind.ENTRY:
        return (4, depth, 0)
    late = 2 if application.idle else 0
    if application.kind is Kind.WORKER:
        return (1 + late, depth, 0)
    if application.variable:
        return (late, depth, 3 if application.variable.endswith(")") else 0)
    return (late, depth, 1 if application.file.endswith("__main__.py") else 2)


def _follow(folder: Folder, application: Application, project: PythonProject) -> Application:
    """The module that an entry file starts a server with (``uvicorn.run("package.main:app")``), where that is in the folder."""
    match = known.IMPORT_STRING.search(folder.read(application.file) or "")
    if match is None or application.variable:
        return application
    path = match[1].replace(".", "/")
    places = dict.fromkeys(
        ("", f"{application.base}/" if application.base else "", "src/", f"{application.file.rpartition('/')[0]}/")
    )
    file = next(
        (name for place in places for name in (f"{place}{path}.py", f"{place}{path}/__init__.py") if folder.has(name.lstrip("/"))),
        None,
    )
    if file is None:
        return application
    target = _examine(folder, file.lstrip("/"), project)
    name = f"{match[2]}()" if "factory=True" in match[3].replace(" ", "") else match[2]
    framework = target.framework or next((known.WEB[key] for key in known.WEB if key in project.dependencies), "asgi")
    if framework not in known.ASGI:
        return application
    base = file.lstrip("/").removesuffix(f"{path}.py").removesuffix(f"{path}/__init__.py").rstrip("/")
    return replace(
        target,
        framework=framework,
        variable=name,
        kind=Kind.WEB,
        base=base,
        hints=merge_hints(application.hints, target.hints),
    )


def _find_reflex(folder: Folder) -> Application | None:
    if not folder.has("rxconfig.py") or "reflex" not in (folder.read("rxconfig.py") or "reflex"):
        return None
    return Application("rxconfig.py", "reflex", kind=Kind.WEB)


def _find_pyramid(folder: Folder, project: PythonProject) -> Application | None:
    """Pyramid is told by an .ini file what to load, and where to listen."""
    if "pyramid" not in project.dependencies or not folder.has("production.ini"):
        return None
    return Application("production.ini", "pyramid", kind=Kind.WEB, hints=read_hints(folder.read("production.ini") or ""))


def _candidates(folder: Folder) -> Iterator[str]:
    for place in _places(folder):
        for name in (*ENTRY_NAMES, "__main__", *(("__init__",) if place else ())):
            if folder.has(f"{place}{name}.py"):
                yield f"{place}{name}.py"
    singles = [name for name in folder.names if name.endswith(".py") and name.removesuffix(".py") not in _NO_ENTRIES]
    if len(singles) == 1 and _ORDINARY.match(singles[0]):
        yield singles[0]


def _places(folder: Folder) -> Iterator[str]:
    """The folder itself, its packages and those in src/, and what usually holds a server below them."""
    subfolders = folder.tree.subfolders(folder.path)
    packages = [name for name in subfolders if name in _PLACES or (name.isidentifier() and folder.has(f"{name}/__init__.py"))]
    if "src" in subfolders:
        packages += [f"src/{name}" for name in folder.tree.subfolders(folder.locate("src")) if name.isidentifier()]
    packages = [name for name in packages if name.rpartition("/")[2] not in _ASIDE and not _is_apart(folder, name)]
    yield ""
    for name in packages[:_MAX_PACKAGES]:
        yield f"{name}/"
    for name in packages[:_MAX_PACKAGES]:
        for below in folder.tree.subfolders(folder.locate(name)):
            if below in _BELOW and f"{name}/{below}" not in packages and not _is_apart(folder, f"{name}/{below}"):
                yield f"{name}/{below}/"


def _modules(folder: Folder) -> Iterator[str]:
    """Every module near the root, nearest first, bounded."""
    waiting = [("", 0)]
    count, most = 0, folder.tree.limits().max_sources
    while waiting:
        place, depth = waiting.pop(0)
        path = folder.locate(place.rstrip("/")) if place else folder.path
        for name in folder.tree.files(path):
            if name.endswith(".py") and not name.startswith(("test_", "conftest", "setup.")):
                if count == most:
                    folder.note_bound("max_sources", "", f"has more modules than the {most} that are looked through")
                    return
                count += 1
                yield f"{place}{name}"
        if depth < _SCANNED_DEPTH:
            inner = [name for name in folder.tree.subfolders(path) if name.isidentifier() and name not in _ASIDE]
            waiting += [(f"{place}{name}/", depth + 1) for name in inner if not _is_apart(folder, f"{place}{name}")]


def _is_apart(folder: Folder, name: str) -> bool:
    """Whether a sub-folder has a manifest of its own, and so is a project of its own."""
    return bool(set(_OWN_MANIFESTS) & set(folder.tree.files(folder.locate(name))))


def _examine(folder: Folder, file: str, project: PythonProject) -> Application:
    text = folder.read(file) or ""
    application = judge(file, text, project)
    if not text:
        return application
    base = place_module(folder, file, text)
    packaged = _is_packaged(file, text) or borrows(folder, file, text, base)
    main = _started_by(folder, file, text, base) if packaged else None
    program = known.LINES.get(application.framework or "", "python3").partition(" ")[0]
    placed = replace(application, base=base)
    idle = not (application.variable or main or program != "python3") and is_idle(text)
    command = (
        next((name for name, target in project.scripts.items() if target.startswith(f"{placed.module}:")), None) if idle else None
    )
    running = bool(application.variable) and _RUNS_WHEN_LOADED.search(text) is not None
    return replace(
        application,
        base=base,
        packaged=packaged,
        main=main,
        hints=Hints() if idle and application.kind is Kind.ENTRY else read_hints(text),
        idle=idle and not command,
        running=running,
        command=command,
    )


def _started_by(folder: Folder, file: str, text: str, base: str) -> str | None:
    """The package that starts a module: where the module only defines what serves, and the package has a ``__main__``."""
    top = file.removeprefix(f"{base}/").partition("/")[0]
    place = f"{base}/{top}" if base else top
    return top if "__main__" not in text and "__main__.py" in folder.tree.files(folder.locate(place)) else None


def _is_packaged(file: str, text: str) -> bool:
    """Whether a file can only be run as a part of its package (``python -m``)."""
    place = file.rpartition("/")[0]
    if not place:
        return False
    top = place.removeprefix("src/").partition("/")[0]
    return re.search(rf"^[ \t]*(?:from \.|(?:from|import) {re.escape(top)}\b)", text, re.MULTILINE) is not None
