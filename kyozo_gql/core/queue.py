"""The queues of arq: how a job is woken, and how a worker of a queue is made.

arq is the pool of hands and the alarm clock, never the record: arguments are ids, a lost wake-up is made up for by a sweep.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import msgpack
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from arq.worker import Function, Worker, func

from kyozo_gql.core.outbox import Message, WakeUp

CONTAINER_DEPLOYMENT: Final = "container_deployment"
HEALTH_CHECKS: Final = "health_checks"
TOPOLOGY_ANALYSIS: Final = "topology_analysis"

Job = Callable[[str], Awaitable[None]]

_POLL_SECONDS: Final = 0.05
_TIMEOUT_SECONDS: Final = 3_600
_MAX_TRIES: Final = 1_000
_SPELL_SECONDS: Final = 15
_FINISH_SECONDS: Final = 2.0


def spell() -> int:
    """For the key of a wake-up that a sweep repeats: another number every 15 seconds.

    A worker that is killed with a job in its hands leaves the job's key behind for an hour; the same key would wake nobody.
    """
    return int(time.time()) // _SPELL_SECONDS


class Queue:
    """Wakes jobs."""

    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Wakes the jobs among the messages. Raises RedisError."""
        for message in messages:
            if isinstance(message, WakeUp):
                await self._pool.enqueue_job(
                    message.job,
                    message.subject,
                    _job_id=f"{message.job}:{message.subject}:{message.key}",
                    _queue_name=message.queue,
                    _defer_by=message.delay or None,
                )


@asynccontextmanager
async def open_queue(redis_url: str) -> AsyncIterator[Queue]:
    """A queue that answers within. Raises RedisError where Redis does not."""
    pool = await _open_pool(redis_url)
    try:
        yield Queue(pool)
    finally:
        await pool.aclose()


async def open_worker(redis_url: str, queue: str, jobs: dict[str, Job], at_once: int) -> Worker:
    """The worker of one queue; ``work_on`` runs and closes it."""
    return Worker(
        functions=[_function(name, job) for name, job in jobs.items()],
        queue_name=queue,
        redis_pool=await _open_pool(redis_url),
        max_jobs=at_once,
        queue_read_limit=max(100, at_once * 20),  # running jobs stay in the set that a poll reads: quick ones must not starve
        poll_delay=_POLL_SECONDS,
        handle_signals=False,
        job_serializer=_pack,
        job_deserializer=msgpack.unpackb,
        health_check_interval=60,
    )


async def work_on(worker: Worker, stop: asyncio.Event) -> None:
    """Runs a worker until ``stop`` is set. It takes no new job then; jobs that are not done soon are cancelled.

    Raises RedisError where Redis is gone.
    """
    main, stopping = asyncio.create_task(worker.main()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({main, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if main.done():
            main.result()
        worker.allow_pick_jobs = False
        await asyncio.sleep(2 * _POLL_SECONDS)  # a poll that is under way ends
        if worker.tasks:
            await asyncio.wait(worker.tasks.values(), timeout=_FINISH_SECONDS)
    finally:
        await _end(main, stopping, *worker.tasks.values())
        await worker.pool.aclose(close_connection_pool=True)


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _function(name: str, job: Job) -> Function:
    async def run(_context: dict[Any, Any], subject: str) -> None:
        await job(subject)

    # A kept result would swallow the next wake-up of the same name. Tries are those of jobs that a stopping worker gave up; a job
    # that failed is not tried again here: the sweep finds it.
    typed = cast("Any", run)  # arq tells its two kinds of function apart by more than can be typed here
    return func(typed, name=name, keep_result=0, timeout=_TIMEOUT_SECONDS, max_tries=_MAX_TRIES)


def _pack(value: Any) -> bytes:
    """msgpack, with whatever it does not know (an exception as a result) as text."""
    packed: bytes = msgpack.packb(value, default=str)
    return packed


async def _open_pool(redis_url: str) -> ArqRedis:
    return await create_pool(RedisSettings.from_dsn(redis_url), job_serializer=_pack, job_deserializer=msgpack.unpackb)
