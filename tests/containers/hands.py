"""What a worker does, in the process of the test: jobs run when they are woken, sweeps find the rest, the engine is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from uuid import UUID

from kyozo_gql.containers.auto_deploy import auto_deploy
from kyozo_gql.containers.converge import converge
from kyozo_gql.containers.health import check_health
from kyozo_gql.containers.models import ServiceInstance, ServiceStatus
from kyozo_gql.containers.sweep import due_work, hear
from kyozo_gql.core.outbox import Message, WakeUp, delivering, send
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.settings import Settings

PATIENCE = 20.0

ServiceMaker = Callable[..., Awaitable[ServiceInstance]]


class Hands:
    def __init__(self, engine: SimulatedEngine, settings: Settings) -> None:
        self._jobs: dict[str, Callable[[UUID], Awaitable[None]]] = {
            "converge": lambda service_id: converge(service_id, engine, settings, "hands"),
            "check_health": lambda service_id: check_health(service_id, engine),
            "auto_deploy": auto_deploy,
        }
        self._engine = engine
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.errors: list[Exception] = []

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        watching = [asyncio.create_task(self._sweep()), asyncio.create_task(self._listen())]
        try:
            async with delivering(self.deliver):
                yield
        finally:
            tasks = [*watching, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self.errors:
            raise self.errors[0]

    async def deliver(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if isinstance(message, WakeUp) and message.job in self._jobs:
                id = f"{message.job}:{message.subject}:{message.key}"
                if id not in self._tasks:
                    self._tasks[id] = asyncio.create_task(self._run(id, message))

    async def _run(self, id: str, message: WakeUp) -> None:
        try:
            await asyncio.sleep(message.delay)
            await self._jobs[message.job](UUID(message.subject))
        except Exception as error:  # noqa: BLE001 — the test fails for it at its end
            self.errors.append(error)
        finally:
            del self._tasks[id]

    async def _sweep(self) -> None:
        while True:
            await send(await due_work())
            await asyncio.sleep(0.1)

    async def _listen(self) -> None:
        async with aclosing(self._engine.events()) as events:
            async for event in events:
                await hear(event)


async def until(service: ServiceInstance | UUID, condition: Callable[[ServiceInstance], bool]) -> ServiceInstance:
    """The row of a service once it is so."""
    id = service if isinstance(service, UUID) else service.id
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition(row := await ServiceInstance.get(id=id)):  # noqa: ASYNC110 — the database sets no event
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{row.status} ({row.status_reason}), {row.generation}/{row.observed_generation}") from None
    return row


async def settled(service: ServiceInstance | UUID, status: ServiceStatus | str) -> ServiceInstance:
    """The row once the last intent was brought about and came to that status."""
    return await until(service, lambda row: row.status == status and row.generation == row.observed_generation)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 — a condition sets no event
            await asyncio.sleep(0.02)
