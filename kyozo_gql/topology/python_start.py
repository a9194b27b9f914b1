"""The line that starts a Python application in production."""

from __future__ import annotations

import re

from kyozo_gql.topology.python_frameworks import ASGI, LINES, WSGI
from kyozo_gql.topology.python_project import PythonProject
from kyozo_gql.topology.python_source import Application

_DEV_SERVER = re.compile(
    r"\bmanage\.py\s+runserver|\bflask\s+(?:--\S+\s+){0,5}run\b|\bquart\s+run\b|--reload\b|\bfastapi\s+dev\b|\bwatchmedo\b|\bwatchfiles\b"
    r"|\bjurigged\b|--debug\b"
)
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "daphne", "waitress")
_SOCKETIO = "flask-socketio"


def is_dev_server(line: str) -> bool:
    """Whether a line starts what is meant for development only."""
    return _DEV_SERVER.search(line) is not None


def missing_servers(line: str, project: PythonProject) -> tuple[str, ...]:
    """The servers that a line starts, which the project does not ask for: a platform that starts it so has them installed."""
    return tuple(
        name for name in _SERVERS if re.search(rf"\b{name}\b", line) and project.manifest and name not in project.dependencies
    )


def start_line(application: Application, project: PythonProject) -> tuple[str, tuple[str, ...]]:
    """The production command, and the packages that it needs besides the project's own dependencies."""
    framework = application.framework or ""
    if application.running and framework in (ASGI | WSGI) - {"flask", "dash"}:
        return _start_script(application), ()
    if framework == "django":
        return _start_django(application, project)
    if framework in ASGI and application.variable:
        return _start_asgi(application, project, application.variable)
    if framework in WSGI and application.variable:
        return _start_wsgi(application, project, application.variable)
    line = LINES.get(framework)
    if (
        line is None
        or ("{variable}" in line and not application.variable)
        or (framework == "pyramid" and ".py" in application.file)
    ):
        return _start_script(application), ()
    path = f"PYTHONPATH={application.base} " if application.base and "{module}" in line else ""
    if application.packaged and "{file}" in line:
        path = f"PYTHONPATH={application.base or '.'} "
    return path + line.format(file=application.file, module=application.module, variable=application.variable), ()


def _start_script(application: Application) -> str:
    if application.command and not application.variable:
        return application.command
    if application.file.endswith("__main__.py") or application.packaged:
        path = f"PYTHONPATH={application.base} " if application.base else ""
        return f"{path}python3 -m {application.program}"
    return f"python3 {application.file}"


def _start_asgi(application: Application, project: PythonProject, variable: str) -> tuple[str, tuple[str, ...]]:
    flags = (f" --app-dir {application.base}" if application.base else "") + (" --factory" if variable.endswith("()") else "")
    target = f"{application.module}:{variable.removesuffix('()')}"
    if "hypercorn" in project.dependencies and "uvicorn" not in project.dependencies and not flags:
        return f"hypercorn {target} --bind 0.0.0.0:$PORT", ()
    bundled = "uvicorn" in project.dependencies or "standard" in project.dependencies.get("fastapi", ())
    return f"uvicorn{flags} {target} --host 0.0.0.0 --port $PORT", () if bundled else ("uvicorn",)


def _start_wsgi(application: Application, project: PythonProject, variable: str) -> tuple[str, tuple[str, ...]]:
    target = f"{application.module}:{variable}"
    # Flask's own run() does nothing then: the module can be loaded by another server.
    silent = "FLASK_RUN_FROM_CLI=true " if application.running else ""
    if application.framework == "dash" and not variable.isidentifier():
        # gunicorn loads a name or a call; waitress follows attributes.
        path = f"PYTHONPATH={application.base} " if application.base else ""
        return f"{path}{silent}waitress-serve --listen 0.0.0.0:$PORT {target.removesuffix('.server')}.server", _missing(
            project, "waitress"
        )
    target = f"'{target}'" if variable.endswith("()") else target
    source = f" --chdir {application.base}" if application.base else ""
    if "waitress" in project.dependencies and "gunicorn" not in project.dependencies and not source and variable.isidentifier():
        return f"{silent}waitress-serve --listen 0.0.0.0:$PORT {target}", ()
    # One worker: the clients of Socket.IO come back to the process that knows them.
    threads = " --workers 1 --threads 100" if _SOCKETIO in project.dependencies else ""
    return f"{silent}gunicorn{source}{threads} --bind 0.0.0.0:$PORT {target}", _missing(project, "gunicorn")


def _start_django(application: Application, project: PythonProject) -> tuple[str, tuple[str, ...]]:
    base = application.base
    if application.command:
        return application.command, _missing(project, "gunicorn")
    # manage.py leads to a module; without one, the module itself was found.
    module = application.module if application.variable == "application" else application.variable
    if module is None:
        return f"python3 {application.file} runserver --noreload 0.0.0.0:$PORT", ()
    if not module.endswith("asgi"):
        source = f" --chdir {base}" if base else ""
        return f"gunicorn{source} --bind 0.0.0.0:$PORT {module}", _missing(project, "gunicorn")
    if "daphne" in project.dependencies and "uvicorn" not in project.dependencies:
        path = f"PYTHONPATH={base} " if base else ""
        return f"{path}daphne --bind 0.0.0.0 --port $PORT {module}:application", ()
    source = f" --app-dir {base}" if base else ""
    return f"uvicorn{source} {module}:application --host 0.0.0.0 --port $PORT", _missing(project, "uvicorn")


def _missing(project: PythonProject, server: str) -> tuple[str, ...]:
    return () if server in project.dependencies else (server,)
