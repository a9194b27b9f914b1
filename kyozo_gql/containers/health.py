"""Health checks of what is in service: each replica is asked, the service's health, memory and CPU follow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from tortoise import connections

from kyozo_gql.containers.autoscale import follow_load
from kyozo_gql.containers.config import config_from
from kyozo_gql.containers.journal import record_event, record_status
from kyozo_gql.containers.metrics import post_measured
from kyozo_gql.containers.models import (
    Deployment,
    DeploymentEventType,
    HealthCheck,
    HealthStatus,
    ServiceInstance,
    ServiceReplica,
    ServiceStatus,
)
from kyozo_gql.containers.settling import wake_parent
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import EngineUnreachable, NotFound
from kyozo_gql.core.outbox import transaction
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec
from kyozo_gql.engines.engine import Engine, ProbeResult, ReplicaState, ReplicaStats

log = structlog.get_logger(__name__)

KEPT_CHECKS = 100

_CLAIM = """
    UPDATE service_instances SET health_due_at = $2
    WHERE id = (SELECT id FROM service_instances WHERE id = $1 AND health_due_at <= $3 FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id
"""
_PRUNE = """
    DELETE FROM health_checks WHERE service_instance_id = $1 AND id < (
        SELECT id FROM health_checks WHERE service_instance_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one replica answered."""

    replica: ServiceReplica
    result: ProbeResult
    stats: ReplicaStats | None


async def check_health(service_id: UUID, engine: Engine) -> None:
    """Asks the replicas of a service once, if it is due. An engine that can't be reached makes the health unknown."""
    service = await ServiceInstance.get_or_none(id=service_id, deleted_at=None)
    if (
        service is None
        or service.current_deployment_id is None
        or service.status not in (ServiceStatus.RUNNING, ServiceStatus.SCALING)
    ):
        return
    deployment = await Deployment.get(id=service.current_deployment_id)
    check = config_from(deployment.config).health_check
    if not await _claim(service_id, check):
        return
    replicas = await ServiceReplica.filter(deployment_id=deployment.id, status=ReplicaState.RUNNING, ready_at__not_isnull=True)
    try:
        readings = await asyncio.gather(*[_ask(replica, check, engine) for replica in replicas])
    except EngineUnreachable as error:
        await _write_unknown(service_id, str(error))
        return
    if readings:
        await _write(service_id, readings, check)
        await follow_load(service_id)


async def _claim(service_id: UUID, check: HealthCheckSpec) -> bool:
    moment = now()
    again = moment + timedelta(seconds=check.interval_seconds)
    return bool(await connections.get("default").execute_query_dict(_CLAIM, [str(service_id), again, moment]))


async def _ask(replica: ServiceReplica, check: HealthCheckSpec, engine: Engine) -> Reading:
    try:
        stats = await engine.stats(replica.container_id)
        if check.kind is HealthCheckKind.NONE:
            result = ProbeResult(stats is not None, None, "running" if stats is not None else "not running")
        else:
            result = await engine.probe(replica.container_id, check)
    except NotFound:
        return Reading(replica, ProbeResult(False, None, "it is gone"), None)
    return Reading(replica, result, stats)


async def _write(service_id: UUID, readings: list[Reading], check: HealthCheckSpec) -> None:
    async with transaction():
        service = await ServiceInstance.filter(id=service_id, deleted_at=None).select_for_update(no_key=True).first()
        if service is None or service.status not in (ServiceStatus.RUNNING, ServiceStatus.SCALING):
            return
        for reading in readings:
            await _write_reading(service_id, reading, check)
        await connections.get("default").execute_query(_PRUNE, [str(service_id), KEPT_CHECKS])
        _sum_up(service, readings)
        await service.save(update_fields=["last_health_check_at", "memory_usage_mb", "cpu_usage_percent", "updated_at"])
        changed = await _judge(service, readings)
        post_measured(service_id)
    if changed:
        await wake_parent(service)


async def _write_reading(service_id: UUID, reading: Reading, check: HealthCheckSpec) -> None:
    replica, result = reading.replica, reading.result
    replica.failures = 0 if result.healthy else replica.failures + 1
    if result.healthy:
        replica.health_status = HealthStatus.HEALTHY
    elif replica.failures >= check.retries:
        replica.health_status = HealthStatus.UNHEALTHY
    await ServiceReplica.filter(id=replica.id).update(failures=replica.failures, health_status=replica.health_status)
    await HealthCheck.create(
        service_instance_id=service_id,
        replica_index=replica.index,
        health_status=HealthStatus.HEALTHY if result.healthy else HealthStatus.UNHEALTHY,
        response_time_ms=result.response_time_ms,
        detail=result.detail,
    )


def _sum_up(service: ServiceInstance, readings: list[Reading]) -> None:
    used = [reading.stats for reading in readings if reading.stats is not None]
    service.last_health_check_at = now()
    service.memory_usage_mb = round(sum(stats.memory_bytes for stats in used) / 2**20) if used else None
    service.cpu_usage_percent = Decimal(f"{sum(stats.cpu_percent for stats in used):.2f}") if used else None


async def _judge(service: ServiceInstance, readings: list[Reading]) -> bool:
    """Says what the readings mean for the service; answers whether its health is another now."""
    sick = [reading for reading in readings if reading.replica.health_status == HealthStatus.UNHEALTHY]
    health = HealthStatus.UNHEALTHY if sick else HealthStatus.HEALTHY
    if service.health_status == health:
        return False
    reason = f"replica {sick[0].replica.index} is unhealthy: {sick[0].result.detail}" if sick else None
    await record_status(service, ServiceStatus(service.status), reason=reason, health=health)
    if sick:
        await record_event(
            service,
            DeploymentEventType.HEALTH_CHECK_FAILED,
            deployment_id=service.current_deployment_id,
            data={"replicas": [reading.replica.index for reading in sick], "failures": sick[0].replica.failures},
            error_message=sick[0].result.detail,
        )
    return True


async def _write_unknown(service_id: UUID, said: str) -> None:
    async with transaction():
        service = await ServiceInstance.filter(id=service_id, deleted_at=None).select_for_update(no_key=True).first()
        if service is not None:
            reason = f"the engine can't be reached: {said}"
            await record_status(service, ServiceStatus(service.status), reason=reason, health=HealthStatus.UNKNOWN)
