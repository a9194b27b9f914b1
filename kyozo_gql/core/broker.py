"""Topics over Redis: publishing, and one reader for a whole process.

The reader takes every topic of ours and sorts them here, so that following one needs no word with the server. Redis forgets what is
published while a connection is down: a subscription hears ``GAP`` after each reconnection, and when it was too slow for its bounded
queue. Whoever hears it reads the database again.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final, Literal

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.core.outbox import Message, News

log = structlog.get_logger(__name__)

GAP: Final = "gap"
QUEUE_SIZE: Final = 256
PATTERNS: Final = ("workspace:*", "service:*", "deployment:*", "rights")
_RECONNECT_SECONDS: Final = 0.5

Item = dict[str, Any] | Literal["gap"]


class Subscription:
    """What one follower has not taken yet: at most QUEUE_SIZE messages, then a gap."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[Item] = asyncio.Queue(QUEUE_SIZE)

    def put(self, item: Item) -> None:
        """Adds an item; when the follower lags, everything that waits becomes one gap."""
        if self._items.full():
            while not self._items.empty():
                self._items.get_nowait()
            item = GAP
        self._items.put_nowait(item)

    async def get(self) -> Item:
        """The next message, or GAP."""
        return await self._items.get()


class Broker:
    """Publishes, and hands what its reader hears to the subscriptions of this process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._subscriptions: dict[str, set[Subscription]] = defaultdict(set)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publishes the news among the messages, in order. Raises RedisError."""
        for message in messages:
            if isinstance(message, News):
                await self._redis.publish(message.topic, json.dumps(message.payload))

    @contextmanager
    def subscribe(self, topic: str) -> Iterator[Subscription]:
        """A subscription that hears all that the reader hears from now on."""
        subscription = Subscription()
        self._subscriptions[topic].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Within, the reader runs; it outlives any failure of Redis."""
        connected = asyncio.Event()
        reader = asyncio.create_task(self._read_for_ever(connected), name="broker-reader")
        try:
            await connected.wait()
            yield
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader

    async def _read_for_ever(self, connected: asyncio.Event) -> None:
        while True:
            try:
                await self._read(connected)
            except (RedisError, OSError) as error:
                log.warning("broker_disconnected", error=str(error))
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _read(self, connected: asyncio.Event) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=False) as pubsub:
            await pubsub.psubscribe(*PATTERNS)
            awaited = len(PATTERNS)
            async for message in pubsub.listen():
                if message["type"] == "pmessage":
                    self._sort(message["channel"].decode(), json.loads(message["data"]))
                elif message["type"] == "psubscribe" and (awaited := awaited - 1) == 0:
                    connected.set()
                    self._tell_all(GAP)

    def _sort(self, topic: str, payload: dict[str, Any]) -> None:
        for subscription in self._subscriptions.get(topic, ()):
            subscription.put(payload)

    def _tell_all(self, item: Item) -> None:
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.put(item)
