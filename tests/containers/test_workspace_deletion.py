"""Deleting a workspace, over the simulated engine."""

from __future__ import annotations

from typing import Any

import pytest

from kyozo_gql.accounts.models import Role
from kyozo_gql.containers.lifecycle import deploy_service
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.containers.services import get_service, services_of
from kyozo_gql.containers.workspace_deletion import delete_workspace, finish_deletions
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Forbidden, NotFound
from kyozo_gql.core.outbox import News
from kyozo_gql.workspaces.detections import detections_of
from kyozo_gql.workspaces.files import files_of, write_file
from kyozo_gql.workspaces.models import File, TopologyDetection, Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.store import create_workspace, get_workspace, workspaces_of
from tests.containers.hands import eventually, settled


async def finished(engine: Any, workspace: Any) -> Any:
    async def is_gone() -> Any:
        await finish_deletions(engine)
        return not await Workspace.exists(id=workspace.id)

    await eventually(is_gone)


async def test_gone_for_clients_at_once_and_for_good_when_its_services_have_ended(owner, make_service, workspace, hands, engine):
    service = await make_service()
    await write_file(owner, workspace.id, "a.txt", "a")
    kept = await create_workspace(owner, team_id=owner.team_ids[0], name="kept")
    await write_file(owner, kept.id, "a.txt", "a")
    await deploy_service(owner, service.id)
    await settled(service, "running")
    assert await engine.observe(service.id)

    await delete_workspace(owner, workspace.id)
    assert await workspaces_of(owner) == [kept]
    assert await services_of(owner) == []
    assert await detections_of(owner) == []
    assert [file.workspace_id for file in await files_of(owner)] == [kept.id]
    for attempt in (
        get_workspace(owner, workspace.id),
        get_service(owner, service.id),
        write_file(owner, workspace.id, "b.txt", ""),
        delete_workspace(owner, workspace.id),
    ):
        with pytest.raises(NotFound):
            await attempt

    await finished(engine, workspace)
    assert await engine.observe() == ()
    assert not await ServiceInstance.exists()
    assert not await TopologyDetection.exists()
    assert await File.all().count() == 1
    assert not workspace_folder(workspace.id).exists()
    assert (workspace_folder(kept.id) / "a.txt").exists()


async def test_nothing_is_removed_before_the_last_service_is_gone(owner, make_service, workspace, engine):
    await make_service()
    await delete_workspace(owner, workspace.id)
    await finish_deletions(engine)
    assert workspace_folder(workspace.id).exists()
    assert await Workspace.exists(id=workspace.id)
    await ServiceInstance.all().delete()
    await finish_deletions(engine)
    assert not workspace_folder(workspace.id).exists()
    assert not await Workspace.exists(id=workspace.id)


async def test_whoever_was_killed_in_between_is_followed_by_another(owner, workspace, engine):
    await Workspace.filter(id=workspace.id).update(deleted_at=now())
    workspace_folder(workspace.id).rmdir()
    await finish_deletions(engine)
    assert not await Workspace.exists(id=workspace.id)
    await finish_deletions(engine)


async def test_a_service_that_was_made_in_the_same_moment_goes_too(owner, make_service, workspace, hands, engine):
    service = await make_service()
    await Workspace.filter(id=workspace.id).update(deleted_at=now())
    await finished(engine, workspace)
    assert not await ServiceInstance.exists(id=service.id)


async def test_a_tree_that_can_not_be_removed_keeps_no_other(owner, workspace, engine, monkeypatch):
    second = await create_workspace(owner, team_id=owner.team_ids[0], name="second")
    folder = workspace_folder(workspace.id)
    folder.rmdir()
    folder.write_text("a file in its place")
    for one in (workspace, second):
        await delete_workspace(owner, one.id)
    await finish_deletions(engine)
    assert await Workspace.all().values_list("id", flat=True) == [workspace.id]
    folder.unlink()
    await finish_deletions(engine)
    assert not await Workspace.exists()


async def test_followers_are_told(owner, workspace, engine, posted):
    await delete_workspace(owner, workspace.id)
    payload = {"kind": "workspace_deleted", "workspace_id": str(workspace.id)}
    assert posted == [News(f"workspace:{workspace.id}", payload)]


async def test_who_may(owner, other_owner, member_as, workspace, engine):
    with pytest.raises(Forbidden) as refused:
        await delete_workspace(await member_as(Role.MEMBER), workspace.id)
    assert refused.value.required_role == "admin"
    with pytest.raises(NotFound):
        await delete_workspace(other_owner, workspace.id)
    await delete_workspace(await member_as(Role.ADMIN), workspace.id)
