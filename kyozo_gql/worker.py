"""The composition root of the worker: opens every resource, collects the jobs, the sweeps and the engine's events."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.accounts.audit import prune_entries
from kyozo_gql.accounts.idempotency import prune_keys
from kyozo_gql.containers.auto_deploy import auto_deploy
from kyozo_gql.containers.converge import converge
from kyozo_gql.containers.health import check_health
from kyozo_gql.containers.sweep import due_work, hear, prune, remove_orphans
from kyozo_gql.containers.wakeups import CHECK_HEALTH, CONVERGE
from kyozo_gql.containers.workspace_deletion import finish_deletions
from kyozo_gql.core.broker import Broker
from kyozo_gql.core.database import open_database
from kyozo_gql.core.errors import EngineUnreachable
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.core.installation import installation_id
from kyozo_gql.core.outbox import delivering, send
from kyozo_gql.core.queue import CONTAINER_DEPLOYMENT, HEALTH_CHECKS, TOPOLOGY_ANALYSIS, Job, open_queue, open_worker, work_on
from kyozo_gql.engines.choice import open_engine
from kyozo_gql.engines.current import using_engine
from kyozo_gql.engines.engine import Engine
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.analysis import ANALYZE_WORKSPACE, AUTO_DEPLOY, due_analyses, due_analysis, run_analysis

log = structlog.get_logger(__name__)

HEALTH_CHECKS_AT_ONCE = 20
ANALYSES_AT_ONCE = 2
CLEAN_UP_SECONDS = 60.0
RETRY_SECONDS = 1.0


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Works until ``stop`` is set: takes no new job then, and gives back what it holds."""
    owner = f"{socket.gethostname()}:{os.getpid()}"
    async with _resources(settings) as engine:
        info = await _ask_engine(engine)
        log.info("worker_started", owner=owner, engine=engine.kind.value, engine_version=info)
        queues = _queues(settings, engine, owner)
        serving = [_serve(settings, queue, jobs, at_once, stop) for queue, (jobs, at_once) in queues.items()]
        watching = [
            _repeat(_wake_due, settings.sweep_seconds),
            _repeat(lambda: finish_deletions(engine), settings.sweep_seconds),
            _repeat(lambda: _clean_up(engine, settings), CLEAN_UP_SECONDS),
            _repeat(lambda: _listen(engine), RETRY_SECONDS),
        ]
        async with _background(watching):
            await asyncio.gather(*serving)
    log.info("worker_stopped", owner=owner)


@asynccontextmanager
async def _resources(settings: Settings) -> AsyncIterator[Engine]:
    redis = Redis.from_url(settings.redis_url)
    async with (
        open_database(settings.database_url, settings.database_pool_size),
        open_queue(settings.redis_url) as queue,
        delivering(Broker(redis).publish),
        delivering(queue.deliver),
    ):
        engine = await open_engine(settings, await installation_id())
        try:
            with using_settings(settings), using_engine(engine):
                yield engine
        finally:
            await engine.close()
            await redis.aclose()


def _queues(settings: Settings, engine: Engine, owner: str) -> dict[str, tuple[dict[str, Job], int]]:
    async def run_converge(subject: str) -> None:
        await converge(UUID(subject), engine, settings, owner)

    async def run_check(subject: str) -> None:
        await check_health(UUID(subject), engine)

    async def run_analyze(subject: str) -> None:
        await run_analysis(UUID(subject), owner)

    async def run_auto_deploy(subject: str) -> None:
        await auto_deploy(UUID(subject))

    return {
        CONTAINER_DEPLOYMENT: ({CONVERGE: run_converge, AUTO_DEPLOY: run_auto_deploy}, settings.container_jobs),
        HEALTH_CHECKS: ({CHECK_HEALTH: run_check}, HEALTH_CHECKS_AT_ONCE),
        TOPOLOGY_ANALYSIS: ({ANALYZE_WORKSPACE: run_analyze}, ANALYSES_AT_ONCE),
    }


async def _serve(settings: Settings, queue: str, jobs: dict[str, Job], at_once: int, stop: asyncio.Event) -> None:
    """Works on one queue until ``stop`` is set; arq gives up when Redis is gone, this does not."""
    while not stop.is_set():
        try:
            await work_on(await open_worker(settings.redis_url, queue, jobs, at_once), stop)
        except (RedisError, OSError) as error:
            log.warning("queue_lost", queue=queue, error=str(error))
            await asyncio.sleep(RETRY_SECONDS)


async def _wake_due() -> None:
    await send([*await due_work(), *map(due_analysis, await due_analyses())])


async def _clean_up(engine: Engine, settings: Settings) -> None:
    await prune(settings.kept_deployments)
    await prune_entries(settings.audit_retention_days)
    await prune_keys()
    await remove_orphans(engine)


async def _listen(engine: Engine) -> None:
    """Hears what the engine says, for as long as it can."""
    async with aclosing(engine.events()) as events:
        async for event in events:
            await hear(event)


async def _repeat(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Does a piece of work again and again; one that fails is logged and comes again."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 — the next round finds what this one left
            log.warning("work_failed", error=str(error) or type(error).__name__)
        await asyncio.sleep(seconds)


@asynccontextmanager
async def _background(work: list[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Within, all of it runs."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ask_engine(engine: Engine) -> str:
    try:
        return (await engine.info()).version
    except EngineUnreachable as error:
        return f"unreachable: {error}"
