"""Operations by their hash or id: automatic persisted queries, and registered operations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.api import create_app
from kyozo_gql.schema.context import Context
from kyozo_gql.schema.manifest import BadManifest
from kyozo_gql.schema.persisted import LASTS, LONGEST, hash_of
from kyozo_gql.settings import Settings
from tests.schema.conftest import Client
from tests.schema.listening import served_with, view_of
from tests.schema.sockets import address_of, socket_to

EMAIL = "query Email { viewer { user { email } } }"
ANSWER = {"viewer": {"user": {"email": "owner@example.org"}}}
SIGN_IN = """mutation ($input: SignInInput!) { signIn(input: $input) {
  __typename ... on SignInPayload { token } ... on UserError { code } } }"""
PASSWORD = "correct horse"


def named(text: str, **rest: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}, **rest}


async def post(client: Client, body: dict[str, Any], **headers: str) -> httpx.Response:
    given = {"Authorization": f"Bearer {client.token}"} if client.token else {}
    return await client.http.post("/graphql", json=body, headers=given | headers)


def codes_of(response: httpx.Response) -> list[str]:
    assert "data" not in response.json(), response.text
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.fixture(autouse=True)
async def nothing_known(app: Starlette) -> None:
    redis: Redis = app.state.redis
    if keys := await redis.keys("persisted-query:*"):
        await redis.delete(*keys)


async def test_a_text_is_kept_and_found_by_its_hash(client: Client, app: Starlette):
    unknown = await post(client, named(EMAIL))
    assert (unknown.status_code, codes_of(unknown)) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await post(client, named(EMAIL, query=EMAIL))).json() == {"data": ANSWER}
    assert (await post(client, named(EMAIL))).json() == {"data": ANSWER}
    assert LASTS - 60 < await app.state.redis.ttl(f"persisted-query:{hash_of(EMAIL)}") <= LASTS


async def test_not_found_is_a_200_under_every_media_type(client: Client):
    answer = await post(client, named(EMAIL), Accept="application/graphql-response+json")
    assert (answer.status_code, codes_of(answer)) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
    events = await post(client, named(EMAIL), Accept="text/event-stream")
    assert "PERSISTED_QUERY_NOT_FOUND" in events.text
    assert events.text.endswith("event: complete\ndata: \n\n")


async def test_by_get(client: Client):
    await post(client, named(EMAIL, query=EMAIL))
    params = {"extensions": json.dumps(named(EMAIL)["extensions"])}
    headers = {"Authorization": f"Bearer {client.token}"}
    assert (await client.http.get("/graphql", params=params, headers=headers)).json() == {"data": ANSWER}
    mutation = "mutation { __typename }"
    await post(client, named(mutation, query=mutation))
    params = {"extensions": json.dumps(named(mutation)["extensions"])}
    assert (await client.http.get("/graphql", params=params, headers=headers)).status_code == 405


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (named("{ __typename }", query=EMAIL), "PERSISTED_QUERY_HASH_MISMATCH"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(EMAIL).upper()}}, "query": EMAIL}, None),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": hash_of(EMAIL)}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 5}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": "x"}}, "BAD_REQUEST"),
        ({"documentId": 5}, "BAD_REQUEST"),
        ({"documentId": "unheard-of"}, "OPERATION_NOT_REGISTERED"),
    ],
)
async def test_hashes_that_are_wrong(client: Client, body: dict[str, Any], code: str | None):
    answer = await post(client, body)
    assert (answer.status_code, codes_of(answer)) == (400, [code or "PERSISTED_QUERY_HASH_MISMATCH"])
    known = await client.http.post("/graphql", json=named(EMAIL), headers={"Authorization": f"Bearer {client.token}"})
    assert codes_of(known) == ["PERSISTED_QUERY_NOT_FOUND"], "nothing was kept"


async def test_beside_a_text_an_id_says_nothing(client: Client):
    for id in (5, "none", None):
        assert (await post(client, {"query": EMAIL, "id": id})).json() == {"data": ANSWER}


async def test_a_text_that_is_too_long_runs_and_is_not_kept(client: Client):
    text = EMAIL + "#" + "x" * LONGEST
    assert (await post(client, named(text, query=text))).json() == {"data": ANSWER}
    assert codes_of(await post(client, named(text))) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_without_redis_nothing_is_known_and_everything_runs(app: Starlette, api_settings: Settings, client: Client):
    async with served_with(app, api_settings) as (other, http), Redis.from_url("redis://127.0.0.1:1") as gone:
        other.state.resources = replace(app.state.resources, redis=gone)
        without = Client(http, client.token)
        assert (await post(without, named(EMAIL, query=EMAIL))).json() == {"data": ANSWER}
        answer = await post(without, named(EMAIL))
        assert (answer.status_code, codes_of(answer)) == (200, ["PERSISTED_QUERY_NOT_FOUND"])


async def test_turned_off(app: Starlette, api_settings: Settings, client: Client):
    async with served_with(app, api_settings, persisted_queries=False) as (_, http):
        without = Client(http, client.token)
        answer = await post(without, named(EMAIL))
        assert (answer.status_code, codes_of(answer)) == (200, ["PERSISTED_QUERY_NOT_SUPPORTED"])
        assert (await post(without, named(EMAIL, query=EMAIL))).json() == {"data": ANSWER}
        assert codes_of(await post(client, named(EMAIL))) == ["PERSISTED_QUERY_NOT_FOUND"], "nothing was kept"


async def test_without_a_token_hashes_open_no_door(client: Client, http: httpx.AsyncClient, owner: Viewer):
    stranger = Client(http, "")
    await post(client, named(EMAIL, query=EMAIL))
    for body in (named(EMAIL), named(EMAIL, query=EMAIL)):
        answer = await post(stranger, body)
        assert (answer.status_code, codes_of(answer)) == (401, ["UNAUTHENTICATED"])
    await create_user("ada@example.org", "Ada", PASSWORD)
    variables = {"input": {"email": "ada@example.org", "password": PASSWORD}}
    assert codes_of(await post(stranger, named(SIGN_IN, variables=variables))) == ["PERSISTED_QUERY_NOT_FOUND"]
    signed_in = await post(stranger, named(SIGN_IN, query=SIGN_IN, variables=variables))
    assert signed_in.json()["data"]["signIn"]["__typename"] == "SignInPayload"
    assert codes_of(await post(stranger, named(SIGN_IN, variables=variables))) == ["PERSISTED_QUERY_NOT_FOUND"], (
        "strangers leave nothing"
    )
    await post(client, named(SIGN_IN, query=SIGN_IN, variables=variables))
    again = await post(stranger, named(SIGN_IN, variables=variables))
    assert again.json()["data"]["signIn"]["__typename"] == "SignInPayload"


async def test_over_a_socket(address: str, client: Client):
    async with socket_to(address) as socket:
        await socket.start(client.token)
        for id, payload in (("1", named(EMAIL)), ("2", named(EMAIL, query=EMAIL)), ("3", named(EMAIL))):
            await socket.send({"type": "subscribe", "id": id, "payload": payload})
            if id == "1":
                assert [one["code"] for one in await socket.error(id)] == ["PERSISTED_QUERY_NOT_FOUND"]
            else:
                assert await socket.next(id) == ANSWER
                assert await socket.receive() == {"type": "complete", "id": id}


WRITTEN = {"hash-of-relay": EMAIL, "other": "query Other { __typename }", "sign-in": SIGN_IN}
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": id, "body": body, "name": "N", "type": "query"} for id, body in WRITTEN.items()],
}


@pytest.mark.parametrize("manifest", [WRITTEN, APOLLO])
async def test_registered_operations_alone(app: Starlette, api_settings: Settings, client: Client, tmp_path: Path, manifest: Any):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    closed = {"operations_manifest": path, "registered_operations_only": True}
    async with served_with(app, api_settings, **closed) as (other, http):
        asking = Client(http, client.token)
        for body in (
            {"documentId": "hash-of-relay"},
            {"id": "hash-of-relay"},
            {"query": EMAIL},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "hash-of-relay"}}},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "hash-of-relay"}}, "query": EMAIL},
        ):
            assert (await post(asking, body)).json() == {"data": ANSWER}, body
        await post(client, named("{ __typename }", query="{ __typename }"))
        for body in (
            {"query": "{ __typename }"},
            {"query": EMAIL + " "},
            {"query": "{ __schema { __typename } }"},
            {"documentId": "none"},
            {"documentId": "sha256:" + hash_of("{ __typename }")},
            named("{ __typename }"),
            named("{ __typename }", query="{ __typename }"),
        ):
            answer = await post(asking, body)
            assert (answer.status_code, codes_of(answer)) == (400, ["OPERATION_NOT_REGISTERED"]), body
        events = await post(asking, {"query": "{ __typename }"}, Accept="text/event-stream")
        assert "OPERATION_NOT_REGISTERED" in events.text
        stranger = Client(http, "")
        signing = {"query": SIGN_IN, "variables": {"input": {"email": "a@example.org", "password": "x"}}}
        assert (await post(stranger, signing)).json()["data"]["signIn"]["code"] == "INVALID_INPUT"
        assert (await post(stranger, {"documentId": "hash-of-relay"})).status_code == 401
        async with address_of(other) as address, socket_to(address) as socket:
            await socket.start(client.token)
            await socket.subscribe("{ __typename }")
            assert [one["code"] for one in await socket.error()] == ["OPERATION_NOT_REGISTERED"]
            await socket.send({"type": "subscribe", "id": "2", "payload": {"documentId": "hash-of-relay"}})
            assert await socket.next("2") == ANSWER


async def test_a_sign_in_that_is_not_registered(app: Starlette, api_settings: Settings, client: Client, tmp_path: Path):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"email": EMAIL}))
    closed = {"operations_manifest": path, "registered_operations_only": True}
    async with served_with(app, api_settings, **closed) as (_, http):
        signing = {"query": SIGN_IN, "variables": {"input": {"email": "a@example.org", "password": "x"}}}
        assert codes_of(await post(Client(http, ""), signing)) == ["OPERATION_NOT_REGISTERED"]


async def test_a_manifest_beside_everything_else(app: Starlette, api_settings: Settings, client: Client, tmp_path: Path):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({hash_of(EMAIL): EMAIL}))
    async with served_with(app, api_settings, operations_manifest=path) as (_, http):
        open_to_all = Client(http, client.token)
        for body in (named(EMAIL), {"documentId": f"sha256:{hash_of(EMAIL)}"}):
            assert (await post(open_to_all, body)).json() == {"data": ANSWER}
        assert (await post(open_to_all, {"query": "{ __typename }"})).json() == {"data": {"__typename": "Query"}}


async def test_no_way_leads_round_the_manifest(app: Starlette, api_settings: Settings, client: Client, tmp_path: Path):
    """The schema itself refuses what nobody has looked up."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"email": EMAIL}))
    other = create_app(api_settings.model_copy(update={"operations_manifest": path, "registered_operations_only": True}))
    schema: Any = view_of(other).schema
    result = await schema.execute("{ __typename }", context_value=Context(app.state.resources))
    assert [error.extensions["code"] for error in result.errors] == ["OPERATION_NOT_REGISTERED"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "No such file"),
        ("{", "Expecting"),
        ("[]", "must be a JSON object"),
        ('{"a": 5}', "must be the text"),
        ('{"format": "other", "version": 1, "operations": []}', "format must be"),
        ('{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}', "version 1"),
        ('{"format": "apollo-persisted-query-manifest", "version": 1}', "must be a list"),
        ('{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}', "operations.0"),
        ('{"a": "{ nonsense"}', "a: Syntax Error"),
        ('{"a": "{ nonsense }"}', "a: Cannot query field"),
        ('{"a": "{' + "a{" * 30 + "b" + "}" * 30 + '}"}', " levels"),
    ],
)
def test_manifests_that_are_none(tmp_path: Path, content: str | None, fault: str):
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadManifest, match=fault) as caught:
        create_app(Settings(operations_manifest=path))
    assert str(path) in str(caught.value)
    assert "KYOZO_OPERATIONS_MANIFEST" in str(caught.value)


def test_registered_operations_need_a_manifest():
    with pytest.raises(ValueError, match="KYOZO_OPERATIONS_MANIFEST"):
        Settings(registered_operations_only=True)
