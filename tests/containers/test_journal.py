from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from kyozo_gql.containers.journal import record_deletion, record_event, record_status
from kyozo_gql.containers.models import (
    DeploymentEvent,
    DeploymentEventType,
    EventStream,
    HealthStatus,
    ServiceInstance,
    ServiceStatus,
    StatusChange,
)
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import News, transaction
from kyozo_gql.workspaces.models import Workspace
from tests.containers.writing import write_event, write_status


async def positions(workspace: Workspace) -> list[int]:
    changes = await StatusChange.filter(workspace_id=workspace.id)
    events = await DeploymentEvent.filter(workspace_id=workspace.id)
    return sorted([*(change.position for change in changes), *(event.position for event in events)])


async def test_many_writers_leave_no_gap(make_service, workspace):
    services = [await make_service(f"s{number}") for number in range(4)]
    await asyncio.gather(*[write(one) for one in services for _ in range(5) for write in (write_event, write_status)])
    assert await positions(workspace) == list(range(1, 41))
    assert (await EventStream.get(workspace_id=workspace.id)).last_position == 40


async def test_whoever_has_seen_a_position_has_everything_before_it(make_service, workspace):
    """However the transactions overlap: a position is there only when all of those before it are."""
    services = [await make_service(f"s{number}") for number in range(4)]
    done = asyncio.Event()

    async def look() -> int:
        looks = 0
        while not done.is_set():
            found = await positions(workspace)
            assert found == list(range(1, len(found) + 1))
            looks += 1
        return looks

    looking = asyncio.create_task(look())
    await asyncio.gather(*[write_status(one) for one in services for _ in range(20)])
    done.set()
    assert await looking > 1


async def test_what_was_undone_took_no_position(make_service, workspace, posted):
    service = await make_service()
    posted.clear()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 — a transaction is what is in it
        async with transaction():
            await record_event(service, DeploymentEventType.SERVICE_STARTED)
            raise ZeroDivisionError
    assert posted == []
    await write_event(service)
    assert await positions(workspace) == [1]


async def test_workspaces_count_for_themselves(make_service, other_owner, engine):
    service = await make_service()
    await write_event(service)
    assert await EventStream.all().count() == 1


async def test_a_status_that_is_the_same_is_no_news(make_service, workspace, posted):
    service = await make_service()
    posted.clear()
    for _ in range(2):
        async with transaction():
            await record_status(service, ServiceStatus.ERROR, reason="no", health=HealthStatus.UNHEALTHY)
    (change,) = await StatusChange.all()
    row = await ServiceInstance.get(id=service.id)
    assert (row.status, row.status_reason, row.health_status) == ("error", "no", "unhealthy")
    assert (change.previous_status, change.status, change.reason, change.health_status) == (
        "deployable",
        "error",
        "no",
        "unhealthy",
    )
    assert _topics(posted) == [f"workspace:{workspace.id}", f"service:{service.id}"]


async def test_an_event_is_told_with_all_of_its_row(make_service, workspace, owner, posted):
    service = await make_service()
    posted.clear()
    async with transaction():
        event = await record_event(
            service,
            DeploymentEventType.DEPLOYMENT_FAILED,
            triggered_by_id=owner.user.id,
            data={"number": 3},
            error_message="no",
            since=now(),
        )
    message = posted[0]
    assert isinstance(message, News)
    assert message.topic == f"workspace:{workspace.id}"
    assert message.payload["kind"] == "deployment_event"
    for name in ("id", "event_data", "error_message", "service_instance_id", "triggered_by_id", "position"):
        assert str(message.payload[name]) == str(getattr(event, name))
    assert event.duration_ms is not None
    assert event.duration_ms >= 0
    assert _topics(posted) == [f"workspace:{workspace.id}", f"service:{service.id}"]


async def test_a_deletion_is_told_to_both(make_service, workspace, posted):
    service = await make_service()
    posted.clear()
    async with transaction():
        record_deletion(service)
    assert _topics(posted) == [f"workspace:{workspace.id}", f"service:{service.id}"]


def _topics(posted: Sequence[object]) -> list[str]:
    return [message.topic for message in posted if isinstance(message, News)]
