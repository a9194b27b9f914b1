from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.schema.negotiation import GRAPHQL
from kyozo_gql.settings import Environment, Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.listening import served_with
from tests.schema.rows import make_service


async def send(client: Client, content: bytes | str, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {client.token}", "content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return await client.http.post("/graphql", content=content, headers=given)


def code_of(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic eDp5", "bearer kyozo_\u00e9"])
async def test_without_a_token_that_holds(http: httpx.AsyncClient, header: str | None):
    headers = [] if header is None else [(b"Authorization", header.encode())]
    for document in ("{ viewer { user { id } } }", "{ __typename }", "{ __schema { types { name } } }", "{ nonsense"):
        response = await http.post("/graphql", json={"query": document}, headers=headers)
        assert response.status_code == 401
        assert code_of(response) == "UNAUTHENTICATED"
        assert response.headers["www-authenticate"] == "Bearer"


async def test_a_query_by_get_and_a_mutation_not(client: Client):
    headers = {"Authorization": f"Bearer {client.token}"}
    response = await client.http.get("/graphql", params={"query": "{ __typename }"}, headers=headers)
    assert response.json() == {"data": {"__typename": "Query"}}
    document = 'mutation { startService(input: {serviceInstanceId: "x"}) { __typename } }'
    refused = await client.http.get("/graphql", params={"query": document}, headers=headers)
    assert (refused.status_code, code_of(refused), refused.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods(client: Client, method: str):
    response = await client.http.request(method, "/graphql", headers={"Authorization": f"Bearer {client.token}"})
    assert (response.status_code, code_of(response), response.headers["allow"]) == (
        405,
        "METHOD_NOT_ALLOWED",
        "GET, HEAD, POST, OPTIONS",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'"x"',
        b"1",
        b"null",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"query": ' + b"[" * 100_000,
        b'{"query": 5}',
        b'{"query": null}',
        b"{}",
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "x"}',
        b'{"query": "{ __typename }", "operationName": 5}',
        b'{"query": "query A { __typename }", "operationName": "B"}',
        b'{"query": "{ __typename }", "extensions": []}',
        b'{"query": "query($a: String) { __typename }", "variables": {"a": NaN}}',
        b'{"query": "query($a: String) { __typename }", "variables": {"a": "\\ud800"}}',
    ],
)
async def test_bodies_that_are_none(client: Client, body: bytes):
    response = await send(client, body)
    assert response.status_code in (400, 405), response.text
    assert code_of(response) in ("BAD_REQUEST", "METHOD_NOT_ALLOWED")
    assert response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin-1"]
)
async def test_other_content_types(client: Client, content_type: str):
    response = await send(client, b'{"query": "{ __typename }"}', content_type=content_type)
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_media_types(client: Client):
    body = b'{"query": "{ nonsense }"}'
    old = await send(client, body, accept="application/json")
    assert (old.status_code, old.headers["content-type"]) == (200, "application/json; charset=utf-8")
    new = await send(client, body, accept=GRAPHQL)
    assert (new.status_code, new.headers["content-type"]) == (400, f"{GRAPHQL}; charset=utf-8")
    assert "data" not in old.json()
    assert "data" not in new.json()
    assert (await send(client, body, accept="text/html")).status_code == 406
    fine = await send(client, b'{"query": "{ node(id: \\"x\\") { id } }"}', accept=GRAPHQL)
    assert fine.status_code == 200
    assert fine.json()["data"] == {"node": None}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ nonsense", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a: Int!) { workspaces(first: $a) { totalCount } }", "BAD_USER_INPUT"),
        ("{" + "a{" * 1_400 + "a" + "}" * 1_401, "GRAPHQL_PARSE_FAILED"),
        ("{ workspace(id: " + "[" * 1_400 + "]" * 1_400 + ") { id } }", "GRAPHQL_PARSE_FAILED"),
        ('subscription { serviceLogs(serviceInstanceId: "x") { message } }', "BAD_REQUEST"),
        ("query A { __typename } query B { __typename }", "BAD_REQUEST"),
        ('{ node(id: "x") { id } }', "BAD_ID"),
        ("{ workspaces(first: 101) { totalCount } }", "BAD_PAGE_SIZE"),
        ("{ workspaces(first: -1) { totalCount } }", "BAD_PAGE_SIZE"),
        ('{ workspaces(after: "x") { totalCount } }', "BAD_CURSOR"),
        ('{ workspaces(filter: {teamId: "x"}) { totalCount } }', "BAD_ID"),
        ("{ nodes(ids: [" + '"x" ' * 101 + "]) { id } }", "TOO_MANY_IDS"),
    ],
)
async def test_errors_at_the_top_have_codes(client: Client, document: str, code: str):
    assert (await client.fail(document))["extensions"]["code"] == code


async def test_suggestions_in_development_alone(app: Starlette, api_settings: Settings, client: Client):
    document = "{ workspacez { totalCount } }"
    assert "Did you mean" in (await client.fail(document))["message"]
    async with served_with(app, api_settings, environment=Environment.PRODUCTION) as (_, http):
        assert "Did you mean" not in (await Client(http, client.token).fail(document))["message"]


async def test_what_nobody_expected_is_masked_and_logged(
    client: Client, workspace: Workspace, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    service = await make_service(workspace, "broken")
    await ServiceInstance.filter(id=service.id).update(port_mappings={"no number/tcp": {"host_port": None}})
    with caplog.at_level(logging.ERROR):
        error = await client.fail("{ serviceInstances { edges { node { portMappings { containerPort } } } } }")
    assert error["message"] == "internal error"
    assert error["extensions"].keys() == {"code", "id"}
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["path"] == ["serviceInstances", "edges", 0, "node", "portMappings"]
    written = caplog.text + capsys.readouterr().out
    assert error["extensions"]["id"] in written
    assert "no number" in written


async def test_the_body_is_bounded(client: Client, api_settings: Settings):
    body = json.dumps({"query": "{ __typename } #" + "x" * api_settings.max_body_bytes})
    announced = await send(client, body)
    assert (announced.status_code, code_of(announced)) == (413, "BODY_TOO_LARGE")

    async def pieces() -> Any:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536].encode()

    headers = {"authorization": f"Bearer {client.token}", "content-type": "application/json"}
    counted = await client.http.post("/graphql", content=pieces(), headers=headers)
    assert (counted.status_code, code_of(counted)) == (413, "BODY_TOO_LARGE")


async def test_introspection_can_be_turned_off(app: Starlette, api_settings: Settings, client: Client):
    async with served_with(app, api_settings, introspection=False, graphiql=False) as (_, http):
        closed = Client(http, client.token)
        assert "introspection" in (await closed.fail("{ __schema { __typename } }"))["message"]
        assert await closed.ask("{ __typename }") == {"__typename": "Query"}
        assert (await http.get("/graphiql")).status_code == 404
    assert (await client.ask("{ __schema { queryType { name } } }"))["__schema"] == {"queryType": {"name": "Query"}}
