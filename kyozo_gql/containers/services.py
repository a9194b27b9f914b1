"""Services as their owners see them: found, made, changed, deleted."""

from __future__ import annotations

import re
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from kyozo_gql.accounts.audit import record
from kyozo_gql.accounts.idempotency import again, once, prepare
from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.changes import described
from kyozo_gql.containers.config import ServiceConfig, columns_of, config_of
from kyozo_gql.containers.defaults import default_config
from kyozo_gql.containers.intents import new_intent, subject_of, working_on
from kyozo_gql.containers.journal import record_deletion
from kyozo_gql.containers.models import Deployment, DeploymentStatus, ServiceInstance, ServiceStatus
from kyozo_gql.containers.ports import reserve_fixed
from kyozo_gql.containers.validation import ServiceChanges, apply_changes, check_name
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Conflict, InvalidInput, NotFound
from kyozo_gql.core.inforce import current_settings
from kyozo_gql.core.outbox import transaction
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.document import recommendation_from_json
from kyozo_gql.workspaces.detections import keep_detection, look_at
from kyozo_gql.workspaces.models import TopologyDetection
from kyozo_gql.workspaces.store import get_workspace

WHAT = "service instance"

__all__ = ["ServiceChanges", "config_of", "create_service", "delete_service", "get_service", "services_of", "update_service"]


def services_of(viewer: Viewer) -> QuerySet[ServiceInstance]:
    """The services of the viewer's teams, without those that are deleted."""
    return ServiceInstance.filter(team_id__in=viewer.team_ids, deleted_at=None)


async def get_service(viewer: Viewer, id: UUID, role: Role = Role.VIEWER) -> ServiceInstance:
    """A service of the viewer's. Raises NotFound, Forbidden."""
    service = await services_of(viewer).get_or_none(id=id)
    if service is None:
        raise NotFound(WHAT, str(id))
    viewer.require(service.team_id, role, WHAT)
    return service


async def create_service(
    viewer: Viewer, workspace_id: UUID, folder_path: str, changes: ServiceChanges, idempotency_key: str | None = None
) -> ServiceInstance:
    """Makes a folder a service; what is not given comes from what the folder was found to be.

    Raises NotFound, Forbidden, InvalidInput, Conflict (the folder or the name has one already).
    """
    workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.EDIT])
    if changes.name is not None:
        check_name(changes.name)
    found = await prepare(look_at(workspace, folder_path))
    asked = {"workspace": workspace_id, "folder_path": folder_path, "changes": changes}
    async with once(viewer, idempotency_key, "createServiceInstance", **asked) as attempt:
        if attempt.first_answer is not None:
            return await again(services_of(viewer), attempt.first_answer["service"])
        service = await make_service(await keep_detection(workspace, found()), changes, viewer.user.id)
        details = {"folder_path": service.folder_path, "service_type": ServiceType(service.service_type), **described(changes)}
        await record(viewer, "createServiceInstance", subject_of(service), **details)
        await attempt.keep(service=service.id)
    return service


async def make_service(detection: TopologyDetection, changes: ServiceChanges, user_id: UUID | None) -> ServiceInstance:
    """Makes the folder of a detection a service. Raises InvalidInput, Conflict."""
    settings = current_settings()
    service_type = changes.service_type or _type_of(detection, changes)
    recommendation = recommendation_from_json(detection.deployment_recommendations) if _follows(detection, service_type) else None
    config = apply_changes(default_config(recommendation, settings), changes, SecretBox(settings.encryption_key))
    try:
        async with transaction():
            name = changes.name or await _free_name(detection)
            await _refuse_double(detection.workspace_id, detection.folder_path, name)
            service = await ServiceInstance.create(
                name=name,
                folder_path=detection.folder_path,
                service_type=service_type,
                status=ServiceStatus.DEPLOYABLE,
                desired_replicas=config.scaling.min_replicas,
                workspace_id=detection.workspace_id,
                team_id=detection.team_id,
                created_by_id=user_id,
                topology_detection_id=detection.id,
                **columns_of(config),
            )
            await reserve_fixed(service.id, config.ports)
    except IntegrityError as error:
        raise Conflict(f"the folder {detection.folder_path!r} is a service already") from error
    return service


async def _free_name(detection: TopologyDetection) -> str:
    """The name that a folder was found to have, or, where another one is called so already, that of its whole path."""
    found = str(detection.analysis_metadata["name"])
    path = re.sub(r"[^a-zA-Z0-9_-]+", "-", detection.folder_path).strip("-")[-100:].strip("-")
    taken = ServiceInstance.filter(workspace_id=detection.workspace_id, deleted_at=None, name=found)
    return path if path and await taken.exists() else found


async def update_service(viewer: Viewer, id: UUID, changes: ServiceChanges) -> ServiceInstance:
    """Changes a service's configuration; the next deployment takes it, bounds of scaling hold at once.

    Raises NotFound, Forbidden, InvalidInput, Conflict.
    """
    if changes.name is not None:
        check_name(changes.name)
    box = SecretBox(current_settings().encryption_key)
    async with working_on(viewer, id, Action.EDIT) as service:
        config = apply_changes(config_of(service), changes, box)
        if config.has_fixed_ports and service.desired_replicas > 1:
            raise InvalidInput.of("port_mappings", "a fixed host port serves one replica; scale the service to 1 first")
        if changes.name is not None and changes.name != service.name:
            await _refuse_double(service.workspace_id, None, changes.name)
            service.name = changes.name
        service.update_from_dict(columns_of(config))
        await reserve_fixed(service.id, config.ports)
        await _keep_within_bounds(service, config, viewer.user.id)
        await service.save()
        await record(viewer, "updateServiceInstance", subject_of(service), **described(changes))
    return service


async def _keep_within_bounds(service: ServiceInstance, config: ServiceConfig, user_id: UUID) -> None:
    """Bounds hold at once: a service with fewer or more replicas than they allow is scaled."""
    bounded = min(max(service.desired_replicas, config.scaling.min_replicas), config.scaling.max_replicas)
    if bounded != service.desired_replicas:
        service.desired_replicas = bounded
        await new_intent(service, user_id)


async def delete_service(viewer: Viewer, id: UUID) -> None:
    """Deletes a service and those of its stack; its replicas are removed at once by a worker. Raises NotFound, Forbidden."""
    async with working_on(viewer, id, Action.DELETE) as service:
        subject, folder_path = subject_of(service), service.folder_path  # as it is before it is gone
        for one in (
            service,
            *await ServiceInstance.filter(parent_service_id=id, deleted_at=None).order_by("id").select_for_update(no_key=True),
        ):
            await mark_deleted(one, viewer.user.id)
        await record(viewer, "deleteServiceInstance", subject, folder_path=folder_path)


async def mark_deleted(service: ServiceInstance, user_id: UUID | None) -> None:
    """Within a transaction that holds the row: gone for clients, and its folder free for another service."""
    service.deleted_at, service.folder_path = now(), f".deleted/{service.id}"
    service.desired_status, service.target_deployment_id = ServiceStatus.STOPPED, None
    open_ones = Deployment.filter(service_instance_id=service.id, finished_at=None)
    await open_ones.update(end_requested=DeploymentStatus.CANCELLED)
    await new_intent(service, user_id)
    record_deletion(service)


def _type_of(detection: TopologyDetection, changes: ServiceChanges) -> ServiceType:
    if detection.service_type is not None:
        return ServiceType(detection.service_type)
    if changes.deployment and changes.deployment.get("image"):
        return ServiceType.CONTAINERIZED
    raise InvalidInput.of("service_type", "the folder does not look like a service; say what it is")


def _follows(detection: TopologyDetection, service_type: ServiceType) -> bool:
    """Whether the service is run as was recommended. A stack runs nothing itself: ports and checks are its services'."""
    if service_type is ServiceType.COMPOSE_STACK:
        return False
    return detection.service_type == service_type and bool(detection.deployment_recommendations)


async def _refuse_double(workspace_id: UUID, folder_path: str | None, name: str) -> None:
    others = ServiceInstance.filter(workspace_id=workspace_id, deleted_at=None)
    if folder_path is not None and await others.filter(folder_path=folder_path).exists():
        raise Conflict(f"the folder {folder_path!r} is a service already")
    if await others.filter(name=name).exists():
        raise Conflict(f"the workspace has a service named {name!r} already")
