"""The API as the npm package graphql-ws meets it, from its first connection to its last."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from kyozo_gql.accounts.members import remove_member, set_member
from kyozo_gql.accounts.models import ApiToken, Role
from kyozo_gql.accounts.tokens import create_token, revoke_token
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.lifecycle import deploy_service
from kyozo_gql.containers.models import DeploymentEvent
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.lists import LATEST_POSITION_FIRST
from kyozo_gql.schema.sessions import Ending, Sessions
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.rows import make_service
from tests.schema.sockets import STATUSES, address_of, followers, socket_to, until

CLIENT = Path(__file__).parents[1] / "end_to_end" / "client"
READY = shutil.which("node") is not None and (CLIENT / "node_modules").is_dir()
pytestmark = pytest.mark.skipif(not READY and "CI" not in os.environ, reason="needs node, and npm ci in tests/end_to_end/client")

EVENTS = """subscription($id: ID!, $after: String) {
  deploymentEvents(workspaceId: $id, after: $after) { cursor node { eventType } } }"""
WRITE = """mutation($id: ID!) { writeFile(input: {workspaceId: $id, path: "a.txt", content: "x"}) { __typename } }"""

Line = dict[str, Any]


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings) -> Settings:
    changes = {"ping_seconds": 3.0, "connection_init_seconds": 3.0, "max_connections_per_token": 2, "max_message_bytes": 10_000}
    return api_settings.model_copy(update=changes)


class Driven:
    """A client in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[Line] = []

    def act(self, action: str, **given: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"action": action, **given}).encode() + b"\n")

    def subscribe(self, name: str, query: str, **given: Any) -> None:
        self.act("subscribe", name=name, query=query, **given)

    def all(self, **wanted: Any) -> list[Line]:
        """The lines that have all of these."""
        return [line for line in self.lines if wanted.items() <= line.items()]

    async def told(self, count: int = 1, /, **wanted: Any) -> list[Line]:
        """Waits for so many lines that have all of these."""
        await self.until(lambda: len(self.all(**wanted)) >= count)
        return self.all(**wanted)

    async def until(self, holds: Callable[[], bool]) -> None:
        try:
            await until(holds)
        except TimeoutError:
            pytest.fail(f"never; but {self.lines}")

    async def read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.lines.append(json.loads(line))


@asynccontextmanager
async def client_of(address: str, token: str, **options: Any) -> AsyncIterator[Driven]:
    process = await asyncio.create_subprocess_exec(
        "node", "drive.mjs", address, cwd=CLIENT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    driven = Driven(process)
    reading = asyncio.create_task(driven.read())
    driven.act("create", token=token, **options)
    try:
        yield driven
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def test_a_whole_life(address: str, client: Client, workspace: Workspace, owner: Viewer, sessions: Sessions):
    id = encode_id("Workspace", workspace.id)
    service = await make_service(workspace, "api")
    async with client_of(address, client.token, lazy=False, keepAlive=200) as driven:
        await driven.told(on="connected")
        driven.subscribe("query", "{ viewer { user { email } } }")
        await driven.told(name="query", data={"viewer": {"user": {"email": "owner@example.org"}}})
        await driven.told(name="query", done=True)
        driven.subscribe("mutation", WRITE, variables={"id": id})
        await driven.told(name="mutation", data={"writeFile": {"__typename": "WriteFilePayload"}})
        driven.subscribe("follow", STATUSES, variables={"id": id})
        await driven.told(name="follow", data={"workspaceServiceStatusChanged": {"status": "DEPLOYABLE"}})
        await deploy_service(owner, service.id)
        await driven.told(name="follow", data={"workspaceServiceStatusChanged": {"status": "DEPLOYING"}})
        await driven.told(on="pong", received=True)  # the client pings
        await driven.told(2, on="ping", received=True)  # and the server
        driven.act("complete", name="follow")
        await driven.told(name="follow", done=True)
        for wrong, code in (("{ nonsense", "GRAPHQL_PARSE_FAILED"), ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED")):
            driven.subscribe(code, wrong)
            (line,) = await driven.told(name=code)
            assert [error["extensions"]["code"] for error in line["error"]] == [code]
        assert not driven.all(on="closed")
        assert len(sessions) == 1
        driven.act("dispose")
        assert await driven.told(on="closed") == [{"on": "closed", "code": 1000, "reason": "Normal Closure"}]
        await until(lambda: len(sessions) == 0)


async def test_a_lazy_client_connects_when_it_has_to(address: str, client: Client, sessions: Sessions):
    async with client_of(address, client.token) as driven:
        for count in (1, 2):
            driven.subscribe(f"query {count}", "{ __typename }")
            await driven.told(name=f"query {count}", done=True)
            await driven.told(count, on="closed", code=1000)
            assert len(driven.all(on="connected")) == count
        await until(lambda: len(sessions) == 0)


async def test_a_token_that_does_not_hold(address: str, database: str):
    async with client_of(address, "nonsense", retryAttempts=2) as driven:
        driven.subscribe("query", "{ __typename }")
        assert await driven.told(name="query") == [{"name": "query", "error": {"code": 4403, "reason": "Forbidden"}}]
        assert len(driven.all(on="closed", code=4403)) == 3  # graphql-ws takes it for something that may pass
    async with client_of(address, "nonsense", retryAttempts=2, fatal=[4403]) as driven:
        driven.subscribe("query", "{ __typename }")
        assert await driven.told(name="query") == [{"name": "query", "error": {"code": 4403, "reason": "Forbidden"}}]
        assert len(driven.all(on="closed")) == 1


@pytest.mark.parametrize("way", ["revoked", "deleted", "removed", "lowered"])
async def test_rights_that_end_during_a_subscription(address: str, owner: Viewer, workspace: Workspace, app: Starlette, way: str):
    membership = await set_member(owner, workspace.team_id, "member@example.org", Role.ADMIN)
    user = await membership.user
    member = Viewer(user, {workspace.team_id: Role.ADMIN})
    token, secret = await create_token(member, workspace.team_id, "test", Role.ADMIN, None)
    async with client_of(address, secret, fatal=[4403], retryAttempts=5) as driven:
        driven.subscribe("follow", STATUSES, variables={"id": encode_id("Workspace", workspace.id)})
        await driven.until(lambda: followers(app.state.resources.broker) == 1)
        expected = Ending.REVOKED
        if way == "revoked":
            await revoke_token(owner, token.id)
        elif way == "deleted":
            await ApiToken.filter(id=token.id).delete()
        elif way == "removed":
            await remove_member(owner, workspace.team_id, user.id)
        else:
            await set_member(owner, workspace.team_id, "member@example.org", Role.VIEWER)
            expected = Ending.ROLE
        assert await driven.told(name="follow") == [{"name": "follow", "error": {"code": 4403, "reason": expected}}]
        await until(lambda: followers(app.state.resources.broker) == 0)


async def test_a_lowered_role_lets_a_client_come_back(address: str, owner: Viewer, workspace: Workspace):
    membership = await set_member(owner, workspace.team_id, "member@example.org", Role.ADMIN)
    member = Viewer(await membership.user, {workspace.team_id: Role.ADMIN})
    _, secret = await create_token(member, workspace.team_id, "test", Role.ADMIN, None)
    await make_service(workspace, "api")
    async with client_of(address, secret, retryAttempts=5) as driven:
        driven.subscribe("follow", STATUSES, variables={"id": encode_id("Workspace", workspace.id)})
        await driven.told(name="follow", data={"workspaceServiceStatusChanged": {"status": "DEPLOYABLE"}})
        await set_member(owner, workspace.team_id, "member@example.org", Role.VIEWER)
        await driven.told(on="closed", code=4403, reason=Ending.ROLE)
        await driven.told(2, name="follow", data={"workspaceServiceStatusChanged": {"status": "DEPLOYABLE"}})
        assert not [line for line in driven.lines if "error" in line]


async def test_too_many_connections_are_let_in_later(address: str, client: Client, app: Starlette):
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(socket_to(address)) for _ in range(2)]
        for socket in sockets:
            await socket.start(client.token)
        async with client_of(address, client.token, retryAttempts=1_000) as driven:
            driven.subscribe("query", "{ __typename }")
            reason = "too many connections with this token, at most 2"
            await driven.told(2, on="closed", code=1013, reason=reason)
            assert not driven.all(name="query")
            await sockets[0].connection.close()
            await driven.told(name="query", done=True)


async def test_what_is_of_no_use_to_try_again(address: str, client: Client, workspace: Workspace):
    async with client_of(address, client.token, retryAttempts=5) as driven:
        driven.subscribe("long", "{ __typename }" + " " * 10_000)
        (line,) = await driven.told(name="long")
        assert line["error"]["code"] == 1009
        assert len(driven.all(on="closed")) == 1
    async with client_of(address, client.token, retryAttempts=5, lazy=False, sameId=True) as driven:
        await driven.told(on="connected")
        for name in ("first", "second"):
            driven.subscribe(name, EVENTS, variables={"id": encode_id("Workspace", workspace.id)})
        await driven.told(on="closed", code=4409, reason="Subscriber for same already exists")
        await driven.told(on="given up", code=4409)
    async with client_of(address, client.token, silent=True, fatal=[4408]) as driven:
        driven.subscribe("query", "{ __typename }")
        expected = {"code": 4408, "reason": "Connection initialisation timeout"}
        assert await driven.told(name="query") == [{"name": "query", "error": expected}]


async def test_a_server_that_comes_back_is_followed_without_a_gap(
    app: Starlette, client: Client, owner: Viewer, workspace: Workspace
):
    id, broker = encode_id("Workspace", workspace.id), app.state.resources.broker
    service = await make_service(workspace, "api")
    async with AsyncExitStack() as stack:
        async with address_of(app) as address:
            driven = await stack.enter_async_context(client_of(address, client.token, retryAttempts=1_000))
            driven.subscribe("events", EVENTS, variables={"id": id}, cursorOf="deploymentEvents")
            await driven.until(lambda: followers(broker) == 1)
            await deploy_service(owner, service.id)
            await driven.until(lambda: bool(driven.all(name="events")))
        await driven.told(on="closed", code=1012)
        for _ in range(2):  # while there is no server
            await deploy_service(owner, service.id)
        port = int(address.rpartition(":")[2].split("/")[0])
        async with address_of(app, port):
            await driven.told(2, on="connected")
            await deploy_service(owner, service.id)
            positions = await DeploymentEvent.filter(workspace_id=workspace.id).order_by("position")
            cursors = [LATEST_POSITION_FIRST.cursor(event) for event in positions]
            await driven.until(lambda: len(driven.all(name="events")) >= len(cursors))
            told = [line["data"]["deploymentEvents"]["cursor"] for line in driven.all(name="events")]
            assert told == cursors
            assert len(told) > 3
