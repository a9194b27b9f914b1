"""How long another server is waited for, in time in which this process was there to hear it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_STEPS: Final = 50  # rounds of the event loop at least: more than the longest talk with Redis takes, a new connection included


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError after so many seconds of the other's silence.

    Unlike ``asyncio.timeout`` it counts in small steps, one in a round of the event loop: where much work keeps the loop from
    reading an answer that came in time, that is not the other's fault.
    """
    loop, steps = asyncio.get_running_loop(), _STEPS
    timer: asyncio.TimerHandle | None = None

    def step() -> None:
        nonlocal steps, timer
        steps -= 1
        if steps:
            timer = loop.call_later(seconds / _STEPS, step)
        else:
            bound.reschedule(loop.time())

    async with asyncio.timeout(None) as bound:
        timer = loop.call_later(seconds / _STEPS, step)
        try:
            yield
        finally:
            timer.cancel()
