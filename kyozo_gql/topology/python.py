"""Python: a folder with an application object, a server, a Procfile, or a manifest and an entry file."""

from __future__ import annotations

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.environment import read_web_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.python_app import PORTS, Application, find_application, start_line
from kyozo_gql.topology.python_build import build_commands, plan_installation, write_dockerfile
from kyozo_gql.topology.python_member import recommend_member
from kyozo_gql.topology.python_project import PythonProject, read_python_project
from kyozo_gql.topology.serving import choose_health_check, note_environment, port_mappings
from kyozo_gql.topology.workspace_other import find_python_workspace

MANIFESTS = frozenset({"requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml", "manage.py"})
_FRAMEWORKS = (
    "django",
    "fastapi",
    "flask",
    "starlette",
    "litestar",
    "quart",
    "sanic",
    "streamlit",
    "gradio",
    "aiohttp",
    "tornado",
    "dash",
)
_WORKERS = (
    "celery",
    "dramatiq",
    "rq",
    "arq",
    "discord-py",
    "py-cord",
    "aiogram",
    "python-telegram-bot",
    "apscheduler",
    "slack-bolt",
)
_NOT_WEB = frozenset({"celery", "grpc", "websockets"})
_DEFAULT_PORT = 8000


def detect_python(folder: Folder) -> Finding | None:
    """What the rules for Python make of a folder; None where there is nothing of Python."""
    has_source = any(name.endswith(".py") for name in folder.names)
    if not has_source and not (MANIFESTS & folder.names) and not folder.has_folder("requirements"):
        return None
    project = read_python_project(folder)
    application = find_application(folder, project)
    web = read_web_process(folder, "python")
    finding = Finding(ServiceType.PYTHON, project_name=project.name)
    _weigh_manifest(finding, folder, project)
    _weigh_application(finding, folder, project, application)
    if web and (project.manifest or has_source):
        finding.indicators.append(folder.indicate("Procfile", "procfile.web", 0.5, f"web: {web[:200]}"))
    if application or web:
        _recommend(finding, folder, project, application, web)
    finding.patterns = Patterns(
        "python", finding.patterns.framework or _framework(project, application), project.manager, project.version or None
    )
    return finding if finding.indicators else None


def _framework(project: PythonProject, application: Application | None) -> str | None:
    found = application.framework if application else None
    if found == "http.server":  # the standard library is no framework
        return None
    return found or next((name for name in (*_FRAMEWORKS, "celery") if name in project.dependencies), None)


def _weigh_manifest(finding: Finding, folder: Folder, project: PythonProject) -> None:
    if project.manifest:
        weight = 0.15 if project.manifest in {"setup.py", "setup.cfg", "environment.yml"} else 0.3
        detail = f"{len(project.dependencies)} dependencies, installed with {project.manager}"
        finding.indicators.append(folder.indicate(project.manifest, "python.manifest", weight, detail))
        known = next((name for name in _FRAMEWORKS if name in project.dependencies), None)
        if known:
            finding.indicators.append(folder.indicate(project.manifest, "python.framework", 0.15, f"depends on {known}"))
    if project.version_source and project.version:
        detail = f"asks for Python {project.version}"
        finding.indicators.append(folder.indicate(project.version_source, "python.version", 0.0, detail))
        finding.metadata["runtime_version_source"] = project.version_source
    if project.manager == "conda":
        finding.indicators.append(
            folder.indicate("environment.yml", "python.conda", -0.1, "conda packages are not installed, only pip's")
        )


def _weigh_application(finding: Finding, folder: Folder, project: PythonProject, application: Application | None) -> None:
    if application is None:
        if project.manifest and (project.builds or folder.has("setup.py")):
            detail = "a package that is built, without an application or an entry file: a library"
            finding.indicators.append(folder.indicate(project.manifest, "python.library", -0.2, detail))
        return
    found = finding.indicators
    if application.serves:
        made = (
            f"makes {application.variable} with {application.framework}"
            if application.variable
            else f"serves with {application.framework}"
        )
        found.append(
            folder.indicate(application.file, "python.application", 0.6, made if application.framework else "opens a port")
        )
        if application.hints.reads_port:
            found.append(folder.indicate(application.file, "port.environment", 0.15, "listens on the port that PORT names"))
        return
    worker = next((name for name in _WORKERS if name in project.dependencies), None)
    if worker:
        found.append(folder.indicate(application.file, "python.worker", 0.3, f"an entry file of a program that uses {worker}"))
    elif project.builds and project.scripts:
        found.append(folder.indicate("pyproject.toml", "python.command", -0.2, "declares commands: a program for the command line"))
    else:
        found.append(folder.indicate(application.file, "python.entry", 0.2, "has the name of an entry file"))


def _recommend(finding: Finding, folder: Folder, project: PythonProject, application: Application | None, web: str | None) -> None:
    line, extras = start_line(application, project) if application else ("", ())
    if web:
        line, extras = web, ()
    port = (
        _choose_port(application, project)
        if web or (application and application.serves and application.framework != "celery")
        else None
    )
    whole = application is not None and application.file.startswith("src/") and project.builds
    steps = plan_installation(folder, project, extras, whole=whole)
    defaults, required = note_environment(finding, folder, project.manifest, frozenset(project.dependencies))
    speaks_http = (application is None or application.framework not in _NOT_WEB) and port is not None
    finding.metadata |= {
        "start_command_source": "Procfile" if web else application.file if application else None,
        "reads_port": "$PORT" in line
        or "${PORT" in line
        or "gunicorn" in line
        or bool(application and application.hints.reads_port),
    }
    finding.recommendation = Recommendation(
        start_command=line,
        build_commands=build_commands(steps),
        dockerfile=write_dockerfile(folder, project, steps, port, line),
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=speaks_http, path=application.hints.health_path if application else None),
    )
    workspace = find_python_workspace(folder)
    if workspace:
        finding.recommendation = recommend_member(folder, workspace, project.version, extras, finding.recommendation)


def _choose_port(application: Application | None, project: PythonProject) -> int:
    habit = PORTS.get(_framework(project, application) or "", _DEFAULT_PORT)
    return (application.hints.port if application else None) or habit
