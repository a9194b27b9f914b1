"""Rust: a Cargo package with a binary."""

from __future__ import annotations

import re
import shlex
from typing import Any

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.serving import choose_health_check, note_environment, port_mappings
from kyozo_gql.topology.sources import Hints, read_hints
from kyozo_gql.topology.versions import exact_version
from kyozo_gql.topology.workspace import Workspace
from kyozo_gql.topology.workspace_other import find_cargo_workspace

_FRAMEWORKS = {
    "axum": "axum", "actix-web": "actix", "rocket": "rocket", "warp": "warp", "poem": "poem", "salvo": "salvo", "tide": "tide",
    "loco-rs": "loco", "leptos_axum": "leptos", "tonic": "tonic", "hyper": "hyper",
}  # fmt: skip
_PORTS = {"actix": 8080, "rocket": 8000, "warp": 3030, "axum": 3000, "tonic": 50051}
_SERVES = re.compile(
    r"\bTcpListener::bind\(|\bHttpServer::new\(|\bServer::bind\(|\bwarp::serve\(|\brocket::build\(|#\[launch\]|\baxum::serve\("
)
_COMMAND_LINE = ("clap", "structopt", "argh", "ratatui")
_NAME = re.compile(r"^[A-Za-z_][\w-]{0,99}$")
_ASSETS = ("templates", "static", "public", "assets", "migrations", "config", "locales")
_DEFAULT_PORT = 8080


def detect_rust(folder: Folder) -> Finding | None:
    """What the rules for Rust make of a folder; None where there is no Cargo.toml that can be read."""
    cargo = folder.toml("Cargo.toml")
    if cargo is None:
        return None
    package = as_table(cargo.get("package"))
    dependencies = frozenset(as_table(cargo.get("dependencies")))
    binary = _find_binary(folder, cargo)
    text = (folder.read(binary[1]) if binary else None) or ""
    framework = next((name for library, name in _FRAMEWORKS.items() if library in dependencies), None)
    finding = Finding(ServiceType.RUST, project_name=as_text(package.get("name")))
    finding.patterns = Patterns("rust", framework, "cargo", _version(finding, folder, package))
    if not package:
        finding.indicators.append(
            folder.indicate("Cargo.toml", "rust.workspace", 0.0, "no package of its own: the root of a workspace")
        )
        return finding
    finding.indicators.append(folder.indicate("Cargo.toml", "rust.manifest", 0.35, f"{len(dependencies)} dependencies"))
    serves = _SERVES.search(text) is not None
    _weigh(finding, folder, binary, serves, dependencies)
    if binary:
        _recommend(finding, folder, binary, read_hints(text), dependencies, web=serves or framework is not None)
    return finding


def _version(finding: Finding, folder: Folder, package: dict[str, Any]) -> str | None:
    """The tool chain that rust-toolchain(.toml) pins, else the least version that Cargo.toml asks for."""
    pinned = as_table(as_table(folder.toml("rust-toolchain.toml")).get("toolchain")).get("channel")
    plain = (folder.read("rust-toolchain") or "").strip()
    for text, source in (
        (as_text(pinned), "rust-toolchain.toml"),
        (plain, "rust-toolchain"),
        (as_text(package.get("rust-version")), "Cargo.toml"),
    ):
        version = exact_version(text) if text else None
        if version:
            finding.metadata["runtime_version_source"] = source
            finding.indicators.append(folder.indicate(source, "rust.version", 0.0, f"asks for Rust {version}"))
            return version
    return None


def _find_binary(folder: Folder, cargo: dict[str, Any]) -> tuple[str, str] | None:
    """The name and the file of the binary: default-run, the one of the package's name, the first declared one, src/bin."""
    package = as_table(cargo.get("package"))
    name, wanted = as_text(package.get("name")) or "", as_text(package.get("default-run"))
    declared = [
        (as_text(as_table(item).get("name")) or "", as_text(as_table(item).get("path"))) for item in as_list(cargo.get("bin"))
    ]
    choices = [(binary, path or f"src/bin/{binary}.rs") for binary, path in declared]
    if folder.has("src/main.rs"):
        choices.append((name, "src/main.rs"))
    choices += [(file.removesuffix(".rs"), f"src/bin/{file}") for file in folder.tree.files(folder.locate("src/bin"))]
    usable = [choice for choice in choices if _NAME.match(choice[0])]
    usable.sort(key=lambda choice: (choice[0] != wanted, choice[0] != name))
    return usable[0] if usable else None


def _weigh(finding: Finding, folder: Folder, binary: tuple[str, str] | None, serves: bool, dependencies: frozenset[str]) -> None:
    found = finding.indicators
    framework = finding.patterns.framework
    if binary is None:
        found.append(folder.indicate("Cargo.toml", "rust.library", -0.2, "no binary: a library"))
        return
    found.append(folder.indicate(binary[1], "rust.main", 0.2, f"the binary {binary[0]}"))
    if framework:
        found.append(folder.indicate("Cargo.toml", "rust.framework", 0.3, f"depends on {framework}"))
    if serves:
        found.append(folder.indicate(binary[1], "rust.application", 0.25, "opens a port"))
    tool = next((library for library in _COMMAND_LINE if library in dependencies), None)
    if tool and not serves and framework is None:
        found.append(folder.indicate("Cargo.toml", "rust.command", -0.3, f"depends on {tool}: a program for the command line"))


def _recommend(
    finding: Finding, folder: Folder, binary: tuple[str, str], hints: Hints, dependencies: frozenset[str], *, web: bool
) -> None:
    framework = finding.patterns.framework
    port = (hints.port or _PORTS.get(framework or "", _DEFAULT_PORT)) if web else None
    line = f"./target/release/{binary[0]}"
    defaults, required = note_environment(finding, folder, "Cargo.toml", dependencies)
    if framework == "rocket":
        line = f"ROCKET_ADDRESS=0.0.0.0 ROCKET_PORT=$PORT {line}"
    workspace = find_cargo_workspace(folder)
    locked = ("--locked",) if (workspace.lock if workspace and workspace.declared else folder.has("Cargo.lock")) else ()
    build = _build_command(finding.project_name or binary[0], binary[0], locked, workspace)
    finding.metadata |= {"start_command_source": binary[1], "reads_port": hints.reads_port or framework == "rocket"}
    finding.recommendation = Recommendation(
        start_command=line,
        build_context=workspace.root if workspace else None,
        build_commands=(build,),
        dockerfile=_write_member_dockerfile(folder, finding.patterns.runtime_version, binary[0], build, port, line, workspace)
        if workspace
        else _write_dockerfile(
            folder, finding.patterns.runtime_version, binary[0], locked, port, line, cached=_can_cache(folder, dependencies)
        ),
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=web and framework != "tonic", path=hints.health_path),
    )


def _build_command(package: str, binary: str, locked: tuple[str, ...], workspace: Workspace | None) -> tuple[str, ...]:
    if workspace is None:
        return ("cargo", "build", "--release", *locked)
    if workspace.declared:
        return ("cargo", "build", "--release", *locked, "-p", package, "--bin", binary)
    manifest = f"{workspace.member}/Cargo.toml"
    return ("cargo", "build", "--release", *locked, "--manifest-path", manifest, "--target-dir", "target", "--bin", binary)


def _can_cache(folder: Folder, dependencies: frozenset[str]) -> bool:
    """Whether the dependencies can be built against an empty program first: nothing but src/main.rs is asked for by name."""
    cargo = folder.toml("Cargo.toml") or {}
    local = any(
        "path" in as_table(value) or "workspace" in as_table(value) for value in as_table(cargo.get("dependencies")).values()
    )
    plain = not {"bin", "lib", "workspace", "bench", "example"} & set(cargo) and "build" not in as_table(cargo.get("package"))
    return (
        bool(dependencies)
        and plain
        and not local
        and folder.has("src/main.rs")
        and not folder.has("src/lib.rs")
        and not folder.has("build.rs")
    )


def _write_dockerfile(
    folder: Folder, version: str | None, binary: str, locked: tuple[str, ...], port: int | None, line: str, *, cached: bool
) -> str:
    build_line = " ".join(("cargo", "build", "--release", *locked))
    manifests = "Cargo.toml Cargo.lock" if locked else "Cargo.toml"
    layer = [
        f"COPY {manifests} ./",
        f"RUN mkdir src && echo 'fn main() {{}}' > src/main.rs && {build_line} && rm -rf src",
    ]
    build = [
        f"FROM {base_image(folder.base_images, 'rust', version)} AS build",
        "WORKDIR /app",
        *(layer if cached else []),
        "COPY . .",
        # Cargo goes by time stamps: the sources may be older than the empty program.
        f"RUN {'touch src/main.rs && ' if cached else ''}{build_line} && mkdir -p /etc/ssl/certs",
    ]
    final = [
        f"FROM {base_image(folder.base_images, 'debian')}",
        "WORKDIR /app",
        "COPY --from=build /etc/ssl/certs /etc/ssl/certs",
        *(f"COPY --chown={USER} {name} ./{name}" for name in _ASSETS if folder.has_folder(name)),
        f"COPY --from=build /app/target/release/{binary} ./target/release/{binary}",
        *final_lines(port, line),
    ]
    return dockerfile_text(build, final)


def _write_member_dockerfile(
    folder: Folder,
    version: str | None,
    binary: str,
    build_command: tuple[str, ...],
    port: int | None,
    line: str,
    workspace: Workspace,
) -> str:
    """For a member: cargo reads the manifests of all members, so the whole workspace is copied before anything is built."""
    build = [
        f"FROM {base_image(folder.base_images, 'rust', version)} AS build",
        "WORKDIR /app",
        "COPY . .",
        f"RUN {shlex.join(build_command)} && mkdir -p /etc/ssl/certs",
    ]
    final = [
        f"FROM {base_image(folder.base_images, 'debian')}",
        "WORKDIR /app",
        "COPY --from=build /etc/ssl/certs /etc/ssl/certs",
        *(f"COPY --chown={USER} {workspace.member}/{name} ./{name}" for name in _ASSETS if folder.has_folder(name)),
        f"COPY --from=build /app/target/release/{binary} ./target/release/{binary}",
        *final_lines(port, line),
    ]
    return dockerfile_text(build, final)
