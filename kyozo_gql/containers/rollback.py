"""Going back to an earlier version: its frozen configuration and its image, as a deployment of their own. Nothing is built."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kyozo_gql.accounts.audit import record
from kyozo_gql.accounts.idempotency import again, once, prepare
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.config import config_from
from kyozo_gql.containers.intents import subject_of, working_on
from kyozo_gql.containers.lifecycle import begin_deployment, refuse_workspace
from kyozo_gql.containers.models import BuildLogLine, Deployment, DeploymentStatus, ServiceInstance
from kyozo_gql.containers.services import get_service
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Conflict, EngineUnreachable, NotFound
from kyozo_gql.core.spec import ServiceType
from kyozo_gql.engines.current import current_engine
from kyozo_gql.engines.engine import LogStream


async def rollback_service(
    viewer: Viewer, id: UUID, deployment_id: UUID | None = None, idempotency_key: str | None = None
) -> tuple[ServiceInstance, Deployment]:
    """Accepts a deployment of what an earlier one put into service; None: the last one that succeeded before the current.

    Raises NotFound, Forbidden, NotSupported, InvalidInput (a port is another service's by now), and Conflict: there is no such
    version, it is in service already, its image is gone, or a stack was meant.
    """
    found = await get_service(viewer, id, LEAST_ROLE[Action.OPERATE])
    version = await prepare(_version(found, deployment_id))
    async with (
        once(viewer, idempotency_key, "rollbackService", service=id, deployment=deployment_id) as attempt,
        working_on(viewer, id, Action.OPERATE) as service,
    ):
        if attempt.first_answer is not None:
            return service, await again(Deployment.all(), attempt.first_answer["deployment"])
        earlier, built = version()
        deployment = await _begin(service, earlier, built, viewer.user.id)
        await record(viewer, "rollbackService", subject_of(service), number=deployment.number, rollback_of=earlier.number)
        await attempt.keep(deployment=deployment.id)
    return service, deployment


async def _version(service: ServiceInstance, deployment_id: UUID | None) -> tuple[Deployment, dict[str, Any]]:
    earlier = await _choose(service, deployment_id)
    return earlier, await _what_is_built(earlier)


async def _begin(service: ServiceInstance, earlier: Deployment, built: dict[str, Any], user_id: UUID) -> Deployment:
    _refuse(service, earlier)
    await refuse_workspace(service.workspace_id)
    deployment = await begin_deployment(service, user_id, earlier.config, rollback_of_id=earlier.id, **built)
    if built:
        await BuildLogLine.create(
            deployment_id=deployment.id,
            number=1,
            stream=LogStream.STDOUT,
            message=f"the image of deployment {earlier.number} is run again: {earlier.image}",
            created_at=now(),
        )
    return deployment


async def _choose(service: ServiceInstance, deployment_id: UUID | None) -> Deployment:
    if service.service_type == ServiceType.COMPOSE_STACK:
        raise Conflict("a stack is not rolled back as a whole; roll back its services")
    current = await Deployment.get_or_none(id=service.current_deployment_id) if service.current_deployment_id else None
    if current is None:
        raise Conflict("there is nothing to roll back: the service was never deployed")
    ours = Deployment.filter(service_instance_id=service.id)
    if deployment_id is not None:
        earlier = await ours.get_or_none(id=deployment_id)
        if earlier is None:
            raise NotFound("deployment", str(deployment_id))
        if earlier.status != DeploymentStatus.SUCCEEDED:
            raise Conflict(f"deployment {earlier.number} was never in service: it is {earlier.status}")
        return earlier
    before = ours.filter(status=DeploymentStatus.SUCCEEDED, number__lt=current.number)
    found = await before.order_by("-number").first()
    if found is None:
        raise Conflict(f"there is no version to go back to: no deployment before {current.number} succeeded")
    return found


def _refuse(service: ServiceInstance, earlier: Deployment) -> None:
    """Raises Conflict."""
    if service.current_deployment_id == earlier.id and service.target_deployment_id is None:
        raise Conflict(f"deployment {earlier.number} is in service already")
    if config_from(earlier.config).has_fixed_ports and service.desired_replicas > 1:
        raise Conflict("that version has a fixed host port, which serves one replica; scale the service to 1 first")


async def _what_is_built(earlier: Deployment) -> dict[str, Any]:
    """The columns of a deployment whose image is there; none for a ready-made image, which is pulled. Raises Conflict."""
    if not config_from(earlier.config).deployment.is_built:
        return {}
    try:
        there = earlier.image is not None and await current_engine().has_image(earlier.image)
    except EngineUnreachable as error:
        raise Conflict(f"the engine can't be asked for the image now: {error}") from error
    if not there:
        raise Conflict(f"the image of deployment {earlier.number} is gone: only those of the last versions are kept")
    return {
        "status": DeploymentStatus.STARTING,
        "image": earlier.image,
        "content_hash": earlier.content_hash,
        "started_at": now(),
        "built_at": now(),
    }
