"""Why the last deployment of a service failed, in words for its owner."""

from __future__ import annotations

from kyozo_gql.containers.models import Deployment, DeploymentStatus, ServiceInstance


async def failure_of(service: ServiceInstance) -> str | None:
    """What to say of the newest deployment where it failed, and of the one that stays in service; else None."""
    newest = await Deployment.filter(service_instance_id=service.id).order_by("-number").first()
    if newest is None or newest.status != DeploymentStatus.FAILED:
        return None
    said = f"deployment {newest.number} failed: {newest.error_message}"
    current = await Deployment.get_or_none(id=service.current_deployment_id) if service.current_deployment_id else None
    return said if current is None else f"{said}\ndeployment {current.number} is still in service"
