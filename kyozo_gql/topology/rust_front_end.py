"""A front end of Rust: a site of WebAssembly that Trunk or dx builds, and a static server answers with."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.images import base_image, dockerfile_text
from kyozo_gql.topology.model import Recommendation
from kyozo_gql.topology.rust_libraries import front_end_of
from kyozo_gql.topology.serving import choose_health_check, limits_for, port_mappings
from kyozo_gql.topology.static_server import STATIC_LINE, server_lines
from kyozo_gql.topology.workspace import Workspace

PORT = 8080


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """The framework, the file that says how it is built, the crate of the tool that builds it, the words that do, run in the build
    context, and the folder below it that the site is built to.
    """

    framework: str
    file: str
    tool: str
    command: tuple[str, ...]
    site: str


def find_front_end(folder: Folder, package: str, dependencies: frozenset[str], workspace: Workspace | None) -> FrontEnd | None:
    """The front end that a package is; None for one that is the face of a desktop application, or is not built by itself."""
    framework = front_end_of(dependencies)
    if framework is None or folder.has_folder("src-tauri") or "tauri" in dependencies:
        return None
    if folder.has("Dioxus.toml") and framework == "dioxus":
        chosen = ("--package", package) if workspace else ()
        command = ("dx", "build", "--release", "--platform", "web", *chosen)
        return FrontEnd(framework, "Dioxus.toml", "dioxus-cli", command, f"target/dx/{package}/release/web/public")
    if not folder.has("index.html") or not (folder.has("Trunk.toml") or "data-trunk" in (folder.read("index.html") or "")):
        return None
    place = f"{workspace.member}/" if workspace else ""
    command = ("trunk", "build", "--release", *((f"{place}index.html",) if workspace else ()))
    return FrontEnd(framework, "Trunk.toml" if folder.has("Trunk.toml") else "index.html", "trunk", command, f"{place}dist")


def add_front_end(finding: Finding, folder: Folder, front_end: FrontEnd, version: str | None, workspace: Workspace | None) -> None:
    """Adds to the evidence that the package is a front end, and how it is built and served."""
    detail = f"a front end of {front_end.framework} that {front_end.command[0]} builds"
    finding.indicators.append(folder.indicate(front_end.file, "rust.front_end", 0.45, detail))
    finding.metadata |= {"start_command_source": front_end.file, "reads_port": True}
    memory, cpu = limits_for("static")
    finding.recommendation = Recommendation(
        start_command=STATIC_LINE,
        build_context=workspace.root if workspace else None,
        build_commands=(front_end.command,),
        dockerfile=_dockerfile(folder, front_end, version),
        ports=port_mappings(PORT),
        memory=memory,
        cpu=cpu,
        health_check=choose_health_check(PORT, web=True, path="/"),
    )


def _dockerfile(folder: Folder, front_end: FrontEnd, version: str | None) -> str:
    return dockerfile_text(
        [
            f"FROM {base_image(folder.base_images, 'rust', version)} AS build",
            "WORKDIR /app",
            f"RUN rustup target add wasm32-unknown-unknown && cargo install --locked {front_end.tool}",
            "COPY . .",
            f"RUN {shlex.join(front_end.command)} && cp -r {shlex.quote(front_end.site)} /site",
        ],
        server_lines(folder, PORT, pages=False),
    )
