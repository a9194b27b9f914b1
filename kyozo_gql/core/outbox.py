"""Transactions, and what is sent once they are committed.

Whatever a transaction posts is held until its commit and dropped with its rollback: nobody is woken for a row that is not there
yet. Delivery may fail without harm: sweeps find work that nobody was woken for, followers re-read the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """A message for whoever follows ``topic``; ``payload`` is JSON."""

    topic: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A job that is worth running in ``delay`` seconds: its queue, its name, the id it is about.

    Of several wake-ups with the same job, subject and key that wait, one is enough.
    """

    queue: str
    job: str
    subject: str
    key: str
    delay: float = 0.0


Message = News | WakeUp
Delivery = Callable[[Sequence[Message]], Awaitable[None]]

_pending: ContextVar[list[Message] | None] = ContextVar("pending", default=None)
_deliveries: list[Delivery] = []


@asynccontextmanager
async def delivering(delivery: Delivery) -> AsyncIterator[None]:
    """Within, what transactions post goes to ``delivery`` after their commit."""
    _deliveries.append(delivery)
    try:
        yield
    finally:
        _deliveries.remove(delivery)


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """One transaction, and after its commit the delivery of what it posted. Within another one, it is part of that."""
    if _pending.get() is not None:
        yield
        return
    messages: list[Message] = []
    token = _pending.set(messages)
    try:
        async with _in_transaction():
            yield
    finally:
        _pending.reset(token)
    await send(messages)


@asynccontextmanager
async def _in_transaction() -> AsyncIterator[None]:
    """Tortoise's, but whoever is cancelled while it begins gives the connection back: Tortoise forgets that one."""
    context = in_transaction()
    async with AsyncExitStack() as stack:
        try:
            await context.__aenter__()
        except BaseException:
            if hasattr(context, "token"):  # the connection is there
                await context.__aexit__(TransactionManagementError, None, None)  # there is nothing to roll back yet
            raise
        stack.push_async_exit(context)
        yield


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """A part of the transaction around that may fail alone: what it wrote and posted is dropped, the rest can go on.

    Raises RuntimeError outside of a transaction.
    """
    messages = require_transaction()
    posted = len(messages)
    try:
        async with in_transaction():
            yield
    except BaseException:
        del messages[posted:]
        raise


def require_transaction() -> list[Message]:
    """What the transaction around has posted so far. Raises RuntimeError where there is none."""
    messages = _pending.get()
    if messages is None:
        raise RuntimeError("this belongs into a transaction")
    return messages


def post(message: Message) -> None:
    """Sends a message once the transaction around is committed. Raises RuntimeError outside of one; ``send`` needs none."""
    require_transaction().append(message)


async def send(messages: Sequence[Message]) -> None:
    """Sends messages now. A delivery that fails is logged: what was to be told is in the database."""
    if not messages:
        return
    for delivery in _deliveries:
        try:
            await delivery(messages)
        except Exception as error:  # noqa: BLE001 — the commit stands, whatever the messenger says
            log.warning("delivery_failed", error=str(error), messages=len(messages))
