from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from kyozo_gql.accounts.models import Role
from kyozo_gql.core.errors import Forbidden, InvalidInput, NotFound
from kyozo_gql.core.outbox import News
from kyozo_gql.topology import analysis as topology
from kyozo_gql.topology.document import from_record
from kyozo_gql.workspaces.detections import analyze_again, analyze_folder, detection_of, detections_of
from kyozo_gql.workspaces.models import TopologyDetection, Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.tree import WorkspaceTree


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    folder = workspace_folder(workspace.id)
    (folder / "web").mkdir()
    (folder / "web/package.json").write_text(json.dumps({"name": "shop", "scripts": {"start": "node server.js"}}))
    (folder / "web/server.js").write_text("require('http').createServer((_, r) => r.end('hi')).listen(process.env.PORT || 3000)\n")
    (folder / "notes").mkdir()
    (folder / "notes/todo.txt").write_text("buy apples")
    return folder


async def test_a_folder_is_looked_at_and_its_row_holds_all_that_was_found(owner, workspace, folder, posted):
    detection = (await analyze_folder(owner, workspace.id, "./web/")).detection
    found = topology.analyze_folder(WorkspaceTree(workspace), "web")
    assert (detection.folder_path, detection.service_type, detection.team_id) == ("web", "nodejs", workspace.team_id)
    assert detection.confidence_score == Decimal(str(found.confidence))
    row = await TopologyDetection.get(id=detection.id)
    columns = ("folder_path", "confidence_score", "detected_patterns", "service_indicators", "dependency_map",
               "deployment_recommendations", "analysis_metadata")  # fmt: skip
    assert from_record({column: getattr(row, column) for column in columns}) == found
    assert await detection_of(workspace, "web") == row
    news = {"kind": "topology_analyzed", "topology_detection_ids": [str(row.id)]}
    assert posted == [News(f"workspace:{workspace.id}", news)]


async def test_a_second_look_keeps_the_row_and_tells_what_is_now(owner, workspace, folder):
    first = (await analyze_folder(owner, workspace.id, "web")).detection
    (folder / "web/package.json").unlink()
    (folder / "web/server.js").unlink()
    second = (await analyze_folder(owner, workspace.id, "web")).detection
    assert (second.id, second.created_at, second.service_type) == (first.id, first.created_at, None)
    assert second.updated_at > first.updated_at
    assert second.deployment_recommendations == {}
    assert await TopologyDetection.all().count() == 1


async def test_a_second_look_says_what_changed(owner, workspace, folder):
    first = await analyze_folder(owner, workspace.id, "web")
    assert first.changes == (), "nothing was known before"
    assert (await analyze_again(owner, first.detection.id)).changes == ()
    (folder / "web/package.json").write_text(
        json.dumps({"name": "shop", "engines": {"node": "22"}, "scripts": {"start": "node other.js"}})
    )
    (folder / "web/server.js").rename(folder / "web/other.js")
    told = {change.field: (change.before, change.after) for change in (await analyze_again(owner, first.detection.id)).changes}
    assert told["recommendation.startCommand"] == ("node server.js", "node other.js")
    assert told["patterns.runtimeVersion"] == (None, "22")
    assert "serviceType" not in told
    assert (await analyze_folder(owner, workspace.id, "web")).changes == (), "it is as it was left"


async def test_what_another_version_wrote_does_not_keep_a_folder_from_being_looked_at(owner, workspace, folder):
    first = await analyze_folder(owner, workspace.id, "web")
    await TopologyDetection.filter(id=first.detection.id).update(deployment_recommendations={"ports": "many"})
    assert (await analyze_again(owner, first.detection.id)).changes == ()


async def test_a_folder_that_is_no_service_has_a_row_that_says_so(owner, workspace, folder):
    detection = (await analyze_folder(owner, workspace.id, "notes")).detection
    assert detection.service_type is None
    assert detection.confidence_score is not None


async def test_the_root_is_called_by_the_workspaces_name(owner, workspace, folder):
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY app /app\nEXPOSE 8080\nCMD ["/app"]\n')
    detection = (await analyze_folder(owner, workspace.id, "")).detection
    assert (detection.folder_path, detection.service_type) == ("", "containerized")
    assert detection.analysis_metadata["name"] == "garden"


async def test_a_link_to_a_folder_is_that_folder(owner, workspace, folder):
    (folder / "alias").symlink_to("web")
    assert (await analyze_folder(owner, workspace.id, "alias")).detection.folder_path == "web"


@pytest.mark.parametrize("path", ["missing", "web/package.json", "..", "/etc", "out", "a\x00"])
async def test_a_folder_that_is_not_there_or_not_inside_is_refused(owner, workspace, folder, tmp_path, path):
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(InvalidInput) as refused:
        await analyze_folder(owner, workspace.id, path)
    assert [fault.path for fault in refused.value.fields] == ["folderPath"]
    assert not await TopologyDetection.exists()


async def test_roles_and_teams(owner, other_owner, member_as, workspace, folder):
    await analyze_folder(await member_as(Role.MEMBER), workspace.id, "web")
    watcher = await member_as(Role.VIEWER)
    assert len(await detections_of(watcher)) == 1
    assert await detections_of(other_owner) == []
    with pytest.raises(Forbidden):
        await analyze_folder(watcher, workspace.id, "web")
    with pytest.raises(NotFound):
        await analyze_folder(other_owner, workspace.id, "web")
    assert await detection_of(workspace, "notes") is None
