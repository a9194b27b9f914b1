"""The end of a pass: the service is what was asked for, or can't be now. Status, health and events say so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kyozo_gql.containers.config import config_of
from kyozo_gql.containers.journal import record_event, record_status, was_stopped
from kyozo_gql.containers.lease import held
from kyozo_gql.containers.models import (
    Deployment,
    DeploymentEventType,
    DeploymentStatus,
    HealthStatus,
    ServiceInstance,
    ServiceStatus,
)
from kyozo_gql.containers.plan_steps import Settle
from kyozo_gql.containers.site import Site
from kyozo_gql.containers.wakeups import wake_later
from kyozo_gql.core.clock import now
from kyozo_gql.core.spec import ServiceType

KEPT_IMAGES = 3


async def settle(
    step: Settle,
    before: ServiceInstance,
    ready: int,
    site: Site,
    *,
    container_id: str | None = None,
    health: HealthStatus | None = None,
) -> None:
    """Writes down what a pass came to; nothing where another intent was accepted meanwhile.

    ``before`` is the service as it was when the plan was made, ``ready`` how many replicas (of a stack: services) are.
    """
    async with held(site.lease) as service:
        if service.generation != before.generation:
            return
        for event_type, data in await _what_happened(service, step.status, ready):
            await record_event(
                service,
                event_type,
                deployment_id=service.current_deployment_id,
                triggered_by_id=service.intent_by_id,
                data=data,
                since=_since(service),
            )
        service.container_id, service.settled_replicas, service.settled_revision = container_id, ready, service.restart_revision
        service.observed_generation, service.observed_at = service.generation, now()
        service.health_due_at = _health_due_at(service, step.status)
        if step.status is not ServiceStatus.RUNNING:
            service.memory_usage_mb = service.cpu_usage_percent = None
        await service.save()
        await record_status(service, step.status, reason=step.reason, health=health or _health(service, step.status))
    await wake_parent(before)
    if before.generation != before.observed_generation:
        await _prune_images(before, site)


def worst_health(services: list[ServiceInstance]) -> HealthStatus:
    """Unhealthy where one is, healthy where all are."""
    found = {HealthStatus(service.health_status) for service in services}
    if HealthStatus.UNHEALTHY in found:
        return HealthStatus.UNHEALTHY
    return HealthStatus.HEALTHY if found == {HealthStatus.HEALTHY} else HealthStatus.UNKNOWN


async def _what_happened(
    service: ServiceInstance, status: ServiceStatus, ready: int
) -> list[tuple[DeploymentEventType, dict[str, Any]]]:
    """The events of a settled service, told from what it came to before. One that had crashed is stopped like any other.

    What rests although it is wanted is a job that has completed: its deployment's events say so.
    """
    if status is ServiceStatus.STOPPED and service.desired_status == ServiceStatus.RUNNING:
        return []
    if status is ServiceStatus.STOPPED:
        was_in_service = service.settled_replicas > 0 or service.current_deployment_id is not None
        return [(DeploymentEventType.SERVICE_STOPPED, {})] if was_in_service and not await was_stopped(service) else []
    if status is not ServiceStatus.RUNNING or not ready:
        return []
    if not service.settled_replicas:
        return [(DeploymentEventType.SERVICE_STARTED, {"replicas": ready})]
    events: list[tuple[DeploymentEventType, dict[str, Any]]] = []
    if service.settled_revision != service.restart_revision:
        events.append((DeploymentEventType.SERVICE_STARTED, {"replicas": ready, "restarted": True}))
    if service.settled_replicas != ready and service.service_type != ServiceType.COMPOSE_STACK:
        events.append((DeploymentEventType.SERVICE_SCALED, {"from": service.settled_replicas, "to": ready}))
    return events


def _since(service: ServiceInstance) -> datetime | None:
    """Durations count from the intent, where one was pending."""
    return service.intent_at if service.generation != service.observed_generation else None


def _health(service: ServiceInstance, status: ServiceStatus) -> HealthStatus:
    if status is not ServiceStatus.RUNNING:
        return HealthStatus.UNKNOWN
    was = HealthStatus(service.health_status)
    return HealthStatus.HEALTHY if was is HealthStatus.UNKNOWN else was


def _health_due_at(service: ServiceInstance, status: ServiceStatus) -> datetime | None:
    if status is not ServiceStatus.RUNNING or service.service_type == ServiceType.COMPOSE_STACK:
        return None
    interval = timedelta(seconds=config_of(service).health_check.interval_seconds)
    soon = now() + interval
    return (
        min(service.health_due_at, soon) if service.health_due_at else now() + timedelta(seconds=min(1.0, interval.total_seconds()))
    )


async def wake_parent(service: ServiceInstance) -> None:
    """A stack is what its services are: it is looked at when one of them changed.

    Not within a transaction that holds the service's row: a stack's row is locked before those of its services.
    """
    if service.parent_service_id is not None:
        await ServiceInstance.filter(id=service.parent_service_id).update(due_at=now())
        await wake_later(service.parent_service_id, 0.0)


async def _prune_images(service: ServiceInstance, site: Site) -> None:
    """Removes the images that no rollback needs any more: all but those of the last deployments that succeeded."""
    kept = (
        await Deployment.filter(service_instance_id=service.id, status=DeploymentStatus.SUCCEEDED)
        .order_by("-number")
        .limit(KEPT_IMAGES)
    )
    open_ones = await Deployment.filter(service_instance_id=service.id, finished_at=None)
    images = {one.image for one in (*kept, *open_ones) if one.image}
    await site.engine.remove_images(service.id, frozenset(images))
