from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kyozo_gql.core.patience import patience


@asynccontextmanager
async def much_work(seconds: float) -> AsyncIterator[None]:
    """Within, something else takes so long in every round of the event loop."""

    async def work() -> None:
        while True:
            time.sleep(seconds)  # noqa: ASYNC251 — it is meant
            await asyncio.sleep(0)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()


async def test_silence_has_an_end():
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with patience(0.1):
            await asyncio.Event().wait()
    assert time.monotonic() - began >= 0.09


async def test_whoever_answers_in_time_is_heard_however_much_there_is_to_do():
    loop, answer = asyncio.get_running_loop(), asyncio.Event()
    async with much_work(0.1):
        loop.call_later(0.01, answer.set)
        async with patience(0.05):
            await answer.wait()


async def test_what_goes_wrong_within_comes_out():
    with pytest.raises(KeyError):
        async with patience(1):
            raise KeyError


async def test_a_cancelled_wait_is_cancelled():
    async def wait() -> None:
        async with patience(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
