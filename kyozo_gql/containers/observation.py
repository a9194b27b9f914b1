"""What is there: the replicas of a service as the engine sees them, and what we remember of each."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from kyozo_gql.containers.models import HealthStatus, HostPort, ServiceReplica
from kyozo_gql.containers.situation import Seen
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import NotFound
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec
from kyozo_gql.engines.engine import Engine, ObservedReplica, ReplicaState

STOPPED = "stopped"
_FORGIVEN_AFTER = timedelta(seconds=60)


Checks = dict[UUID, HealthCheckSpec | None]
"""The health check of each deployment of a service; None: it is a job, which is never ready."""


async def observe(service_id: UUID, engine: Engine, checks: Checks, settle_seconds: float) -> tuple[Seen, ...]:
    """The replicas of a service; their rows follow."""
    replicas = await engine.observe(service_id)
    await _forget_missing(service_id, {replica.name for replica in replicas})
    rows = {row.name: row for row in await ServiceReplica.filter(service_instance_id=service_id)}
    return tuple(await asyncio.gather(*[_look_at(replica, rows, engine, checks, settle_seconds) for replica in replicas]))


async def _look_at(
    replica: ObservedReplica,
    rows: dict[str, ServiceReplica],
    engine: Engine,
    checks: Checks,
    settle_seconds: float,
) -> Seen:
    row = rows.get(replica.name)
    if row is None:  # left over from a version that we know nothing of
        return Seen(replica)
    if row.started_at != replica.started_at:
        row.ready_at = None
    detail = ""
    if replica.state is ReplicaState.RUNNING and row.ready_at is None:
        ready, detail = await _is_ready(replica, engine, checks.get(replica.deployment_id, HealthCheckSpec()), settle_seconds)
        if ready:
            row.ready_at, row.health_status, row.failures = now(), HealthStatus.HEALTHY, 0
    _follow(row, replica)
    await row.save()
    return Seen(replica, row.ready_at is not None, row.status == STOPPED, row.crashes, detail)


def _follow(row: ServiceReplica, replica: ObservedReplica) -> None:
    was_stopped = row.status == STOPPED and replica.state is ReplicaState.EXITED
    row.status = STOPPED if was_stopped else replica.state
    row.container_id, row.node = replica.container_id, replica.node
    row.host_ports = [asdict(port) for port in replica.ports]
    row.started_at, row.observed_at = replica.started_at, now()
    if replica.state is not ReplicaState.RUNNING:
        row.ready_at, row.health_status = None, HealthStatus.UNKNOWN
    elif row.ready_at is not None and now() - row.ready_at > _FORGIVEN_AFTER:
        row.crashes = 0


async def _is_ready(
    replica: ObservedReplica, engine: Engine, check: HealthCheckSpec | None, settle_seconds: float
) -> tuple[bool, str]:
    if check is None:
        return False, "the job runs"
    if check.kind is HealthCheckKind.NONE:
        up = (now() - replica.started_at).total_seconds() if replica.started_at else 0.0
        return up >= settle_seconds, f"up for {up:.1f} of {settle_seconds:g} seconds"
    try:
        result = await engine.probe(replica.container_id, check)
    except NotFound:
        return False, "it is gone"
    return result.healthy, result.detail


async def _forget_missing(service_id: UUID, names: set[str]) -> None:
    """Rows and ports of replicas that are not there any more, or never came to be."""
    there = list(names) or [""]
    await ServiceReplica.filter(service_instance_id=service_id).exclude(name__in=there).delete()
    await HostPort.filter(service_instance_id=service_id, replica_name__not_isnull=True).exclude(replica_name__in=there).delete()
