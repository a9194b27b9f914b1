"""Rust: a Cargo package with a binary. The binary is started: default-run, that of the package's name, the one that serves."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import Any

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.configured_port import ConfiguredPort, configured_port, note_configured_port
from kyozo_gql.topology.environment import read_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.parsing import as_scalar, as_table, as_text
from kyozo_gql.topology.rust_binary import Binary
from kyozo_gql.topology.rust_build import BuildPlan, build_commands, write_dockerfile
from kyozo_gql.topology.rust_front_end import add_front_end, find_front_end
from kyozo_gql.topology.rust_libraries import dependencies_of
from kyozo_gql.topology.rust_weights import find_program, weigh_program
from kyozo_gql.topology.serving import choose_health_check, note_environment, note_port, port_mappings
from kyozo_gql.topology.sources import as_port
from kyozo_gql.topology.versions import Request, RuntimeVersion, choose_rust, choose_version, note_version, requested_versions
from kyozo_gql.topology.workspace import Workspace
from kyozo_gql.topology.workspace_other import find_cargo_workspace

_PORTS = {
    "actix": 8080, "rocket": 8000, "warp": 3030, "axum": 3000, "tonic": 50051, "loco": 5150, "leptos": 3000, "poem": 3000,
    "salvo": 5800, "dioxus": 8080, "hyper": 3000, "rouille": 8000,
}  # fmt: skip
_DEFAULT_PORT = 8080


def detect_rust(folder: Folder) -> Finding | None:
    """What the rules for Rust make of a folder; None where there is no Cargo.toml that can be read."""
    cargo = folder.toml("Cargo.toml")
    if cargo is None:
        return None
    package = as_table(cargo.get("package"))
    finding = Finding(ServiceType.RUST, project_name=as_text(package.get("name")))
    workspace = find_cargo_workspace(folder)
    runtime = _version(folder, package, workspace)
    note_version(finding, folder, runtime, "rust.version", "Rust")
    if not package:
        finding.patterns = Patterns("rust", None, "cargo", runtime.version if runtime else None)
        detail = "no package of its own: the root of a workspace"
        finding.indicators.append(folder.indicate("Cargo.toml", "rust.workspace", 0.0, detail, field="workspace"))
        return finding
    front_end = find_front_end(folder, finding.project_name or "", dependencies_of(cargo), workspace)
    if front_end:
        finding.patterns = Patterns("rust", front_end.framework, "cargo", runtime.version if runtime else None)
        finding.indicators.append(folder.indicate("Cargo.toml", "rust.manifest", 0.35, "a package"))
        add_front_end(finding, folder, front_end, runtime.version if runtime else None, workspace)
        return finding
    program = find_program(folder, cargo, workspace)
    finding.patterns = Patterns("rust", program.framework, "cargo", runtime.version if runtime else None)
    count = len(program.dependencies)
    finding.indicators.append(folder.indicate("Cargo.toml", "rust.manifest", 0.35, f"{count} dependencies"))
    weigh_program(finding, folder, program, macro=as_table(cargo.get("lib")).get("proc-macro") is True)
    if program.binary:
        _recommend(finding, folder, program.binary, program.dependencies, runtime)
    return finding


def _version(folder: Folder, package: dict[str, Any], workspace: Workspace | None) -> RuntimeVersion | None:
    """The tool chain that rust-toolchain(.toml) pins, else the least version that Cargo.toml asks for; a member asks its root."""
    requests = [*requested_versions(folder, "RUST", ("rust",), ()), *_pinned(folder)]
    root = folder.at(workspace.root) if workspace else None
    if root:
        requests += _placed(root, folder, [*requested_versions(root, "RUST", ("rust",), ()), *_pinned(root)])
    least = as_text(package.get("rust-version"))
    requests += [Request(least, "Cargo.toml", field="package.rust-version")] if least else []
    if root and as_table(package.get("rust-version")).get("workspace") is True:
        shared = as_text(as_table(as_table((root.toml("Cargo.toml") or {}).get("workspace")).get("package")).get("rust-version"))
        asked = [Request(shared, "Cargo.toml", field="workspace.package.rust-version")] if shared else []
        requests += _placed(root, folder, asked)
    return choose_version(requests, choose_rust)


def _pinned(folder: Folder) -> list[Request]:
    requests = []
    for file in ("rust-toolchain.toml", "rust-toolchain"):
        text = (folder.read(file) or "").strip()
        if "[toolchain]" in text:
            pinned = as_text(as_table(as_table(folder.toml(file)).get("toolchain")).get("channel"))
            requests += [Request(pinned, file, field="toolchain.channel")] if pinned else []
        elif text and "\n" not in text:
            requests.append(Request(text, file, 1))
    return requests


def _placed(root: Folder, folder: Folder, requests: list[Request]) -> list[Request]:
    """The requests of the root of a workspace with their files as they are called from a member."""
    return [replace(request, file=posixpath.relpath(root.locate(request.file), folder.path or ".")) for request in requests]


def _recommend(
    finding: Finding, folder: Folder, binary: Binary, dependencies: frozenset[str], runtime: RuntimeVersion | None
) -> None:
    framework = finding.patterns.framework
    web = binary.served_in is not None or framework is not None
    port = _choose_port(finding, folder, binary, framework) if web else None
    workspace = find_cargo_workspace(folder)
    plan = BuildPlan(finding.project_name or binary.name, binary.name, framework, runtime, dependencies, workspace)
    line = _start_line(finding, folder, binary, framework)
    defaults, required = note_environment(
        finding, folder, "Cargo.toml", dependencies, dict.fromkeys((binary.file, binary.served_in or binary.file))
    )
    reads_port = binary.hints.reads_port or framework in {"rocket", "leptos", "loco", "dioxus"}
    finding.metadata |= {"start_command_source": binary.file, "reads_port": reads_port}
    finding.recommendation = Recommendation(
        start_command=line,
        build_context=workspace.root if workspace else None,
        build_commands=build_commands(folder, plan),
        dockerfile=write_dockerfile(folder, plan, port, line),
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=web and framework != "tonic", path=binary.hints.health_path),
    )


def _choose_port(finding: Finding, folder: Folder, binary: Binary, framework: str | None) -> int:
    """The port that the source names, else that of a configuration file, else the framework's own."""
    if binary.hints.port and framework != "rocket":
        note_port(finding, folder, binary.served_in or binary.file, binary.hints)
        return binary.hints.port
    configured = (_rocket_port(folder) if framework == "rocket" else None) or configured_port(folder)
    if configured:
        note_configured_port(finding, folder, configured)
        return configured.port
    return binary.hints.port or _PORTS.get(framework or "", _DEFAULT_PORT)


def _rocket_port(folder: Folder) -> ConfiguredPort | None:
    """The port of Rocket's own file, in the profile that a release build takes, or else for all."""
    profiles = as_table(folder.toml("Rocket.toml")) if folder.has("Rocket.toml") else {}
    for name in ("release", "production", "default", "global"):
        port = as_port(as_scalar(as_table(profiles.get(name)).get("port")) or "")
        if port:
            return ConfiguredPort(port, "Rocket.toml", f"{name}.port")
    return None


def _start_line(finding: Finding, folder: Folder, binary: Binary, framework: str | None) -> str:
    line = f"./target/release/{binary.name}"
    process = read_process(folder, "rust")
    if process:
        detail = f"{process.name}: {process.command[:200]}"
        finding.indicators.append(folder.indicate("Procfile", process.rule, 0.1, detail, line=process.line))
        if f"target/release/{binary.name}" in process.command:
            return process.command
    match framework:
        case "rocket":
            return f"ROCKET_ADDRESS=0.0.0.0 ROCKET_PORT=$PORT {line}"
        case "leptos":
            return f"LEPTOS_SITE_ROOT=target/site LEPTOS_SITE_ADDR=0.0.0.0:$PORT {line}"
        case "loco":
            return f"{line} start --environment production --binding 0.0.0.0 --port $PORT"
        case "dioxus":
            return f"IP=0.0.0.0 {line}"
        case _:
            return f"{line} {binary.command}" if binary.command else line
