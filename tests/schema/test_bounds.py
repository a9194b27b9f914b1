"""The bounds as a client meets them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from websockets.asyncio.client import connect

from kyozo_gql.api import create_app, serving
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.rows import make_service
from tests.schema.sockets import PROTOCOL, Socket
from tests.schema.test_http import send

SERVICES = "serviceInstances(first: 100) { edges { node { id name status image } } }"
DEAR = f"{{ workspaces(first: 100) {{ edges {{ node {{ {SERVICES} }} }} }} }}"
WORKSPACES = "query($n: Int) { workspaces(first: $n) { edges { node { id } } } }"


@pytest.mark.parametrize(
    ("document", "bound", "limit"),
    [
        ("{" + "node(id:1){" * 21 + "id" + "}" * 22, "depth", 20),
        ("{" + " __typename" * 51 + "}", "rootFields", 50),
        ("{" + " a" * 3_000 + "}", "tokens", 3_000),
        (DEAR, "cost", 50_000),
    ],
)
async def test_what_is_beyond_a_bound_is_refused_by_name(client: Client, document: str, bound: str, limit: int):
    error = await client.fail(document)
    said = error["extensions"]
    assert (said["code"], said["bound"], said["limit"]) == ("TOO_COMPLEX", bound, limit)
    assert str(limit) in error["message"]
    assert bound == "tokens" or said["actual"] > limit


async def test_errors_of_validation_are_bounded_in_number(client: Client):
    answer = (await client.post("{" + " ".join(f"a{n}" for n in range(40)) + "}")).json()
    assert len(answer["errors"]) == 21
    assert answer["errors"][-1]["extensions"] == {"code": "TOO_MANY_ERRORS", "bound": "errors", "limit": 20}


async def test_the_cost_is_told_on_request(client: Client):
    asked = {"query": WORKSPACES, "variables": {"n": 5}}
    cost = {"requested": 22, "limit": 50_000}
    assert "extensions" not in (await send(client, json.dumps(asked))).json()
    assert "extensions" not in (await send(client, json.dumps(asked | {"extensions": {"cost": False}}))).json()
    answer = (await send(client, json.dumps(asked | {"extensions": {"cost": True}}))).json()
    assert answer == {"data": {"workspaces": {"edges": []}}, "extensions": {"cost": cost}}
    refused = (await send(client, json.dumps({"query": "{ missing }", "extensions": {"cost": True}}))).json()
    assert refused["extensions"] == {"cost": {"requested": 1, "limit": 50_000}}


@asynccontextmanager
async def socket_of(app: Starlette, client: Client) -> AsyncIterator[Socket]:
    bare = Starlette(routes=app.routes)
    bare.state.resources, bare.state.redis = app.state.resources, app.state.redis
    async with serving(bare, "127.0.0.1", 0) as port, connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as opened:
        socket = Socket(opened)
        await socket.send({"type": "connection_init", "payload": {"token": client.token}})
        assert (await socket.receive())["type"] == "connection_ack"
        yield socket


async def test_the_cost_is_told_over_a_socket_too(app: Starlette, client: Client):
    async with socket_of(app, client) as socket:
        payload: dict[str, Any] = {"query": WORKSPACES, "variables": {"n": 5}, "extensions": {"cost": True}}
        await socket.send({"type": "subscribe", "id": "1", "payload": payload})
        answer = await socket.receive()
        assert answer["payload"]["extensions"] == {"cost": {"requested": 22, "limit": 50_000}}
        assert (await socket.receive())["type"] == "complete"
        await socket.send({"type": "subscribe", "id": "2", "payload": payload | {"extensions": None}})
        assert "extensions" not in (await socket.receive())["payload"]


async def test_the_first_result_of_a_subscription_tells_its_cost(app: Starlette, client: Client, workspace: Workspace):
    for path in ("a", "b"):
        await make_service(workspace, path)
    id = encode_id("Workspace", workspace.id)
    query = f'subscription {{ workspaceServiceStatusChanged(workspaceId: "{id}") {{ status }} }}'
    async with socket_of(app, client) as socket:
        await socket.send({"type": "subscribe", "id": "1", "payload": {"query": query, "extensions": {"cost": True}}})
        first, second = await socket.receive(), await socket.receive()
    assert first["payload"]["extensions"] == {"cost": {"requested": 52, "limit": 50_000}}
    assert "extensions" not in second["payload"]


async def test_bounds_hold_over_a_socket(app: Starlette, client: Client):
    async with socket_of(app, client) as socket:
        for document in ("{" + "node(id:1){" * 21 + "id" + "}" * 22, "{" + " a" * 3_000 + "}"):
            await socket.send({"type": "subscribe", "id": "1", "payload": {"query": document}})
            answer = await socket.receive()
            assert answer["type"] == "error"
            assert answer["payload"][0]["extensions"]["code"] == "TOO_COMPLEX"


async def test_a_smaller_largest_page(client: Client, settings: Settings):
    with using_settings(settings.model_copy(update={"max_page_size": 5})):
        assert (await client.fail(WORKSPACES, n=6))["extensions"]["code"] == "BAD_PAGE_SIZE"
        assert await client.ask(WORKSPACES, n=5) == {"workspaces": {"edges": []}}
        assert await client.ask(WORKSPACES) == {"workspaces": {"edges": []}}
        ids = ", ".join('"x"' for _ in range(6))
        assert (await client.fail(f"{{ nodes(ids: [{ids}]) {{ id }} }}"))["extensions"]["code"] == "TOO_MANY_IDS"


async def test_each_bound_is_a_setting(app: Starlette, client: Client, settings: Settings):
    smaller = settings.model_copy(update={"max_depth": 2, "max_cost": 20, "max_tokens": 200})
    other = create_app(smaller)
    other.state.resources, other.state.redis = replace(app.state.resources, settings=smaller), app.state.redis
    async with AsyncClient(transport=ASGITransport(app=other), base_url="http://127.0.0.1") as http:
        small = Client(http, client.token)
        for document, bound in (
            ("{ viewer { user { id } } }", "depth"),
            ("{ engine { kind } }", "cost"),
            ("{" + " __typename" * 200 + "}", "tokens"),
        ):
            assert (await small.fail(document))["extensions"]["bound"] == bound
        assert await small.ask("{ __typename }") == {"__typename": "Query"}
