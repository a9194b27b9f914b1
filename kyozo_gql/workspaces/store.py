"""Workspaces: found through the viewer, made with their folder."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from kyozo_gql.accounts.audit import Subject, record
from kyozo_gql.accounts.idempotency import again, once
from kyozo_gql.accounts.models import Role, Team
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.errors import FieldError, InvalidInput, NotFound
from kyozo_gql.core.outbox import transaction
from kyozo_gql.workspaces.importing import copy_tree
from kyozo_gql.workspaces.models import DeploymentEnvironment, Workspace
from kyozo_gql.workspaces.roots import WRITING, workspace_folder, workspace_root
from kyozo_gql.workspaces.scan import scan

NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,100}", re.ASCII)
_REGISTRY: Final = re.compile(r"(https?://)?[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:\d{1,5})?(/[a-z0-9._/-]*)?", re.ASCII)
_LONGEST_REGISTRY: Final = 255


def workspaces_of(viewer: Viewer) -> QuerySet[Workspace]:
    """The workspaces of the viewer's teams, without those that are deleted."""
    return Workspace.filter(team_id__in=viewer.team_ids, deleted_at=None)


def subject_of(workspace: Workspace) -> Subject:
    """A workspace, for the audit trail."""
    return Subject("Workspace", workspace.id, workspace.name, workspace.team_id, workspace.id)


async def get_workspace(viewer: Viewer, id: UUID, role: Role = Role.VIEWER) -> Workspace:
    """A workspace in which the viewer has that role or a higher one. Raises NotFound, Forbidden."""
    workspace = await workspaces_of(viewer).get_or_none(id=id)
    if workspace is None:
        raise NotFound("Workspace")
    viewer.require(workspace.team_id, role, "Workspace")
    return workspace


async def create_workspace(
    viewer: Viewer,
    *,
    team_id: UUID,
    name: str,
    container_enabled: bool | None = None,
    auto_deploy_enabled: bool | None = None,
    container_registry_url: str | None = None,
    deployment_environment: str | None = None,
    idempotency_key: str | None = None,
) -> Workspace:
    """A workspace with an empty folder. None: its services may be deployed, on request only, for development.

    Raises NotFound for another team, Forbidden, InvalidInput, Conflict (of the key).
    """
    viewer.require(team_id, LEAST_ROLE[Action.EDIT], "Team")
    columns: dict[str, Any] = {
        "name": name,
        "container_enabled": container_enabled is not False,
        "auto_deploy_enabled": bool(auto_deploy_enabled),
        "container_registry_url": container_registry_url,
        "deployment_environment": deployment_environment or DeploymentEnvironment.DEVELOPMENT,
    }
    _check(columns)
    async with once(viewer, idempotency_key, "createWorkspace", team=team_id, **columns) as attempt:
        if attempt.first_answer is not None:
            return await again(workspaces_of(viewer), attempt.first_answer["workspace"])
        workspace = await Workspace.create(team_id=team_id, **columns)
        await record(viewer, "createWorkspace", subject_of(workspace), **columns)
        await attempt.keep(workspace=workspace.id)
        await asyncio.to_thread(workspace_folder(workspace.id).mkdir, mode=0o700, parents=True)
    return workspace


async def update_workspace(viewer: Viewer, id: UUID, changes: Mapping[str, Any]) -> Workspace:
    """Changes some of ``create_workspace``'s columns; None clears the registry, and leaves the others as they are.

    Raises NotFound, Forbidden, InvalidInput.
    """
    given = {name: value for name, value in changes.items() if value is not None or name == "container_registry_url"}
    async with transaction():
        await workspaces_of(viewer).filter(id=id).select_for_update(no_key=True).first()
        workspace = await get_workspace(viewer, id, LEAST_ROLE[Action.EDIT])
        workspace.update_from_dict(given)
        _check(given)
        if given:
            await workspace.save(update_fields=[*given, "updated_at"])
        await record(viewer, "updateWorkspace", subject_of(workspace), **given)
    return workspace


async def import_directory(viewer: Viewer, team_id: UUID, name: str, source: Path) -> Workspace:
    """The team's workspace of that name, made where there is none, with the files of a directory of this machine.

    Again is fine: what changed is copied anew, what the workspace holds besides stays. Links out of the directory and what is no
    part of a workspace (.git, node_modules, virtual environments …) are left out. What is imported is there to be run: a new
    workspace has its containers enabled. Raises NotFound for another team, Forbidden, InvalidInput.
    """
    viewer.require(team_id, LEAST_ROLE[Action.EDIT], "Team")
    if not await asyncio.to_thread(source.is_dir):
        raise InvalidInput.of("source", "there is no such directory")
    async with transaction():
        await Team.filter(id=team_id).select_for_update(no_key=True).first()  # of two imports one finds the other's workspace
        workspace = await Workspace.filter(team_id=team_id, name=name, deleted_at=None).order_by("created_at", "id").first()
        if workspace is None:
            workspace = await create_workspace(viewer, team_id=team_id, name=name, container_enabled=True)
        await record(viewer, "importWorkspace", subject_of(workspace), source=str(source))
    await asyncio.to_thread(copy_tree, source, workspace_folder(workspace.id), workspace_root() / WRITING)
    await scan(workspace)
    return workspace


def _check(columns: Mapping[str, Any]) -> None:
    """Raises InvalidInput that names every column of these that is wrong."""
    faults = []
    registry = columns.get("container_registry_url")
    if "name" in columns and NAME.fullmatch(columns["name"]) is None:
        faults.append(FieldError("name", "must be 1 to 100 letters, digits, '_' or '-'"))
    if registry is not None and (len(registry) > _LONGEST_REGISTRY or _REGISTRY.fullmatch(registry) is None):
        faults.append(FieldError("containerRegistryUrl", "must be a host, with a port and a path if need be"))
    if columns.get("deployment_environment", DeploymentEnvironment.DEVELOPMENT) not in list(DeploymentEnvironment):
        faults.append(FieldError("deploymentEnvironment", "must be development, staging or production"))
    if faults:
        raise InvalidInput(*faults)
