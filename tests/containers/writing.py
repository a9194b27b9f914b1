"""Entries of the journal, written as the domain writes them."""

from __future__ import annotations

from kyozo_gql.containers.journal import record_event, record_status
from kyozo_gql.containers.models import DeploymentEventType, ServiceInstance, ServiceStatus
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.outbox import transaction


async def write_event(service: ServiceInstance) -> None:
    async with transaction():
        held = await ServiceInstance.filter(id=service.id).select_for_update(no_key=True).get()
        await record_event(held, DeploymentEventType.SERVICE_STARTED, data={"mark": new_id().hex})


async def write_status(service: ServiceInstance) -> None:
    """Always a new one: the reason tells them apart."""
    async with transaction():
        held = await ServiceInstance.filter(id=service.id).select_for_update(no_key=True).get()
        await record_status(held, ServiceStatus.RUNNING, reason=new_id().hex)
