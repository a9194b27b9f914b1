"""What a package.json, its lock file and its version files say. Nothing is judged here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_manager import PackageManager, find_manager
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.versions import Request, RuntimeVersion, choose_node, choose_version, requested_versions
from kyozo_gql.topology.workspace import Workspace
from kyozo_gql.topology.workspace_node import find_node_workspace, nx_builds

_MAX_ABOUT = 300
_RUNS = re.compile(r"^(?:npm|pnpm|yarn|bun)(?: run)? ([\w:.-]+)$")


@dataclass(frozen=True, slots=True)
class NodeProject:
    """``dependencies``: what runs needs; ``development``: what builds needs; ``peers``: what its user brings.

    Of a member of a ``workspace`` the manager and, where it asks for none, the version are those of the root.
    ``command``: the file of the first command that it installs (bin). ``about``: what it says of itself, bounded.
    ``asked``: name to the version that is asked for. ``keys``: the keys of package.json, and those of engines as ``engines.node``.
    """

    name: str | None = None
    manager: PackageManager = field(default_factory=PackageManager)
    scripts: dict[str, str] = field(default_factory=dict)
    dependencies: frozenset[str] = frozenset()
    development: frozenset[str] = frozenset()
    peers: frozenset[str] = frozenset()
    asked: dict[str, str] = field(default_factory=dict)
    main: str | None = None
    command: str | None = None
    about: str = ""
    private: bool = False
    keys: frozenset[str] = frozenset()
    runtime: RuntimeVersion | None = None
    workspace: Workspace | None = None

    @property
    def everything(self) -> frozenset[str]:
        """Both kinds of dependencies."""
        return self.dependencies | self.development

    def script(self, name: str) -> str:
        """The text of a script, or of the one that it does nothing but run; empty where there is none."""
        text = self.scripts.get(name, "").strip()
        inner = _RUNS.match(text)
        return self.scripts.get(inner[1], text) if inner else text

    @property
    def version(self) -> str | None:
        """The Node.js that it asks for."""
        return self.runtime.version if self.runtime else None


def read_node_project(folder: Folder) -> NodeProject | None:
    """The project that package.json describes; None where there is none, or it can't be read."""
    project = _read(folder)
    workspace = find_node_workspace(folder) if project else None
    if project is None or workspace is None:
        return project
    if not workspace.declared:
        return replace(project, workspace=replace(workspace, manager=project.manager.name))
    root = _read(folder.at(workspace.root))
    manager = root.manager if root else project.manager
    if workspace.runner == "rush":
        manager = PackageManager(workspace.manager, lock=workspace.lock, source="rush.json")
    scripts = project.scripts
    if workspace.runner == "nx" and "build" not in scripts and nx_builds(folder):
        scripts = {**scripts, "build": f"nx build {workspace.name}"}
    return replace(
        project,
        scripts=scripts,
        workspace=replace(workspace, manager=manager.name, lock=manager.lock, berry=manager.berry),
        manager=manager,
        runtime=project.runtime or (root.runtime if root else None),
    )


def _read(folder: Folder) -> NodeProject | None:
    return folder.remember("package.json", lambda: _read_package(folder))


def _read_package(folder: Folder) -> NodeProject | None:
    package = folder.json("package.json")
    if package is None:
        return None
    scripts = ((key, as_text(value)) for key, value in as_table(package.get("scripts")).items())
    tables = [as_table(package.get(key)) for key in ("devDependencies", "optionalDependencies", "dependencies")]
    asked = ((name, as_text(version)) for table in tables for name, version in table.items())
    engines = as_table(package.get("engines"))
    return NodeProject(
        name=as_text(package.get("name")),
        manager=find_manager(folder, package),
        scripts={key: value for key, value in scripts if value},
        dependencies=frozenset(tables[2]) | frozenset(tables[1]),
        development=frozenset(tables[0]) - frozenset(tables[2]),
        peers=frozenset(as_table(package.get("peerDependencies"))),
        asked={name: version for name, version in asked if version},
        main=as_text(package.get("main")),
        command=_command(package),
        about=(as_text(package.get("description")) or "")[:_MAX_ABOUT],
        private=package.get("private") is True,
        keys=frozenset(as_table(package)) | frozenset(f"engines.{key}" for key in engines),
        runtime=choose_version(_versions(folder, package), choose_node),
    )


def _command(package: dict[str, Any]) -> str | None:
    commands = package.get("bin")
    return as_text(commands) or next((text for value in as_table(commands).values() if (text := as_text(value))), None)


def _versions(folder: Folder, package: dict[str, Any]) -> Iterator[Request]:
    """What is asked for, by precedence; in package.json: volta pins, devEngines is for who develops, engines is the least."""
    yield from requested_versions(folder, "NODE", ("nodejs", "node"), (".nvmrc", ".node-version", ".n-node-version"))
    volta = as_text(as_table(package.get("volta")).get("node"))
    if volta:
        yield Request(volta, "package.json", field="volta.node")
    wanted = as_table(package.get("devEngines")).get("runtime")
    for item in as_list(wanted) or [wanted]:
        text = as_text(as_table(item).get("version"))
        if as_text(as_table(item).get("name")) == "node" and text:
            yield Request(text, "package.json", field="devEngines.runtime")
    engines = as_text(as_table(package.get("engines")).get("node"))
    if engines:
        yield Request(engines, "package.json", field="engines.node")
