from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from graphql import build_schema, graphql_sync, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from kyozo_gql.schema.graphiql import GraphiQLConfig, routes

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = sorted((REPOSITORY / "graphiql" / "src" / "examples").glob("*.graphql"))
TOKEN = "kyozo_token_for_this_test"
SCHEMA = build_schema("type Query { orchard: String }")


class ConfigParser(HTMLParser):
    """Reads the configuration as a browser does."""

    config: dict[str, Any]
    _inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and ("id", "kyozo-config") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.config = json.loads(data)
            self._inside = False


def client_of(config: GraphiQLConfig, *, host: str = "127.0.0.1", peer: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=routes(config)), client=(peer, 50_000))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8000")


async def config_in_page(client: httpx.AsyncClient) -> dict[str, Any]:
    async with client:
        page = await client.get("/graphiql")
    assert page.status_code == 200
    parser = ConfigParser()
    parser.feed(page.text)
    return parser.config


async def test_the_page_holds_the_configuration_and_is_neither_kept_nor_framed():
    async with client_of(GraphiQLConfig(endpoint="/api", subscription_endpoint="/live")) as client:
        page = await client.get("/graphiql")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert await config_in_page(client_of(GraphiQLConfig("/api", "/live"))) == {"endpoint": "/api", "subscriptionEndpoint": "/live"}


@pytest.mark.parametrize("token", [TOKEN, "</script><script>alert(1)</script>", "<!--<script>", "&lt;\"'\u2028\\"])
async def test_a_token_reaches_the_page_as_it_is_whatever_it_holds(token):
    assert (await config_in_page(client_of(GraphiQLConfig(token=token))))["token"] == token


@pytest.mark.parametrize(("host", "peer"), [("evil.example", "127.0.0.1"), ("127.0.0.1", "192.0.2.7"), ("192.0.2.1", "192.0.2.7")])
async def test_a_token_is_given_to_this_machine_alone(host, peer):
    assert "token" not in await config_in_page(client_of(GraphiQLConfig(token=TOKEN), host=host, peer=peer))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_a_token_is_given_under_each_name_of_this_machine(host):
    assert (await config_in_page(client_of(GraphiQLConfig(token=TOKEN), host=host)))["token"] == TOKEN


async def test_the_files_that_the_page_asks_for_are_there_and_may_be_kept():
    async with client_of(GraphiQLConfig()) as client:
        page = await client.get("/graphiql")
        paths = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
        assert {Path(path).suffix for path in paths} == {".js", ".css"}
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code == 200
            assert answer.headers["content-type"].partition(";")[0] in {"text/javascript", "application/javascript", "text/css"}
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/graphiql/assets/none.js")).status_code == 404
        assert (await client.get("/graphiql/assets/../index.html")).status_code == 404


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_valid_and_say_what_they_show(path):
    text = path.read_text()
    assert text.startswith("# ")
    assert validate(build_schema((REPOSITORY / "schema.graphql").read_text()), parse(text)) == []


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[str]]]:
    """A server with GraphiQL and a small API; its address, and the Authorization headers that the API was sent."""
    seen: list[str] = []

    async def api(request: Request) -> JSONResponse:
        seen.append(request.headers.get("authorization", ""))
        return JSONResponse(graphql_sync(SCHEMA, (await request.json())["query"]).formatted)

    app = Starlette(routes=[*routes(GraphiQLConfig(token=TOKEN)), Route("/graphql", api, methods=["POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        uvicorn_server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        task = asyncio.create_task(uvicorn_server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        uvicorn_server.should_exit = True
        await task


async def browse(url: str, folder: Path) -> tuple[str, str]:
    """The page after its scripts ran, and what the browser logged. It can resolve no name, and keeps a net log."""
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    more = "--disable-component-update --disable-sync --disable-dev-shm-usage --enable-logging=stderr --window-size=1400,900"
    process = await asyncio.create_subprocess_exec(
        "chromium", *flags.split(), *more.split(), f"--user-data-dir={folder}/profile", f"--log-net-log={folder}/net.json",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--virtual-time-budget=15000", "--timeout=60000",
        "--dump-dom", url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, log = await asyncio.wait_for(process.communicate(), 90)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return output.decode(), log.decode(errors="replace")


def asked_by(page: str, net_log: Path) -> set[str]:
    """The servers that a page of this origin asked for anything. (The browser itself asks some on its own account.)"""
    events = [event.get("params", {}) for event in json.loads(net_log.read_text())["events"]]
    return {"/".join(event["url"].split("/")[:3]) for event in events if event.get("initiator") == page}


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None and "CI" not in os.environ, reason="needs Chromium")
async def test_a_browser_shows_it_without_asking_another_host(server):
    url, seen = server
    with tempfile.TemporaryDirectory(prefix="kyozo-", ignore_cleanup_errors=True) as folder:
        page, log = await browse(f"{url}/graphiql", Path(folder))
        asked = asked_by(url, Path(folder, "net.json"))
    for title in ("Overview", "Workspaces", "Analyse", "CreateService", "Deploy", "DeploymentEvents", "ServiceStatus", "Logs"):
        assert f">{title}<" in page
    assert "monaco-editor" in page
    assert seen
    assert set(seen) == {f"Bearer {TOKEN}"}
    assert "Content Security Policy" not in log
    assert "Uncaught" not in log
    assert asked == {url}
