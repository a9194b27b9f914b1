"""The API on a real port, and clients written for Node."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from kyozo_gql.api import create_app, serving
from kyozo_gql.schema.http import GraphQLView
from kyozo_gql.settings import Settings

PACKAGES = Path(__file__).parent.parent / "end_to_end" / "client"
READY = shutil.which("node") is not None and (PACKAGES / "node_modules").is_dir()
needs_node = pytest.mark.skipif(not READY and "CI" not in os.environ, reason="needs node, and npm ci in tests/end_to_end/client")


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    """The URL of an app whose resources are open already."""
    bare = Starlette(routes=app.routes, middleware=app.user_middleware)
    bare.state.resources, bare.state.redis = app.state.resources, app.state.redis
    async with serving(bare, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}/graphql"


@asynccontextmanager
async def served_with(app: Starlette, settings: Settings, **changes: Any) -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """The same API with other settings, and a client without a token."""
    other = create_app(settings.model_copy(update=changes))
    other.state.resources, other.state.redis = app.state.resources, app.state.redis
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=other), base_url="http://127.0.0.1") as http:
        yield other, http


def view_of(app: Starlette) -> GraphQLView:
    """What answers at /graphql, without what surrounds it."""
    view: Any = next(route.app for route in app.routes if isinstance(route, Route) and route.path == "/graphql")
    while not isinstance(view, GraphQLView):
        view = view._app
    return view


class NodeScript:
    """A script that runs; what it prints is a line of JSON each."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            line = await self._process.stdout.readline()
        assert line, f"ended with {await self._process.wait()}"
        found: dict[str, Any] = json.loads(line)
        return found


@asynccontextmanager
async def node(script: str, *arguments: str, given: Any = None) -> AsyncIterator[NodeScript]:
    process = await asyncio.create_subprocess_exec(
        "node", script, *arguments, cwd=PACKAGES, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**20
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(given).encode())
    process.stdin.close()
    try:
        yield NodeScript(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
