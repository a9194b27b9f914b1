"""What happened, for good: deployment events and changes of status, in one order for each workspace.

Every entry takes the next position of its workspace's stream and keeps that row locked until its commit, so whoever has seen
position N has everything up to N. Lock the service's row before you write here: then no two writers wait for one another.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import connections

from kyozo_gql.containers.models import (
    DeploymentEvent,
    DeploymentEventType,
    HealthStatus,
    ServiceInstance,
    ServiceStatus,
    StatusChange,
)
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import News, post

_NEXT_POSITION = """
    INSERT INTO event_streams (workspace_id, last_position) VALUES ($1, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET last_position = event_streams.last_position + 1
    RETURNING last_position
"""


async def record_status(
    service: ServiceInstance,
    status: ServiceStatus,
    *,
    reason: str | None = None,
    health: HealthStatus | None = None,
) -> None:
    """Sets a service's status, reason and health, within a transaction that holds its row; news only of what is new."""
    health = health or HealthStatus(service.health_status)
    if (service.status, service.status_reason, service.health_status) == (status, reason, health):
        return
    previous = service.status
    service.status, service.status_reason, service.health_status = status, reason, health
    await service.save(update_fields=["status", "status_reason", "health_status", "updated_at"])
    change = await StatusChange.create(
        workspace_id=service.workspace_id,
        service_instance_id=service.id,
        position=await _next_position(service.workspace_id),
        previous_status=previous,
        status=status,
        health_status=health,
        reason=reason,
    )
    _post(service, "service_status_changed", change.position, status_payload(change))
    post(News(f"service:{service.id}", {"kind": "status_changed", **status_payload(change)}))


async def record_event(
    service: ServiceInstance,
    event_type: DeploymentEventType,
    *,
    deployment_id: UUID | None = None,
    triggered_by_id: UUID | None = None,
    data: dict[str, Any] | None = None,
    error_message: str | None = None,
    since: datetime | None = None,
) -> DeploymentEvent:
    """Writes an event within a transaction that holds the service's row; its duration counts from ``since``."""
    event = await DeploymentEvent.create(
        event_type=event_type,
        event_data=data or {},
        error_message=error_message,
        duration_ms=None if since is None else max(0, round((now() - since).total_seconds() * 1000)),
        service_instance_id=service.id,
        triggered_by_id=triggered_by_id,
        deployment_id=deployment_id,
        workspace_id=service.workspace_id,
        position=await _next_position(service.workspace_id),
    )
    payload = event_payload(event)
    _post(service, "deployment_event", event.position, payload)
    post(News(f"service:{service.id}", {"kind": "deployment_event", **payload}))
    return event


async def was_stopped(service: ServiceInstance) -> bool:
    """Whether the last that is told of a service's turning on and off is that it was stopped."""
    kinds = (DeploymentEventType.SERVICE_STARTED, DeploymentEventType.SERVICE_STOPPED)
    last = await DeploymentEvent.filter(service_instance_id=service.id, event_type__in=kinds).order_by("-position").first()
    return last is not None and last.event_type == DeploymentEventType.SERVICE_STOPPED


def record_deletion(service: ServiceInstance) -> None:
    """Tells followers that a service is gone, once the transaction around is committed."""
    payload = {"kind": "service_deleted", "service_instance_id": str(service.id)}
    post(News(f"workspace:{service.workspace_id}", payload))
    post(News(f"service:{service.id}", payload))


def status_payload(change: StatusChange) -> dict[str, Any]:
    """A change of status as it is published."""
    return {
        "service_instance_id": str(change.service_instance_id),
        "previous_status": change.previous_status,
        "status": change.status,
        "health_status": change.health_status,
        "reason": change.reason,
        "timestamp": change.created_at.isoformat(),
    }


def event_payload(event: DeploymentEvent) -> dict[str, Any]:
    """An event as it is published: all of its row."""
    return {
        "id": str(event.id),
        "event_type": event.event_type,
        "event_data": event.event_data,
        "error_message": event.error_message,
        "duration_ms": event.duration_ms,
        "service_instance_id": str(event.service_instance_id),
        "triggered_by_id": event.triggered_by_id and str(event.triggered_by_id),
        "deployment_id": event.deployment_id and str(event.deployment_id),
        "workspace_id": str(event.workspace_id),
        "created_at": event.created_at.isoformat(),
    }


def _post(service: ServiceInstance, kind: str, position: int, payload: dict[str, Any]) -> None:
    post(News(f"workspace:{service.workspace_id}", {"kind": kind, "position": position, **payload}))


async def _next_position(workspace_id: UUID) -> int:
    rows = await connections.get("default").execute_query_dict(_NEXT_POSITION, [str(workspace_id)])
    return int(rows[0]["last_position"])
