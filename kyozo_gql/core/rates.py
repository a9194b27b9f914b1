"""How often something may be done in a time: counted in Redis for all processes together, with the library ``limits``."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.base import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.core.errors import KyozoError
from kyozo_gql.core.patience import patience

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS: Final = 0.5  # Redis answers within a millisecond: whoever waits longer waits for nothing
_PAUSE_SECONDS: Final = 1.0  # after a failure, before Redis is asked again
_SILENCE_SECONDS: Final = 30.0  # between two complaints


class RateLimited(KyozoError):
    """Too often. ``extensions`` go out with the error: the bound, its limit, and after how many seconds to try again."""

    code = "RATE_LIMITED"

    def __init__(self, bound: str, item: RateLimitItem, retry_after_seconds: int) -> None:
        super().__init__(f"more than {item.amount} {bound} in {item.get_expiry()} seconds: try again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds
        self.extensions: dict[str, Any] = {
            "code": self.code,
            "bound": bound,
            "limit": item.amount,
            "retryAfterSeconds": retry_after_seconds,
        }


@dataclass(frozen=True, slots=True)
class Quota:
    """What is counted, under which name, and how much of it each window of time allows. Without ``items``: as much as one likes."""

    name: str
    items: tuple[RateLimitItem, ...]

    @classmethod
    def of(cls, name: str, rate: str) -> Quota:
        """A quota by the notation of ``limits``: ``600/minute``, ``10/minute;100/hour``; empty for none."""
        return cls(name, tuple(parse_many(rate)) if rate else ())


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a quota is left: of ``limit`` in ``window_seconds``, ``remaining``, some of it back in ``reset_seconds``."""

    name: str
    limit: int
    window_seconds: int
    remaining: int
    reset_seconds: int


class Rates:
    """Counts. Where Redis is gone, nothing is refused, but for attempts: those are counted in this process then."""

    def __init__(self, redis: Redis | None = None) -> None:
        # The library insists on an address of its own; it uses the connections that it is given.
        pool: Any = None if redis is None else redis.connection_pool
        shared = (
            None if pool is None else RedisStorage("redis://", implementation="redispy", key_prefix="kyozo", connection_pool=pool)
        )
        self._shared: Storage | None = shared
        self._own = MemoryStorage()
        self._windows = None if shared is None else SlidingWindowCounterRateLimiter(shared)
        self._asked_again_at = 0.0
        self._complained_at = -_SILENCE_SECONDS

    async def take(self, quota: Quota, key: str, amount: int = 1) -> None:
        """Takes that much of a quota, in a sliding window. Raises RateLimited where it is not there."""
        windows = self._windows
        if windows is None or not quota.items or not self._is_asked:
            return
        try:
            async with patience(_PATIENCE_SECONDS):
                for item in quota.items:
                    if not await windows.hit(item, quota.name, _plain(key), cost=amount):
                        raise RateLimited(quota.name, item, await self._wait(item, quota.name, _plain(key), amount))
        except (RedisError, OSError, TimeoutError) as error:
            self._complain(error)

    async def check(self, quota: Quota, key: str) -> None:
        """Takes nothing. Raises RateLimited where nothing is left."""
        for standing, item in zip(await self.standings(quota, key), quota.items, strict=False):
            if standing.remaining == 0:
                raise RateLimited(quota.name, item, max(1, standing.reset_seconds))

    async def standings(self, quota: Quota, key: str) -> list[Standing]:
        """What is left of a quota; nothing where Redis is gone."""
        windows = self._windows
        if windows is None or not self._is_asked:
            return []
        try:
            async with patience(_PATIENCE_SECONDS):
                found = [(item, await windows.get_window_stats(item, quota.name, _plain(key))) for item in quota.items]
        except (RedisError, OSError, TimeoutError) as error:
            self._complain(error)
            return []
        several = len(found) > 1
        return [
            Standing(
                f"{quota.name}-{item.get_expiry()}" if several else quota.name,
                item.amount,
                item.get_expiry(),
                stats.remaining,
                max(0, math.ceil(stats.reset_time - time.time())),
            )
            for item, stats in found
        ]

    async def attempt(self, quota: Quota, keys: Sequence[str]) -> Attempt:
        """Counts an attempt under each key, before it is made, so that many at once are no way round the bound.

        Raises RateLimited. Where Redis is gone, this process counts alone.
        """
        storage = self._shared if self._shared is not None and self._is_asked else self._own
        made = Attempt(self, storage, [(item, item.key_for(quota.name, _plain(key))) for key in keys for item in quota.items])
        try:
            async with patience(_PATIENCE_SECONDS):
                await made.count(quota.name)
        except (RedisError, OSError, TimeoutError) as error:
            self._complain(error)
            made = Attempt(self, self._own, made.counters)
            await made.count(quota.name)
        return made

    async def _wait(self, item: RateLimitItem, name: str, key: str, amount: int) -> int:
        """In how many seconds the window has slid far enough, if nobody takes anything until then."""
        window, left = item.get_expiry(), item.amount - amount
        if self._shared is None or left < 0:  # more than there ever is
            return window
        counts: tuple[int, float, int, float] = await self._shared.get_sliding_window(item.key_for(name, key), window)  # type: ignore[attr-defined]  # a storage that counts sliding windows
        former, former_ends, current, current_ends = counts
        if current <= left and former:
            seconds = former_ends - (left - current) * window / former
        else:  # until the current window is the former one, and then until it has faded
            seconds = current_ends - window + (window - left * window / current if current else 0)
        return min(max(1, math.ceil(seconds)), 2 * window)

    @property
    def _is_asked(self) -> bool:
        return time.monotonic() >= self._asked_again_at

    def _complain(self, error: Exception) -> None:
        moment = time.monotonic()
        self._asked_again_at = moment + _PAUSE_SECONDS
        if moment >= self._complained_at + _SILENCE_SECONDS:
            self._complained_at = moment
            log.warning("rates_not_counted", error=str(error) or type(error).__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted; one that succeeded is taken back."""

    rates: Rates
    storage: Storage
    counters: Sequence[tuple[RateLimitItem, str]]

    async def count(self, name: str) -> None:
        """Counts it. Raises RateLimited, RedisError."""
        for item, key in self.counters:
            if await self.storage.incr(key, item.get_expiry()) > item.amount:
                ends = await self.storage.get_expiry(key)
                raise RateLimited(name, item, min(max(1, math.ceil(ends - time.time())), item.get_expiry()))

    async def take_back(self) -> None:
        """It succeeded: it does not count."""
        try:
            async with patience(_PATIENCE_SECONDS):
                for item, key in self.counters:
                    await self.storage.incr(key, item.get_expiry(), amount=-1)
        except (RedisError, OSError, TimeoutError) as error:
            self.rates._complain(error)  # noqa: SLF001 — the two are one


def _plain(key: str) -> str:
    """Keys come from clients too: of one length, and without a meaning."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:32]


_rates: list[Rates] = []


@contextmanager
def using_rates(rates: Rates) -> Iterator[None]:
    """Within, ``current_rates()`` answers these."""
    _rates.append(rates)
    try:
        yield
    finally:
        _rates.remove(rates)


def current_rates() -> Rates | None:
    """The rates in force; None where no composition root has set any."""
    return _rates[-1] if _rates else None
