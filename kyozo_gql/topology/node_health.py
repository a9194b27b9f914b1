"""Health routes of frameworks of Node.js that take their routes from the names of files."""

from __future__ import annotations

import re

from kyozo_gql.topology.folder import Folder

_NAMES = ("health", "healthz", "healthcheck", "up", "ping")
_PREFIX = re.compile(r"""\.setGlobalPrefix\(\s{0,5}["'`]/?([\w/-]{1,40})["'`]""")
_CONTROLLER = re.compile(r"""@Controller\(\s{0,5}["'`]/?(health\w{0,10}|ping|up)["'`]""")


def find_health_route(folder: Folder, framework: str | None) -> str | None:
    """The path of a health route that a file makes; None where there is none."""
    if framework in {"nextjs", "payload"}:
        return _first(folder, _next_files)
    if framework == "nuxt":
        return _first(folder, _nuxt_files)
    if framework == "sveltekit":
        return _first(folder, _svelte_files)
    if framework == "nestjs":
        return _nest_route(folder)
    return None


def _first(folder: Folder, files: object) -> str | None:
    choices = files if callable(files) else lambda _: ()
    return next((path for name in _NAMES for path, file in choices(name) if folder.has(file)), None)


def _next_files(name: str) -> list[tuple[str, str]]:
    routes = [
        (f"{prefix}/{name}", f"{place}app{prefix}/{name}/route.{kind}")
        for place in ("", "src/")
        for prefix in ("/api", "")
        for kind in ("ts", "js")
    ]
    pages = [(f"/api/{name}", f"{place}pages/api/{name}{end}") for place in ("", "src/") for end in (".ts", ".js", "/index.ts")]
    return routes + pages


def _nuxt_files(name: str) -> list[tuple[str, str]]:
    ends = (".ts", ".get.ts", ".js", ".get.js")
    found = [(f"/api/{name}", f"{place}server/api/{name}{end}") for place in ("", "app/") for end in ends]
    return found + [(f"/{name}", f"server/routes/{name}{end}") for end in ends]


def _svelte_files(name: str) -> list[tuple[str, str]]:
    return [(f"{prefix}/{name}", f"src/routes{prefix}/{name}/+server.{kind}") for prefix in ("", "/api") for kind in ("ts", "js")]


def _nest_route(folder: Folder) -> str | None:
    for file in ("src/health/health.controller.ts", "src/health.controller.ts", "src/modules/health/health.controller.ts"):
        match = _CONTROLLER.search(folder.read(file) or "") if folder.has(file) else None
        if match:
            prefix = _PREFIX.search(folder.read("src/main.ts") or "")
            return f"/{prefix[1].strip('/')}/{match[1]}" if prefix else f"/{match[1]}"
    return None
