"""Deploying by itself: after a workspace was analysed, its folders that are services are deployed where their content is new."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from kyozo_gql.containers.config import config_of
from kyozo_gql.containers.lifecycle import accept_deployment
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.containers.services import make_service
from kyozo_gql.containers.snapshot import content_hash
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.errors import NotSupported, UserError
from kyozo_gql.core.inforce import current_settings
from kyozo_gql.core.outbox import transaction
from kyozo_gql.workspaces.models import TopologyDetection, Workspace
from kyozo_gql.workspaces.roots import workspace_folder

log = structlog.get_logger(__name__)

LEAST_CONFIDENCE = 0.5


async def auto_deploy(workspace_id: UUID) -> None:
    """Makes services of what was detected with confidence, and deploys those whose folder changed. Refusals are logged."""
    workspace = await Workspace.get_or_none(id=workspace_id, deleted_at=None)
    wanted = current_settings().enable_auto_deploy and workspace and workspace.auto_deploy_enabled and workspace.container_enabled
    if not wanted:
        return
    found = TopologyDetection.filter(
        workspace_id=workspace_id, service_type__not_isnull=True, confidence_score__gte=LEAST_CONFIDENCE
    )
    for detection in await found.order_by("folder_path"):
        try:
            await _deploy(detection)
        except (UserError, NotSupported) as error:
            log.info("auto_deploy_refused", workspace_id=str(workspace_id), folder=detection.folder_path, error=str(error))


async def _deploy(detection: TopologyDetection) -> None:
    service = await ServiceInstance.get_or_none(
        workspace_id=detection.workspace_id, folder_path=detection.folder_path, deleted_at=None
    ) or await make_service(detection, ServiceChanges(), None)
    newest = await Deployment.filter(service_instance_id=service.id).order_by("-number").first()
    if newest is not None:
        deployment = config_of(service).deployment
        if newest.finished_at is None or deployment.image is not None:
            return
        folder = workspace_folder(service.workspace_id) / deployment.built_path(service.folder_path)
        if newest.content_hash == await asyncio.to_thread(content_hash, folder):
            return
    async with transaction():
        held = await ServiceInstance.filter(id=service.id, deleted_at=None).select_for_update(no_key=True).first()
        if held is not None:
            await accept_deployment(held, None)
