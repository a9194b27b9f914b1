"""What browsers, caches and passers-by get: nothing that nobody allowed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from websockets.exceptions import InvalidStatus

from kyozo_gql.accounts.models import ApiToken
from kyozo_gql.accounts.users import create_user
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.listening import served_with
from tests.schema.sockets import address_of, socket_to
from tests.schema.uploads import form_of, zip_of

ORIGIN = "https://app.example"
SIGN_IN = """mutation { signIn(input: {email: "ada@example.org", password: "correct horse"}) { __typename } }"""
ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


SENT_BY_PAGES = [  # what a page of any origin can send without asking: forms, texts, addresses
    {"files": form_of(zip_of({"a": "b"}), workspaceId="x", folderPath="api")},
    {"files": {"operations": (None, json.dumps({"query": SIGN_IN})), "map": (None, "{}")}},
    {"data": {"query": SIGN_IN}},
    {"content": json.dumps({"query": SIGN_IN}), "headers": {"Content-Type": "text/plain"}},
    {"content": json.dumps({"query": SIGN_IN}), "headers": {"Content-Type": "text/plain; application/json"}},
    {"content": json.dumps({"query": SIGN_IN}), "headers": {"Content-Type": 'multipart/form-data; boundary="application/json"'}},
    {"content": json.dumps({"query": SIGN_IN})},
]


@pytest.mark.parametrize("sent", SENT_BY_PAGES)
async def test_pages_of_other_sites_can_not_act(http: httpx.AsyncClient, database: str, sent: dict[str, Any]):
    await create_user("ada@example.org", "Ada", "correct horse")
    headers = {"Origin": "https://evil.example", **sent.get("headers", {})}
    answer = await http.post("/graphql", **sent | {"headers": headers})
    assert answer.status_code in (401, 415)
    assert answer.json()["errors"][0]["extensions"]["code"] in ("UNAUTHENTICATED", "UNSUPPORTED_MEDIA_TYPE")
    assert await ApiToken.all().count() == 0
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("document", ["{ __typename }", SIGN_IN])
async def test_addresses_can_not_act(http: httpx.AsyncClient, database: str, document: str):
    await create_user("ada@example.org", "Ada", "correct horse")
    for accept in ("*/*", "text/event-stream"):
        answer = await http.get("/graphql", params={"query": document}, headers={"Accept": accept})
        assert answer.status_code == 401
    assert await ApiToken.all().count() == 0


async def test_no_origin_is_let_in_by_default(client: Client):
    preflight = await client.http.options("/graphql", headers={"Origin": ORIGIN, **ASKED})
    assert not [name for name in preflight.headers if name.startswith("access-control")]
    answer = await client.http.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Origin": ORIGIN, "Authorization": f"Bearer {client.token}"}
    )
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_an_origin_that_is_let_in(app: Starlette, api_settings: Settings, client: Client):
    async with served_with(app, api_settings, allowed_origins=(ORIGIN,)) as (other, http):
        preflight = await http.options("/graphql", headers={"Origin": ORIGIN, **ASKED})
        assert preflight.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in preflight.headers
        headers = {"Origin": ORIGIN, "Authorization": f"Bearer {client.token}"}
        answer = await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= exposed
        too_large = await http.post("/graphql", content=b"x" * 5_000_000, headers=headers | {"Content-Type": "application/json"})
        assert (too_large.status_code, too_large.headers["access-control-allow-origin"]) == (413, ORIGIN)
        foreign = await http.options("/graphql", headers={"Origin": "https://evil.example", **ASKED})
        assert "access-control-allow-origin" not in foreign.headers
        async with address_of(other) as address:
            async with socket_to(address, additional_headers={"Origin": ORIGIN}) as socket:
                await socket.start(client.token)
            with pytest.raises(InvalidStatus):
                async with socket_to(address, additional_headers={"Origin": "https://evil.example"}):
                    pass


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/graphql", b'{"query": "{ __typename }"}', 200),
        ("GET", "/graphql?query={__typename}", b"", 200),
        ("HEAD", "/graphql?query={__typename}", b"", 200),
        ("OPTIONS", "/graphql", b"", 204),
        ("POST", "/graphql", b"{", 400),
        ("PUT", "/graphql", b"", 405),
        ("POST", "/graphql", b"x" * 5_000_000, 413),
        ("GET", "/healthz", b"", 200),
        ("GET", "/nothing", b"", 404),
    ],
)
async def test_nothing_is_kept_or_guessed(client: Client, method: str, path: str, body: bytes, status: int):
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    answer = await client.http.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_head_and_options(client: Client):
    headers = {"Authorization": f"Bearer {client.token}"}
    get = await client.http.get("/graphql", params={"query": "{ __typename }"}, headers=headers)
    head = await client.http.head("/graphql", params={"query": "{ __typename }"}, headers=headers)
    assert head.status_code == get.status_code
    for name in ("content-type", "content-length", "cache-control"):
        assert head.headers[name] == get.headers[name]
    options = await client.http.options("/graphql")
    assert (options.status_code, options.headers["allow"], options.content) == (204, "GET, HEAD, POST, OPTIONS", b"")


async def test_what_fails_before_an_operation_is_masked_too(
    app: Starlette, api_settings: Settings, client: Client, workspace: Workspace, capsys: pytest.CaptureFixture[str]
):
    async with served_with(app, api_settings) as (other, http):
        other.state.resources = None
        answer = await Client(http, client.token).post("{ __typename }")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json; charset=utf-8")
    (error,) = answer.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("internal error", "INTERNAL_SERVER_ERROR")
    assert error["extensions"]["id"] in capsys.readouterr().out
