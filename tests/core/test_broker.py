from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.core.broker import GAP, QUEUE_SIZE, Broker, Item, Subscription
from kyozo_gql.core.outbox import News, WakeUp
from tests.valkey import Valkey, valkey_server

SECONDS = 10.0


@pytest.fixture(scope="module")
async def valkey() -> AsyncIterator[Valkey]:
    async with valkey_server() as server:
        yield server


@pytest.fixture
async def redis(valkey: Valkey) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey.url) as client:
        yield client


@pytest.fixture
async def broker(redis) -> AsyncIterator[Broker]:
    broker = Broker(redis)
    async with broker.reading():
        yield broker


def taken(subscription: Subscription) -> list[Item]:
    """What waits."""
    items = []
    while not subscription._items.empty():
        items.append(subscription._items.get_nowait())
    return items


async def next_of(subscription: Subscription) -> Item:
    async with asyncio.timeout(SECONDS):
        return await subscription.get()


async def test_each_follower_gets_what_is_published_on_its_topic_in_order(broker):
    with broker.subscribe("workspace:1") as one, broker.subscribe("workspace:1") as two, broker.subscribe("service:1") as other:
        await broker.publish([News("workspace:1", {"number": number}) for number in range(20)])
        await broker.publish([WakeUp("queue", "job", "1", "key"), News("service:1", {"text": "zwölf", "more": [None, 1.5]})])
        assert await next_of(other) == {"text": "zwölf", "more": [None, 1.5]}
        for follower in (one, two):
            assert taken(follower) == [{"number": number} for number in range(20)]


async def test_whoever_has_left_gets_nothing(broker):
    with broker.subscribe("workspace:1") as left:
        pass
    with broker.subscribe("workspace:1") as stays:
        await broker.publish([News("workspace:1", {"number": 1})])
        assert await next_of(stays) == {"number": 1}
    assert taken(left) == []
    assert broker._subscriptions == {}


async def test_who_is_too_slow_hears_a_gap_and_then_what_comes(broker):
    with broker.subscribe("workspace:1") as slow, broker.subscribe("service:1") as end:
        await broker.publish([News("workspace:1", {"number": number}) for number in range(QUEUE_SIZE + 3)])
        await broker.publish([News("service:1", {})])
        await next_of(end)
        assert taken(slow) == [GAP, {"number": QUEUE_SIZE + 1}, {"number": QUEUE_SIZE + 2}]


async def test_the_queue_stays_bounded_however_slow():
    subscription = Subscription()
    for number in range(10 * QUEUE_SIZE):
        subscription.put({"number": number})
    items = taken(subscription)
    assert len(items) <= QUEUE_SIZE
    assert items[0] == GAP
    assert items[-1] == {"number": 10 * QUEUE_SIZE - 1}


async def test_a_lost_connection_is_a_gap_and_the_reader_comes_back(broker, redis):
    with broker.subscribe("workspace:1") as follower:
        await redis.client_kill_filter(_type="pubsub")
        assert await next_of(follower) == GAP
        await broker.publish([News("workspace:1", {"number": 1})])
        assert await next_of(follower) == {"number": 1}


async def test_a_restart_of_the_server_is_a_gap_and_the_reader_comes_back(broker, valkey):
    with broker.subscribe("workspace:1") as follower:
        await valkey.restart()
        assert await next_of(follower) == GAP
        async with asyncio.timeout(SECONDS):
            await broker.publish([News("workspace:1", {"number": 1})])
            assert await next_of(follower) == {"number": 1}


async def test_publishing_fails_where_there_is_no_server(tmp_path):
    async with Redis(unix_socket_path=str(tmp_path / "no.sock")) as client:
        with pytest.raises(RedisError):
            await Broker(client).publish([News("workspace:1", {})])
