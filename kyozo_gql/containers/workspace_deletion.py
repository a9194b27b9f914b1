"""Deleting a workspace: gone for clients at once, then, as its services end, from the engine, the disk and the database."""

from __future__ import annotations

import asyncio
import shutil
from uuid import UUID

import structlog

from kyozo_gql.accounts.audit import record
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.containers.services import mark_deleted
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import News, post, transaction
from kyozo_gql.engines.engine import Engine
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.store import get_workspace, subject_of, workspaces_of

log = structlog.get_logger(__name__)

BATCH = 20


async def delete_workspace(viewer: Viewer, id: UUID) -> None:
    """Deletes a workspace, its services and its files; workers bring it about. Raises NotFound, Forbidden."""
    async with transaction():
        await workspaces_of(viewer).filter(id=id).select_for_update(no_key=True).first()
        workspace = await get_workspace(viewer, id, LEAST_ROLE[Action.DELETE])
        workspace.deleted_at = now()
        await workspace.save(update_fields=["deleted_at"])
        count = await _delete_services(id, viewer.user.id)
        await record(viewer, "deleteWorkspace", subject_of(workspace), services=count)
        post(News(f"workspace:{id}", {"kind": "workspace_deleted", "workspace_id": str(id)}))


async def finish_deletions(engine: Engine) -> None:
    """Removes what is left of deleted workspaces that have no services any more. Done again after a crash, it does what is left."""
    for id in await Workspace.filter(deleted_at__not_isnull=True).order_by("deleted_at").limit(BATCH).values_list("id", flat=True):
        try:
            await _finish(UUID(str(id)), engine)
        except Exception as error:  # noqa: BLE001 — one that can't be finished keeps no other from it; it comes again
            log.warning("workspace_not_removed", workspace_id=str(id), error=str(error) or type(error).__name__)


async def _finish(id: UUID, engine: Engine) -> None:
    async with transaction():
        await _delete_services(id, None)  # one that was made in the very moment of the deletion
    if await ServiceInstance.exists(workspace_id=id):
        return
    await engine.forget_workspace(id)
    async with transaction():
        # Whoever writes a file holds a lock on the workspace's row: after this one nobody does.
        workspace = await Workspace.filter(id=id, deleted_at__not_isnull=True).select_for_update().first()
        if workspace is None or await ServiceInstance.exists(workspace_id=id):
            return
        await asyncio.to_thread(_remove_tree, id)
        await workspace.delete()
    log.info("workspace_removed", workspace_id=str(id))


async def _delete_services(workspace_id: UUID, user_id: UUID | None) -> int:
    """Within a transaction; answers how many. A stack's row is locked before those of its services: it is older."""
    rows = ServiceInstance.filter(workspace_id=workspace_id, deleted_at=None).order_by("id").select_for_update(no_key=True)
    services = await rows
    for service in services:
        await mark_deleted(service, user_id)
    return len(services)


def _remove_tree(workspace_id: UUID) -> None:
    folder = workspace_folder(workspace_id)
    if folder.exists():
        shutil.rmtree(folder)
