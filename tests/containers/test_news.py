"""Followers get everything once, whatever happens to the messages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from kyozo_gql.containers import news
from kyozo_gql.containers.build_log import build_log
from kyozo_gql.containers.models import BuildLogLine, Deployment, DeploymentEvent, ServiceInstance, StatusChange
from kyozo_gql.containers.news import follow_build_log, follow_events, follow_statuses
from kyozo_gql.containers.services import delete_service
from kyozo_gql.core.broker import GAP, QUEUE_SIZE, Broker
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import Message, News, delivering, send
from tests.containers.writing import write_event, write_status

SECONDS = 10.0


@pytest.fixture
async def service(make_service) -> ServiceInstance:
    made: ServiceInstance = await make_service()
    return made


class Follower:
    """Takes what a stream tells, as fast as it comes."""

    def __init__(self, stream: AsyncIterator[Any]) -> None:
        self.taken: list[Any] = []
        self.task = asyncio.create_task(self._take(stream))

    async def _take(self, stream: AsyncIterator[Any]) -> None:
        async for item in stream:
            self.taken.append(item)

    async def until(self, condition: Callable[[list[Any]], object]) -> list[Any]:
        async with asyncio.timeout(SECONDS):
            while not condition(self.taken):
                assert not self.task.done() or condition(self.taken), self.task
                await asyncio.sleep(0.01)
        return self.taken

    async def end(self) -> list[Any]:
        async with asyncio.timeout(SECONDS):
            await self.task
        return self.taken


@asynccontextmanager
async def following(stream: AsyncIterator[Any]) -> AsyncIterator[Follower]:
    follower = Follower(stream)
    try:
        await asyncio.sleep(0)
        yield follower
    finally:
        follower.task.cancel()
        await asyncio.gather(follower.task, return_exceptions=True)


async def events_of(*services: ServiceInstance) -> list[int]:
    rows = await DeploymentEvent.filter(service_instance_id__in=[one.id for one in services]).order_by("position")
    return positions(rows)


def positions(items: Sequence[DeploymentEvent]) -> list[int]:
    return [item.position for item in items]


async def write_many(services: Sequence[ServiceInstance], count: int) -> None:
    await asyncio.gather(*[write(one) for one in services for _ in range(count) for write in (write_event, write_status)])


async def subscribed(broker: Broker, topic: str) -> None:
    """Waits until somebody follows."""
    async with asyncio.timeout(SECONDS):
        while topic not in broker._subscriptions:  # noqa: ASYNC110 — it sets no event
            await asyncio.sleep(0)


async def test_events_come_once_and_in_order_under_many_writers(broker, workspace, make_service):
    services = [await make_service(f"s{number}") for number in range(3)]
    await write_many(services, 3)
    streams = [follow_events(broker, workspace.id, after=0), follow_events(broker, workspace.id, services[0].id, after=0)]
    async with following(streams[0]) as all_of_them, following(streams[1]) as of_one:
        await write_many(services, 15)
        await all_of_them.until(lambda taken: len(taken) == 54)
        await of_one.until(lambda taken: len(taken) == 18)
        assert positions(all_of_them.taken) == await events_of(*services)
        assert positions(of_one.taken) == await events_of(services[0])


async def test_an_event_is_the_same_whether_it_was_read_or_heard(broker, workspace, service, owner):
    async with following(follow_events(broker, workspace.id, after=0)) as live:
        await subscribed(broker, f"workspace:{workspace.id}")
        await live.until(lambda _: True)
        await write_event(service)
        (heard,) = await live.until(lambda taken: taken)
    read = await anext(aiter(follow_events(broker, workspace.id, after=0)))
    assert columns(heard) == columns(read) == columns(await DeploymentEvent.get(id=read.id))


def columns(event: DeploymentEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in DeploymentEvent._meta.db_fields}


async def test_without_a_position_only_what_comes_is_told(broker, workspace, service):
    await write_event(service)
    async with following(follow_events(broker, workspace.id)) as follower:
        while not follower.taken:
            await write_event(service)
        taken = list(follower.taken)
    written = await events_of(service)
    assert taken[0].position > 1
    assert positions(taken) == written[written.index(taken[0].position) :][: len(taken)]


async def test_statuses_begin_with_what_is_and_go_on_without_a_gap(broker, workspace, make_service):
    services = [await make_service(f"s{number}") for number in range(3)]
    writing = asyncio.create_task(write_many(services, 15))
    async with following(follow_statuses(broker, workspace.id)) as follower:
        await writing
        for one in services:
            last = (await ServiceInstance.get(id=one.id)).status_reason
            taken = await follower.until(partial(_has_come_to, one, last))
            first, *changes = [item for item in taken if item.service_id == one.id]
            assert first.previous_status is None
            assert all(change.previous_status is not None for change in changes)
            written = await StatusChange.filter(service_instance_id=one.id).order_by("position").values_list("reason", flat=True)
            assert [change.reason for change in changes] == list(written)[len(written) - len(changes) :]
            assert first.reason in (None, *written[: len(written) - len(changes)][-1:])


def _has_come_to(service: ServiceInstance, reason: str | None, taken: Sequence[news.StatusNews]) -> bool:
    return any(item.reason == reason for item in taken if item.service_id == service.id)


async def test_a_workspace_without_services_is_followed_as_well(broker, workspace):
    async with following(follow_statuses(broker, workspace.id)) as follower:
        await subscribed(broker, f"workspace:{workspace.id}")
        assert follower.taken == []
        assert not follower.task.done()


@asynccontextmanager
async def carrying(broker: Broker, carry: Callable[[list[News]], Awaitable[None]]) -> AsyncIterator[None]:
    """Instead of being published, messages are handed over."""

    async def deliver(messages: Sequence[Message]) -> None:
        await carry([message for message in messages if isinstance(message, News)])

    async with delivering(deliver):
        yield


@pytest.fixture
def deaf(servers) -> Broker:
    """A broker that hears what tests tell it alone."""
    return Broker(Redis.from_url(servers.redis_url))


async def test_messages_out_of_order_or_lost_make_no_difference(deaf, workspace, make_service):
    services = [await make_service(f"s{number}") for number in range(3)]
    chance, held_back = random.Random(7), list[News]()

    async def shuffle(messages: list[News]) -> None:
        held_back.extend(messages)
        chance.shuffle(held_back)
        while len(held_back) > 5:
            message = held_back.pop()
            if chance.random() > 0.2:
                deaf._sort(message.topic, dict(message.payload))

    async with carrying(deaf, shuffle), following(follow_events(deaf, workspace.id, after=0)) as follower:
        await subscribed(deaf, f"workspace:{workspace.id}")
        await write_many(services, 20)
        deaf._tell_all(GAP)
        await follower.until(lambda taken: len(taken) == 60)
    assert positions(follower.taken) == await events_of(*services)


async def test_nothing_is_lost_when_nothing_is_published(deaf, workspace, service, monkeypatch):
    monkeypatch.setattr(news, "SILENCE_SECONDS", 0.05)
    async with (
        following(follow_events(deaf, workspace.id, after=0)) as follower,
        following(follow_statuses(deaf, workspace.id)) as one,
    ):
        for count in (1, 2):
            await write_event(service)
            await write_status(service)
            await follower.until(partial(_counts, count))
            await one.until(partial(_counts, count + 1))
    assert positions(follower.taken) == await events_of(service)


def _counts(count: int, taken: Sequence[object]) -> bool:
    return len(taken) == count


async def test_who_is_too_slow_misses_nothing(deaf, workspace, service):
    async def tell(messages: list[News]) -> None:
        for message in messages:
            deaf._sort(message.topic, dict(message.payload))

    stream = cast("AsyncGenerator[DeploymentEvent]", follow_events(deaf, workspace.id, after=0))
    async with carrying(deaf, tell), aclosing(stream):
        await write_event(service)
        taken = [await anext(stream)]
        for _ in range(QUEUE_SIZE + 10):
            await write_event(service)
        while len(taken) < QUEUE_SIZE + 11:
            taken.append(await anext(stream))
    assert positions(taken) == await events_of(service)


async def test_more_than_one_batch_is_read(broker, workspace, service, monkeypatch):
    monkeypatch.setattr(news, "BATCH", 3)
    for _ in range(5):
        await write_event(service)
        await write_event(service)
        await write_status(service)
    async with following(follow_events(broker, workspace.id, after=2)) as follower:
        await follower.until(lambda taken: len(taken) == 8)
    assert positions(follower.taken) == [position for position in await events_of(service) if position > 2]


async def test_what_was_pruned_is_passed_over(broker, workspace, service):
    for _ in range(3):
        await write_status(service)
        await write_event(service)
    await StatusChange.all().delete()
    async with following(follow_events(broker, workspace.id, after=0)) as follower:
        await follower.until(lambda taken: len(taken) == 3)
        await write_event(service)
        await follower.until(lambda taken: len(taken) == 4)
        await write_status(service)
        await StatusChange.all().delete()
        await write_event(service)
        await follower.until(lambda taken: len(taken) == 5)
    assert positions(follower.taken) == [2, 4, 6, 7, 9]


async def test_a_commit_between_two_readings_is_not_lost(deaf, workspace, service, monkeypatch):
    """Statuses are read before events: a status that is committed in between is below an event that is read."""
    read = DeploymentEvent.filter

    def filter_late(*args: Any, **kwargs: Any) -> Any:
        return _After(_write_both(service), read(*args, **kwargs))

    stream = news._entries_after(workspace.id, 0)
    await write_event(service)
    with monkeypatch.context() as patch:
        patch.setattr(DeploymentEvent, "filter", filter_late)
        first = [entry.position async for entry in stream]
    then = [entry.position async for entry in news._entries_after(workspace.id, first[-1])]
    assert [*first, *then] == [1, 2, 3]


async def _write_both(service: ServiceInstance) -> None:
    await write_status(service)
    await write_event(service)


class _After:
    """A query that runs once something else has happened."""

    def __init__(self, before: Awaitable[None], query: Any) -> None:
        self._before, self._query = before, query

    def order_by(self, *names: str) -> _After:
        return _After(self._before, self._query.order_by(*names))

    def limit(self, count: int) -> _After:
        return _After(self._before, self._query.limit(count))

    def __await__(self) -> Any:
        yield from self._before.__await__()
        return (yield from self._query.__await__())


@pytest.mark.parametrize("follow", [follow_events, follow_statuses])
async def test_a_stream_ends_when_its_service_is_deleted(broker, workspace, service, owner, follow):
    async with following(follow(broker, workspace.id, service.id)) as follower, following(follow(broker, workspace.id)) as other:
        await subscribed(broker, f"workspace:{workspace.id}")
        await delete_service(owner, service.id)
        await follower.end()
        assert not other.task.done()
    async with following(follow(broker, workspace.id, service.id)) as late:
        await late.end()


async def test_it_ends_even_when_nobody_was_told(deaf, workspace, service, owner, monkeypatch):
    monkeypatch.setattr(news, "SILENCE_SECONDS", 0.05)
    async with following(follow_events(deaf, workspace.id, service.id)) as follower:
        await delete_service(owner, service.id)
        await follower.end()


async def test_a_build_log_is_followed_from_anywhere_to_its_end(broker, service):
    deployment = await Deployment.create(service_instance_id=service.id, number=1, status="building")
    async with (
        following(follow_build_log(broker, deployment.id)) as all_of_it,
        following(follow_build_log(broker, deployment.id, after=2)) as rest,
    ):
        async with build_log(deployment.id) as log:
            await log.say("one\ntwo")
            await all_of_it.until(lambda taken: len(taken) == 2)
            await log.say("three")
            await log.flush()
            await log.say("nul \x00, " + "long" * 2_000)
        deployment.built_at = now()
        await deployment.save()
        await send([News(f"deployment:{deployment.id}", {"kind": "deployment"})])
        assert [line.number for line in await all_of_it.end()] == [1, 2, 3, 4]
        assert [line.message for line in await rest.end()][:1] == ["three"]
    async with following(follow_build_log(broker, deployment.id)) as replay:
        assert [line.number for line in await replay.end()] == [1, 2, 3, 4]
    assert len((await BuildLogLine.get(number=4)).message) <= 4_100


async def test_lines_appear_in_their_order_however_they_are_flushed(service):
    deployment = await Deployment.create(service_instance_id=service.id, number=1, status="building")
    async with build_log(deployment.id) as log:
        done = asyncio.Event()

        async def look() -> None:
            while not done.is_set():
                lines = await BuildLogLine.all().order_by("number")
                assert [line.number for line in lines] == list(range(1, len(lines) + 1))

        looking = asyncio.create_task(look())
        for size in (400, 1) * 3:
            await log.say("line\n" * size)
            flushing = asyncio.create_task(log.flush())
            await asyncio.sleep(0)
            await log.say("more")
            await asyncio.gather(flushing, log.flush())
        done.set()
        await looking


async def test_the_build_log_of_a_deployment_that_is_gone_ends(broker, service):
    deployment = await Deployment.create(service_instance_id=service.id, number=1, status="queued")
    async with following(follow_build_log(broker, deployment.id)) as follower:
        await subscribed(broker, f"deployment:{deployment.id}")
        await deployment.delete()
        await send([News(f"deployment:{deployment.id}", {})])
        assert await follower.end() == []
