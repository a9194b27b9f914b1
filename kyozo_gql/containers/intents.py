"""How an intent is accepted: the service's row is held, what was asked for is written, and somebody is woken after the commit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from kyozo_gql.accounts.audit import Subject
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.containers.wakeups import converge_now
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import NotFound
from kyozo_gql.core.outbox import transaction


def subject_of(service: ServiceInstance) -> Subject:
    """A service, for the audit trail."""
    return Subject("ServiceInstance", service.id, service.name, service.team_id, service.workspace_id)


@asynccontextmanager
async def working_on(viewer: Viewer, service_id: UUID, action: Action) -> AsyncIterator[ServiceInstance]:
    """A transaction that holds the row of a service on which the viewer may do that. Raises NotFound, Forbidden."""
    async with transaction():
        # Of the viewer's teams alone: nobody waits for a row of others, nor holds it.
        ours = ServiceInstance.filter(id=service_id, team_id__in=viewer.team_ids, deleted_at=None)
        service = await ours.select_for_update(no_key=True).first()
        if service is None:
            raise NotFound("service instance", str(service_id))
        viewer.require(service.team_id, LEAST_ROLE[action], "service instance")
        yield service


async def new_intent(service: ServiceInstance, user_id: UUID | None) -> None:
    """Writes a service whose desired state was changed, within the transaction that holds its row."""
    service.generation += 1
    service.intent_at = service.due_at = now()
    service.intent_by_id = user_id
    if user_id is not None:
        service.last_accessed_at = service.intent_at
    await service.save()
    converge_now(service.id, service.generation)
