"""Projects of Nx that have no package.json of their own: a project.json says what is built, with the dependencies of the root."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_app import NodeApplication
from kyozo_gql.topology.node_entry import Entry, find_entry
from kyozo_gql.topology.node_output import Output
from kyozo_gql.topology.node_project import NodeProject, read_node_project
from kyozo_gql.topology.node_start import StartLine
from kyozo_gql.topology.parsing import as_table, as_text
from kyozo_gql.topology.workspace_node import find_node_workspace

_SITES = re.compile(
    r"^@(?:nx|nrwl|angular-devkit|angular|nx-extend)/(?:vite|angular|build-angular|build|web|react|rspack):(?:build|application|browser|webpack|rspack|browser-esbuild|webpack-browser)$"
)
_CHECKS = re.compile(r":(?:cypress|playwright)$")
_PLAIN = re.compile(r"^[\w.-][\w./-]{0,200}$")


@dataclass(frozen=True, slots=True)
class NxProject:
    """``project`` is what package.json would have said; ``kind`` is site, server, tests, library or other; ``start`` a server's."""

    project: NodeProject
    application: NodeApplication
    kind: str
    start: StartLine | None = None


def read_nx_project(folder: Folder) -> NxProject | None:
    """The project of a folder with a project.json and without a package.json; None where it is none of Nx."""
    if folder.has("package.json") or not folder.has("project.json"):
        return None
    workspace = find_node_workspace(folder)
    described = folder.json("project.json")
    root = read_node_project(folder.at(workspace.root)) if workspace else None
    if workspace is None or described is None or root is None:
        return None
    project = replace(root, name=workspace.name, main=None, keys=frozenset(), peers=frozenset(), workspace=workspace)
    project = replace(project, scripts={"build": f"nx build {workspace.name}"}, private=True)
    targets = as_table(described.get("targets"))
    entry = find_entry(folder, replace(project, scripts={}))
    kind = _kind(folder, described, targets, entry)
    back = "/".join([".."] * len(workspace.member.split("/")))
    output = f"{back}/{_output_path(as_table(targets.get('build')), workspace.member)}"
    if kind == "site":
        framework = next(
            (name for key, name in (("@angular/core", "angular"), ("next", "nextjs")) if key in root.everything), "vite"
        )
        return NxProject(project, NodeApplication(framework, entry, Output(static=output, source="project.json")), kind)
    made = entry.made if entry else None
    server = "nestjs" if "@nestjs/core" in root.everything and made is None else made
    start = StartLine(f"node {output}/main.js", "project.json") if kind == "server" else None
    return NxProject(project, NodeApplication(server, entry), kind, start)


def _kind(folder: Folder, described: dict[str, Any], targets: dict[str, Any], entry: Entry | None) -> str:
    executors = [as_text(as_table(target).get("executor")) or "" for target in targets.values()]
    if described.get("projectType") == "library":
        return "library"
    if any(_CHECKS.search(executor) for executor in executors) or folder.path.endswith("-e2e"):
        return "tests"
    if entry and entry.serves:
        return "server"
    page = folder.first("index.html", "src/index.html")
    built = any(_SITES.match(executor) for executor in executors) or folder.first(
        "vite.config.ts", "vite.config.mts", "vite.config.js"
    )
    return "site" if page and built else "other"


def _output_path(build: dict[str, Any], member: str) -> str:
    """Where the build puts what it makes, relative to the workspace's root."""
    value = as_table(build.get("options")).get("outputPath")
    path = as_text(value) or as_text(as_table(value).get("base")) or ""
    path = posixpath.normpath(path.replace("{projectRoot}", member).replace("{workspaceRoot}/", "")) if path else ""
    return path if _PLAIN.match(path) and not path.startswith("..") else f"dist/{member}"
