from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from kyozo_gql.core.rates import Quota, RateLimited, Rates
from kyozo_gql.embedded import EmbeddedServers
from tests.core.test_patience import much_work


@pytest.fixture
async def redis(servers: EmbeddedServers) -> AsyncIterator[Redis]:
    async with Redis.from_url(servers.redis_url) as opened:
        yield opened


@pytest.fixture
def rates(redis: Redis) -> Rates:
    return Rates(redis)


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Rates]:
    """Rates whose Redis is gone."""
    async with Redis(unix_socket_path=str(tmp_path / "nobody")) as gone:
        yield Rates(gone)


@pytest.fixture
def key() -> str:
    return uuid4().hex


async def refusal(rates: Rates, quota: Quota, key: str, amount: int = 1) -> RateLimited:
    with pytest.raises(RateLimited) as refused:
        await rates.take(quota, key, amount)
    return refused.value


async def test_what_is_left_is_taken_and_no_more(rates: Rates, key: str):
    quota = Quota.of("requests", "3/hour")
    for _ in range(3):
        await rates.take(quota, key)
    refused = await refusal(rates, quota, key)
    assert {name: refused.extensions[name] for name in ("code", "bound", "limit")} == {
        "code": "RATE_LIMITED", "bound": "requests", "limit": 3
    }  # fmt: skip
    assert 0 < refused.extensions["retryAfterSeconds"] <= 2 * 3_600
    assert "3 requests" in str(refused)
    await rates.take(quota, key + "another")
    await rates.take(Quota.of("cost", "3/hour"), key)


async def test_amounts(rates: Rates, key: str):
    quota = Quota.of("cost", "10/hour")
    await rates.take(quota, key, 6)
    await refusal(rates, quota, key, 5)
    await rates.take(quota, key, 4)
    await refusal(rates, quota, key)
    assert (await refusal(rates, quota, "another" + key, 11)).retry_after_seconds == 3_600  # more than there ever is


async def test_after_the_time_that_it_says_there_is_room(rates: Rates, key: str):
    quota = Quota.of("requests", "2/second")
    for amount in (1, 2, 2):
        refused = None
        while refused is None:
            try:
                await rates.take(quota, key, amount)
            except RateLimited as error:
                refused = error
        await asyncio.sleep(refused.retry_after_seconds)
        await rates.take(quota, key, amount)


async def test_several_limits_hold_at_once(rates: Rates, key: str):
    quota = Quota.of("requests", "2/hour;3/day")
    await rates.take(quota, key)
    assert [(one.name, one.limit, one.window_seconds, one.remaining) for one in await rates.standings(quota, key)] == [
        ("requests-3600", 2, 3_600, 1), ("requests-86400", 3, 86_400, 2)
    ]  # fmt: skip
    await rates.take(quota, key)
    assert (await refusal(rates, quota, key)).extensions["limit"] == 2


async def test_all_processes_count_together(redis: Redis, rates: Rates, key: str):
    quota = Quota.of("requests", "2/hour")
    await rates.take(quota, key)
    await Rates(redis).take(quota, key)
    await refusal(rates, quota, key)
    await refusal(Rates(redis), quota, key)
    with pytest.raises(RateLimited):
        await Rates(redis).check(quota, key)


async def test_checking_takes_nothing(rates: Rates, key: str):
    quota = Quota.of("requests", "1/hour")
    for _ in range(3):
        await rates.check(quota, key)
    await rates.take(quota, key)


async def test_no_limit(rates: Rates, key: str):
    for _ in range(10):
        await rates.take(Quota.of("requests", ""), key, 1_000_000)
    assert await rates.standings(Quota.of("requests", ""), key) == []


async def test_without_redis_nothing_is_refused_and_somebody_is_told(
    alone: Rates, key: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    quota = Quota.of("requests", "1/hour")
    for _ in range(5):
        await alone.take(quota, key)
        await alone.check(quota, key)
        assert await alone.standings(quota, key) == []
    assert (capsys.readouterr().out + caplog.text).count("rates_not_counted") == 1


@pytest.mark.parametrize("with_redis", [True, False])
async def test_attempts_at_once_are_no_way_round(with_redis: bool, key: str, rates: Rates, alone: Rates):
    rates = rates if with_redis else alone
    quota = Quota.of("sign-ins", "5/hour;7/day")
    made = await asyncio.gather(*(rates.attempt(quota, [key]) for _ in range(20)), return_exceptions=True)
    refused = [one for one in made if isinstance(one, RateLimited)]
    assert len(refused) == 15
    assert all(0 < one.retry_after_seconds <= 86_400 for one in refused)


@pytest.mark.parametrize("with_redis", [True, False])
async def test_attempts_that_succeed_do_not_count(with_redis: bool, key: str, rates: Rates, alone: Rates):
    rates = rates if with_redis else alone
    quota = Quota.of("sign-ins", "2/hour")
    for _ in range(5):
        await (await rates.attempt(quota, [key, key + "b"])).take_back()
    await rates.attempt(quota, [key])
    await (await rates.attempt(quota, [key + "b"])).take_back()
    await rates.attempt(quota, [key])  # what succeeded elsewhere took nothing back here
    with pytest.raises(RateLimited):
        await rates.attempt(quota, [key])


async def test_much_work_does_not_open_the_bounds(rates: Rates, key: str):
    quota = Quota.of("requests", "2/hour")
    async with much_work(0.1):  # so that each answer of Redis is read long after it came
        await rates.take(quota, key)
        await rates.take(quota, key)
        with pytest.raises(RateLimited):
            await rates.take(quota, key)
