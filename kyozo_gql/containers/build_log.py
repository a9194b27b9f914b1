"""The build log: numbered lines in the database, written in small batches, and news that there are more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from kyozo_gql.containers.models import BuildLogLine
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import News, send
from kyozo_gql.engines.engine import EngineLogLine, LogStream

FLUSH_SECONDS = 0.15
MAX_LINE = 4_096
MAX_LINES = 50_000
TAIL_BYTES = 65_536


class BuildLog:
    """Takes the lines of one deployment; goes on after the last one that is there."""

    def __init__(self, deployment_id: UUID, last_number: int) -> None:
        self._deployment_id = deployment_id
        self._number = last_number
        self._waiting: list[BuildLogLine] = []
        self._writing = asyncio.Lock()

    async def write(self, line: EngineLogLine) -> None:
        """Adds a line; what is over MAX_LINE characters or MAX_LINES lines is cut, and says so."""
        if self._number >= MAX_LINES:
            return
        self._number += 1
        text = line.message.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        if self._number == MAX_LINES:
            text = f"the log is cut here, after {MAX_LINES} lines"
        elif len(text) > MAX_LINE:
            text = f"{text[:MAX_LINE]} …"
        self._waiting.append(
            BuildLogLine(
                deployment_id=self._deployment_id,
                number=self._number,
                stream=line.stream,
                message=text,
                created_at=line.timestamp,
            )
        )

    async def say(self, message: str, stream: LogStream = LogStream.STDOUT) -> None:
        """Adds lines of our own."""
        for line in message.splitlines():
            await self.write(EngineLogLine(now(), stream, line))

    async def flush(self) -> None:
        """Writes what waits, and tells followers; one after the other, so that no line appears before those above it."""
        async with self._writing:
            lines, self._waiting = self._waiting, []
            if lines:
                await BuildLogLine.bulk_create(lines)
                await send([News(f"deployment:{self._deployment_id}", {"kind": "build_log", "last": lines[-1].number})])


@asynccontextmanager
async def build_log(deployment_id: UUID) -> AsyncIterator[BuildLog]:
    """The log of a deployment; what is written within is in the database a moment later, all of it at the end."""
    last = await BuildLogLine.filter(deployment_id=deployment_id).order_by("-number").first()
    log = BuildLog(deployment_id, last.number if last else 0)
    done = asyncio.Event()
    flusher = asyncio.create_task(_flush_until(done, log), name=f"build-log-{deployment_id}")
    try:
        yield log
    finally:
        done.set()
        await flusher
        await log.flush()


async def build_log_tail(deployment_id: UUID) -> str:
    """The end of a log as text, at most TAIL_BYTES characters."""
    lines = await BuildLogLine.filter(deployment_id=deployment_id).order_by("-number").limit(1_000)
    return "\n".join(line.message for line in reversed(lines))[-TAIL_BYTES:]


async def _flush_until(done: asyncio.Event, log: BuildLog) -> None:
    while not done.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await done.wait()
        await log.flush()
