"""Ending a deployment before its end. It is CANCELLED once nothing of it is left; the version in service goes on."""

from __future__ import annotations

from uuid import UUID

from kyozo_gql.accounts.audit import Subject, record
from kyozo_gql.accounts.idempotency import once
from kyozo_gql.accounts.permissions import Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.intents import new_intent, working_on
from kyozo_gql.containers.journal import record_status, was_stopped
from kyozo_gql.containers.lifecycle import end_open
from kyozo_gql.containers.models import (
    Deployment,
    DeploymentStatus,
    ServiceInstance,
    ServiceStatus,
)
from kyozo_gql.containers.stack import children_of, deployment_key
from kyozo_gql.core.errors import Conflict, NotFound


async def cancel_deployment(viewer: Viewer, id: UUID, idempotency_key: str | None = None) -> Deployment:
    """Asks for the end of a deployment that is under way; again is fine. Raises NotFound, Forbidden, Conflict (it has ended)."""
    found = await Deployment.get_or_none(id=id)
    if found is None:
        raise NotFound("deployment", str(id))
    try:
        async with (
            once(viewer, idempotency_key, "cancelDeployment", deployment=id) as attempt,
            working_on(viewer, found.service_instance_id, Action.OPERATE) as service,
        ):
            deployment = await Deployment.get(id=id)
            if attempt.first_answer is None:
                await _accept(service, deployment, viewer)
            await deployment.refresh_from_db()
    except NotFound as error:
        raise NotFound("deployment", str(id)) from error
    return deployment


async def _accept(service: ServiceInstance, deployment: Deployment, viewer: Viewer) -> None:
    if DeploymentStatus(deployment.status).is_final:
        raise Conflict(f"deployment {deployment.number} has ended already: it is {deployment.status}")
    if service.target_deployment_id == deployment.id:
        await _cancel(service, deployment, viewer.user.id)
        for child in await children_of(service.id, lock=True):
            await _cancel_part(child, deployment, viewer.user.id)
    name = f"{service.name} #{deployment.number}"
    subject = Subject("Deployment", deployment.id, name, service.team_id, service.workspace_id)
    await record(viewer, "cancelDeployment", subject)


async def _cancel(service: ServiceInstance, deployment: Deployment, user_id: UUID) -> None:
    await end_open(service, DeploymentStatus.CANCELLED)
    goes_on = service.current_deployment_id is not None and not await was_stopped(service)
    service.target_deployment_id = None
    service.desired_status = ServiceStatus.RUNNING if goes_on else ServiceStatus.STOPPED
    await new_intent(service, user_id)
    await record_status(service, ServiceStatus(service.status), reason=f"cancelling deployment {deployment.number}")


async def _cancel_part(child: ServiceInstance, of_stack: Deployment, user_id: UUID) -> None:
    """What a stack's deployment has begun of its services."""
    part = await Deployment.get_or_none(id=child.target_deployment_id) if child.target_deployment_id else None
    if part is not None and part.idempotency_key == deployment_key(of_stack.id):
        await _cancel(child, part, user_id)
