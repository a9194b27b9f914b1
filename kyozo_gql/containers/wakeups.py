"""Who is woken for what: the names of the jobs of services."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kyozo_gql.core.ids import new_id
from kyozo_gql.core.outbox import WakeUp, post, send
from kyozo_gql.core.queue import CONTAINER_DEPLOYMENT, HEALTH_CHECKS, spell

CONVERGE = "converge"
CHECK_HEALTH = "check_health"


def converge_now(service_id: UUID, generation: int) -> None:
    """Within a transaction: an intent was accepted, somebody should look once it is committed."""
    post(WakeUp(CONTAINER_DEPLOYMENT, CONVERGE, str(service_id), f"intent-{generation}"))


async def wake_later(service_id: UUID, seconds: float) -> None:
    """Somebody should look at a service after so many seconds."""
    await send([WakeUp(CONTAINER_DEPLOYMENT, CONVERGE, str(service_id), new_id().hex, seconds)])


def due_service(service_id: UUID, fence: int) -> WakeUp:
    """For a sweep: one wake-up is enough until somebody claims the service."""
    return WakeUp(CONTAINER_DEPLOYMENT, CONVERGE, str(service_id), f"fence-{fence}-{spell()}")


def due_health_check(service_id: UUID, due_at: datetime) -> WakeUp:
    """For a sweep: one wake-up for each time that it is due."""
    return WakeUp(HEALTH_CHECKS, CHECK_HEALTH, str(service_id), f"{due_at.isoformat()}-{spell()}")
