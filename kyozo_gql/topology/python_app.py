"""Which file of a Python folder is started, what it makes, and the line that starts it in production."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.python_project import PythonProject
from kyozo_gql.topology.sources import Hints, read_hints

ENTRY_NAMES = ("main", "app", "server", "wsgi", "asgi", "application", "api", "run", "index", "web", "bot", "worker", "start")
_PLACES = frozenset({"app", "src", "api", "server", "backend"})
_NO_ENTRIES = frozenset({*ENTRY_NAMES, "setup", "manage", "conftest", "__init__", "__main__"})
_ORDINARY = re.compile(r"^[A-Za-z]\w*\.py$")
_MAX_PACKAGES = 20

_CONSTRUCTED = {
    "FastAPI": "fastapi", "Starlette": "starlette", "Litestar": "litestar", "Quart": "quart", "BlackSheep": "blacksheep",
    "Flask": "flask", "Bottle": "bottle", "Sanic": "sanic", "Dash": "dash", "APIFlask": "flask", "Celery": "celery",
}  # fmt: skip
_ASSIGNED = re.compile(
    rf"^(\w{{1,60}})[ \t]*(?::[^=\n]{{1,80}})?=[ \t]*(?:\w{{1,60}}\.)?({'|'.join(_CONSTRUCTED)})\(", re.MULTILINE
)
_FACTORY = re.compile(r"^(?:async )?def (create_app|make_app|get_app|build_app)\(", re.MULTILINE)
_SERVES = {
    "http.server": re.compile(
        r"\b(?:Threading)?HTTPServer\(|\bsocketserver\.\w+Server\(|\bmake_server\(|\basyncio\.start_server\("
    ),
    "aiohttp": re.compile(r"\bweb\.(?:run_app|AppRunner)\("),
    "tornado": re.compile(r"\btornado\.ioloop|\btornado\.web\.Application\("),
    "gradio": re.compile(r"\bgr(?:adio)?\.(?:Interface|Blocks|ChatInterface|TabbedInterface)\("),
    "streamlit": re.compile(r"^[ \t]*(?:import streamlit\b|from streamlit\b)", re.MULTILINE),
    "nicegui": re.compile(r"\bui\.run\("),
    "grpc": re.compile(r"\bgrpc\.(?:aio\.)?server\("),
    "websockets": re.compile(r"\bwebsockets\.serve\("),
}
_RUNS_ITSELF = re.compile(r"\buvicorn\.run\(|\bapp\.run\(|\bhypercorn\b|\bweb\.run_app\(")
_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["'],\s*["']([A-Za-z_][\w.]{0,99})["']""")

ASGI = frozenset({"fastapi", "starlette", "litestar", "quart", "blacksheep"})
WSGI = frozenset({"flask", "bottle", "dash"})
PORTS = {
    "flask": 5000, "quart": 5000, "dash": 8050, "streamlit": 8501, "gradio": 7860, "aiohttp": 8080, "tornado": 8888,
    "nicegui": 8080,
    "bottle": 8080, "grpc": 50051, "websockets": 8765,
}  # fmt: skip


_LINES = {
    "sanic": "sanic {module}:{variable} --host 0.0.0.0 --port $PORT",
    "streamlit": "streamlit run {file} --server.port $PORT --server.address 0.0.0.0 --server.headless true",
    "gradio": "GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=$PORT python3 {file}",
    "celery": "celery --app {module} worker --loglevel INFO",
}


@dataclass(frozen=True, slots=True)
class Application:
    """``file``: where it stands. ``variable``: the application object, or a call of its factory. ``serves``: it opens a port."""

    file: str
    framework: str | None = None
    variable: str | None = None
    serves: bool = False
    hints: Hints = field(default_factory=Hints)

    @property
    def module(self) -> str:
        """The dotted name of the file, as seen from the folder (from ``src`` for what stands there)."""
        return self.file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def find_application(folder: Folder, project: PythonProject) -> Application | None:
    """The best entry file: Django's manage.py, then one that makes an application or serves, then one with the name of an entry."""
    django = _find_django(folder, project)
    if django:
        return django
    fallback: Application | None = None
    for file in _candidates(folder):
        found = _examine(file, folder.read(file) or "")
        if found.serves and (found.framework != "celery" or fallback is None):
            if found.framework != "celery":
                return found
            fallback = found
        elif fallback is None and not file.endswith("__init__.py"):
            fallback = found
    return fallback


def start_line(application: Application, project: PythonProject) -> tuple[str, tuple[str, ...]]:
    """The production command, and the packages that it needs besides the project's own dependencies."""
    framework = application.framework or ""
    if framework == "django":
        return _start_django(application, project)
    if framework in ASGI and application.variable:
        return _start_asgi(application, project)
    if framework in WSGI and application.variable:
        return _start_wsgi(application, project)
    line = _LINES.get(framework, "python3 {file}")
    return line.format(file=application.file, module=application.module, variable=application.variable), ()


def _start_asgi(application: Application, project: PythonProject) -> tuple[str, tuple[str, ...]]:
    variable = application.variable or ""
    flags = (" --app-dir src" if application.file.startswith("src/") else "") + (" --factory" if variable.endswith("()") else "")
    bundled = "uvicorn" in project.dependencies or "standard" in project.dependencies.get("fastapi", ())
    line = f"uvicorn{flags} {application.module}:{variable.removesuffix('()')} --host 0.0.0.0 --port $PORT"
    return line, () if bundled else ("uvicorn",)


def _start_wsgi(application: Application, project: PythonProject) -> tuple[str, tuple[str, ...]]:
    variable = application.variable or ""
    target = f"{application.module}:{variable}{'.server' if application.framework == 'dash' else ''}"
    target = f"'{target}'" if variable.endswith("()") else target
    source = " --chdir src" if application.file.startswith("src/") else ""
    return f"gunicorn{source} --bind 0.0.0.0:$PORT {target}", () if "gunicorn" in project.dependencies else ("gunicorn",)


def _start_django(application: Application, project: PythonProject) -> tuple[str, tuple[str, ...]]:
    if application.variable is None:
        return "python3 manage.py runserver --noreload 0.0.0.0:$PORT", ()
    if application.variable.endswith("asgi"):
        return (
            f"uvicorn {application.variable}:application --host 0.0.0.0 --port $PORT",
            () if "uvicorn" in project.dependencies else ("uvicorn",),
        )
    return f"gunicorn --bind 0.0.0.0:$PORT {application.variable}", () if "gunicorn" in project.dependencies else ("gunicorn",)


def _find_django(folder: Folder, project: PythonProject) -> Application | None:
    text = folder.read("manage.py")
    if text is None or ("django" not in text.lower() and "django" not in project.dependencies):
        return None
    settings = _SETTINGS.search(text)
    package = settings[1].partition(".settings")[0].replace(".", "/") if settings else ""
    asgi_first = bool({"channels", "daphne", "uvicorn"} & set(project.dependencies)) and "gunicorn" not in project.dependencies
    kinds = ("asgi", "wsgi") if asgi_first else ("wsgi", "asgi")
    packages = [name for name in folder.tree.subfolders(folder.path) if name.isidentifier()]
    for place in (package, *packages[:_MAX_PACKAGES]):
        for kind in kinds:
            if place and folder.has(f"{place}/{kind}.py"):
                return Application("manage.py", "django", f"{place.replace('/', '.')}.{kind}", serves=True)
    return Application("manage.py", "django", serves=True)


def _candidates(folder: Folder) -> Iterator[str]:
    subfolders = folder.tree.subfolders(folder.path)
    packages = [name for name in subfolders if name in _PLACES or (name.isidentifier() and folder.has(f"{name}/__init__.py"))]
    if "src" in subfolders:
        packages += [f"src/{name}" for name in folder.tree.subfolders(folder.locate("src")) if name.isidentifier()]
    for place in ("", *(f"{name}/" for name in packages[:_MAX_PACKAGES])):
        for name in (*ENTRY_NAMES, "__main__", *(("__init__",) if place else ())):
            if folder.has(f"{place}{name}.py"):
                yield f"{place}{name}.py"
    singles = [name for name in folder.names if name.endswith(".py")]
    if len(singles) == 1 and _ORDINARY.match(singles[0]) and singles[0].removesuffix(".py") not in _NO_ENTRIES:
        yield singles[0]


def _examine(file: str, text: str) -> Application:
    hints = read_hints(text)
    for match in _ASSIGNED.finditer(text):
        return Application(file, _CONSTRUCTED[match[2]], match[1], serves=True, hints=hints)
    factory = _FACTORY.search(text)
    made = next((framework for name, framework in _CONSTRUCTED.items() if re.search(rf"\b{name}\(", text)), None)
    if factory and made:
        return Application(file, made, f"{factory[1]}()", serves=True, hints=hints)
    served = next((framework for framework, pattern in _SERVES.items() if pattern.search(text)), None)
    return Application(file, served, serves=served is not None or _RUNS_ITSELF.search(text) is not None, hints=hints)
