"""Why a service is not what was asked for last, in words for its owner."""

from __future__ import annotations

from kyozo_gql.containers.jobs import was_job
from kyozo_gql.containers.models import Deployment, DeploymentStatus, ServiceInstance
from kyozo_gql.containers.plan import RESTART_FAILED


async def failure_of(service: ServiceInstance) -> str | None:
    """What to say of a restart that was taken back, or of the newest deployment where it failed and the one that stays; else None.

    The words on the restart stay with the service until something else is asked of it.
    """
    if (service.status_reason or "").startswith(RESTART_FAILED):
        return service.status_reason
    newest = await Deployment.filter(service_instance_id=service.id).order_by("-number").first()
    if newest is None or newest.status != DeploymentStatus.FAILED:
        return None
    said = f"deployment {newest.number} failed: {newest.error_message}"
    current = await Deployment.get_or_none(id=service.current_deployment_id) if service.current_deployment_id else None
    if current is None:
        return said
    return f"{said}\ndeployment {current.number} {'had completed' if was_job(current) else 'is still in service'}"
