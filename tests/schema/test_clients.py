"""Clients that others wrote, against a real server: graphql-http's audits, graphql-sse, graphql-ws, Apollo, urql."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette

from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.listening import listening, needs_node, node
from tests.schema.rows import make_service

pytestmark = needs_node

STREAMS = ["graphql-sse", "graphql-ws", "apollo", "urql", "urql-sse", "urql-ws"]
STATUS = "subscription ($id: ID!) { serviceStatusChanged(serviceInstanceId: $id) { status } }"
DELETE = """mutation ($id: ID!) { deleteServiceInstance(input: {serviceInstanceId: $id}) {
  __typename ... on UserError { code } } }"""


@pytest.fixture(scope="module")
async def url(app: Starlette) -> AsyncIterator[str]:
    async with listening(app) as url:
        yield url


@pytest.fixture
async def service(workspace: Workspace) -> ServiceInstance:
    return await make_service(workspace, "api")


def data_of(line: dict[str, Any]) -> Any:
    assert not line.get("errors"), line
    assert not line.get("failed"), line
    return line["data"]


async def test_every_audit_of_graphql_over_http(url: str, client: Client):
    async with node("audit.mjs", url, client.token) as script:
        results: Any = await script.line()
    assert len(results) == 61
    assert [result for result in results if result["status"] != "ok"] == []


@pytest.mark.parametrize("library", [*STREAMS, "apollo-persisted", "apollo-persisted-get"])
async def test_a_query_and_a_mutation(url: str, client: Client, service: ServiceInstance, library: str):
    id = encode_id("ServiceInstance", service.id)
    operations = {
        "query": {"query": "{ viewer { user { email } } }"},
        "mutation": {"query": DELETE, "variables": {"id": id}},
        "again": {"query": DELETE, "variables": {"id": id}},
    }
    async with node("clients.mjs", library, url, client.token, given=operations) as script:
        assert data_of(await script.line())["viewer"]["user"]["email"] == "owner@example.org"
        assert (await script.line())["done"]
        assert data_of(await script.line())["deleteServiceInstance"]["__typename"] == "DeleteServiceInstancePayload"
        assert (await script.line())["done"]
        assert data_of(await script.line())["deleteServiceInstance"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("library", STREAMS)
async def test_a_subscription_from_the_state_as_it_is_to_its_end(url: str, client: Client, service: ServiceInstance, library: str):
    id = encode_id("ServiceInstance", service.id)
    async with node("clients.mjs", library, url, client.token, given={"s": {"query": STATUS, "variables": {"id": id}}}) as script:
        assert data_of(await script.line())["serviceStatusChanged"]["status"] == "DEPLOYABLE"
        await client.do("deployService", "__typename", serviceInstanceId=id)
        assert data_of(await script.line())["serviceStatusChanged"]["status"] == "DEPLOYING"
        await client.do("deleteServiceInstance", "__typename", serviceInstanceId=id)
        while not (line := await script.line()).get("done"):
            data_of(line)


@pytest.mark.parametrize("library", STREAMS)
@pytest.mark.parametrize(
    ("document", "code"),
    [
        (STATUS.replace("status }", "nonsense }"), "GRAPHQL_VALIDATION_FAILED"),
        (STATUS, "NOT_FOUND"),
    ],
)
async def test_subscriptions_that_can_not_begin(
    url: str, client: Client, workspace: Workspace, library: str, document: str, code: str
):
    operations = {"s": {"query": document, "variables": {"id": encode_id("ServiceInstance", workspace.id)}}}
    async with node("clients.mjs", library, url, client.token, given=operations) as script:
        line = await script.line()
    errors = line["errors"]
    assert [(error.get("extensions") or {}).get("code") for error in errors] == [code], line


@pytest.mark.parametrize("library", ["apollo-persisted", "apollo-persisted-get"])
async def test_apollo_sends_hashes_once_a_text_is_known(url: str, client: Client, library: str):
    document = f"query {library.title().replace('-', '')} {{ viewer {{ user {{ email }} }} }}"
    operations = {name: {"query": document} for name in ("first", "second")}
    async with node("clients.mjs", library, url, client.token, given=operations) as script:
        assert data_of(await script.line())["viewer"]["user"]["email"] == "owner@example.org"
        assert (await script.line())["requests"] == 2
        assert data_of(await script.line())["viewer"]["user"]["email"] == "owner@example.org"
        assert (await script.line())["requests"] == 3


@pytest.mark.parametrize("library", ["graphql-sse", "apollo", "urql-sse"])
async def test_the_end_of_the_server_is_not_the_end_of_what_is_followed(
    app: Starlette, client: Client, service: ServiceInstance, library: str
):
    operations = {"s": {"query": STATUS, "variables": {"id": encode_id("ServiceInstance", service.id)}}}
    server = listening(app)
    url = await server.__aenter__()
    async with node("clients.mjs", library, url, client.token, given=operations) as script:
        data_of(await script.line())
        await server.__aexit__(None, None, None)
        line = await script.line()
    assert line.get("failed") or line.get("errors"), line
