"""A real worker, in a process of its own, that can be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from kyozo_gql.settings import Settings

REPOSITORY = Path(__file__).parents[1]
_SECONDS = 30.0


class WorkerProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: list[str] = []
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, settings: Settings) -> WorkerProcess:
        """Starts a worker with these settings, and waits until it works."""
        command = (sys.executable, "-m", "kyozo_gql.cli", "worker")
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=REPOSITORY,
            env=_environment(settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        worker = cls(process)
        await worker.says("worker_started")
        return worker

    @property
    def log(self) -> str:
        return "".join(self._lines)

    async def says(self, text: str) -> None:
        """Waits for a text in the worker's log."""
        async with asyncio.timeout(_SECONDS):
            while text not in self.log:
                assert not self._reading.done(), self.log
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """As a crash or the machine's end would."""
        await self._end(self._process.kill)

    async def terminate(self) -> int:
        """Asks it to end; its exit code."""
        await self._end(lambda: self._process.send_signal(signal.SIGTERM))
        assert self._process.returncode is not None
        return self._process.returncode

    async def _end(self, ask: Callable[[], None]) -> None:
        if self._process.returncode is None:
            ask()
        async with asyncio.timeout(_SECONDS):
            await self._process.wait()
            await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._lines.append(line.decode(errors="replace"))


@asynccontextmanager
async def worker_process(settings: Settings) -> AsyncIterator[WorkerProcess]:
    """A worker that is killed at the end, if it still runs."""
    worker = await WorkerProcess.start(settings)
    try:
        yield worker
    finally:
        await worker.kill()


def _environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "KYOZO_STATE_DIR": str(settings.state_dir),
        "WORKSPACE_ROOT": str(settings.workspace_root),
        "KYOZO_ENGINE": settings.engine.value,
        "KYOZO_LEASE_SECONDS": str(settings.lease_seconds),
        "KYOZO_SWEEP_SECONDS": str(settings.sweep_seconds),
        "KYOZO_SETTLE_SECONDS": str(settings.settle_seconds),
        "KYOZO_PORT_RANGE_START": str(settings.port_range_start),
        "KYOZO_PORT_RANGE_END": str(settings.port_range_end),
    }
