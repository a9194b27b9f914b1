"""Following what a service uses: what was last measured, then every new measurement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.containers.news import next_item
from kyozo_gql.core.broker import Broker
from kyozo_gql.core.outbox import News, post

METRICS_MEASURED: Final = "metrics_measured"


def post_measured(service_id: UUID) -> None:
    """Within a transaction: tells followers that there are new measurements, once it is committed."""
    post(News(f"service:{service_id}", {"kind": METRICS_MEASURED}))


async def follow_metrics(broker: Broker, service_id: UUID) -> AsyncIterator[ServiceInstance]:
    """The service with its measurements as they are, then each time that others were written. Ends when it is deleted."""
    seen: tuple[Any, ...] | None = None
    with broker.subscribe(f"service:{service_id}") as subscription:
        while service := await ServiceInstance.get_or_none(id=service_id, deleted_at=None):
            measured = (
                service.last_health_check_at,
                service.health_status,
                service.memory_usage_mb,
                service.cpu_usage_percent,
            )
            if measured != seen:
                seen = measured
                yield service
            await next_item(subscription)
