"""How a Rust package is built: in an image, and in a copy of the folder."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines, system_lines
from kyozo_gql.topology.parsing import as_table
from kyozo_gql.topology.versions import RuntimeVersion
from kyozo_gql.topology.workspace import Workspace

_ASSETS = ("templates", "static", "public", "assets", "migrations", "config", "locales", "views", "resources")
# Crate in Cargo.lock: what compiling it needs, what running it needs.
_NEEDS = {
    "openssl-sys": (("libssl-dev", "pkg-config"), ("libssl3",)),
    "pq-sys": (("libpq-dev",), ("libpq5",)),
    "mysqlclient-sys": (("default-libmysqlclient-dev", "pkg-config"), ("libmariadb3",)),
    "prost-build": (("protobuf-compiler",), ()),
    "cmake": (("cmake", "g++", "make"), ()),
    "alsa-sys": (("libasound2-dev", "pkg-config"), ("libasound2t64",)),
}
_LOCKED = re.compile(r'^name = "([\w-]{1,60})"$', re.MULTILINE)
_LOCK_VERSION = re.compile(r"^version = (\d)$", re.MULTILINE)
_LOCK_4_SINCE = 78
_BUILT_BY_OTHERS = frozenset({"leptos"})


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """The binary to build and its package, the framework that may bring a builder of its own, and what the package asks for."""

    package: str
    binary: str
    framework: str | None
    runtime: RuntimeVersion | None
    dependencies: frozenset[str]
    workspace: Workspace | None = None

    @property
    def place(self) -> str:
        """The folder of the package below the context, with a slash behind it."""
        return f"{self.workspace.member}/" if self.workspace else ""


def build_commands(folder: Folder, plan: BuildPlan) -> tuple[tuple[str, ...], ...]:
    """The argument vectors that build the binary."""
    workspace = plan.workspace
    if plan.framework == "leptos":
        return (("cargo", "leptos", "build", "--release", *(("--project", plan.package) if workspace else ())),)
    has_lock = workspace.lock if workspace and workspace.declared else folder.has("Cargo.lock")
    command = ("cargo", "build", "--release", *(("--locked",) if has_lock else ()))
    if workspace is None:
        return (command,)
    if workspace.declared:
        return ((*command, "-p", plan.package, "--bin", plan.binary),)
    manifest = f"{workspace.member}/Cargo.toml"
    return ((*command, "--manifest-path", manifest, "--target-dir", "target", "--bin", plan.binary),)


def write_dockerfile(folder: Folder, plan: BuildPlan, port: int | None, line: str) -> str:
    """A Dockerfile of two stages: the dependencies first, where they can be built apart; then an image with the binary only.

    Of a member of a workspace they can't: cargo reads the manifests of all members, and finds fault with those that lack a source.
    """
    building, running = _system_packages(folder, plan)
    tools = (
        ["RUN rustup target add wasm32-unknown-unknown && cargo install --locked cargo-leptos"]
        if plan.framework == "leptos"
        else []
    )
    build = [
        f"FROM {base_image(folder.base_images, 'rust', _image_version(folder, plan.runtime))} AS build",
        "WORKDIR /app",
        *system_lines(building),
        *tools,
        *_build_lines(folder, plan),
    ]
    site = ["COPY --from=build /app/target/site ./target/site"] if plan.framework == "leptos" else []
    final = [
        f"FROM {base_image(folder.base_images, 'debian')}",
        "WORKDIR /app",
        *system_lines(running),
        "COPY --from=build /etc/ssl/certs /etc/ssl/certs",
        *(f"COPY --chown={USER} {plan.place}{name} ./{name}" for name in _ASSETS if folder.has_folder(name)),
        *(f"COPY --chown={USER} {plan.place}{name} ./{name}" for name in ("Rocket.toml",) if folder.has(name)),
        *site,
        f"COPY --from=build /app/target/release/{plan.binary} ./target/release/{plan.binary}",
        *final_lines(port, line),
    ]
    return dockerfile_text(build, final)


def _build_lines(folder: Folder, plan: BuildPlan) -> list[str]:
    command = shlex.join(build_commands(folder, plan)[0])
    if plan.workspace or plan.framework in _BUILT_BY_OTHERS or not _can_cache(folder, plan.dependencies):
        return ["COPY . .", f"RUN {command} && mkdir -p /etc/ssl/certs"]
    manifests = [name for name in ("Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "rust-toolchain") if folder.has(name)]
    return [
        f"COPY {' '.join(manifests)} ./",
        f"RUN mkdir src && echo 'fn main() {{}}' > src/main.rs && {command} && rm -rf src",
        "COPY . .",
        # Cargo goes by time stamps: the sources may be older than the empty program.
        f"RUN touch src/main.rs && {command} && mkdir -p /etc/ssl/certs",
    ]


def _image_version(folder: Folder, runtime: RuntimeVersion | None) -> str | None:
    """The pinned tool chain. The least version that Cargo.toml asks for is one that works, unless the lock file is younger."""
    if runtime is None or runtime.request.field != "package.rust-version":
        return runtime.version if runtime else None
    written = _LOCK_VERSION.search((folder.read("Cargo.lock") or "")[:500])
    too_old = int(runtime.version.split(".")[1]) < _LOCK_4_SINCE
    return None if written and written[1] == "4" and too_old else runtime.version


def _system_packages(folder: Folder, plan: BuildPlan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    around = folder.at(plan.workspace.root) if plan.workspace and plan.workspace.lock else folder
    locked = {match[1] for match in _LOCKED.finditer(around.read("Cargo.lock") or "")}
    needs = [need for crate, need in _NEEDS.items() if crate in locked]
    building = {name for build, _ in needs for name in build}
    return tuple(sorted(building)), tuple(sorted({name for _, run in needs for name in run}))


def _can_cache(folder: Folder, dependencies: frozenset[str]) -> bool:
    """Whether the dependencies can be built against an empty program first: nothing but src/main.rs is asked for by name."""
    cargo = folder.toml("Cargo.toml") or {}
    local = any({"path", "workspace", "registry"} & set(as_table(value)) for value in as_table(cargo.get("dependencies")).values())
    plain = not {"bin", "lib", "workspace", "bench", "example"} & set(cargo) and "build" not in as_table(cargo.get("package"))
    return (
        bool(dependencies)
        and not folder.has_folder("vendor")  # .cargo/config.toml leads there
        and plain
        and not local
        and folder.has("src/main.rs")
        and not folder.has("src/lib.rs")
        and not folder.has("build.rs")
    )
