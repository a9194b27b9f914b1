from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from kyozo_gql.api import create_app, open_resources, serving
from kyozo_gql.core.inforce import current_settings
from kyozo_gql.core.outbox import _deliveries
from kyozo_gql.embedded import EmbeddedServers
from kyozo_gql.engines.current import current_engine
from kyozo_gql.engines.engine import EngineKind
from kyozo_gql.settings import EngineChoice, Environment, Settings


@pytest.fixture
def settings(database_url: str, servers: EmbeddedServers, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        redis_url=servers.redis_url,
        workspace_root=tmp_path / "workspaces",
        state_dir=tmp_path / "state",
        engine=EngineChoice.SIMULATED,
    )


def http_to(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1")


async def test_what_the_lifespan_opens_it_closes(settings: Settings):
    app = create_app(settings)
    async with open_resources(app, settings=settings):
        assert current_settings() is settings
        assert current_engine().kind is EngineKind.SIMULATED
        assert len(_deliveries) == 2
    assert _deliveries == []
    for ask in (current_settings, current_engine):
        with pytest.raises(RuntimeError):
            ask()


async def test_health(settings: Settings):
    app = create_app(settings)
    async with open_resources(app, settings=settings), http_to(app) as http:
        response = await http.get("/healthz")
        assert (response.status_code, response.json()) == (200, {"status": "ok", "database": True, "redis": True})
        app.state.redis = app.state.redis.from_url("redis://127.0.0.1:1")
        response = await http.get("/healthz")
        assert (response.status_code, response.json()) == (503, {"status": "unavailable", "database": True, "redis": False})


async def test_graphiql_has_the_token_in_development_alone(settings: Settings):
    async with http_to(create_app(settings, development_token="kyozo_secret")) as http:
        page = await http.get("/graphiql")
        assert page.status_code == 200
        assert "kyozo_secret" in page.text
    production = {"environment": Environment.PRODUCTION, "graphiql": True}
    async with http_to(create_app(settings.model_copy(update=production), development_token="kyozo_secret")) as http:
        assert "kyozo_secret" not in (await http.get("/graphiql")).text
    async with http_to(create_app(settings.model_copy(update={"graphiql": False}))) as http:
        assert (await http.get("/graphiql")).status_code == 404


async def test_the_app_answers_within_serving_and_not_after(settings: Settings):
    async with serving(create_app(settings), "127.0.0.1", 0) as port, httpx.AsyncClient() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("/healthz")


async def test_a_port_that_is_taken(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with serving(create_app(settings), "127.0.0.1", taken.getsockname()[1]):
            pass


async def test_servers_that_do_not_answer(settings: Settings):
    unreachable = settings.model_copy(update={"database_url": "postgres://nobody@127.0.0.1:1/none"})
    with pytest.raises(OSError, match="Connect"):
        async with serving(create_app(unreachable), "127.0.0.1", 0):
            pass
