"""Server-Sent Events and multipart answers, byte by byte, against a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from kyozo_gql.accounts.members import remove_member
from kyozo_gql.accounts.models import ApiToken, Membership, Role
from kyozo_gql.accounts.tokens import create_token, revoke_token
from kyozo_gql.accounts.viewer import Viewer, authenticate
from kyozo_gql.containers.converge import converge
from kyozo_gql.containers.lifecycle import deploy_service
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.listening import listening, view_of
from tests.schema.rows import make_service
from tests.schema.sockets import followers, until
from tests.schema.uploads import form_of, zip_of

EVENTS = "text/event-stream"
PARTS = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"
URQL = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
STATUS = """subscription ($id: ID!) { serviceStatusChanged(serviceInstanceId: $id) {
  status serviceInstance { deployments { totalCount } } } }"""
LOGS = "subscription ($id: ID!) { serviceLogs(serviceInstanceId: $id) { message } }"
FIRST = {"status": "DEPLOYABLE", "serviceInstance": {"deployments": {"totalCount": 0}}}


@pytest.fixture(scope="module")
async def url(app: Starlette) -> AsyncIterator[str]:
    async with listening(app) as url:
        yield url


@pytest.fixture
async def service(workspace: Workspace) -> ServiceInstance:
    return await make_service(workspace, "api")


class Answer:
    """A stream that is read piece by piece: ``\\n\\n`` ends an event, the boundary a part."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.seen = ""
        self._text = response.aiter_text()
        self._end = "\r\n--graphql" if "multipart" in response.headers["content-type"] else "\n\n"

    async def piece(self) -> str:
        """The next piece without its end; what is left at the end of the stream; then EOFError."""
        async with asyncio.timeout(30):
            while self._end not in self.seen:
                more = await anext(self._text, None)
                if more is None:
                    if not self.seen:
                        raise EOFError
                    rest, self.seen = self.seen, ""
                    return rest
                self.seen += more
        piece, _, self.seen = self.seen.partition(self._end)
        return piece

    async def event(self) -> tuple[str, Any]:
        """The next event that is no comment: its kind, its data."""
        while (piece := await self.piece()).startswith(":"):
            pass
        kind, data = piece.split("\n")
        assert kind.startswith("event: "), piece
        assert data.startswith("data: "), piece
        return kind.removeprefix("event: "), json.loads(data.removeprefix("data: ") or "null")

    async def part(self) -> Any:
        """What the next part holds that is no heartbeat."""
        while (found := self._read_part(await self.piece())) == {}:
            pass
        return found

    def _read_part(self, part: str) -> Any:
        head, _, body = part.partition("\r\n\r\n")
        assert "Content-Type: application/json" in head, part
        return json.loads(body)


@asynccontextmanager
async def asking(url: str, token: str, accept: str, document: str, **variables: Any) -> AsyncIterator[Answer]:
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    body = {"query": document, "variables": variables}
    async with httpx.AsyncClient() as http, http.stream("POST", url, json=body, headers=headers, timeout=60) as response:
        yield Answer(response)


async def test_events(url: str, client: Client, service: ServiceInstance, owner: Viewer):
    id = encode_id("ServiceInstance", service.id)
    async with asking(url, client.token, EVENTS, STATUS, id=id) as answer:
        assert answer.response.status_code == 200
        assert answer.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.response.headers["cache-control"] == "no-store, no-transform"
        assert answer.response.headers["x-accel-buffering"] == "no"
        assert await answer.piece() == "event: next\ndata: " + json.dumps(
            {"data": {"serviceStatusChanged": FIRST}}, separators=(",", ":")
        )
        await deploy_service(owner, service.id)
        kind, second = await answer.event()
        assert (kind, second["data"]["serviceStatusChanged"]["status"]) == ("next", "DEPLOYING")
        assert second["data"]["serviceStatusChanged"]["serviceInstance"]["deployments"]["totalCount"] == 1, "it is read afresh"
        await client.do("deleteServiceInstance", "__typename", serviceInstanceId=id)
        while (event := await answer.event())[0] == "next":
            pass
        assert event == ("complete", None)
        with pytest.raises(EOFError):
            await answer.piece()


async def test_parts(url: str, client: Client, service: ServiceInstance):
    id = encode_id("ServiceInstance", service.id)
    async with asking(url, client.token, PARTS, STATUS, id=id) as answer:
        assert answer.response.status_code == 200
        assert answer.response.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
        assert await answer.piece() == "", "the first boundary"
        assert (await answer.piece()).endswith("\r\n\r\n{}"), "a heartbeat"
        assert await answer.part() == {"payload": {"data": {"serviceStatusChanged": FIRST}}}
        await client.do("deleteServiceInstance", "__typename", serviceInstanceId=id)
        while (piece := await answer.piece()) != "--\r\n":
            assert "data" in piece or piece.endswith("{}")


async def test_events_by_get(url: str, client: Client, service: ServiceInstance):
    variables = json.dumps({"id": encode_id("ServiceInstance", service.id)})
    headers = {"Authorization": f"Bearer {client.token}", "Accept": EVENTS}
    async with (
        httpx.AsyncClient() as http,
        http.stream("GET", url, params={"query": STATUS, "variables": variables}, headers=headers) as response,
    ):
        assert await Answer(response).event() == ("next", {"data": {"serviceStatusChanged": FIRST}})


@pytest.mark.parametrize("accept", [EVENTS, f"application/json;q=0.5, {EVENTS}"])
async def test_a_query_that_is_asked_for_as_events(url: str, client: Client, accept: str):
    async with asking(url, client.token, accept, "{ __typename }") as answer:
        assert await answer.event() == ("next", {"data": {"__typename": "Query"}})
        assert await answer.event() == ("complete", None)
        with pytest.raises(EOFError):
            await answer.piece()


@pytest.mark.parametrize("accept", [URQL, f"*/*, {EVENTS}", f"{EVENTS};q=0.9, application/json", "multipart/mixed, */*"])
async def test_a_query_is_answered_once_where_a_stream_is_the_last_resort(url: str, client: Client, accept: str):
    async with asking(url, client.token, accept, "{ __typename }") as answer:
        assert "json" in answer.response.headers["content-type"]
        assert json.loads(await answer.response.aread()) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ", "GRAPHQL_PARSE_FAILED"),
        ('subscription { serviceStatusChanged(serviceInstanceId: "x") { status } }', "BAD_ID"),
        ("query A { __typename } query B { __typename }", "BAD_REQUEST"),
        ("", "BAD_REQUEST"),
    ],
)
async def test_what_can_not_begin_is_an_event_or_a_part(url: str, client: Client, document: str, code: str):
    async with asking(url, client.token, EVENTS, document) as answer:
        kind, result = await answer.event()
        assert (kind, [error["extensions"]["code"] for error in result["errors"]], "data" in result) == ("next", [code], False)
        assert await answer.event() == ("complete", None)
    async with asking(url, client.token, PARTS, document) as answer:
        await answer.piece()
        assert [error["extensions"]["code"] for error in (await answer.part())["payload"]["errors"]] == [code]
        assert await answer.piece() == "--\r\n"


@pytest.mark.parametrize("accept", [EVENTS, PARTS])
async def test_a_stranger_gets_no_stream(url: str, client: Client, accept: str):
    async with asking(url, "nonsense", accept, STATUS, id="x") as answer:
        assert answer.response.status_code == 401
        assert json.loads(await answer.response.aread())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_mutation_by_get_is_refused_as_an_event(url: str, client: Client):
    headers = {"Authorization": f"Bearer {client.token}", "Accept": EVENTS}
    async with httpx.AsyncClient() as http:
        answer = await http.get(url, params={"query": "mutation { __typename }"}, headers=headers)
    assert '"code":"BAD_REQUEST"' in answer.text
    assert answer.text.endswith("event: complete\ndata: \n\n")


async def test_head_has_headers_and_no_stream(url: str, client: Client, service: ServiceInstance, app: Starlette):
    variables = json.dumps({"id": encode_id("ServiceInstance", service.id)})
    headers = {"Authorization": f"Bearer {client.token}", "Accept": EVENTS}
    async with httpx.AsyncClient() as http:
        answer = await http.head(url, params={"query": STATUS, "variables": variables}, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "server" not in answer.headers
    assert len(app.state.resources.sessions) == 0


async def test_files_are_there_while_a_stream_runs(url: str, client: Client, workspace: Workspace):
    form = form_of(zip_of({"main.py": "print()"}), workspaceId=encode_id("Workspace", workspace.id), folderPath="api")
    headers = {"Authorization": f"Bearer {client.token}", "Accept": EVENTS}
    async with httpx.AsyncClient() as http:
        answer = await http.post(url, files=form, headers=headers)
    assert '"__typename":"UploadArchivePayload"' in answer.text, answer.text


@pytest.mark.parametrize(("accept", "beat"), [(EVENTS, ": ping"), (PARTS, "{}")])
async def test_heartbeats(
    app: Starlette, url: str, client: Client, service: ServiceInstance, monkeypatch: pytest.MonkeyPatch, accept: str, beat: str
):
    for transport in view_of(app)._stream_transport_map.values():
        monkeypatch.setattr(transport, "heartbeat_interval", 0.02)
    async with asking(url, client.token, accept, STATUS, id=encode_id("ServiceInstance", service.id)) as answer:
        pieces = [await answer.piece() for _ in range(10)]
    assert [piece.endswith(beat) for piece in pieces].count(True) >= 8


@pytest.mark.parametrize("accept", [EVENTS, PARTS])
async def test_nothing_is_left_when_the_client_goes_away(
    url: str, client: Client, service: ServiceInstance, owner: Viewer, app: Starlette, settings: Settings, accept: str
):
    resources, id = app.state.resources, encode_id("ServiceInstance", service.id)
    before = len(asyncio.all_tasks())
    async with asking(url, client.token, accept, STATUS, id=id) as first, asking(url, client.token, accept, STATUS, id=id):
        await first.piece()
        await until(lambda: followers(resources.broker) == 2)
        assert len(resources.sessions) == 2
        assert len(resources.streams) == 2
    await until(lambda: followers(resources.broker) == 0)
    await until(lambda: len(resources.sessions) == len(resources.streams) == 0)
    await until(lambda: len(asyncio.all_tasks()) <= before)


async def test_readers_of_the_engines_log_end_too(
    url: str, client: Client, owner: Viewer, app: Starlette, settings: Settings, workspace: Workspace
):
    await write_file(owner, workspace.id, "web/requirements.txt", "flask\n")
    made = await client.do(
        "createServiceInstance",
        "serviceInstance { id }",
        workspaceId=encode_id("Workspace", workspace.id),
        folderPath="web",
        serviceType="PYTHON",
        environmentVariables=[{"name": "SIMULATE_LOG", "value": "first"}],
        healthCheckConfig={"kind": "NONE"},
    )
    service = await ServiceInstance.get(name="web")
    await deploy_service(owner, service.id)

    async def runs() -> bool:
        await converge(service.id, app.state.resources.engine, settings, "test")
        return (await ServiceInstance.get(id=service.id)).status == "running"

    async with asyncio.timeout(60):
        while not await runs():  # noqa: ASYNC110 — nobody tells when the work is done
            await asyncio.sleep(0.02)
    async with asking(url, client.token, EVENTS, LOGS, id=made["serviceInstance"]["id"]) as answer:
        await answer.event()
        await until(lambda: len(log_readers()) == 1)
    await until(lambda: not log_readers())


def log_readers() -> list[Any]:
    return [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "_follow"]


async def test_the_end_of_the_server_ends_streams(app: Starlette, client: Client, service: ServiceInstance):
    id = encode_id("ServiceInstance", service.id)
    serving = listening(app)
    url = await serving.__aenter__()
    async with asking(url, client.token, EVENTS, STATUS, id=id) as events, asking(url, client.token, PARTS, STATUS, id=id) as parts:
        await events.event()
        await parts.piece()
        await parts.part()
        await serving.__aexit__(None, None, None)
        with pytest.raises(EOFError):  # and no ``complete``: the client comes back
            await events.piece()
        last = await parts.part()
        assert last["payload"] is None
        assert [error["extensions"]["code"] for error in last["errors"]] == ["SERVICE_UNAVAILABLE"]
        assert await parts.piece() == "--\r\n"


async def test_a_token_that_is_revoked_ends_its_streams(url: str, client: Client, owner: Viewer, service: ServiceInstance):
    id = encode_id("ServiceInstance", service.id)
    viewer = await authenticate(client.token)
    assert viewer.token is not None
    async with asking(url, client.token, EVENTS, STATUS, id=id) as events, asking(url, client.token, PARTS, STATUS, id=id) as parts:
        await events.event()
        await parts.piece()
        await parts.part()
        await revoke_token(owner, viewer.token.id)
        kind, result = await events.event()
        assert (kind, [error["extensions"]["code"] for error in result["errors"]]) == ("next", ["UNAUTHENTICATED"])
        assert await events.event() == ("complete", None)
        assert [error["extensions"]["code"] for error in (await parts.part())["payload"]["errors"]] == ["UNAUTHENTICATED"]
        assert await parts.piece() == "--\r\n"


async def test_a_token_that_expires_ends_its_streams(url: str, owner: Viewer, service: ServiceInstance):
    _, secret = await create_token(owner, owner.team_ids[0], "short", Role.OWNER, now() + timedelta(seconds=2))
    async with asking(url, secret, EVENTS, STATUS, id=encode_id("ServiceInstance", service.id)) as answer:
        await answer.event()
        _, result = await answer.event()
        assert [error["extensions"]["code"] for error in result["errors"]] == ["UNAUTHENTICATED"]
        assert await answer.event() == ("complete", None)


async def test_a_membership_that_ends_ends_streams(url: str, owner: Viewer, other_owner: Viewer, service: ServiceInstance):
    await Membership.create(user_id=other_owner.user.id, team_id=owner.team_ids[0], role=Role.MEMBER)
    _, secret = await create_token(other_owner, other_owner.team_ids[0], "all", Role.OWNER, None)
    await ApiToken.filter(name="all").update(team_id=None)
    async with asking(url, secret, EVENTS, STATUS, id=encode_id("ServiceInstance", service.id)) as answer:
        await answer.event()
        await remove_member(owner, owner.team_ids[0], other_owner.user.id)
        _, result = await answer.event()
        assert [error["extensions"]["code"] for error in result["errors"]] == ["FORBIDDEN"]
        assert await answer.event() == ("complete", None)


async def test_a_client_that_reads_nothing_holds_nothing(
    url: str, client: Client, owner: Viewer, app: Starlette, workspace: Workspace
):
    await write_file(owner, workspace.id, "large.txt", "x" * 900_000)
    aliases = " ".join(f"a{number}: files(first: 1) {{ edges {{ node {{ content }} }} }}" for number in range(20))
    document = f"query ($id: ID!) {{ workspace(id: $id) {{ {aliases} }} }}"
    body = json.dumps({"query": document, "variables": {"id": encode_id("Workspace", workspace.id)}}).encode()
    address = httpx.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port, limit=1_024)
    writer.write(
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: {EVENTS}\r\nAuthorization: Bearer {client.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    seen = b""
    while b"event: next" not in seen:
        more = await reader.read(100)
        assert more, seen
        seen += more
    assert len(app.state.resources.streams) == 1, "more is to be sent than anybody holds"
    viewer = await authenticate(client.token)
    assert viewer.token is not None
    await revoke_token(owner, viewer.token.id)
    await until(lambda: len(app.state.resources.sessions) == 0)
    writer.transport.abort()


async def test_streams_count_as_connections(
    app: Starlette, url: str, client: Client, service: ServiceInstance, monkeypatch: pytest.MonkeyPatch
):
    sessions = app.state.resources.sessions
    monkeypatch.setattr(sessions, "_settings", sessions._settings.model_copy(update={"max_connections_per_token": 1}))
    id = encode_id("ServiceInstance", service.id)
    async with asking(url, client.token, EVENTS, STATUS, id=id) as first:
        await first.event()
        async with asking(url, client.token, EVENTS, STATUS, id=id) as second:
            assert second.response.status_code == 429
            (error,) = json.loads(await second.response.aread())["errors"]
            assert error["extensions"] == {"code": "TOO_MANY_CONNECTIONS", "bound": 1}
        assert (await client.ask("{ __typename }")) == {"__typename": "Query"}, "what is no stream is none of them"
