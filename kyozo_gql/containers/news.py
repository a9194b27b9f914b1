"""Following what happens: first what is or was, then what comes, without gap or repeat.

A follower subscribes first, reads the database second, and drops what that reading already held. Positions are without gaps in a
workspace, so a message that is not the next one, a reconnection, or a long silence sends it back to the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import connections

from kyozo_gql.containers.models import (
    BuildLogLine,
    Deployment,
    DeploymentEvent,
    DeploymentStatus,
    EventStream,
    HealthStatus,
    ServiceInstance,
    ServiceStatus,
    StatusChange,
)
from kyozo_gql.core.broker import GAP, Broker, Item, Subscription
from kyozo_gql.workspaces.models import Workspace

SILENCE_SECONDS = 10.0
BATCH = 500

_SNAPSHOT = """
    SELECT coalesce((SELECT last_position FROM event_streams WHERE workspace_id = $1), 0) AS position,
           s.id, s.status, s.health_status, s.status_reason, s.updated_at
    FROM (SELECT 1) AS one
    LEFT JOIN service_instances s ON s.workspace_id = $1 AND s.deleted_at IS NULL AND ($2::uuid IS NULL OR s.id = $2::uuid)
    ORDER BY s.id
"""


@dataclass(frozen=True, slots=True)
class StatusNews:
    """A service's status; ``previous_status`` None: this is the state as it is, no change."""

    service_id: UUID
    previous_status: ServiceStatus | None
    status: ServiceStatus
    health_status: HealthStatus
    reason: str | None
    timestamp: datetime


async def follow_statuses(broker: Broker, workspace_id: UUID, service_id: UUID | None = None) -> AsyncIterator[StatusNews]:
    """The status of a service, or of each of a workspace, and then every change. Ends when it is deleted."""
    with broker.subscribe(f"workspace:{workspace_id}") as subscription:
        rows = await connections.get("default").execute_query_dict(_SNAPSHOT, [str(workspace_id), service_id and str(service_id)])
        for row in rows:
            if row["id"] is not None:
                yield _current_status(row)
        async for item in _follow(subscription, workspace_id, service_id, rows[0]["position"]):
            if isinstance(item, StatusChange):
                yield _status_news(item)


async def follow_events(
    broker: Broker, workspace_id: UUID, service_id: UUID | None = None, after: int | None = None
) -> AsyncIterator[DeploymentEvent]:
    """The events of a service or a workspace after a position (None: from now on). Ends when it is deleted."""
    with broker.subscribe(f"workspace:{workspace_id}") as subscription:
        if after is None:
            stream = await EventStream.get_or_none(workspace_id=workspace_id)
            after = stream.last_position if stream else 0
        async for item in _follow(subscription, workspace_id, service_id, after):
            if isinstance(item, DeploymentEvent):
                yield item


async def follow_build_log(broker: Broker, deployment_id: UUID, after: int = 0) -> AsyncIterator[BuildLogLine]:
    """The lines of a build log after a number, on until the build has ended."""
    with broker.subscribe(f"deployment:{deployment_id}") as subscription:
        while True:
            deployment = await Deployment.get_or_none(id=deployment_id)
            while lines := await BuildLogLine.filter(deployment_id=deployment_id, number__gt=after).order_by("number").limit(BATCH):
                for line in lines:
                    yield line
                after = lines[-1].number
            if deployment is None or build_has_ended(deployment):
                return
            await next_item(subscription)


def build_has_ended(deployment: Deployment) -> bool:
    """Whether no more lines come."""
    return deployment.built_at is not None or DeploymentStatus(deployment.status).is_final


Entry = StatusChange | DeploymentEvent


async def _follow(subscription: Subscription, workspace_id: UUID, service_id: UUID | None, position: int) -> AsyncIterator[Entry]:
    item: Item = GAP
    while True:
        if item != GAP and item.get("position") == position + 1:
            position += 1
            if _is_about(item, service_id):
                yield _entry(item, workspace_id)
        elif item == GAP or item.get("position", 0) > position:
            async for entry in _entries_after(workspace_id, position):
                position = entry.position
                if service_id in (None, entry.service_instance_id):
                    yield entry
        if await _is_gone(item, workspace_id, service_id):
            return
        item = await next_item(subscription)


async def next_item(subscription: Subscription) -> Item:
    """What comes next; after a long silence GAP, so that nothing that was lost on the way stays unknown."""
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await subscription.get()
    except TimeoutError:
        return GAP


async def _entries_after(workspace_id: UUID, position: int) -> AsyncIterator[Entry]:
    """What the database holds after a position, in order. Positions that were pruned are passed over.

    The two tables are read one after the other, so both only up to where the stream was before: up to there both are complete.
    """
    stream = await EventStream.get_or_none(workspace_id=workspace_id)
    last = stream.last_position if stream else 0
    while position < last:
        among = {"workspace_id": workspace_id, "position__gt": position, "position__lte": last}
        changes = await StatusChange.filter(**among).order_by("position").limit(BATCH)
        events = await DeploymentEvent.filter(**among).order_by("position").limit(BATCH)
        full = [rows[-1].position for rows in (changes, events) if len(rows) == BATCH]
        position = min(full, default=last)
        entries: list[Entry] = sorted([*changes, *events], key=lambda entry: entry.position)
        for entry in entries:
            if entry.position <= position:
                yield entry


async def _is_gone(item: Item, workspace_id: UUID, service_id: UUID | None) -> bool:
    if service_id is None:
        return not await Workspace.exists(id=workspace_id, deleted_at=None) if item == GAP else item["kind"] == "workspace_deleted"
    if item == GAP:
        return not await ServiceInstance.exists(id=service_id, deleted_at=None)
    return item["kind"] == "service_deleted" and _is_about(item, service_id)


def _is_about(item: dict[str, Any], service_id: UUID | None) -> bool:
    return service_id is None or item.get("service_instance_id") == str(service_id)


def _entry(item: dict[str, Any], workspace_id: UUID) -> Entry:
    if item["kind"] == "service_status_changed":
        return StatusChange(
            workspace_id=workspace_id,
            service_instance_id=UUID(item["service_instance_id"]),
            position=item["position"],
            previous_status=item["previous_status"],
            status=item["status"],
            health_status=item["health_status"],
            reason=item["reason"],
            created_at=datetime.fromisoformat(item["timestamp"]),
        )
    ids = {key: item[key] and UUID(item[key]) for key in item if key == "id" or key.endswith("_id")}
    plain = {key: item[key] for key in ("event_type", "event_data", "error_message", "duration_ms", "position")}
    event = DeploymentEvent(**ids, **plain, created_at=datetime.fromisoformat(item["created_at"]))
    event._saved_in_db = True  # noqa: SLF001 — it is: the message holds all of the row
    return event


def _current_status(row: dict[str, Any]) -> StatusNews:
    return StatusNews(
        row["id"], None, ServiceStatus(row["status"]), HealthStatus(row["health_status"]), row["status_reason"], row["updated_at"]
    )


def _status_news(change: StatusChange) -> StatusNews:
    return StatusNews(
        change.service_instance_id,
        ServiceStatus(change.previous_status) if change.previous_status else None,
        ServiceStatus(change.status),
        HealthStatus(change.health_status),
        change.reason,
        change.created_at,
    )
