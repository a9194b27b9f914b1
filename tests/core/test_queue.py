from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.core.ids import new_id
from kyozo_gql.core.outbox import News, WakeUp
from kyozo_gql.core.queue import Job, Queue, open_queue, open_worker, work_on
from tests.valkey import valkey_server

SECONDS = 10.0


@pytest.fixture
async def queue(servers) -> AsyncIterator[Queue]:
    async with open_queue(servers.redis_url) as queue:
        yield queue


@pytest.fixture
def name() -> str:
    """A queue of the test's own."""
    return f"test-{new_id()}"


@asynccontextmanager
async def working(url: str, name: str, jobs: dict[str, Job], at_once: int = 5) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(work_on(await open_worker(url, name, jobs, at_once), stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(SECONDS):
            await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 — a job sets no event of ours
            await asyncio.sleep(0.01)


def record(calls: list[str]) -> Job:
    async def job(subject: str) -> None:
        calls.append(subject)

    return job


async def test_a_job_gets_its_subject_and_can_be_woken_again(servers, queue, name):
    calls: list[str] = []
    async with working(servers.redis_url, name, {"job": record(calls)}):
        for _ in range(2):
            await queue.deliver([WakeUp(name, "job", "a", "key"), News("workspace:1", {})])
            async with Redis.from_url(servers.redis_url) as redis:
                await gone(redis, "arq:job:job:a:key")
    assert calls == ["a", "a"]


async def gone(redis: Redis, key: str) -> None:
    async with asyncio.timeout(SECONDS):
        while await redis.exists(key):  # noqa: ASYNC110 — the server sets no event of ours
            await asyncio.sleep(0.01)


async def test_of_the_same_wake_up_one_is_enough(servers, queue, name):
    calls: list[str] = []
    await queue.deliver([WakeUp(name, "job", "a", "key")] * 3)
    await queue.deliver([WakeUp(name, "job", "a", "other"), WakeUp(name, "job", "b", "key")])
    async with working(servers.redis_url, name, {"job": record(calls)}):
        await until(lambda: len(calls) == 3)
    assert sorted(calls) == ["a", "a", "b"]


async def test_a_delayed_one_comes_later(servers, queue, name):
    calls: list[str] = []
    await queue.deliver([WakeUp(name, "job", "later", "1", 0.4), WakeUp(name, "job", "now", "1")])
    async with working(servers.redis_url, name, {"job": record(calls)}):
        await until(lambda: len(calls) == 2)
    assert calls == ["now", "later"]


async def test_no_more_than_so_many_at_once(servers, queue, name):
    running = most = done = 0

    async def job(subject: str) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        done += 1

    await queue.deliver([WakeUp(name, "job", str(number), "1") for number in range(8)])
    async with working(servers.redis_url, name, {"job": job}, at_once=2):
        await until(lambda: done == 8)
    assert most == 2


async def test_a_job_that_fails_or_is_unknown_is_gone_and_hinders_nobody(servers, queue, name):
    calls: list[str] = []

    async def fail(subject: str) -> None:
        calls.append("failed")
        raise ZeroDivisionError

    await queue.deliver([WakeUp(name, "fail", "a", "1"), WakeUp(name, "unheard", "a", "1"), WakeUp(name, "job", "a", "1")])
    async with working(servers.redis_url, name, {"job": record(calls), "fail": fail}), Redis.from_url(servers.redis_url) as redis:
        await until(lambda: len(calls) == 2)
        for job in ("fail", "unheard", "job"):
            await gone(redis, f"arq:job:{job}:a:1")
        assert await redis.zcard(name) == 0
    assert sorted(calls) == ["a", "failed"]


async def test_what_a_stopping_worker_gave_up_is_done_by_the_next(servers, queue, name):
    calls: list[str] = []
    started = asyncio.Event()

    async def hang(subject: str) -> None:
        started.set()
        await asyncio.Event().wait()

    await queue.deliver([WakeUp(name, "job", "a", "1")])
    async with working(servers.redis_url, name, {"job": hang}):
        async with asyncio.timeout(SECONDS):
            await started.wait()
    async with working(servers.redis_url, name, {"job": record(calls)}):
        await until(lambda: calls)
    assert calls == ["a"]


async def test_delivery_comes_back_with_the_server(name):
    async with valkey_server() as server, open_queue(server.url) as queue:
        await server.stop()
        with pytest.raises(RedisError):
            await queue.deliver([WakeUp(name, "job", "a", "1")])
        await server.start()
        await queue.deliver([WakeUp(name, "job", "a", "1")])
        async with Redis.from_url(server.url) as redis:
            assert await redis.zcard(name) == 1
