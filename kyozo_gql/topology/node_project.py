"""What a package.json and its lock files say. Nothing is judged here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_table, as_text
from kyozo_gql.topology.versions import choose_node, read_tool_version, read_version_file
from kyozo_gql.topology.workspace import Workspace
from kyozo_gql.topology.workspace_node import find_node_workspace

_LOCKS = (
    ("pnpm", "pnpm-lock.yaml"), ("yarn", "yarn.lock"), ("bun", "bun.lock"), ("bun", "bun.lockb"), ("npm", "package-lock.json"),
    ("npm", "npm-shrinkwrap.json"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeProject:
    """``dependencies``: what runs needs; ``development``: what builds needs. ``lock``: the lock file that names the manager.

    Of a member of a ``workspace`` the manager, the lock file and, where it asks for none, the version are those of the root.
    """

    name: str | None = None
    manager: str = "npm"
    lock: str | None = None
    berry: bool = False
    pinned_manager: bool = False
    scripts: dict[str, str] = field(default_factory=dict)
    dependencies: frozenset[str] = frozenset()
    development: frozenset[str] = frozenset()
    main: str | None = None
    keys: frozenset[str] = frozenset()
    version: str | None = None
    version_source: str | None = None
    workspace: Workspace | None = None

    @property
    def everything(self) -> frozenset[str]:
        """Both kinds of dependencies."""
        return self.dependencies | self.development


def read_node_project(folder: Folder) -> NodeProject | None:
    """The project that package.json describes; None where there is none, or it can't be read."""
    project = _read(folder)
    workspace = find_node_workspace(folder) if project else None
    if project is None or workspace is None:
        return project
    if not workspace.declared:
        return replace(project, workspace=replace(workspace, manager=project.manager))
    root = _read(folder.at(workspace.root))
    version, source = project.version, project.version_source
    if version is None and root is not None and root.version is not None:
        version, source = root.version, root.version_source
    return replace(
        project,
        workspace=workspace,
        manager=workspace.manager,
        lock=workspace.lock,
        berry=workspace.berry,
        pinned_manager=root is not None and root.pinned_manager,
        version=version,
        version_source=source,
    )


def _read(folder: Folder) -> NodeProject | None:
    package = folder.json("package.json")
    if package is None:
        return None
    manager, lock = _manager(folder, as_text(package.get("packageManager")) or "")
    engines = as_table(package.get("engines"))
    version = _version(folder, as_text(engines.get("node")), as_text(as_table(package.get("volta")).get("node")))
    scripts = ((key, as_text(value)) for key, value in as_table(package.get("scripts")).items())
    return NodeProject(
        name=as_text(package.get("name")),
        manager=manager,
        lock=lock,
        berry=folder.has(".yarnrc.yml")
        or (as_text(package.get("packageManager")) or "").startswith(("yarn@2", "yarn@3", "yarn@4")),
        pinned_manager=bool(as_text(package.get("packageManager"))),
        scripts={key: value for key, value in scripts if value},
        dependencies=frozenset(as_table(package.get("dependencies"))),
        development=frozenset(as_table(package.get("devDependencies"))),
        main=as_text(package.get("main")),
        keys=frozenset(as_table(package)) | frozenset(f"engines.{key}" for key in engines),
        version=version[0] if version else None,
        version_source=version[1] if version else None,
    )


def _manager(folder: Folder, declared: str) -> tuple[str, str | None]:
    """The manager that packageManager declares, else the one whose lock file is there."""
    name = declared.partition("@")[0]
    found = [(manager, lock) for manager, lock in _LOCKS if folder.has(lock)]
    if name in {"npm", "pnpm", "yarn", "bun"}:
        return name, next((lock for manager, lock in found if manager == name), None)
    return found[0] if found else ("npm", None)


def _version(folder: Folder, engines: str | None, volta: str | None) -> tuple[str, str] | None:
    asked = (
        read_version_file(folder, ".nvmrc", ".node-version"),
        read_tool_version(folder, "nodejs", "node"),
        (volta or "", "package.json"),
        (engines or "", "package.json"),
    )
    for candidate in asked:
        version = choose_node(candidate[0]) if candidate and candidate[0] else None
        if candidate and version:
            return version, candidate[1]
    return None
