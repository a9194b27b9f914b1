"""What speaks for and against a Python folder being a service."""

from __future__ import annotations

import re

from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.python_frameworks import CLIENTS_TOO, COMMAND_LINE, WEB, WORKERS
from kyozo_gql.topology.python_project import PythonProject
from kyozo_gql.topology.python_source import Application, Kind

_WEAK_MANIFESTS = frozenset({"setup.py", "setup.cfg"})
_EXTENSION = re.compile(
    r"^(?:flask|django|fastapi|pytest|streamlit|gradio|dash|sphinx|starlette|celery|mkdocs|jupyter|airflow|aiohttp|sanic|wagtail|drf)"
    r"[-_]\w|^(?:djangorestframework|pytest)[-_]?\w*$"
)
# What a program that is installed, and then keeps running, says of itself; and what a part for others to build with says.
_SERVER = re.compile(
    r"\b(?:server|daemon|web ?(?:app(?:lication)?|interface|ui|dashboard|frontend|service)|dashboard|bot|microservice)\b",
    re.IGNORECASE,
)
_FOR_BUILDING = re.compile(
    r"\b(?:library|framework|toolkit|sdk|plug-?in|extension|middleware|clients?|bindings?|wrapper|[aw]sgi|http server"
    r"|utilit\w{1,3}|testing|reusable|integration|(?:package|module|api|tools?|helpers?|support) (?:for|to)|command[- ]line|cli"
    r"|terminal|implementation of)\b",
    re.IGNORECASE,
)
_DAEMON_CLASSIFIER = "Environment :: No Input/Output (Daemon)"
_LIBRARY_CLASSIFIER = "Topic :: Software Development :: Libraries"
_CONSOLE_CLASSIFIER = "Environment :: Console"
# A line of a module that does something by itself: a call, or the main block.
_DOES = re.compile(r"^(?:if __name__\b|(?:\w{1,60}\.){0,3}\w{1,60}\()", re.MULTILINE)
_ASKS = re.compile(
    r"\bargparse\.ArgumentParser\(|\binput\(|\bsys\.argv\b|\bclick\.(?:command|group)\(|\btyper\.(?:Typer|run)\(|\bfire\.Fire\("
)


def weigh_manifest(finding: Finding, folder: Folder, project: PythonProject) -> None:
    """The manifest and what it depends on; against it: a library, a program for the command line, notebooks."""
    if project.manifest is None:
        return
    weight = 0.15 if project.manifest in _WEAK_MANIFESTS else 0.3
    detail = f"{len(project.dependencies)} dependencies, installed with {project.manager}"
    finding.indicators.append(folder.indicate(project.manifest, "python.manifest", weight, detail))
    known = next((name for name in WEB if name in project.dependencies), None)
    if known:
        weight = 0.0 if known in CLIENTS_TOO else 0.15
        finding.indicators.append(folder.indicate(project.manifest, "python.framework", weight, f"depends on {known}"))
    name = re.sub(r"[-_.]+", "-", project.name or "").lower()
    # The framework itself is known by python.published.
    if project.builds and _EXTENSION.match(name) and name not in WEB and name not in WORKERS:
        detail = f"the package {project.name} extends a framework: a library"
        finding.indicators.append(folder.indicate(project.manifest, "python.extension", -0.7, detail, field="name"))
    elif any(text.startswith(_LIBRARY_CLASSIFIER) for text in project.classifiers):
        detail = "is published as a library"
        finding.indicators.append(folder.indicate(project.manifest, "python.library", -0.5, detail, field="project.classifiers"))
    if any(name.endswith(".ipynb") for name in folder.names):
        name = min(name for name in folder.names if name.endswith(".ipynb"))
        finding.indicators.append(folder.indicate(name, "python.notebooks", -0.2, "stands among notebooks"))


def weigh_application(finding: Finding, folder: Folder, project: PythonProject, application: Application | None) -> None:
    """The entry file: what it makes, serves or keeps doing."""
    if application is None:
        if project.manifest and project.builds:
            detail = "a package that is built, without an application or an entry file: a library"
            finding.indicators.append(folder.indicate(project.manifest, "python.library", -0.2, detail))
        return
    if project.manifest is None and _is_inside_a_package(folder):
        detail = "a part of the package that the folder around it builds"
        finding.indicators.append(folder.indicate(application.file, "python.part", -0.6, detail))
    if application.kind is not Kind.ENTRY:
        _weigh_program(finding, folder, project)
    match application.kind:
        case Kind.WEB:
            _weigh_server(finding, folder, project, application)
        case Kind.WORKER:
            detail = f"keeps running with {application.framework}" if application.framework else "keeps running without a port"
            finding.indicators.append(folder.indicate(application.file, "python.worker", 0.5, detail))
            _weigh_command(finding, folder, project, application)
        case Kind.ENTRY:
            _weigh_entry(finding, folder, project, application)


def _weigh_program(finding: Finding, folder: Folder, project: PythonProject) -> None:
    """A package with a command of its own that calls itself a server: it is installed to be run, not to build with."""
    named = _SERVER.search(project.description)
    says = named[0] if named and not _FOR_BUILDING.search(project.description) else None
    says = says or ("daemon" if _DAEMON_CLASSIFIER in project.classifiers else None)
    if project.builds and project.scripts and project.manifest and says:
        detail = f"is installed with a command, and calls itself a {says.lower()}"
        finding.indicators.append(folder.indicate(project.manifest, "python.program", 0.5, detail, field="description"))


def _weigh_server(finding: Finding, folder: Folder, project: PythonProject, application: Application) -> None:
    found = finding.indicators
    made = (
        f"makes {application.variable} with {application.framework}"
        if application.variable
        else f"serves with {application.framework}"
    )
    found.append(folder.indicate(application.file, "python.application", 0.6, made if application.framework else "opens a port"))
    if application.hints.reads_port:
        found.append(folder.indicate(application.file, "port.environment", 0.15, "listens on the port that PORT names"))
    if application.framework == "django" and project.manifest is None and _listed_above(folder):
        detail = "its dependencies are listed in the folder around it, which is the service"
        found.append(folder.indicate(application.file, "python.part", -0.6, detail))
    if project.builds and _is_offered(folder, application):
        detail = "the package only defines a server, and nothing of it starts one: it is offered to others"
        found.append(folder.indicate(application.file, "python.library", -0.5, detail))
    program = project.builds and project.scripts and project.classifiers and application.variable is None
    if program and _CONSOLE_CLASSIFIER not in project.classifiers:
        detail = "published with commands of its own: a program that may serve"
        found.append(folder.indicate(project.manifest or application.file, "python.command", -0.2, detail))
    if project.scripts and _CONSOLE_CLASSIFIER in project.classifiers:
        found.append(
            folder.indicate("pyproject.toml", "python.command", -0.3, "a program for the console", field="project.scripts")
        )


def _is_offered(folder: Folder, application: Application) -> bool:
    """Whether a module of a package opens a port without a framework, in functions alone, and the package can't be run."""
    if application.framework != "http.server" or application.main or "/" not in application.file:
        return False
    text = folder.read(application.file) or ""
    return not application.file.endswith("__main__.py") and _DOES.search(text) is None


def _weigh_entry(finding: Finding, folder: Folder, project: PythonProject, application: Application) -> None:
    found = finding.indicators
    worker = next((name for name in WORKERS if name in project.dependencies), None)
    framework = next((name for name in WEB if name in project.dependencies and name not in CLIENTS_TOO), None)
    if worker and not framework:
        found.append(folder.indicate(application.file, "python.worker", 0.3, f"an entry file of a program that uses {worker}"))
    else:
        found.append(folder.indicate(application.file, "python.entry", 0.1, "has the name of an entry file"))
    _weigh_command(finding, folder, project, application)


def _weigh_command(finding: Finding, folder: Folder, project: PythonProject, application: Application) -> None:
    if project.builds and project.scripts:
        detail = "declares commands: a program for the command line"
        finding.indicators.append(folder.indicate(project.manifest or application.file, "python.command", -0.2, detail))
    elif _ASKS.search(folder.read(application.file) or "") and not COMMAND_LINE.isdisjoint({*project.dependencies, "argparse"}):
        detail = "asks for arguments or input: a program for the command line"
        finding.indicators.append(folder.indicate(application.file, "python.command", -0.2, detail))


def _is_inside_a_package(folder: Folder) -> bool:
    """Whether the folder is a package, or in one, that a setup.py or pyproject.toml above builds."""
    path = folder.path
    while path and "__init__.py" in folder.tree.files(path):
        path = path.rpartition("/")[0]
        # The manifest of a src layout stands beside src.
        path = path.rpartition("/")[0] if path.rpartition("/")[2] == "src" else path
        names = folder.tree.files(path)
        if (
            "setup.py" in names
            or "setup.cfg" in names
            or ("pyproject.toml" in names and "[build-system]" in (folder.tree.read(f"{path}/pyproject.toml".lstrip("/")) or ""))
        ):
            return True
    return False


def _listed_above(folder: Folder) -> bool:
    parent = folder.path.rpartition("/")[0]
    return bool(folder.path) and bool({"requirements.txt", "pyproject.toml", "Pipfile"} & set(folder.tree.files(parent)))
