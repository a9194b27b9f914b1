"""A client's side of graphql-transport-ws, by hand, and a real server for it."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from kyozo_gql.accounts.rights import RIGHTS
from kyozo_gql.api import serving
from kyozo_gql.core.broker import Broker
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.sessions import Sessions
from kyozo_gql.schema.socket_protocol import SocketProtocol
from kyozo_gql.workspaces.models import Workspace

PROTOCOL = Subprotocol("graphql-transport-ws")
SECONDS = 15.0
SIZE = 1_000_000
STATUSES = "subscription($id: ID!) { workspaceServiceStatusChanged(workspaceId: $id) { status } }"
CONTENT = "query($id: ID!) { node(id: $id) { ... on File { content } } }"


class Socket:
    """One socket of a client."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(SECONDS):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        return message

    async def initialise(self, token: str) -> None:
        await self.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})

    async def start(self, token: str) -> None:
        await self.initialise(token)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, query: str, operation: str = "1", /, **variables: Any) -> None:
        await self.send({"type": "subscribe", "id": operation, "payload": {"query": query, "variables": variables}})

    async def next(self, id: str = "1") -> dict[str, Any]:
        message = await self.receive()
        assert (message["type"], message["id"]) == ("next", id), message
        assert "errors" not in message["payload"], message
        data: dict[str, Any] = message["payload"]["data"]
        return data

    async def error(self, id: str = "1") -> list[dict[str, Any]]:
        """The extensions of each error that an operation ended with."""
        message = await self.receive()
        assert (message["type"], message["id"]) == ("error", id), message
        return [error["extensions"] for error in message["payload"]]

    async def closed(self) -> int:
        async with asyncio.timeout(SECONDS):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code

    @property
    def reason(self) -> str | None:
        return self.connection.close_reason


@asynccontextmanager
async def socket_to(address: str, **options: Any) -> AsyncIterator[Socket]:
    async with connect(address, subprotocols=[PROTOCOL], **options) as connection:
        yield Socket(connection)


@asynccontextmanager
async def address_of(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """The app on a real port; what it uses is open already."""
    bare = Starlette(routes=app.routes)
    bare.state.resources, bare.state.redis = app.state.resources, app.state.redis
    async with serving(bare, "127.0.0.1", port) as bound:
        yield f"ws://127.0.0.1:{bound}/graphql"


def serving_with(app: Starlette, sessions: Sessions) -> AbstractAsyncContextManager[str]:
    """The app on a real port, with these sessions."""
    other = Starlette(routes=app.routes)
    other.state.redis, other.state.resources = app.state.redis, replace(app.state.resources, sessions=sessions)
    return address_of(other)


async def follow(socket: Socket, secret: str, workspace: Workspace) -> None:
    """Starts a socket, and a subscription on it."""
    await socket.start(secret)
    await socket.subscribe(STATUSES, id=encode_id("Workspace", workspace.id))
    await socket.subscribe("{ __typename }", "begun")
    await socket.next("begun")
    assert await socket.receive() == {"type": "complete", "id": "begun"}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110 — nobody tells when another task has let go of something
            await asyncio.sleep(0.01)


def followers(broker: Broker) -> int:
    """How many subscriptions of clients there are in the process."""
    return sum(len(one) for topic, one in broker._subscriptions.items() if topic != RIGHTS)


def protocols() -> list[SocketProtocol]:
    """The server's side of each connection that is not gone."""
    return [one for one in gc.get_objects() if type(one) is SocketProtocol and not one.disconnected]
