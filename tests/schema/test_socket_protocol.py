"""graphql-transport-ws to the letter: its closing codes, its messages, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from tortoise import connections
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from kyozo_gql.accounts.models import ApiToken
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.sockets import PROTOCOL, STATUSES, Socket, followers, socket_to, until

DETECTIONS = "subscription($id: ID!) { topologyAnalyzed(workspaceId: $id) { id } }"


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings) -> Settings:
    return api_settings.model_copy(update={"max_operations_per_socket": 3, "max_message_bytes": 200_000})


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"Authorization": "Bearer nonsense"}, {"Authorization": 5}, {"token": ""}, {"authorization": "Basic x"}],
)
async def test_without_a_token_that_holds(address: str, database: str, payload: Any):
    async with socket_to(address) as socket:
        await socket.send({"type": "connection_init"} if payload is None else {"type": "connection_init", "payload": payload})
        assert await socket.closed() == 4403


async def test_a_token_that_ended_since_the_start(socket: Socket, client: Client):
    await ApiToken.all().delete()
    await socket.subscribe("{ viewer { user { email } } }")
    message = await socket.receive()
    assert message["type"] == "error"
    assert [error["extensions"]["code"] for error in message["payload"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    "frame",
    [
        "[]",
        "5",
        "null",
        '"x"',
        "{",
        "",
        '{"type": 5}',
        "{}",
        '{"type": "nonsense"}',
        '{"type": "nonsense' + "x" * 500 + '"}',
        '{"type": "ping", "payload": "x"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": {}, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "operationName": 5}}',
        '{"type": "complete", "id": 5}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": {"a": NaN}}}',
        '{"type": "ping", "payload": {"a": "\\ud800"}}',
        "[" * 100_000,
        b"\x00\x01",
    ],
)
async def test_frames_that_are_no_messages(socket: Socket, frame: str | bytes):
    await socket.send(frame)
    assert await socket.closed() == 4400


async def test_the_other_closing_codes(address: str, client: Client):
    async with socket_to(address) as socket:
        await socket.subscribe("{ __typename }")
        assert await socket.closed() == 4401
    async with socket_to(address) as socket:
        await socket.start(client.token)
        await socket.send({"type": "connection_init", "payload": {"token": client.token}})
        assert await socket.closed() == 4429
    for protocols in (None, [Subprotocol("graphql-ws")]):
        async with connect(address, subprotocols=protocols) as connection:
            assert await Socket(connection).closed() == 4406


async def test_the_same_id_twice(socket: Socket, workspace: Workspace):
    id = "x" * 200
    document = "subscription($id: ID!) { workspaceServiceStatusChanged(workspaceId: $id) { status } }"
    for _ in range(2):
        await socket.subscribe(document, id, id=encode_id("Workspace", workspace.id))
    assert await socket.closed() == 4409
    assert socket.reason is not None
    assert socket.reason.startswith("Subscriber for xxx")


@pytest.mark.parametrize("payload", [{}, {"payload": None}, {"payload": {}}, {"payload": {"since": [1, "x"]}}])
async def test_a_ping_is_answered_with_what_came_with_it(socket: Socket, payload: dict[str, Any]):
    await socket.send({"type": "ping"} | payload)
    expected = {} if payload.get("payload") is None else payload
    assert await socket.receive() == {"type": "pong"} | expected


async def test_a_ping_before_the_initialisation(address: str, client: Client):
    async with socket_to(address) as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        await socket.start(client.token)


async def test_pongs_and_ends_that_nobody_asked_for(socket: Socket):
    for message in ({"type": "pong"}, {"type": "pong", "payload": {"a": 1}}, {"type": "complete", "id": "unknown"}):
        await socket.send(message)
    await is_alive(socket)


async def is_alive(socket: Socket) -> None:
    await socket.send({"type": "ping"})
    assert await socket.receive() == {"type": "pong"}


async def test_another_origin_is_refused(address: str):
    with pytest.raises(InvalidStatus) as caught:
        async with connect(address, subprotocols=[PROTOCOL], additional_headers={"Origin": "https://evil.example"}):
            pass
    assert caught.value.response.status_code == 403


async def test_operations_that_are_wrong_leave_the_socket_open(socket: Socket):
    for document, code in (
        ("{ nonsense", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Query { __typename }", "BAD_REQUEST"),
        ("subscription { deploymentEvents { cursor } }", "INVALID_INPUT"),
        ('subscription { serviceStatusChanged(serviceInstanceId: "x") { status } }', "BAD_ID"),
    ):
        await socket.subscribe(document)
        message = await socket.receive()
        assert message["type"] == "error", message
        assert [error["extensions"]["code"] for error in message["payload"]] == [code]
    await is_alive(socket)


async def test_an_id_is_free_after_its_operation(socket: Socket, workspace: Workspace, app: Starlette):
    for _ in range(2):
        await socket.subscribe("{ __typename }")
        assert await socket.next() == {"__typename": "Query"}
        assert await socket.receive() == {"type": "complete", "id": "1"}
    for _ in range(5):
        await socket.subscribe(DETECTIONS, id=encode_id("Workspace", workspace.id))
        await socket.send({"type": "complete", "id": "1"})
    await socket.subscribe("{ nonsense }")
    await socket.error()
    await socket.subscribe("{ __typename }")
    assert await socket.next() == {"__typename": "Query"}
    assert await socket.receive() == {"type": "complete", "id": "1"}
    await until(lambda: followers(app.state.resources.broker) == 0)


async def test_a_client_that_has_completed_an_operation_hears_no_more_of_it(socket: Socket, workspace: Workspace):
    await socket.subscribe(STATUSES, id=encode_id("Workspace", workspace.id))
    await socket.send({"type": "complete", "id": "1"})
    await socket.subscribe("{ __typename }", "2")
    assert await socket.next("2") == {"__typename": "Query"}
    assert await socket.receive() == {"type": "complete", "id": "2"}
    await is_alive(socket)


async def test_more_operations_than_a_socket_may_have(socket: Socket, workspace: Workspace):
    for number in range(3):
        await socket.subscribe(DETECTIONS, str(number), id=encode_id("Workspace", workspace.id))
    await socket.subscribe("{ __typename }", "one more")
    assert await socket.error("one more") == [{"code": "TOO_MANY_OPERATIONS", "bound": 3}]
    for number in range(3):  # there is room again at once
        await socket.send({"type": "complete", "id": str(number)})
    for number in range(3):
        await socket.subscribe("{ __typename }", str(number))
    messages = [await socket.receive() for _ in range(6)]
    assert sorted(message["type"] for message in messages) == ["complete"] * 3 + ["next"] * 3


async def test_an_operation_that_breaks_takes_none_with_it(socket: Socket, workspace: Workspace, client: Client, app: Starlette):
    id = encode_id("Workspace", workspace.id)
    await socket.subscribe(DETECTIONS, "other", id=id)
    await until(lambda: followers(app.state.resources.broker) == 1)
    database = connections.get("default")
    await database.execute_query("ALTER TABLE api_tokens RENAME TO elsewhere")
    try:
        with capture_logs() as logs:
            await socket.subscribe("{ __typename }")
            (extensions,) = await socket.error()
    finally:
        await database.execute_query("ALTER TABLE elsewhere RENAME TO api_tokens")
    assert extensions["code"] == "INTERNAL_SERVER_ERROR"
    assert [entry["incident"] for entry in logs] == [extensions["id"]]
    await client.do("writeFile", "__typename", workspaceId=id, path="api/Dockerfile", content="FROM scratch")
    await client.do("analyzeTopology", "__typename", workspaceId=id, folderPath="api")
    assert (await socket.next("other"))["topologyAnalyzed"]["id"]


async def test_who_can_not_be_let_in_now_may_try_again(address: str, client: Client):
    database = connections.get("default")
    async with socket_to(address) as socket:
        await database.execute_query("ALTER TABLE api_tokens RENAME TO elsewhere")
        try:
            await socket.initialise(client.token)
            assert await socket.closed() == 1013
        finally:
            await database.execute_query("ALTER TABLE elsewhere RENAME TO api_tokens")


async def test_a_message_that_is_too_long(socket: Socket):
    await socket.send({"type": "ping", "payload": {"a": "x" * 199_000}})
    assert (await socket.receive())["type"] == "pong"
    await socket.send({"type": "ping", "payload": {"a": "x" * 200_000}})
    assert await socket.closed() == 1009


async def test_a_message_in_parts(socket: Socket):
    text = json.dumps({"type": "ping", "payload": {"a": "ä" * 500}}, ensure_ascii=False)
    await socket.connection.send(iter(text))
    assert (await socket.receive())["payload"] == {"a": "ä" * 500}
    await socket.connection.send(iter(["{", *[""] * 1_100, "}"]))
    assert await socket.closed() == 1009


async def test_a_text_that_is_none(socket: Socket, caplog: pytest.LogCaptureFixture):
    await socket.connection.send(b"\xff\xfe", text=True)
    assert await socket.closed() == 1007
    assert not caplog.records
