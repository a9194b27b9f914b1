"""What a Node.js folder runs: its framework, its entry file or its built site."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_entry import Entry, find_entry
from kyozo_gql.topology.node_output import Output, find_output
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.sources import Hints

# Their site has a page of its own at these places; they also build libraries, and the assets of other servers.
_NEED_PAGES = frozenset({"vite", "parcel", "farm", "webpack", "rspack"})
_MOUNTS = re.compile(r"\b(?:createRoot|hydrateRoot|createApp|ReactDOM\.render|mount)\(|\brender\(|\bnew App\(\{")
_PAGES = ("index.html", "src/index.html", "public/index.html", "app/index.html")


@dataclass(frozen=True, slots=True)
class NodeApplication:
    """``entry``: the entry file, if one was found. ``output``: what a framework that builds itself makes of the folder."""

    framework: str | None = None
    entry: Entry | None = None
    output: Output = field(default_factory=Output)
    worker: str | None = None

    @property
    def static(self) -> str | None:
        """The folder of the built site, where there is no server."""
        return self.output.static

    @property
    def file(self) -> str | None:
        """The entry file."""
        return self.entry.file if self.entry else None

    @property
    def serves(self) -> bool:
        """Whether it was seen that a port is opened."""
        return self.entry is not None and self.entry.serves

    @property
    def exports(self) -> bool:
        """Whether others may import something from the entry file."""
        return self.entry is not None and self.entry.exports

    @property
    def hints(self) -> Hints:
        """What the entry file gives away."""
        return self.entry.hints if self.entry else Hints()


def find_node_application(folder: Folder, project: NodeProject) -> NodeApplication:
    """The application of a folder: a framework that starts itself, a server of one's own, a site of files, or a worker.

    A front end is a site only where no server stands beside it.
    """
    meta = next((name for library, name in known.META.items() if library in project.everything), None)
    if meta in {
        "nextjs",
        "nuxt",
        "remix",
        "react-router",
        "sveltekit",
        "astro",
        "solidstart",
        "tanstack-start",
        "analog",
        "qwik",
        "waku",
        "keystone",
    }:
        return _built_by_itself(folder, project, meta)
    entry = find_entry(folder, project)
    if "@angular/ssr" in project.everything and "@angular/core" in project.everything:
        meta = "angular"
    if meta:
        return NodeApplication(meta, entry, find_output(folder, project, meta))
    framework = _find_server(project, entry)
    site = None if entry and entry.serves else _find_site(folder, project)
    if site and not _starts_a_server(project, framework):
        return NodeApplication(site, entry, find_output(folder, project, site))
    worker = next((name for library, name in known.WORKERS.items() if library in project.dependencies), None)
    return NodeApplication(framework or worker or site, entry, worker=worker)


def _built_by_itself(folder: Folder, project: NodeProject, framework: str) -> NodeApplication:
    """A framework that brings its own server; a file of one's own that starts it is the entry."""
    output = find_output(folder, project, framework)
    start = project.scripts.get("start:prod") or project.scripts.get("start", "")
    own = re.match(r"^(?:[\w-]+(?:=\S+)? )*(?:node|tsx|ts-node|bun(?: run)?) \S*\.[cm]?[jt]s\b", start)
    entry = find_entry(folder, project) if own and output.static is None else None
    return NodeApplication(framework, entry if entry and entry.serves else None, output)


def _find_server(project: NodeProject, entry: Entry | None) -> str | None:
    """The library that serves: one that is installed to run, or one that the entry file makes an application with."""
    if entry and entry.made:
        return entry.made
    serves = entry is not None and entry.serves
    return next(
        (
            name
            for library, name in known.SERVERS.items()
            if library in project.dependencies and (serves or name not in known.CLIENTS_TOO)
        ),
        None,
    )


def _starts_a_server(project: NodeProject, framework: str | None) -> bool:
    """Whether a start script says that a server of one's own runs in production, though its file was not found."""
    text = next((project.scripts[name] for name in ("start:prod", "start:production", "start") if name in project.scripts), "")
    if known.DEV_SERVER.search(text):
        return False
    if known.STATIC_SERVER.match(text):
        return any(name in project.dependencies for name in ("serve", "sirv-cli", "http-server", "superstatic"))
    return bool(text) and framework is not None


def _find_site(folder: Folder, project: NodeProject) -> str | None:
    found = next((name for library, name in known.STATIC.items() if library in project.everything), None)
    if found is None or not ("build" in project.scripts or found in known.BUILDS):
        return None
    if found in _NEED_PAGES and not (
        folder.first(*_PAGES) or "html-webpack-plugin" in project.everything or _mounts(folder, project)
    ):
        return None
    if found == "angular" and folder.has("ng-package.json"):
        return None
    return found


def _mounts(folder: Folder, project: NodeProject) -> bool:
    """Whether sources put a page together, though it was not found where such pages are: a root of its own, or made by a plugin."""
    if project.main or "exports" in project.keys or "vite" not in project.scripts.get("dev", project.scripts.get("start", "")):
        return False
    if folder.first("src/main.tsx", "src/main.jsx"):
        return True  # what Vite's templates call the file that mounts the page
    file = folder.first("src/main.ts", "src/main.js", "src/index.tsx", "src/index.jsx", "src/index.ts", "src/index.js")
    return file is not None and _MOUNTS.search(folder.head(file)) is not None
