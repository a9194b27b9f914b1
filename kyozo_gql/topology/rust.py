"""Rust: a Cargo package with a binary. The binary is started: default-run, that of the package's name, the one that serves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.environment import read_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.rust_build import BuildPlan, build_commands, write_dockerfile
from kyozo_gql.topology.serving import choose_health_check, note_environment, note_port, port_mappings
from kyozo_gql.topology.sources import Hints, merge_hints, read_hints
from kyozo_gql.topology.versions import Request, RuntimeVersion, choose_rust, choose_version, note_version, requested_versions
from kyozo_gql.topology.workspace_other import find_cargo_workspace

# Ahead of the others: what contains them. Loco and Leptos run on axum, axum and warp on hyper.
_FRAMEWORKS = {
    "loco-rs": "loco", "leptos_axum": "leptos", "leptos_actix": "leptos", "dioxus": "dioxus",
    "rocket": "rocket", "actix-web": "actix", "poem": "poem", "salvo": "salvo", "axum": "axum", "warp": "warp", "tide": "tide",
    "ntex": "ntex", "gotham": "gotham", "thruster": "thruster", "viz": "viz", "trillium": "trillium", "tonic": "tonic",
    "tiny_http": "tiny_http", "rouille": "rouille", "hyper": "hyper",
}  # fmt: skip
_CLIENTS_TOO = frozenset({"tonic", "hyper", "dioxus"})
_PORTS = {
    "actix": 8080, "rocket": 8000, "warp": 3030, "axum": 3000, "tonic": 50051, "loco": 5150, "leptos": 3000, "poem": 3000,
    "salvo": 5800, "dioxus": 8080, "hyper": 3000, "rouille": 8000,
}  # fmt: skip
_SERVES = re.compile(
    r"\bTcpListener::bind\(|\bHttpServer::new\(|\bServer::bind\(|\bwarp::serve\(|\brocket::(?:build|ignite)\(|#\[(?:rocket::)?launch\]"
    r"|\baxum::serve\(|\bServer::builder\(\)|\bServer::http\(|\bstart_server\(|\bServer::new\(|#\[shuttle_runtime::main\]|\bcli::main::<"
    r"|\bpoem::Server\b|\baxum_server::bind|\bUdpSocket::bind\(|\.listen\("
)
_COMMAND_LINE = ("clap", "structopt", "argh", "ratatui", "dialoguer", "pico-args", "bpaf", "tui")
_NO_SERVICES = {
    "tauri": "a desktop application", "bevy": "a game", "egui": "a desktop application", "eframe": "a desktop application",
    "iced": "a desktop application", "macroquad": "a game", "ggez": "a game", "embassy-executor": "firmware",
    "cortex-m": "firmware",
    "esp-hal": "firmware", "gtk4": "a desktop application", "slint": "a desktop application", "winit": "a desktop application",
    "pyo3": "a module for Python", "napi": "a module for Node.js", "proc-macro2": "a macro",
}  # fmt: skip
_WORKERS = ("serenity", "poise", "teloxide", "twilight-gateway", "apalis", "rdkafka", "lapin", "async-nats", "tokio-cron-scheduler")
_NAME = re.compile(r"^[A-Za-z_][\w-]{0,99}$")
_DECLARED = re.compile(r"^\s{0,8}(?:pub(?:\(\w{1,20}\))?\s)?mod ([a-z_]\w{0,40});", re.MULTILINE)
_LIKELY = re.compile(r"serv|app|startup|start|http|web|api|rout|run|main|config|setting|lib|launch")
_DEFAULT_PORT = 8080
_MAX_MODULES = 10


@dataclass(frozen=True, slots=True)
class _Binary:
    """``served_in``: the file that opens the port, which may be a module of the binary or of the library beside it."""

    name: str
    file: str
    served_in: str | None = None
    hints: Hints = field(default_factory=Hints)


def detect_rust(folder: Folder) -> Finding | None:
    """What the rules for Rust make of a folder; None where there is no Cargo.toml that can be read."""
    cargo = folder.toml("Cargo.toml")
    if cargo is None:
        return None
    package = as_table(cargo.get("package"))
    dependencies = frozenset(as_table(cargo.get("dependencies")))
    binary = _find_binary(folder, cargo)
    framework = _framework(dependencies, binary)
    finding = Finding(ServiceType.RUST, project_name=as_text(package.get("name")))
    runtime = _version(folder, package)
    note_version(finding, folder, runtime, "rust.version", "Rust")
    finding.patterns = Patterns("rust", framework, "cargo", runtime.version if runtime else None)
    if not package:
        finding.indicators.append(
            folder.indicate(
                "Cargo.toml", "rust.workspace", 0.0, "no package of its own: the root of a workspace", field="workspace"
            )
        )
        return finding
    finding.indicators.append(folder.indicate("Cargo.toml", "rust.manifest", 0.35, f"{len(dependencies)} dependencies"))
    _weigh(finding, folder, binary, dependencies, macro=as_table(cargo.get("lib")).get("proc-macro") is True)
    if binary:
        _recommend(finding, folder, binary, dependencies, runtime)
    return finding


def _framework(dependencies: frozenset[str], binary: _Binary | None) -> str | None:
    found = (name for library, name in _FRAMEWORKS.items() if library in dependencies)
    return next((name for name in found if name not in _CLIENTS_TOO or (binary and binary.served_in)), None)


def _version(folder: Folder, package: dict[str, Any]) -> RuntimeVersion | None:
    """The tool chain that rust-toolchain(.toml) pins, else the least version that Cargo.toml asks for."""
    requests = [*requested_versions(folder, "RUST", ("rust",), ())]
    for file in ("rust-toolchain.toml", "rust-toolchain"):
        text = (folder.read(file) or "").strip()
        if "[toolchain]" in text:
            pinned = as_text(as_table(as_table(folder.toml(file)).get("toolchain")).get("channel"))
            requests += [Request(pinned, file, field="toolchain.channel")] if pinned else []
        elif text and "\n" not in text:
            requests.append(Request(text, file, 1))
    least = as_text(package.get("rust-version"))
    requests += [Request(least, "Cargo.toml", field="package.rust-version")] if least else []
    return choose_version(requests, choose_rust)


def _find_binary(folder: Folder, cargo: dict[str, Any]) -> _Binary | None:
    """default-run, else the binary that serves: that of the package's name, a declared one, one of src/bin."""
    package = as_table(cargo.get("package"))
    name, wanted = as_text(package.get("name")) or "", as_text(package.get("default-run"))
    choices: list[tuple[str, str]] = []
    for item in as_list(cargo.get("bin")):
        declared, path = as_text(as_table(item).get("name")) or name, as_text(as_table(item).get("path"))
        choices.append((declared, path or ("src/main.rs" if declared == name else f"src/bin/{declared}.rs")))
    if folder.has("src/main.rs") and not any(path == "src/main.rs" for _, path in choices):
        choices.append((name, "src/main.rs"))
    if folder.has_folder("src"):
        files = folder.tree.files(folder.locate("src/bin"))
        choices += [(file.removesuffix(".rs"), f"src/bin/{file}") for file in files if file.endswith(".rs")]
        inner = folder.tree.subfolders(folder.locate("src/bin"))
        choices += [(place, f"src/bin/{place}/main.rs") for place in inner if folder.has(f"src/bin/{place}/main.rs")]
    usable = [choice for choice in dict.fromkeys(choices) if _NAME.match(choice[0])][:_MAX_MODULES]
    if wanted:
        usable.sort(key=lambda choice: choice[0] != wanted)
        return _examine(folder, *usable[0]) if usable else None
    found = [_examine(folder, *choice) for choice in usable]
    found.sort(key=lambda binary: (binary.served_in is None, binary.name != name))
    return found[0] if found else None


def _examine(folder: Folder, name: str, file: str) -> _Binary:
    """A binary, with what its file and the modules around it give away."""
    served_in, hints = None, Hints()
    for source in (file, *_modules(folder, file)):
        text = folder.read(source) or ""
        hints = merge_hints(hints, read_hints(text))
        if served_in is None and _SERVES.search(text):
            served_in = source
    return _Binary(name, file, served_in, hints)


def _modules(folder: Folder, file: str) -> list[str]:
    """The modules that a binary or the library beside it declares, those that sound like servers, bounded."""
    place = file.rpartition("/")[0]
    roots = [file, *(["src/lib.rs"] if folder.has("src/lib.rs") else [])]
    names = [match[1] for root in roots for match in _DECLARED.finditer(folder.read(root) or "") if _LIKELY.search(match[1])]
    places = dict.fromkeys((f"{place}/" if place else "", "src/"))
    files = [
        path for name in names for where in places for path in (f"{where}{name}.rs", f"{where}{name}/mod.rs") if folder.has(path)
    ]
    return [*roots[1:], *dict.fromkeys(files)][:_MAX_MODULES]


def _weigh(finding: Finding, folder: Folder, binary: _Binary | None, dependencies: frozenset[str], *, macro: bool) -> None:
    found = finding.indicators
    framework = finding.patterns.framework
    other = next((kind for library, kind in _NO_SERVICES.items() if library in dependencies), "a macro" if macro else None)
    if other and not (binary and binary.served_in):
        found.append(
            folder.indicate("Cargo.toml", "rust.no_service", -0.6, f"what it depends on makes it {other}", field="dependencies")
        )
    if binary is None:
        found.append(folder.indicate("Cargo.toml", "rust.library", -0.2, "no binary: a library"))
        return
    found.append(folder.indicate(binary.file, "rust.main", 0.2, f"the binary {binary.name}"))
    if framework:
        found.append(folder.indicate("Cargo.toml", "rust.framework", 0.3, f"depends on {framework}", field="dependencies"))
    if binary.served_in:
        found.append(folder.indicate(binary.served_in, "rust.application", 0.25, "opens a port"))
    if framework or binary.served_in:
        return
    worker = next((library for library in _WORKERS if library in dependencies), None)
    tool = next((library for library in _COMMAND_LINE if library in dependencies), None)
    if worker:
        found.append(folder.indicate("Cargo.toml", "rust.worker", 0.2, f"depends on {worker}: keeps running", field="dependencies"))
    elif tool:
        detail = f"depends on {tool}: a program for the command line"
        found.append(folder.indicate("Cargo.toml", "rust.command", -0.3, detail, field="dependencies"))
    else:
        found.append(
            folder.indicate(binary.file, "rust.command", -0.2, "opens no port and depends on no framework: a program that ends")
        )


def _recommend(
    finding: Finding, folder: Folder, binary: _Binary, dependencies: frozenset[str], runtime: RuntimeVersion | None
) -> None:
    framework = finding.patterns.framework
    web = binary.served_in is not None or framework is not None
    port = (binary.hints.port or _PORTS.get(framework or "", _DEFAULT_PORT)) if web else None
    workspace = find_cargo_workspace(folder)
    plan = BuildPlan(finding.project_name or binary.name, binary.name, framework, runtime, dependencies, workspace)
    line = _start_line(finding, folder, binary, framework)
    defaults, required = note_environment(
        finding, folder, "Cargo.toml", dependencies, dict.fromkeys((binary.file, binary.served_in or binary.file))
    )
    if port:
        note_port(finding, folder, binary.served_in or binary.file, binary.hints)
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


def _start_line(finding: Finding, folder: Folder, binary: _Binary, framework: str | None) -> str:
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
            return line
