"""The news of a Docker engine, over its restarts."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import aiodocker
import aiohttp

from kyozo_gql.engines import docker_labels
from kyozo_gql.engines.docker_build import read_records
from kyozo_gql.engines.docker_connection import DockerConnection, streaming
from kyozo_gql.engines.engine import EngineEvent, EngineEventKind

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_KINDS = {
    "start": EngineEventKind.STARTED,
    "die": EngineEventKind.DIED,
    "oom": EngineEventKind.OUT_OF_MEMORY,
    "destroy": EngineEventKind.REMOVED,
}


async def follow_events(connection: DockerConnection, installation: str) -> AsyncGenerator[EngineEvent]:
    """The events of our containers, for ever. RESYNC comes when the stream is open, so that nothing falls between it and a look."""
    filters = {"type": ["container"], "event": list(_KINDS), "label": docker_labels.replica_filters(installation)}
    pause = _FIRST_PAUSE
    while True:
        # A stream ends silently, in its middle, by a time-out, or can't be opened: in each case it is opened again.
        with contextlib.suppress(aiodocker.DockerError, aiohttp.ClientError, TimeoutError, ConnectionError):
            async with streaming(connection.streams, "GET", "events", params={"filters": json.dumps(filters)}) as answer:
                yield EngineEvent(EngineEventKind.RESYNC)
                pause = _FIRST_PAUSE
                async for record in read_records(answer):
                    yield _event(record)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _event(record: dict[str, Any]) -> EngineEvent:
    service_id = UUID(record["Actor"]["Attributes"][docker_labels.SERVICE])
    return EngineEvent(_KINDS[record["Action"]], service_id, record["Actor"]["ID"])
