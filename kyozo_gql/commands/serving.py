"""Serving an ASGI application with uvicorn, within whatever else this process does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

DRAIN_SECONDS = 5
MESSAGE_BYTES = 2**20


class _Server(uvicorn.Server):
    """uvicorn without signal handlers: whoever embeds it has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Any, host: str, port: int) -> AsyncIterator[None]:
    """The application answers within; open connections have DRAIN_SECONDS to end. Raises OSError for a port that is taken."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ws_max_size=MESSAGE_BYTES,
        lifespan="on",
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(), name="uvicorn")
    try:
        while not server.started:
            if task.done():
                task.result()
                raise OSError(f"the server could not start on {host}:{port}")
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await task
