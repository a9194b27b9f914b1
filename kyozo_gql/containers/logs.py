"""The log of a service: the lines of its replicas in the order of time, read from the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from kyozo_gql.containers.models import ServiceInstance, ServiceReplica
from kyozo_gql.core.errors import EngineUnreachable, NotFound
from kyozo_gql.engines.engine import Engine, EngineLogLine, LogStream

QUEUE_SIZE = 1_000
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ServiceLogLine:
    """One line of one replica. ``cursor`` orders the lines of a service; ``replica`` is its index."""

    cursor: str
    timestamp: datetime
    stream: LogStream
    replica: int
    message: str


async def read_logs(engine: Engine, service: ServiceInstance, lines: int) -> list[ServiceLogLine]:
    """The last lines of all replicas together, oldest first; none where nothing was started. Raises EngineUnreachable."""
    if lines <= 0:
        return []
    logs = await asyncio.gather(*[_read(engine, replica, lines) for replica in await _replicas(service)])
    return sorted((line for log in logs for line in log), key=lambda line: line.timestamp)[-lines:]


async def follow_logs(engine: Engine, service: ServiceInstance, tail: int) -> AsyncIterator[ServiceLogLine]:
    """The last ``tail`` lines, then every new one, across restarts and deployments, until the service is deleted."""
    first = {replica.container_id: await _read(engine, replica, max(tail, 1)) for replica in await _replicas(service)}
    for line in (
        sorted((line for log in first.values() for line in log), key=lambda line: line.timestamp)[-tail:] if tail > 0 else []
    ):
        yield line
    since = {container_id: log[-1].timestamp for container_id, log in first.items() if log}
    queue: asyncio.Queue[ServiceLogLine] = asyncio.Queue(QUEUE_SIZE)
    readers: dict[str, asyncio.Task[None]] = {}
    try:
        while await ServiceInstance.exists(id=service.id, deleted_at=None):
            for replica in await _replicas(service):
                reader = readers.get(replica.container_id)
                if reader is None or reader.done():
                    readers[replica.container_id] = asyncio.create_task(_follow(engine, replica, since, queue))
            async for line in _arriving(queue):
                yield line
    finally:
        for reader in readers.values():
            reader.cancel()
        await asyncio.gather(*readers.values(), return_exceptions=True)


async def _replicas(service: ServiceInstance) -> list[ServiceReplica]:
    rows = ServiceReplica.filter(service_instance_id=service.id).exclude(container_id="")
    return await rows.order_by("index", "created_at")


async def _read(engine: Engine, replica: ServiceReplica, lines: int) -> list[ServiceLogLine]:
    try:
        async with aclosing(engine.logs(replica.container_id, tail=lines)) as log:
            return [_line(replica, line) async for line in log]
    except NotFound:
        return []


async def _follow(
    engine: Engine, replica: ServiceReplica, since: dict[str, datetime], queue: asyncio.Queue[ServiceLogLine]
) -> None:
    """Puts the new lines of a replica into the queue, remembering how far it came, so that a new reader goes on from there."""
    try:
        async with aclosing(engine.logs(replica.container_id, since=since.get(replica.container_id), follow=True)) as log:
            async for line in log:
                await queue.put(_line(replica, line))
                since[replica.container_id] = line.timestamp
    except (NotFound, EngineUnreachable):
        await asyncio.sleep(LOOK_SECONDS)


async def _arriving(queue: asyncio.Queue[ServiceLogLine]) -> AsyncIterator[ServiceLogLine]:
    """The lines that arrive within LOOK_SECONDS."""
    try:
        first = await asyncio.wait_for(queue.get(), LOOK_SECONDS)
    except TimeoutError:
        return
    yield first
    while not queue.empty():
        yield queue.get_nowait()


def _line(replica: ServiceReplica, line: EngineLogLine) -> ServiceLogLine:
    cursor = f"{line.timestamp.isoformat()}:{replica.index}"
    return ServiceLogLine(cursor, line.timestamp, line.stream, replica.index, line.message)
