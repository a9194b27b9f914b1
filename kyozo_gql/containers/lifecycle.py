"""What users ask of a service: deploy, start, stop, restart, scale. Each is accepted in one transaction; workers bring it about.

The last intent wins: a deploy supersedes the one before it, a stop cancels it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from kyozo_gql.accounts.audit import record
from kyozo_gql.accounts.idempotency import again, once
from kyozo_gql.accounts.permissions import Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.config import config_from, config_of, frozen_config
from kyozo_gql.containers.intents import new_intent, subject_of, working_on
from kyozo_gql.containers.jobs import is_job
from kyozo_gql.containers.journal import record_event, record_status
from kyozo_gql.containers.models import (
    Deployment,
    DeploymentEventType,
    DeploymentStatus,
    ServiceInstance,
    ServiceStatus,
)
from kyozo_gql.containers.ports import reserve_fixed
from kyozo_gql.core.errors import Conflict, InvalidInput, NotSupported
from kyozo_gql.core.spec import ServiceType
from kyozo_gql.engines.current import current_engine
from kyozo_gql.workspaces.models import Workspace


async def deploy_service(viewer: Viewer, id: UUID, idempotency_key: str | None = None) -> tuple[ServiceInstance, Deployment]:
    """Accepts a deployment of the folder as it is. The same key gives the first answer again.

    Raises NotFound, Forbidden, NotSupported (the engine can't run it), Conflict, InvalidInput (the key is none; a port is another
    service's).
    """
    async with (
        once(viewer, idempotency_key, "deployService", service=id) as attempt,
        working_on(viewer, id, Action.OPERATE) as service,
    ):
        if attempt.first_answer is not None:
            return service, await again(Deployment.all(), attempt.first_answer["deployment"])
        await refuse_workspace(service.workspace_id)
        deployment = await accept_deployment(service, viewer.user.id)
        await record(viewer, "deployService", subject_of(service), number=deployment.number)
        await attempt.keep(deployment=deployment.id)
    return service, deployment


async def accept_deployment(service: ServiceInstance, user_id: UUID | None, idempotency_key: str | None = None) -> Deployment:
    """A new deployment of a service, within a transaction that holds its row. Raises NotSupported, InvalidInput."""
    return await begin_deployment(service, user_id, frozen_config(service), idempotency_key=idempotency_key)


async def begin_deployment(service: ServiceInstance, user_id: UUID | None, config: dict[str, Any], **columns: Any) -> Deployment:
    """A new deployment of a frozen configuration, in place of one that is under way; ``columns`` is what is known of it already.

    Within a transaction that holds the service's row. Raises NotSupported, InvalidInput (a port is another service's).
    """
    wanted = config_from(config)
    refusal = current_engine().refusal(ServiceType(config["service_type"]), image=wanted.deployment.image)
    if refusal is not None:
        raise NotSupported(refusal)
    await reserve_fixed(service.id, wanted.ports)
    newest = await Deployment.filter(service_instance_id=service.id).order_by("-number").first()
    await end_open(service, DeploymentStatus.SUPERSEDED)
    deployment = await Deployment.create(
        service_instance_id=service.id,
        number=newest.number + 1 if newest else 1,
        config=config,
        triggered_by_id=user_id,
        **columns,
    )
    service.target_deployment_id, service.desired_status = deployment.id, ServiceStatus.RUNNING
    await new_intent(service, user_id)
    await record_status(service, ServiceStatus.DEPLOYING)
    await record_event(
        service,
        DeploymentEventType.DEPLOYMENT_STARTED,
        deployment_id=deployment.id,
        triggered_by_id=user_id,
        data={"number": deployment.number},
    )
    return deployment


async def start_service(viewer: Viewer, id: UUID, idempotency_key: str | None = None) -> ServiceInstance:
    """Wants a deployed service to run. Raises NotFound, Forbidden, Conflict (never deployed, or a job)."""
    async with _intending(viewer, id, idempotency_key, "startService") as (service, is_new):
        if is_new and service.target_deployment_id is None:
            _refuse_job(service, "started")
            _require_version(service, "start")
            await _want_running(service, viewer.user.id)
    return service


async def stop_service(viewer: Viewer, id: UUID, idempotency_key: str | None = None) -> ServiceInstance:
    """Wants a service not to run; a deployment that is under way is cancelled. Raises NotFound, Forbidden."""
    async with _intending(viewer, id, idempotency_key, "stopService") as (service, is_new):
        if is_new:
            await accept_stop(service, viewer.user.id)
    return service


async def accept_stop(service: ServiceInstance, user_id: UUID | None) -> None:
    """Wants a service not to run, within a transaction that holds its row. One that never ran is left alone."""
    if service.current_deployment_id is None and service.generation == 0:
        return
    await end_open(service, DeploymentStatus.CANCELLED)
    service.target_deployment_id, service.desired_status = None, ServiceStatus.STOPPED
    await new_intent(service, user_id)
    await record_status(service, ServiceStatus(service.status), reason="stopping")


async def restart_service(viewer: Viewer, id: UUID, idempotency_key: str | None = None) -> ServiceInstance:
    """Wants new replicas of the version in service.

    Raises NotFound, Forbidden, Conflict (never deployed, being deployed, or a job).
    """
    async with _intending(viewer, id, idempotency_key, "restartService") as (service, is_new):
        if is_new:
            _refuse_job(service, "restarted")
            _require_version(service, "restart")
            if service.target_deployment_id is not None:
                raise Conflict("a deployment is under way: it brings new replicas by itself")
            service.restart_revision += 1
            await _want_running(service, viewer.user.id, "restarting")
    return service


async def scale_service(viewer: Viewer, id: UUID, replica_count: int, idempotency_key: str | None = None) -> ServiceInstance:
    """Wants that many replicas.

    Raises NotFound, Forbidden, InvalidInput (out of its bounds), Conflict (never deployed, a stack, or a job).
    """
    async with _intending(viewer, id, idempotency_key, "scaleService", replica_count=replica_count) as (service, is_new):
        if is_new:
            await _scale(service, replica_count, viewer.user.id)
    return service


@asynccontextmanager
async def _intending(
    viewer: Viewer, id: UUID, idempotency_key: str | None, action: str, **asked: Any
) -> AsyncIterator[tuple[ServiceInstance, bool]]:
    """Within, a service's row is held for what its user wants of it, and whether that is new: if not, it was done before."""
    async with (
        once(viewer, idempotency_key, action, service=id, **asked) as attempt,
        working_on(viewer, id, Action.OPERATE) as service,
    ):
        yield service, attempt.first_answer is None
        if attempt.first_answer is None:
            await record(viewer, action, subject_of(service), **asked)


async def _scale(service: ServiceInstance, replica_count: int, user_id: UUID) -> None:
    _refuse_job(service, "scaled")
    _require_version(service, "scale")
    _check_count(service, replica_count)
    service.desired_replicas = replica_count
    service.scaling_config = {**service.scaling_config, "target_replicas": replica_count}
    await new_intent(service, user_id)
    if service.status == ServiceStatus.RUNNING and service.settled_replicas != replica_count:
        await record_status(service, ServiceStatus.SCALING, reason=f"from {service.settled_replicas} to {replica_count} replicas")


async def refuse_workspace(workspace_id: UUID) -> None:
    """Raises Conflict where nothing of a workspace may be deployed."""
    workspace = await Workspace.get(id=workspace_id)
    if not workspace.container_enabled:
        raise Conflict("containers are not enabled for this workspace; set containerEnabled")


async def _want_running(service: ServiceInstance, user_id: UUID | None, reason: str = "starting") -> None:
    changed = service.desired_status != ServiceStatus.RUNNING or service.status != ServiceStatus.RUNNING or reason != "starting"
    service.desired_status = ServiceStatus.RUNNING
    if changed:
        await new_intent(service, user_id)
        await record_status(service, ServiceStatus(service.status), reason=reason)


async def end_open(service: ServiceInstance, status: DeploymentStatus) -> None:
    """Asks for the end of what is under way, within a transaction that holds the service's row."""
    open_ones = Deployment.filter(service_instance_id=service.id, finished_at=None, end_requested=None)
    await open_ones.update(end_requested=status)


def _require_version(service: ServiceInstance, verb: str) -> None:
    if service.current_deployment_id is None:
        raise Conflict(f"there is nothing to {verb}: the service was never deployed")


def _refuse_job(service: ServiceInstance, done: str) -> None:
    if is_job(service):
        raise Conflict(f"a job is not {done}: it runs once for each deployment, in one container; deploy it to run it again")


def _check_count(service: ServiceInstance, count: int) -> None:
    config = config_of(service)
    if service.service_type == ServiceType.COMPOSE_STACK:
        raise Conflict("a stack is not scaled as a whole; scale its services")
    if not config.scaling.min_replicas <= count <= config.scaling.max_replicas:
        raise InvalidInput.of("replica_count", f"{config.scaling.min_replicas} to {config.scaling.max_replicas}")
    if config.has_fixed_ports and count > 1:
        raise InvalidInput.of("replica_count", "a fixed host port serves one replica; leave hostPort out")
