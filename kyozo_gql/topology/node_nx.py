"""Projects of Nx whose package.json says nothing, or that have none: a project.json, or the key nx, says what is built.

They share the dependencies of the root. What builds and serves a project stands in its targets, or follows from the configuration
that a plugin of Nx finds beside it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_app import NodeApplication
from kyozo_gql.topology.node_entry import Entry, find_entry
from kyozo_gql.topology.node_output import Output, configuration, find_output
from kyozo_gql.topology.node_project import NodeProject, read_node_project
from kyozo_gql.topology.node_start import StartLine
from kyozo_gql.topology.parsing import as_table, as_text
from kyozo_gql.topology.workspace_node import find_node_workspace

_SITES = re.compile(
    r"^@(?:nx|nrwl|angular-devkit|angular|nx-extend)/(?:vite|angular|build-angular|build|web|webpack|react|rspack|rsbuild):"
    r"(?:build|application|browser|webpack|rspack|rsbuild|browser-esbuild|webpack-browser)$"
)
# Frameworks that start themselves, by their configuration; builders of sites, by theirs.
_FRAMEWORKS = {"next.config": "nextjs", "nuxt.config": "nuxt"}
_BUILDERS = {"vite.config": "vite", "webpack.config": "webpack", "rspack.config": "webpack", "rsbuild.config": "rsbuild"}
_FOR_NODE = re.compile(r"""\btarget\s{0,3}:\s{0,3}["']node["']""")
_OUT_DIR = re.compile(r"""^[^/\n]{0,200}\boutDir["']?\s{0,3}:\s{0,3}["']([\w./-]{1,150})["']""", re.MULTILINE)
_WEBPACK_PATH = re.compile(
    r"""\bpath\s{0,3}:\s{0,3}(?:path\.)?(?:join|resolve)\(\s{0,3}__dirname,\s{0,3}["']([\w./-]{1,150})["']"""
)
_CHECKS = re.compile(r":(?:cypress|playwright)$")
_PLAIN = re.compile(r"^[\w.-][\w./-]{0,200}$")


@dataclass(frozen=True, slots=True)
class NxProject:
    """``project`` is what package.json would have said; ``kind`` is site, server, tests, library or other; ``start`` a server's.

    ``file`` describes it: project.json or package.json.
    """

    project: NodeProject
    application: NodeApplication
    kind: str
    start: StartLine | None = None
    file: str = "project.json"


def read_nx_project(folder: Folder) -> NxProject | None:
    """The project of a folder with a project.json, or a package.json without scripts; None where it is none of Nx."""
    if not folder.has("package.json"):
        described = folder.json("project.json") if folder.has("project.json") else None
        return _read_project(folder, described, None) if described is not None else None
    own = read_node_project(folder)
    shared = own is not None and own.workspace is not None and own.workspace.runner == "nx" and own.workspace.declared
    package = folder.json("package.json") or {}
    if own is None or not shared or any(name == "build" or name.startswith("start") for name in as_table(package.get("scripts"))):
        return None
    described = folder.json("project.json") if folder.has("project.json") else None
    found = _read_project(folder, described or as_table(package.get("nx")), own)
    return replace(found, file="package.json") if found and found.kind in {"site", "server"} else None


def _read_project(folder: Folder, described: dict[str, Any], own: NodeProject | None) -> NxProject | None:
    workspace = own.workspace if own else find_node_workspace(folder)
    root = read_node_project(folder.at(workspace.root)) if workspace else None
    if workspace is None or root is None:
        return None
    project = replace(root, name=workspace.name, main=None, keys=frozenset(), peers=frozenset(), workspace=workspace)
    project = replace(project, scripts={"build": f"nx build {workspace.name}"}, private=True)
    if own:
        project = replace(project, dependencies=root.dependencies | own.dependencies, asked={**root.asked, **own.asked})
    targets = as_table(described.get("targets"))
    entry = find_entry(folder, replace(project, scripts={}))
    kind = _kind(folder, described, targets, entry)
    output = "/".join([".."] * len(workspace.member.split("/"))) + f"/{_output_path(folder, targets, workspace.member)}"
    if kind in {"library", "tests", "other"}:
        return NxProject(project, NodeApplication(None, entry), kind)
    if kind == "site":
        static = Output(static=output, source="project.json" if own is None else "package.json")
        return NxProject(project, NodeApplication(_builder(folder, targets) or "vite", entry, static), kind)
    if kind in _FRAMEWORKS.values():
        return _built_by_itself(folder, project, kind, targets, output)
    made = entry.made if entry else None
    server = "nestjs" if "@nestjs/core" in root.everything and made is None else made
    return NxProject(project, NodeApplication(server, entry), kind, StartLine(f"node {output}/main.js", "project.json"))


def _built_by_itself(folder: Folder, project: NodeProject, framework: str, targets: dict[str, Any], output: str) -> NxProject:
    """A framework that starts itself: in its folder, or where the executor of Nx puts what it builds."""
    built = find_output(folder, project, framework)
    if built.static is None and framework == "nextjs" and "build" in targets:
        built = Output(line=f"npx next start {output} --port $PORT", source="project.json")
    start = StartLine(built.line, built.source or framework) if built.line else None
    return NxProject(project, NodeApplication(framework, None, built), "site" if built.static else "server", start)


def _kind(folder: Folder, described: dict[str, Any], targets: dict[str, Any], entry: Entry | None) -> str:
    executors = [as_text(as_table(target).get("executor")) or "" for target in targets.values()]
    if described.get("projectType") == "library":
        return "library"
    if any(_CHECKS.search(executor) for executor in executors) or folder.path.endswith("-e2e"):
        return "tests"
    framework = _configured(folder, _FRAMEWORKS)
    if framework:
        return framework
    if entry and entry.serves:
        return "server"
    page = folder.first("index.html", "src/index.html")
    return "site" if page and _builder(folder, targets) else "other"


def _builder(folder: Folder, targets: dict[str, Any]) -> str | None:
    """What builds a site: as an executor says, or a configuration beside it that is not one for Node.js."""
    executors = [as_text(as_table(target).get("executor")) or "" for target in targets.values()]
    executor = next((name for name in executors if _SITES.match(name)), "")
    if "angular" in executor:
        return "angular"
    file, text = configuration(folder, *_BUILDERS)
    if file and not _FOR_NODE.search(text):
        return _BUILDERS[file.rpartition(".")[0]]
    return ("vite" if "vite" in executor else "webpack") if executor else None


def _configured(folder: Folder, files: dict[str, str]) -> str | None:
    file, _ = configuration(folder, *files)
    return files[file.rpartition(".")[0]] if file else None


def _output_path(folder: Folder, targets: dict[str, Any], member: str) -> str:
    """Where the build puts what it makes, relative to the workspace's root: as the executor's options or a configuration say."""
    build = as_table(targets.get("build"))
    value = as_table(build.get("options")).get("outputPath")
    path = as_text(value) or as_text(as_table(value).get("base")) or ""
    path = path.replace("{projectRoot}", member).replace("{workspaceRoot}/", "")
    if not path:
        said = _OUT_DIR.search(configuration(folder, "vite.config")[1])
        said = said or _WEBPACK_PATH.search(configuration(folder, "webpack.config", "rspack.config")[1])
        path = posixpath.join(member, said[1]) if said else ""
    path = posixpath.normpath(path) if path else ""
    path = path if _PLAIN.match(path) and not path.startswith("..") else f"dist/{member}"
    # Angular's newer builder puts the site into a folder of its own.
    executor = as_text(build.get("executor")) or ""
    return f"{path}/browser" if re.match(r"^@(?:angular|nx/angular).*:application$", executor) else path
