"""Who reads slowly gets everything; who does not read holds no memory and no socket for long."""

from __future__ import annotations

import asyncio

import pytest
from websockets.frames import Frame, Opcode

from kyozo_gql.schema.sessions import Sessions
from kyozo_gql.settings import Settings
from tests.schema.conftest import Client
from tests.schema.sockets import CONTENT, SIZE, protocols, socket_to, until

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings) -> Settings:
    """Long enough to fill what lies between a server and a client before one of them is given up."""
    return api_settings.model_copy(update={"ping_seconds": 4.0})


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
