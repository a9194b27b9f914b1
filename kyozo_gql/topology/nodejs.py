"""Node.js: a package.json with something to run, or an entry file that serves."""

from __future__ import annotations

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.environment import read_web_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.node_app import NodeApplication, find_node_application, start_line
from kyozo_gql.topology.node_build import build_commands, write_dockerfile, write_static_dockerfile
from kyozo_gql.topology.node_member import member_start_line
from kyozo_gql.topology.node_project import NodeProject, read_node_project
from kyozo_gql.topology.serving import choose_health_check, note_environment, port_mappings

_OTHER_APPLICATIONS = {
    "composer.json": "PHP", "artisan": "Laravel", "Gemfile": "Ruby", "config.ru": "Ruby", "pom.xml": "Java", "build.gradle": "Java",
    "mix.exs": "Elixir", "manage.py": "Django",
}  # fmt: skip
_NO_SERVICES = {
    "electron": "a desktop application", "react-native": "a mobile application", "expo": "a mobile application",
    "@capacitor/core": "a mobile application", "@tauri-apps/api": "a desktop application",
}  # fmt: skip
_LIBRARY_KEYS = frozenset({"exports", "module", "types", "typings", "peerDependencies", "publishConfig", "files", "unpkg"})
_DEFAULT_PORT = 3000
_STATIC_PORT = 8080


def detect_nodejs(folder: Folder) -> Finding | None:
    """What the rules for Node.js make of a folder; None where there is nothing of it."""
    project = read_node_project(folder)
    sources = any(name.endswith((".js", ".mjs", ".cjs", ".ts")) for name in folder.names)
    if project is None and (folder.has("package.json") or not sources):
        return None
    known = project or NodeProject()
    application = find_node_application(folder, known)
    web = read_web_process(folder, "nodejs")
    start = (web, "Procfile") if web else start_line(known, application)
    if project is None and not application.serves:
        return None
    finding = Finding(ServiceType.NODEJS, project_name=known.name)
    if project:
        _weigh_package(finding, folder, known)
    _weigh_application(finding, folder, known, application, start)
    language = "typescript" if folder.has("tsconfig.json") or (application.file or "").endswith(".ts") else "javascript"
    finding.patterns = Patterns(language, application.framework, known.manager if project else None, known.version)
    if start or application.static:
        _recommend(finding, folder, known, application, start)
    return finding


def _weigh_package(finding: Finding, folder: Folder, project: NodeProject) -> None:
    def note(rule: str, weight: float, detail: str) -> None:
        finding.indicators.append(folder.indicate("package.json", rule, weight, detail))

    note("nodejs.manifest", 0.3, f"{len(project.everything)} dependencies, installed with {project.manager}")
    if project.version and project.version_source:
        finding.indicators.append(
            folder.indicate(project.version_source, "nodejs.version", 0.0, f"asks for Node.js {project.version}")
        )
        finding.metadata["runtime_version_source"] = project.version_source
    other = folder.first(*_OTHER_APPLICATIONS)
    if other and "start" not in project.scripts:
        note("nodejs.other_application", -0.4, f"stands beside {other} of {_OTHER_APPLICATIONS[other]}: it only builds assets")
    for library, kind in _NO_SERVICES.items():
        if library in project.everything:
            note("nodejs.no_service", -0.6, f"depends on {library}: {kind}")
            break
    if "engines.vscode" in project.keys:
        note("nodejs.no_service", -0.8, "an extension of an editor")
    if "workspaces" in project.keys or folder.has("pnpm-workspace.yaml") or folder.has("lerna.json"):
        note("nodejs.workspace", -0.3, "the root of several packages")


def _weigh_application(
    finding: Finding, folder: Folder, project: NodeProject, application: NodeApplication, start: tuple[str, str] | None
) -> None:
    found = finding.indicators
    if start and start[1] == "Procfile":
        found.append(folder.indicate("Procfile", "procfile.web", 0.5, f"web: {start[0][:200]}"))
    elif start and start[1].startswith("package.json"):
        found.append(folder.indicate("package.json", "nodejs.start", 0.4, f"{start[1]} is started with {start[0][:200]}"))
    if application.static:
        found.append(folder.indicate("package.json", "nodejs.static", 0.5, f"a front end that {application.framework} builds"))
    elif application.serves and application.file:
        found.append(folder.indicate(application.file, "nodejs.application", 0.5, "opens a port"))
        if application.hints.reads_port:
            found.append(folder.indicate(application.file, "port.environment", 0.15, "listens on the port that PORT names"))
    if application.framework and not application.static and application.framework not in {"ws", "socket.io"}:
        strong = start is not None and not application.serves
        found.append(folder.indicate("package.json", "nodejs.framework", 0.3 if strong else 0.15, f"uses {application.framework}"))
    if not application.serves and not application.static:
        _weigh_library(finding, folder, project, has_framework=application.framework is not None)


def _weigh_library(finding: Finding, folder: Folder, project: NodeProject, *, has_framework: bool) -> None:
    signs = sorted(_LIBRARY_KEYS & project.keys)
    if signs and not has_framework:
        detail = f"has {', '.join(signs)}: a library"
        finding.indicators.append(folder.indicate("package.json", "nodejs.library", -0.3, detail))
    if "bin" in project.keys:
        finding.indicators.append(
            folder.indicate("package.json", "nodejs.command", -0.3, "has bin: a program for the command line")
        )


def _recommend(
    finding: Finding, folder: Folder, project: NodeProject, application: NodeApplication, start: tuple[str, str] | None
) -> None:
    web = application.static is not None or application.serves or application.framework is not None
    # An entry file that opens no port is a worker; what a start script hides is taken for a server.
    serves = web or application.file is None or (start is not None and start[1] == "Procfile")
    port = _STATIC_PORT if application.static else (application.hints.port or _DEFAULT_PORT) if serves else None
    line = start[0] if start else None
    if line and project.workspace:
        line = member_start_line(project.workspace, line)
    dockerfile = (
        write_static_dockerfile(folder, project, application.static, _STATIC_PORT)
        if application.static
        else write_dockerfile(folder, project, port, line or "")
    )
    defaults, required = note_environment(finding, folder, "package.json", project.dependencies)
    finding.metadata |= {
        "start_command_source": start[1] if start else None,
        "reads_port": application.hints.reads_port or not application.file,
    }
    finding.recommendation = Recommendation(
        start_command=line,
        build_context=project.workspace.root if project.workspace else None,
        build_commands=build_commands(project),
        dockerfile=dockerfile,
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=web and application.framework != "ws", path=application.hints.health_path),
    )
