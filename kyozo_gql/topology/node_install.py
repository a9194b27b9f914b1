"""What installs the dependencies of a Node.js project, and what takes off those that only its build needs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_manager import PackageManager
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.parsing import as_table

_HOOKS = frozenset({"postinstall", "prepare", "preinstall", "install", "postprepare"})
_MAX_MANIFESTS = 60
_SAFE_NAME = re.compile(r"^[@\w./-]+$")
_FOCUSES = 4  # the major version of Yarn that brings `workspaces focus` with it
# Packages whose programs are called otherwise.
_PROGRAMS = {
    "@nestjs/cli": "nest", "typescript": "tsc", "dotenv-cli": "dotenv", "@remix-run/serve": "remix-serve",
    "@remix-run/dev": "remix",
    "@react-router/serve": "react-router-serve", "@strapi/strapi": "strapi", "sirv-cli": "sirv", "npm-run-all": "run-s",
    "@medusajs/cli": "medusa", "@babel/node": "babel-node", "sequelize-cli": "sequelize", "@keystone-6/core": "keystone",
    "@redwoodjs/core": "rw",
}  # fmt: skip


def has_hooks(project: NodeProject) -> bool:
    """Whether a script of its own runs with the installation: it may read the sources, and need what only development needs."""
    return bool(_HOOKS & set(project.scripts))


def install_command(project: NodeProject) -> tuple[str, ...] | None:
    """What installs the dependencies, exactly those of the lock file where there is one; None where there is nothing to install."""
    if not project.everything and not (project.workspace and project.workspace.declared):
        return None
    locked = project.manager.lock is not None
    match project.manager.name:
        case "pnpm":
            return ("pnpm", "install", *(("--frozen-lockfile",) if locked else ()))
        case "yarn":
            return ("yarn", "install", *((("--immutable",) if project.manager.berry else ("--frozen-lockfile",)) if locked else ()))
        case "bun":
            return ("bun", "install", *(("--frozen-lockfile",) if locked else ()))
        case _:
            return ("npm", "ci") if locked else ("npm", "install")


def production_command(project: NodeProject) -> tuple[str, ...] | None:
    """What installs no more than running needs; None where the manager can't."""
    install = install_command(project)
    if install is None:
        return None
    match project.manager.name:
        case "npm":
            return (*install, "--omit=dev")
        case "pnpm":
            return (*install, "--prod")
        case "yarn" if project.manager.berry:
            return ("yarn", "workspaces", "focus", "--all", "--production") if _focuses(project.manager) else None
        case _:
            return (*install, "--production")


def _focuses(manager: PackageManager) -> bool:
    return int((manager.version or str(_FOCUSES)).partition(".")[0]) >= _FOCUSES


def installs_for_production(project: NodeProject, line: str) -> bool:
    """Whether what only development needs has not to be installed at all, where nothing is built."""
    plain = project.workspace is None and not has_hooks(project) and production_command(project) is not None
    return plain and bool(project.development) and _is_prunable(project, line)


def member_prune_lines(root: Folder, project: NodeProject, line: str) -> list[str]:
    """The same for a member of a workspace, which is installed anew with no more than it and its siblings need."""
    workspace = project.workspace
    if workspace is None or not workspace.declared or len(workspace.manifests) > _MAX_MANIFESTS:
        return []
    packages = [root.json(path) or {} for path in ("package.json", *workspace.manifests)]
    development = project.development | frozenset(as_table(packages[0].get("devDependencies")))
    if not development or not _is_prunable(replace(project, development=development), line):
        return []
    if project.manager.name == "npm":
        return ["RUN npm prune --omit=dev --ignore-scripts"]
    plain = workspace.lock and _SAFE_NAME.match(workspace.name) and not any(map(_prepares, packages))
    command = _member_production(project.manager, workspace.name)
    return [f"RUN {command}"] if plain and command and not root.has_folder("patches") else []


def _member_production(manager: PackageManager, member: str) -> str | None:
    """What installs no more than a member needs to run, once everything is there."""
    if manager.name == "pnpm":  # its prune knows nothing of workspaces
        clear = "find . -name node_modules -type d -prune -exec rm -rf {} +"
        return f"{clear} && CI=true pnpm install --frozen-lockfile --prod --prefer-offline --filter {member}..."
    if manager.name == "yarn" and not manager.berry:
        return "yarn install --frozen-lockfile --production"
    return f"yarn workspaces focus {member} --production" if manager.name == "yarn" and _focuses(manager) else None


def _prepares(package: dict[str, Any]) -> bool:
    """Whether a package makes something when it is installed: that may need what only development needs."""
    asked = {*as_table(package.get("dependencies")), *as_table(package.get("devDependencies"))}
    return bool(_HOOKS & set(as_table(package.get("scripts")))) or "prisma" in asked


def prune_lines(project: NodeProject, line: str) -> list[str]:
    """Takes off what only the build needs, where it is plain that the start needs none of it."""
    name = project.manager.name
    if not project.development or not _is_prunable(project, line):
        return []
    if name == "npm":
        return ["RUN npm prune --omit=dev --ignore-scripts"]
    if name == "pnpm":
        return ["RUN CI=true pnpm prune --prod --ignore-scripts"]
    # These install anew: that would run the scripts again, and lose what a generator has put among the dependencies.
    command = production_command(project)
    if command is None or has_hooks(project) or "prisma" in project.everything:
        return []
    return [f"RUN {'rm -rf node_modules && ' if name == 'bun' else ''}{' '.join(command)}"]


def _is_prunable(project: NodeProject, command: str) -> bool:
    """Whether the start calls no program of a development dependency; what bundles may leave imports of such behind."""
    text = command
    for _ in range(3):  # a script that runs a script
        match = re.search(r"\brun ([\w:.-]+)", text)
        if match is None or match[1] not in project.scripts:
            break
        text = f"{project.scripts.get(f'pre{match[1]}', '')} {project.scripts[match[1]]}"
    words = set(re.findall(r"[@\w./-]+", text))
    programs = project.development | {_PROGRAMS[name] for name in project.development if name in _PROGRAMS}
    bundled = {"vite", "esbuild", "tsup", "vinxi"} & project.development
    return not words & programs and not (bundled and project.dependencies & set(known.SERVERS))
