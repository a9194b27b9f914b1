"""What runs of a service: its own replicas, or those of a stack's services."""

from __future__ import annotations

from datetime import timedelta

from kyozo_gql.containers.models import ServiceInstance, ServiceReplica
from kyozo_gql.core.clock import now
from kyozo_gql.core.spec import ServiceType
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.lists import REPLICAS_BY_SERVICE, SERVICES_BY_PARENT


async def replicas_of(service: ServiceInstance, info: Info) -> list[ServiceReplica]:
    """The replicas of a service by index; of a stack: those of its services, by folder."""
    is_stack = service.service_type == ServiceType.COMPOSE_STACK
    parts = await info.context.load(SERVICES_BY_PARENT, service.id) if is_stack else [service]
    return [replica for part in parts for replica in await info.context.load(REPLICAS_BY_SERVICE, part.id)]


async def uptime_seconds(service: ServiceInstance, info: Info) -> int | None:
    """Whole seconds since the start of the replica that is ready for the longest; None: none is."""
    replicas = await replicas_of(service, info)
    starts = [replica.started_at for replica in replicas if replica.ready_at is not None and replica.started_at is not None]
    return max(0, (now() - min(starts)) // timedelta(seconds=1)) if starts else None
