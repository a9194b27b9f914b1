"""How a member of a Node.js workspace is installed, built and started: from the workspace's root, with what it needs of it."""

from __future__ import annotations

import re
import shlex

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.workspace import Member, Workspace, in_member

_CONFIGURATION = (".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", ".pnpmfile.cjs", "pnpm-workspace.yaml", "lerna.json")
RUSH = ("npx", "--yes", "@microsoft/rush")
_MAX_MANIFESTS = 60
_SCRIPT = re.compile(r"^(?:npm|pnpm|yarn|bun) run ([\w:.-]+)$")
_SAFE_NAME = re.compile(r"^[@\w./-]+$")


def member_build_commands(workspace: Workspace, *, builds: bool) -> tuple[tuple[str, ...], ...]:
    """The argument vectors, run in the workspace's root, that build what the member needs, and then (``builds``) the member."""
    name = _name(workspace)
    if workspace.runner == "rush":
        return ((*RUSH, "build", "--to", name),) if builds or any(sibling.builds for sibling in workspace.siblings) else ()
    if workspace.runner == "nx" and builds:
        return (("npx", "nx", "run", f"{workspace.name}:build"),)
    if workspace.runner == "turbo" and builds:
        return (("npx", "turbo", "run", "build", f"--filter={name}"),)
    needed = [sibling for sibling in workspace.siblings if sibling.builds]
    if workspace.manager == "pnpm" and (builds or needed):
        return (("pnpm", "--filter", f"{name}..." if builds else f"{name}^...", "run", "build"),)
    places = [_script_of(workspace, sibling, "build") for sibling in needed]
    return tuple(places + ([_script_of(workspace, Member(workspace.member, workspace.name), "build")] if builds else []))


def member_start_line(workspace: Workspace, line: str) -> str:
    """The line that starts the member from the workspace's root, ``line`` being that which starts it from its own folder."""
    script = _SCRIPT.match(line)
    if script and workspace.manager in {"npm", "pnpm", "yarn"} and workspace.declared and workspace.runner != "rush":
        return shlex.join(_script_of(workspace, Member(workspace.member, workspace.name), script[1]))
    return in_member(workspace, line)


def member_lines(
    root: Folder, workspace: Workspace, install: tuple[str, ...] | None, builds: tuple[tuple[str, ...], ...]
) -> list[str]:
    """The lines of a Dockerfile, its context being the workspace's root: manifests, dependencies, sources, builds."""
    steps = [f"RUN {shlex.join(command)}" for command in builds]
    if install is None:
        return ["COPY . .", *steps]
    linker = ["ENV YARN_NODE_LINKER=node-modules"] if workspace.berry else []
    if not _installs_early(root, workspace):
        return [*linker, "COPY . .", f"RUN {shlex.join(install)}", *steps]
    files = ["package.json", *([workspace.lock] if workspace.lock else []), *(name for name in _CONFIGURATION if root.has(name))]
    manifests = [f"COPY {path} ./{path}" for path in workspace.manifests]
    kept = ["COPY .yarn ./.yarn"] if workspace.berry and _keeps_parts(root, workspace) else []
    return [*linker, f"COPY {' '.join(files)} ./", *kept, *manifests, f"RUN {shlex.join(install)}", "COPY . .", *steps]


def _keeps_parts(root: Folder, workspace: Workspace) -> bool:
    """Whether Yarn's releases, plugins or patches stand in .yarn/: a folder that no analysis looks into."""
    texts = (root.read(".yarnrc.yml"), root.read(workspace.lock) if workspace.lock else None)
    return any(".yarn/" in (text or "") for text in texts)


def _installs_early(root: Folder, workspace: Workspace) -> bool:
    """Whether manifests alone are enough to install: no script or patch is wanted, and no lock would miss one."""
    scripts = (root.json("package.json") or {}).get("scripts")
    hooks = {"postinstall", "prepare", "preinstall", "install"} & set(scripts if isinstance(scripts, dict) else ())
    shared = workspace.runner == "nx" and not workspace.manifests  # all projects are installed by the root's package.json
    few = (shared or 0 < len(workspace.manifests) <= _MAX_MANIFESTS) and all(_SAFE_NAME.match(path) for path in workspace.manifests)
    return few and not hooks and not root.has_folder("patches")


def place_option(workspace: Workspace) -> tuple[str, str]:
    """What makes the manager work in the member's folder."""
    option = {"npm": "--prefix", "pnpm": "--dir"}.get(workspace.manager, "--cwd")
    return option, workspace.member


def _script_of(workspace: Workspace, member: Member, script: str) -> tuple[str, ...]:
    name = member.name if _SAFE_NAME.match(member.name) else f"./{member.path}"
    if not workspace.declared:
        return (workspace.manager, *place_option(workspace), "run", script)
    match workspace.manager:
        case "pnpm":
            return ("pnpm", "--filter", name, "run", script)
        case "yarn":
            return ("yarn", "workspace", name, "run", script)
        case "bun":
            return ("bun", "run", "--filter", name, script)
        case _:
            return ("npm", "run", script, "-w", name)


def _name(workspace: Workspace) -> str:
    """How a filter names the member: by its name, or by its folder where that is none to put on a command line."""
    return workspace.name if _SAFE_NAME.match(workspace.name) else f"./{workspace.member}"
