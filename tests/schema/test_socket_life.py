"""The life of a socket: who does not speak, or does not answer, is let go of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.sessions import Sessions
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.sockets import CONTENT, STATUSES, Socket, followers, socket_to, until

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings) -> Settings:
    return api_settings.model_copy(update={"ping_seconds": 1.0, "connection_init_seconds": 2.0})


async def test_who_does_not_say_who_it_is(address: str, database: str, sessions: Sessions):
    async with socket_to(address) as socket:
        assert await socket.closed() == 4408
        assert socket.reason == "Connection initialisation timeout"
    await until(lambda: len(sessions) == 0)


async def test_the_server_pings_and_any_word_is_an_answer(socket: Socket):
    for answer in ({"type": "pong"}, {"type": "pong", "payload": {}}, {"type": "ping"}, {"type": "complete", "id": "unknown"}):
        assert await socket.receive() == {"type": "ping"}
        await socket.send(answer)
        if answer["type"] == "ping":
            assert await socket.receive() == {"type": "pong"}


async def test_who_does_not_answer_is_let_go_of(socket: Socket, workspace: Workspace, app: Starlette, sessions: Sessions):
    await socket.subscribe(STATUSES, id=encode_id("Workspace", workspace.id))
    assert await socket.closed() == 4499
    assert socket.reason == "no answer to a ping within 1 s"
    await until(lambda: len(sessions) == 0 and followers(app.state.resources.broker) == 0)


@asynccontextmanager
async def line_to(address: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """An address behind a line that can be cut without either end being told."""
    host, port = address.removeprefix("ws://").removesuffix("/graphql").split(":")
    whole = asyncio.Event()
    whole.set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await whole.wait()
            writer.write(data)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        carrying = [asyncio.create_task(carry(reader, back)), asyncio.create_task(carry(there, writer))]
        try:
            await asyncio.wait(carrying)
        finally:
            for task in carrying:
                task.cancel()
            back.close()
            writer.close()

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql", whole
        whole.set()


async def test_a_line_that_was_cut(address: str, client: Client, workspace: Workspace, app: Starlette, sessions: Sessions):
    async with line_to(address) as (line, whole), socket_to(line, ping_interval=None) as socket:
        await socket.start(client.token)
        await socket.subscribe(STATUSES, id=encode_id("Workspace", workspace.id))
        await until(lambda: followers(app.state.resources.broker) == 1)
        whole.clear()
        await until(lambda: len(sessions) == 0 and followers(app.state.resources.broker) == 0)


async def test_a_client_that_vanishes_while_it_is_answered(address: str, client: Client, sessions: Sessions, much: str):
    for _ in range(5):
        async with socket_to(address) as socket:
            await socket.start(client.token)
            for number in range(10):
                await socket.subscribe(CONTENT, str(number), id=much)
            socket.connection.transport.abort()
    await until(lambda: len(sessions) == 0)
