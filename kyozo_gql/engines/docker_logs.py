"""The lines of a container.

Docker keeps times to the nanosecond and we to the microsecond: lines of one microsecond get ascending times, so that a time still
names one line. Reading begins a little before the time asked for, so that the same line gets the same time whenever it is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from kyozo_gql.core.clock import now
from kyozo_gql.engines.docker_connection import DockerConnection, streaming, translated
from kyozo_gql.engines.docker_replica import parse_time
from kyozo_gql.engines.engine import EngineLogLine, LogStream

_OVERLAP = timedelta(milliseconds=1)
_OVERLAP_LINES = 50
_STEP = timedelta(microseconds=1)
_STDERR = 2
_HEADER_BYTES = 8
_AGAIN_SECONDS = 0.1


async def read_past(
    connection: DockerConnection, container_id: str, *, tail: int | None, since: datetime | None
) -> list[EngineLogLine]:
    """The last ``tail`` lines of those after ``since``. Raises NotFound."""
    wanted = None if tail is None else tail + _OVERLAP_LINES
    lines = [line async for line in _read(connection, container_id, since=since, tail=wanted, follow=False)]
    return lines if tail is None else lines[len(lines) - min(tail, len(lines)) :]


async def follow_lines(connection: DockerConnection, container_id: str, *, since: datetime | None) -> AsyncGenerator[EngineLogLine]:
    """The lines after ``since`` as they come, over the restarts of the container, until it has ended for good or is removed."""
    since = since or now()
    while True:
        # The state is looked at before the lines are read to their end: so no last line is missed.
        state = await _state(connection, container_id)
        if state is None:
            return
        goes_on = state["Running"] or state["Restarting"]
        lines = _read(connection, container_id, since=since, tail=None, follow=goes_on)
        async with aclosing(lines):
            async for line in lines:
                since = line.timestamp
                yield line
        if not goes_on:
            return
        await asyncio.sleep(_AGAIN_SECONDS)


async def _state(connection: DockerConnection, container_id: str) -> dict[str, Any] | None:
    found = await connection.inspect(container_id)
    return None if found is None else found["State"]


async def _read(
    connection: DockerConnection, container_id: str, *, since: datetime | None, tail: int | None, follow: bool
) -> AsyncGenerator[EngineLogLine]:
    params: dict[str, Any] = {"stdout": True, "stderr": True, "timestamps": True, "follow": follow}
    params["tail"] = "all" if tail is None else str(tail)
    if since is not None:
        params["since"] = f"{(since - _OVERLAP).timestamp():.6f}"
    last: datetime | None = None
    with translated(container_id):
        async with streaming(connection.streams, "GET", f"containers/{container_id}/logs", params=params) as answer:
            async for stream, text in _frames(answer):
                time, _, message = text.partition(" ")
                at = parse_time(time)
                last = at if last is None else max(at, last + _STEP)
                if since is None or last > since:
                    yield EngineLogLine(last, stream, message)


async def _frames(answer: aiohttp.StreamReader) -> AsyncIterator[tuple[LogStream, str]]:
    """The frames of both streams. A frame is a line, or at most 16 KiB of a longer one."""
    while True:
        try:
            header = await answer.readexactly(_HEADER_BYTES)
            content = await answer.readexactly(int.from_bytes(header[4:], "big"))
        except asyncio.IncompleteReadError:
            return
        stream = LogStream.STDERR if header[0] == _STDERR else LogStream.STDOUT
        yield stream, content.decode(errors="replace").removesuffix("\n").removesuffix("\r")
