"""Finding work that nobody was woken for: what is due, what was never brought about, what a dead worker held, what nobody owns."""

from __future__ import annotations

from datetime import timedelta

import structlog
from tortoise import connections

from kyozo_gql.containers.models import ServiceInstance, StatusChange
from kyozo_gql.containers.wakeups import due_health_check, due_service, wake_later
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import WakeUp
from kyozo_gql.engines.engine import Engine, EngineEvent, EngineEventKind

log = structlog.get_logger(__name__)

BATCH = 500
KEPT_CHANGES = timedelta(days=1)

_DUE = """
    SELECT id, fence FROM service_instances
    WHERE (due_at <= $1 OR (generation <> observed_generation AND due_at IS NULL) OR lease_expires_at < $1)
      AND (lease_expires_at IS NULL OR lease_expires_at < $1)
    ORDER BY due_at NULLS FIRST LIMIT $2
"""
_DUE_CHECKS = "SELECT id, health_due_at FROM service_instances WHERE health_due_at <= $1 ORDER BY health_due_at LIMIT $2"
# In the order of their ids a stack comes before its services: so everybody locks them.
_ALL_DUE = """
    UPDATE service_instances SET due_at = $1 WHERE id IN (
        SELECT id FROM service_instances WHERE current_deployment_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE)
"""
_OLD_LOGS = """
    DELETE FROM build_log_lines WHERE deployment_id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY service_instance_id ORDER BY number DESC) AS age FROM deployments
        ) AS aged WHERE age > $1)
"""


async def due_work() -> list[WakeUp]:
    """A wake-up for everything that is due now."""
    database = connections.get("default")
    services = await database.execute_query_dict(_DUE, [now(), BATCH])
    checks = await database.execute_query_dict(_DUE_CHECKS, [now(), BATCH])
    return [
        *(due_service(row["id"], row["fence"]) for row in services),
        *(due_health_check(row["id"], row["health_due_at"]) for row in checks),
    ]


async def hear(event: EngineEvent) -> None:
    """What an engine says makes the service due; after a gap, every service that has something in the engine."""
    if event.kind is EngineEventKind.STARTED:
        return
    if event.kind is EngineEventKind.RESYNC:
        await connections.get("default").execute_query(_ALL_DUE, [now()])
    elif event.service_id is not None:
        await ServiceInstance.filter(id=event.service_id).update(due_at=now())
        await wake_later(event.service_id, 0.0)


async def remove_orphans(engine: Engine) -> int:
    """Removes the replicas of services that do not exist; answers how many."""
    replicas = await engine.observe()
    owners = {replica.service_id for replica in replicas}
    known = set(await ServiceInstance.filter(id__in=list(owners)).values_list("id", flat=True)) if owners else set()
    orphans = [replica for replica in replicas if replica.service_id not in known]
    for replica in orphans:
        log.info("orphan_removed", replica=replica.name, service_id=str(replica.service_id))
        await engine.remove(replica.container_id)
    return len(orphans)


async def prune(kept_deployments: int) -> None:
    """Drops what is kept for a while only: old changes of status, build logs of all but the last deployments."""
    await StatusChange.filter(created_at__lt=now() - KEPT_CHANGES).delete()
    await connections.get("default").execute_query(_OLD_LOGS, [kept_deployments])
