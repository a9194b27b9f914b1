"""A Valkey of a test's own, which can be ended and started again under whoever is connected to it."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.embedded.account import Binaries

_START_SECONDS = 10.0


class Valkey:
    """Keeps nothing: a restart loses everything, as a crash may."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey.sock"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    async def start(self) -> None:
        options = ("--port", "0", "--unixsocket", str(self._socket), "--save", "", "--dir", str(self._socket.parent))
        self._process = await asyncio.create_subprocess_exec(Binaries.find().valkey, *options, stdout=subprocess.DEVNULL)
        async with asyncio.timeout(_START_SECONDS), Redis.from_url(self.url) as client:
            while not await self._answers(client):  # noqa: ASYNC110 — another process sets no event of ours
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def _answers(self, client: Redis) -> bool:
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False


@asynccontextmanager
async def valkey_server() -> AsyncIterator[Valkey]:
    with tempfile.TemporaryDirectory(prefix="kyozo-") as folder:
        server = Valkey(Path(folder))
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
