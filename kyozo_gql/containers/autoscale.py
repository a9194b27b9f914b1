"""Replicas that follow the load: after a health check, the service gets as many as its CPU target asks for.

The rule is that of Kubernetes' horizontal pod autoscaler: replicas × used / target, rounded up, within the service's bounds; a
difference of a tenth is left alone. More replicas come at once, fewer only when the last change is some minutes ago.
"""

from __future__ import annotations

import math
from datetime import timedelta
from uuid import UUID

from kyozo_gql.containers.config import ScalingConfig, ServiceConfig, config_of
from kyozo_gql.containers.intents import new_intent
from kyozo_gql.containers.journal import record_status
from kyozo_gql.containers.models import ServiceInstance, ServiceStatus
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import transaction
from kyozo_gql.core.quantity import parse_cpus

TOLERANCE = 0.1
DEFAULT_TARGET_PERCENT = 80
CALM = timedelta(minutes=5)


def wanted_replicas(replicas: int, used_percent: float, scaling: ScalingConfig) -> int:
    """How many replicas a service should have that uses so much of its CPU limit (100.0: all of it) on average."""
    if not scaling.autoscale or replicas == 0:
        return replicas
    ratio = used_percent / (scaling.target_cpu_percent or DEFAULT_TARGET_PERCENT)
    wanted = replicas if abs(ratio - 1) <= TOLERANCE else math.ceil(replicas * ratio)
    return min(max(wanted, scaling.min_replicas), scaling.max_replicas)


async def follow_load(service_id: UUID) -> None:
    """Scales a service that is settled, where its load asks for it."""
    async with transaction():
        service = await ServiceInstance.filter(id=service_id, deleted_at=None).select_for_update(no_key=True).first()
        if service is None or not _is_calm(service):
            return
        config = config_of(service)
        wanted = wanted_replicas(service.desired_replicas, _used_percent(service, config), config.scaling)
        if wanted == service.desired_replicas or (wanted < service.desired_replicas and _changed_lately(service)):
            return
        reason = f"from {service.desired_replicas} to {wanted} replicas, by the CPU target"
        service.desired_replicas = wanted
        service.scaling_config = {**service.scaling_config, "target_replicas": wanted}
        await new_intent(service, None)
        await record_status(service, ServiceStatus.SCALING, reason=reason)


def _is_calm(service: ServiceInstance) -> bool:
    is_settled = service.generation == service.observed_generation and service.status == ServiceStatus.RUNNING
    return is_settled and service.cpu_usage_percent is not None and not config_of(service).has_fixed_ports


def _used_percent(service: ServiceInstance, config: ServiceConfig) -> float:
    """The share of its CPU limit that a replica uses on average; the row has the percent of one core of all replicas together."""
    limit = parse_cpus(config.limits.cpu) * 100 * max(service.settled_replicas, 1)
    return float(service.cpu_usage_percent or 0) / limit * 100


def _changed_lately(service: ServiceInstance) -> bool:
    return service.intent_at is not None and now() - service.intent_at < CALM
