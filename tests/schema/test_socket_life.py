"""The life of a socket: who does not speak, answer or read is let go of, and a server that ends lets go of everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from websockets.frames import Frame, Opcode

from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.sessions import Sessions
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client
from tests.schema.sockets import CONTENT, SIZE, Socket, followers, protocols, socket_to, until

pytestmark = pytest.mark.usefixtures("quiet")
STATUSES = "subscription($id: ID!) { workspaceServiceStatusChanged(workspaceId: $id) { status } }"


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings) -> Settings:
    return api_settings.model_copy(update={"ping_seconds": 0.5, "connection_init_seconds": 0.5})


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
    assert socket.reason == "no answer to a ping within 0.5 s"
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


async def test_who_asks_and_does_not_read(address: str, client: Client, sessions: Sessions, much: str):
    async with socket_to(
        address, max_queue=1, max_size=2 * SIZE, ping_interval=None, compression=None, close_timeout=0.1
    ) as socket:
        await socket.start(client.token)
        for number in range(50):
            await socket.subscribe(CONTENT, str(number), id=much)
        (protocol,) = protocols()
        await until(lambda: not protocol.writable.is_set())
        held = []
        while not protocol.disconnected:
            held.append(protocol.transport.get_write_buffer_size())
            await asyncio.sleep(0.01)
        assert max(held) < 3 * SIZE
        await until(lambda: len(sessions) == 0)


async def test_who_pings_in_frames_and_does_not_read(address: str, client: Client, sessions: Sessions):
    async with socket_to(
        address, max_queue=1, max_size=2 * SIZE, ping_interval=None, compression=None, close_timeout=0.1
    ) as socket:
        await socket.start(client.token)
        (protocol,) = protocols()
        socket.connection.transport.pause_reading()
        flood = b"".join(Frame(Opcode.PING, b"x" * 125).serialize(mask=True) for _ in range(1_000))
        held = [0]
        while not protocol.disconnected:
            if socket.connection.transport.get_write_buffer_size() < 10 * len(flood):
                socket.connection.transport.write(flood)
            held.append(protocol.transport.get_write_buffer_size())
            await asyncio.sleep(0)
        assert 100_000 < max(held) < 1_000_000
        await until(lambda: len(sessions) == 0)


async def test_who_reads_slowly_gets_everything(address: str, client: Client, much: str):
    async with socket_to(address, max_queue=1, max_size=2 * SIZE, ping_interval=None, compression=None) as socket:
        await socket.start(client.token)
        for number in range(20):
            await socket.subscribe(CONTENT, str(number), id=much)
        (protocol,) = protocols()
        await until(lambda: not protocol.writable.is_set())
        complete: set[str] = set()
        held = []
        while len(complete) < 20:
            message = await socket.receive()
            held.append(protocol.transport.get_write_buffer_size())
            if message["type"] == "ping":
                await socket.send({"type": "pong"})
            elif message["type"] == "complete":
                complete.add(message["id"])
        assert max(held) < 3 * SIZE


async def test_a_client_that_vanishes_while_it_is_answered(address: str, client: Client, sessions: Sessions, much: str):
    for _ in range(5):
        async with socket_to(address) as socket:
            await socket.start(client.token)
            for number in range(10):
                await socket.subscribe(CONTENT, str(number), id=much)
            socket.connection.transport.abort()
    await until(lambda: len(sessions) == 0)
