"""What a Node.js folder runs: its framework, its entry file, and the line that starts it in production."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.sources import Hints, read_hints

# Ahead of the others: what contains them. NestJS runs on Express, Next.js and Remix on React.
SERVERS = {
    "@nestjs/core": "nestjs", "next": "nextjs", "nuxt": "nuxt", "@sveltejs/adapter-node": "sveltekit", "@remix-run/serve": "remix",
    "@react-router/serve": "react-router", "@adonisjs/core": "adonisjs", "@strapi/strapi": "strapi", "fastify": "fastify",
    "hono": "hono",
    "koa": "koa", "@hapi/hapi": "hapi", "restify": "restify", "@feathersjs/feathers": "feathers", "polka": "polka",
    "express": "express",
    "apollo-server": "apollo", "@apollo/server": "apollo", "socket.io": "socket.io", "ws": "ws", "elysia": "elysia",
}  # fmt: skip
STATIC = {
    "astro": "astro", "@angular/core": "angular", "react-scripts": "create-react-app", "gatsby": "gatsby",
    "@vue/cli-service": "vue-cli",
    "@11ty/eleventy": "eleventy", "vuepress": "vuepress", "vitepress": "vitepress", "@docusaurus/core": "docusaurus",
    "vite": "vite",
    "parcel": "parcel",
}  # fmt: skip
_OUTPUTS = {"create-react-app": "build", "gatsby": "public", "eleventy": "_site", "docusaurus": "build"}
_DEV_SERVER = re.compile(
    r"\b(?:nodemon|ts-node-dev|tsx watch|node --watch|next dev|nuxt dev|nuxi dev|nest start --watch|ng serve|vue-cli-service serve"
    r"|webpack serve|webpack-dev-server|react-scripts start|gatsby develop|astro dev|remix dev|strapi develop|parcel(?! build)"
    r"|vite(?:\s+(?:dev|serve)\b|\s+-|\s*$)|vitepress dev|docusaurus start|eleventy --serve|bun --(?:watch|hot)|live-server"
    r"|http-server|concurrently|electron)"
)
_WATCHED = re.compile(r"^(?:\w+=\S+ )*(?:npx )?(?:nodemon|node --watch|ts-node-dev)(?: -[\w-]+)* ([\w./-]+\.[cm]?js)$")
_SIMPLE = re.compile(r"^node(?: --?[\w=./-]+)* [\w./-]+$")
_PRODUCTION_LINES = {
    "nextjs": "npx next start --port $PORT",
    "nuxt": "node .output/server/index.mjs",
    "sveltekit": "node build",
    "remix": "npx remix-serve build/server/index.js",
    "react-router": "npx react-router-serve build/server/index.js",
    "nestjs": "node dist/main.js",
    "strapi": "npx strapi start",
    "adonisjs": "node build/bin/server.js",
}
_ENTRY_FILES = tuple(
    f"{place}{name}.{extension}"
    for place in ("", "src/", "dist/")
    for name in ("server", "index", "app", "main")
    for extension in ("js", "mjs", "cjs", "ts")
)
_LISTENS = re.compile(
    r"\.listen\(|\bcreateServer\(|\b(?:Bun|Deno)\.serve\(|\bserve\(\s*(?:\{|app)|\bnew (?:WebSocketServer|Koa|Hono|Elysia)\("
)
_MADE = (
    ("express", re.compile(r"\bexpress\(\)")), ("fastify", re.compile(r"\b[fF]astify\(")), ("koa", re.compile(r"\bnew Koa\(")),
    ("hono", re.compile(r"\bnew Hono\b")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeApplication:
    """``file``: the entry file, with its text's hints; ``serves``: it opens a port. ``static``: the folder of the built site."""

    framework: str | None = None
    file: str | None = None
    serves: bool = False
    hints: Hints = field(default_factory=Hints)
    static: str | None = None


def find_node_application(folder: Folder, project: NodeProject) -> NodeApplication:
    """The application of a folder. A static front end is one only where no server stands beside it and a build script makes it."""
    framework = next((name for library, name in SERVERS.items() if library in project.everything), None)
    file, serves, hints, made = _find_entry(folder, project)
    if framework in {None, "ws", "socket.io", "express"} and not serves and "build" in project.scripts:
        site = next((name for library, name in STATIC.items() if library in project.everything), None)
        if site and not (site == "astro" and "@astrojs/node" in project.everything) and _has_page(folder, site):
            return NodeApplication(site, static=_OUTPUTS.get(site, "dist"))
    if framework is None and "astro" in project.everything and "@astrojs/node" in project.everything:
        return NodeApplication("astro", "dist/server/entry.mjs", serves=True)
    return NodeApplication(framework or made, file, serves, hints)


def start_line(project: NodeProject, application: NodeApplication) -> tuple[str, str] | None:
    """The production command and where it comes from; None where there is none. A static front end is served by its image.

    In this order: start:prod, a start script that is no dev server, the framework's own command, what the dev server watches,
    the entry file.
    """
    if application.static:
        return None
    scripted = _script_line(project, application)
    if scripted:
        return scripted
    if application.framework in _PRODUCTION_LINES:
        return _PRODUCTION_LINES[application.framework], application.framework
    watched = next((match for script in ("start", "dev") if (match := _WATCHED.match(project.scripts.get(script, "")))), None)
    if watched:
        return f"node {watched[1]}", "package.json scripts"
    if application.file is None:
        return None
    line = f"bun {application.file}" if project.manager == "bun" else f"node {_compiled(project, application.file)}"
    return line, application.file


def _script_line(project: NodeProject, application: NodeApplication) -> tuple[str, str] | None:
    runner = "bun run" if project.manager == "bun" else "npm run"
    for script in ("start:prod", "start:production", "start"):
        text = project.scripts.get(script, "")
        # `nest start` compiles before it starts: what it compiles to is started instead.
        if text and not is_dev_server(text) and not (script == "start" and application.framework == "nestjs"):
            return (text if _SIMPLE.match(text) else f"{runner} {script}"), f"package.json scripts.{script}"
    return None


def is_dev_server(script: str) -> bool:
    """Whether a script starts what is meant for development only."""
    return _DEV_SERVER.search(script) is not None


def _compiled(project: NodeProject, file: str) -> str:
    """The JavaScript that a TypeScript entry file is built to, where there is a build; Node.js runs plain types by itself."""
    if file.endswith(".ts") and "build" in project.scripts:
        return f"dist/{file.removeprefix('src/').removesuffix('.ts')}.js"
    return file


def _has_page(folder: Folder, site: str) -> bool:
    # Vite and Parcel also build libraries and the assets of other servers: a site of theirs has its page at the root.
    return site not in {"vite", "parcel"} or folder.has("index.html") or folder.has("src/index.html")


def _find_entry(folder: Folder, project: NodeProject) -> tuple[str | None, bool, Hints, str | None]:
    main = (project.main or "").removeprefix("./")
    named = [
        match[1]
        for text in project.scripts.values()
        if (match := re.search(r"\b(?:node|tsx|ts-node|bun)\s+([\w./-]+\.[cm]?[jt]s)\b", text))
    ]
    fallback: tuple[str | None, bool, Hints, str | None] = (None, False, Hints(), None)
    for file in dict.fromkeys([*(name.removeprefix("./") for name in named), main, *_ENTRY_FILES]):
        if not file or not folder.has(file) or not re.fullmatch(r"[\w./-]+\.[cm]?[jt]s", file):
            continue
        text = folder.read(file) or ""
        if _LISTENS.search(text):
            return file, True, read_hints(text), next((name for name, pattern in _MADE if pattern.search(text)), None)
        if fallback[0] is None:
            fallback = (file, False, read_hints(text), None)
    return fallback
