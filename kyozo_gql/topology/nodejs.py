"""Node.js: a package.json with something to run, or an entry file that serves."""

from __future__ import annotations

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.environment import Process, example_port, read_example, read_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.node_app import NodeApplication, find_node_application
from kyozo_gql.topology.node_build import build_commands, plan_build, write_dockerfile, write_static_dockerfile
from kyozo_gql.topology.node_frameworks import CLIENTS_TOO, PORTS
from kyozo_gql.topology.node_health import find_health_route
from kyozo_gql.topology.node_member import member_start_line
from kyozo_gql.topology.node_nx import NxProject, read_nx_project
from kyozo_gql.topology.node_project import NodeProject, read_node_project
from kyozo_gql.topology.node_settings import settings_port
from kyozo_gql.topology.node_start import StartLine, is_dev_server, start_line
from kyozo_gql.topology.node_weights import weigh_application, weigh_package
from kyozo_gql.topology.serving import choose_health_check, limits_for, note_environment, note_port, port_mappings
from kyozo_gql.topology.sources import port_option
from kyozo_gql.topology.static_server import STATIC_LINE
from kyozo_gql.topology.versions import note_version

_DEFAULT_PORT = 3000
_STATIC_PORT = 8080
_SOURCES = (".js", ".mjs", ".cjs", ".ts", ".mts")


def detect_nodejs(folder: Folder) -> Finding | None:
    """What the rules for Node.js make of a folder; None where there is nothing of it."""
    sources = folder.has_kind(_SOURCES)
    nx = read_nx_project(folder)
    if nx:
        return _detect_nx(folder, nx)
    if not sources and not folder.has("package.json"):
        return None
    project = read_node_project(folder)
    if project is None and folder.first("package.json", "deno.json", "deno.jsonc"):
        return None  # what can't be read, and what Deno runs: Node.js has neither its globals nor its imports
    known = project or NodeProject()
    application = find_node_application(folder, known)
    if project is None and not application.serves:
        return None
    process = read_process(folder, "nodejs")
    start = _choose_start(folder, known, application, process)
    finding = Finding(ServiceType.NODEJS, project_name=known.name)
    if project:
        weigh_package(finding, folder, known, application, start)
    note_version(finding, folder, known.runtime, "nodejs.version", "Node.js")
    if process:
        detail = f"{process.name}: {process.command[:200]}"
        finding.indicators.append(folder.indicate("Procfile", process.rule, 0.5, detail, line=process.line))
    weigh_application(finding, folder, known, application, start)
    finding.patterns = Patterns(
        _language(folder, known, application), application.framework, known.manager.name if project else None, known.version
    )
    if start or application.static:
        _recommend(finding, folder, known, application, start, worker=process is not None and process.kind == "worker")
    return finding


def _detect_nx(folder: Folder, nx: NxProject) -> Finding:
    finding = Finding(ServiceType.NODEJS, project_name=nx.project.name)
    weight, rule = {"library": (-0.3, "nodejs.library"), "tests": (-0.3, "nodejs.nx")}.get(nx.kind, (0.3, "nodejs.nx"))
    says = {"library": "a library", "tests": "tests from end to end"}.get(nx.kind, f"an application ({nx.kind})")
    finding.indicators.append(folder.indicate(nx.file, rule, weight, f"{says} of Nx", field="projectType"))
    if nx.kind in {"site", "server"}:
        weigh_application(finding, folder, nx.project, nx.application, nx.start)
        manager = nx.project.manager.name
        finding.patterns = Patterns(
            _language(folder, nx.project, nx.application), nx.application.framework, manager, nx.project.version
        )
        _recommend(finding, folder, nx.project, nx.application, nx.start, worker=False)
    return finding


def _choose_start(folder: Folder, project: NodeProject, application: NodeApplication, process: Process | None) -> StartLine | None:
    """The Procfile's process, unless that starts a server for development and there is a better one; else what is derived."""
    derived = start_line(folder, project, application)
    if process is None:
        return derived
    development = is_dev_server(process.command)
    return (
        derived
        if development and derived
        else None
        if development
        else StartLine(process.command, "Procfile", text=process.command)
    )


def _language(folder: Folder, project: NodeProject, application: NodeApplication) -> str:
    configured = any((name.startswith("tsconfig.") and name.endswith(".json")) or name == "tsconfig.json" for name in folder.names)
    typed = (application.file or "").endswith((".ts", ".mts", ".cts"))
    return "typescript" if configured or typed or (project.workspace and "typescript" in project.everything) else "javascript"


def _recommend(
    finding: Finding, folder: Folder, project: NodeProject, application: NodeApplication, start: StartLine | None, *, worker: bool
) -> None:
    port = _choose_port(finding, folder, application, start, worker=worker)
    own_line = start.line if start else None
    line = member_start_line(project.workspace, own_line) if own_line and project.workspace else own_line
    defaults, required = note_environment(
        finding, folder, "package.json", project.dependencies, [application.file] if application.file else []
    )
    if port and application.entry and application.entry.served_in:
        note_port(finding, folder, application.entry.served_in, application.hints)
    build = plan_build(folder, project, application, (*defaults, *required, *read_example(folder).values))
    dockerfile = (
        write_static_dockerfile(folder, build, application.static, _STATIC_PORT)
        if application.static
        else write_dockerfile(folder, build, port, line or "")
    )
    finding.metadata |= {
        "start_command_source": start.source if start else None,
        "reads_port": application.hints.reads_port or not application.file,
    }
    if application.static:
        finding.metadata |= {"image_command": STATIC_LINE, "static_folder": application.static}
    memory, cpu = limits_for("static" if application.static else application.framework)
    path = application.hints.health_path or find_health_route(folder, application.framework)
    finding.recommendation = Recommendation(
        start_command=line,
        build_context=project.workspace.root if project.workspace else None,
        build_commands=build_commands(build),
        dockerfile=dockerfile,
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=application.framework not in CLIENTS_TOO, path=path),
        memory=memory,
        cpu=cpu,
    )


def _choose_port(
    finding: Finding, folder: Folder, application: NodeApplication, start: StartLine | None, *, worker: bool
) -> int | None:
    """The port of the start command, of the source, of the environment that the source reads, of settings, of the framework.

    None for a worker: what was seen to open none. What a start script hides is taken for a server.
    """
    if application.static:
        return _STATIC_PORT
    web = application.serves or application.output.line is not None or application.framework is not None
    if worker or (application.worker == application.framework is not None and not application.serves):
        return None
    hidden = application.entry is None or (start is not None and start.source == "Procfile")
    if not web and not hidden:
        return None
    told = port_option(start.text) if start else None
    read = example_port(folder) if application.hints.reads_port and not application.hints.port else None
    named = told or application.hints.port or read or settings_port(finding, folder, application)
    return named or PORTS.get(application.framework or "", _DEFAULT_PORT)
