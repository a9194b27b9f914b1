"""Python: a folder with an application object, a server, a worker, a Procfile, or a manifest and an entry file.

The start command is that of the Procfile, unless it starts a server for development and there is a better one; else that of the
framework, for the module that the application object stands in; else the entry file.
"""

from __future__ import annotations

from dataclasses import dataclass

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.declared_start import read_declared
from kyozo_gql.topology.environment import read_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.python_app import SETTINGS_NAMES, find_application
from kyozo_gql.topology.python_build import build_commands, plan_installation, write_dockerfile
from kyozo_gql.topology.python_frameworks import CLIENTS_TOO, NOT_HTTP, PORTS, WEB, WORKERS
from kyozo_gql.topology.python_member import recommend_member
from kyozo_gql.topology.python_project import ENVIRONMENT_FILES, REQUIREMENT_FILES, PythonProject, read_python_project
from kyozo_gql.topology.python_source import Application, Kind
from kyozo_gql.topology.python_start import is_dev_server, missing_servers, start_line
from kyozo_gql.topology.python_weights import weigh_application, weigh_manifest
from kyozo_gql.topology.serving import choose_health_check, limits_for, note_environment, note_port, port_mappings
from kyozo_gql.topology.versions import note_version
from kyozo_gql.topology.workspace_other import find_python_workspace

MANIFESTS = frozenset(
    {*REQUIREMENT_FILES, *ENVIRONMENT_FILES, "pyproject.toml", "Pipfile", "pixi.toml", "setup.py", "setup.cfg", "manage.py"}
)
_DEFAULT_PORT = 8000
_SETTINGS_PLACES = ("", "app/", "src/")


@dataclass(frozen=True, slots=True)
class _Start:
    """``line`` starts it; ``extras`` are the packages that it needs besides; ``source`` says where it comes from."""

    line: str
    extras: tuple[str, ...]
    source: str
    web: bool


def detect_python(folder: Folder) -> Finding | None:
    """What the rules for Python make of a folder; None where there is nothing of Python."""
    has_source = folder.has_kind((".py",))
    if not has_source and not (MANIFESTS & folder.names) and not folder.has_folder("requirements"):
        return None
    project = read_python_project(folder)
    application = find_application(folder, project)
    finding = Finding(ServiceType.PYTHON, project_name=project.name)
    weigh_manifest(finding, folder, project)
    note_version(finding, folder, project.runtime, "python.version", "Python")
    weigh_application(finding, folder, project, application)
    start = _choose_start(finding, folder, project, application) if project.manifest or has_source else None
    if start:
        _recommend(finding, folder, project, application, start)
    finding.patterns = Patterns("python", _framework(project, application), project.manager, project.version)
    return finding if finding.indicators else None


def _choose_start(finding: Finding, folder: Folder, project: PythonProject, application: Application | None) -> _Start | None:
    derived = start_line(application, project) if application else None
    process = read_process(folder, "python")
    declared = None if process else read_declared(folder, "python")
    if declared:
        detail = f"a platform is told to start it: {declared.command[:200]}"
        finding.indicators.append(declared.place.indicate(declared.file, "platform.start", 0.3, detail, field=declared.field))
        if not (application and derived and application.serves and is_dev_server(declared.command)):
            return _Start(declared.command, missing_servers(declared.command, project), declared.file, declared.web)
    if process is None:
        if application is None or derived is None:
            return None
        # What a file with the name of an entry does not show is taken for what the project depends on.
        hidden = application.kind is Kind.ENTRY and _framework(project, application) in set(WEB.values())
        return _Start(*derived, application.file, application.serves or hidden)
    detail = f"{process.name}: {process.command[:200]}"
    finding.indicators.append(folder.indicate("Procfile", process.rule, 0.5, detail, line=process.line))
    if application and derived and application.serves and is_dev_server(process.command):
        detail = "the Procfile starts a server for development: the framework's own server is started instead"
        finding.indicators.append(folder.indicate("Procfile", "procfile.development", 0.0, detail, line=process.line))
        return _Start(*derived, application.file, web=True)
    return _Start(process.command, missing_servers(process.command, project), "Procfile", process.kind == "web")


def _framework(project: PythonProject, application: Application | None) -> str | None:
    found = application.framework if application else None
    if found and found not in {"http.server", "asgi"}:
        return found.removesuffix("-asgi")
    if application and application.kind is Kind.WORKER:
        return None
    names = WEB if application and application.serves else {name: WEB[name] for name in WEB if name not in CLIENTS_TOO}
    web = next((names[name] for name in names if name in project.dependencies), None)
    return web or next((WORKERS[name] for name in WORKERS if name in project.dependencies), None)


def _environment_sources(application: Application | None) -> tuple[str, ...]:
    """The files that usually read the environment: the entry file, and the settings beside it, or of the Django site."""
    if application is None:
        return tuple(f"{place}{name}" for place in _SETTINGS_PLACES for name in SETTINGS_NAMES)
    place = application.file.rpartition("/")[0]
    site = (application.variable or "").rpartition(".")[0].replace(".", "/") if application.framework == "django" else ""
    beside = dict.fromkeys((*_SETTINGS_PLACES, f"{place}/".lstrip("/"), f"{place}/{site}/".lstrip("/")))
    return (application.file, *(f"{folder}{name}" for folder in beside for name in SETTINGS_NAMES))


def _recommend(finding: Finding, folder: Folder, project: PythonProject, application: Application | None, start: _Start) -> None:
    framework = _framework(project, application)
    hints = application.hints if application else None
    port = ((hints.port if hints else None) or PORTS.get(framework or "", _DEFAULT_PORT)) if start.web else None
    if port and application and hints:
        note_port(finding, folder, application.file, hints)
    inside = application is not None and (application.base.startswith("src") or application.command is not None)
    whole = inside and project.builds
    steps = plan_installation(folder, project, start.extras, whole=whole)
    sources = _environment_sources(application)
    defaults, required = note_environment(finding, folder, project.manifest, frozenset(project.dependencies), sources)
    web = start.web and framework not in NOT_HTTP
    reads_port = "$PORT" in start.line or "${PORT" in start.line or "gunicorn" in start.line or bool(hints and hints.reads_port)
    collects = (
        application is not None
        and framework == "django"
        and "whitenoise" in project.dependencies
        and not application.file.endswith(("wsgi.py", "asgi.py", "settings.py"))
    )
    finding.metadata |= {"start_command_source": start.source, "reads_port": reads_port}
    memory, cpu = limits_for(framework)
    finding.recommendation = Recommendation(
        start_command=start.line,
        build_commands=build_commands(steps),
        dockerfile=write_dockerfile(
            folder, project, steps, port, start.line, collect=application.file if application and collects else None
        ),
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=web, path=hints.health_path if hints else None),
        memory=memory,
        cpu=cpu,
    )
    workspace = find_python_workspace(folder)
    if workspace:
        finding.recommendation = recommend_member(folder, workspace, project, start.extras, finding.recommendation)
