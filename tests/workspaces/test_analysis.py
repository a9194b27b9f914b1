from __future__ import annotations

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kyozo_gql.accounts.models import Role
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Forbidden, LeaseLost, NotFound
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.outbox import News, WakeUp
from kyozo_gql.workspaces.analysis import due_analyses, due_analysis, request_analysis, run_analysis
from kyozo_gql.workspaces.analysis_lease import AnalysisLease, claim, give_back, held
from kyozo_gql.workspaces.detections import analyze_folder
from kyozo_gql.workspaces.models import File, TopologyAnalysis, TopologyDetection, Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.database import connected

COMPOSE = """
services:
  store:
    image: redis:7
  worker:
    build: ./worker
    depends_on: [store]
"""


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    folder = workspace_folder(workspace.id)
    texts = {
        "web/package.json": json.dumps({"name": "web", "scripts": {"start": "node server.js"}}),
        "web/server.js": "require('http').createServer((_, r) => r.end('hi')).listen(process.env.PORT || 3000)\n",
        "gate/nginx.conf": "events {}\nhttp { server { listen 80; location / { proxy_pass http://web:3000; } } }\n",
        "stack/compose.yaml": COMPOSE,
        "stack/worker/Dockerfile": 'FROM alpine\nCMD ["sleep", "1"]\n',
        "notes/todo.txt": "buy apples",
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def news(row: TopologyAnalysis) -> News:
    """That it is not as it was."""
    return News(f"workspace:{row.workspace_id}", {"kind": "topology_analysis_changed", "topology_analysis_id": str(row.id)})


async def accept(owner, workspace) -> UUID:
    await request_analysis(owner, workspace.id)
    return (await TopologyAnalysis.get(workspace_id=workspace.id, status="queued")).id


async def test_a_request_is_a_row_and_a_wake_up(owner, workspace, posted):
    assert await request_analysis(owner, workspace.id) == workspace
    row = await TopologyAnalysis.get(workspace_id=workspace.id)
    assert (row.status, row.attempts, row.requested_by_id) == ("queued", 0, owner.user.id)
    assert posted == [news(row), WakeUp("topology_analysis", "analyze_workspace", str(row.id), "requested")]
    assert await due_analyses() == [row.id]
    assert due_analysis(row.id).subject == str(row.id)


async def test_requests_that_wait_are_one(owner, workspace, posted):
    await asyncio.gather(*(request_analysis(owner, workspace.id) for _ in range(3)))
    await request_analysis(owner, workspace.id)
    waiting = await TopologyAnalysis.filter(workspace_id=workspace.id)
    assert 1 <= len(waiting) <= 3  # those at once may not have seen one another
    woken = [message.subject for message in posted if isinstance(message, WakeUp)]
    assert len(woken) == 4
    assert set(woken) <= {str(row.id) for row in waiting}


async def test_an_analysis_fills_rows_detections_and_the_cache_and_tells(owner, workspace, folder, posted):
    id = await accept(owner, workspace)
    posted.clear()
    await run_analysis(id, "worker")

    row = await TopologyAnalysis.get(id=id)
    assert (row.status, row.attempts, row.error_message) == ("succeeded", 1, None)
    assert row.finished_at is not None
    assert row.started_at is not None
    assert (row.folders_known, row.folders_analyzed, row.services_found) == (6, 6, 3)
    assert await due_analyses() == []

    detections = await TopologyDetection.filter(workspace_id=workspace.id).order_by("folder_path")
    assert [(one.folder_path, one.service_type) for one in detections] == [
        ("gate", "proxy"), ("stack", "compose_stack"), ("web", "nodejs"),
    ]  # fmt: skip
    topology = (await Workspace.get(id=workspace.id)).service_topology
    assert [(one["folder_path"], one["service_type"], one["name"]) for one in topology["services"]] == [
        ("gate", "proxy", "gate"), ("stack", "compose_stack", "stack"), ("web", "nodejs", "web"),
    ]  # fmt: skip
    assert [one["confidence_score"] for one in topology["services"]] == [float(one.confidence_score or 0) for one in detections]
    edges = [(one["from"], one["to"]) for one in topology["dependencies"]]
    assert ("gate", "web") in edges
    assert all(set(one) == {"from", "to", "kind", "evidence"} for one in topology["dependencies"])
    assert topology["order"].index("web") < topology["order"].index("gate")
    assert topology["analyzed_at"] <= now().isoformat()

    assert await File.filter(workspace_id=workspace.id).count() == 6
    manifest = await File.get(workspace_id=workspace.id, path="web/package.json")
    assert (manifest.service_metadata["folder_path"], manifest.service_metadata["service_type"]) == ("web", "nodejs")
    assert manifest.service_metadata["rules"]
    assert (await File.get(workspace_id=workspace.id, path="notes/todo.txt")).service_metadata == {}

    ids = [str(one.id) for one in detections]
    told = [message for message in posted if message != news(row)]
    assert told == [News(f"workspace:{workspace.id}", {"kind": "topology_analyzed", "topology_detection_ids": ids})]
    assert posted.count(news(row)) >= 2, "that it began, and that it ended"


async def test_detections_follow_the_tree_and_keep_what_was_asked_for_by_hand(owner, workspace, folder):
    by_hand = (await analyze_folder(owner, workspace.id, "notes")).detection
    await run_analysis(await accept(owner, workspace), "worker")
    before = {one.folder_path: one for one in await TopologyDetection.filter(workspace_id=workspace.id)}
    assert sorted(before) == ["gate", "notes", "stack", "web"]
    assert before["notes"].id == by_hand.id

    shutil.rmtree(folder / "gate")
    (folder / "web/package.json").unlink()
    (folder / "web/server.js").unlink()
    (folder / "notes/go.mod").write_text("module notes\n\ngo 1.22\n")
    (folder / "notes/main.go").write_text(
        'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
    )
    await run_analysis(await accept(owner, workspace), "worker")
    after = {one.folder_path: one for one in await TopologyDetection.filter(workspace_id=workspace.id)}
    assert {path: one.service_type for path, one in after.items()} == {"notes": "golang", "stack": "compose_stack", "web": None}
    assert all(after[path].id == before[path].id for path in after)
    topology = (await Workspace.get(id=workspace.id)).service_topology
    assert [one["folder_path"] for one in topology["services"]] == ["notes", "stack"]
    assert (await File.filter(workspace_id=workspace.id, path__startswith="stack/comp").get()).service_metadata["rules"]


async def test_a_part_of_a_stack_that_was_asked_for_says_whose_it_is(owner, workspace, folder):
    await analyze_folder(owner, workspace.id, "stack/worker")
    await run_analysis(await accept(owner, workspace), "worker")
    part = await TopologyDetection.get(workspace_id=workspace.id, folder_path="stack/worker")
    assert part.analysis_metadata["part_of"] == "stack"


async def test_another_workspaces_detections_are_left_alone(owner, workspace, folder):
    other = await Workspace.create(team_id=workspace.team_id, name="other")
    kept = await TopologyDetection.create(workspace_id=other.id, team_id=other.team_id, folder_path="gone")
    await run_analysis(await accept(owner, workspace), "worker")
    assert await TopologyDetection.exists(id=kept.id)


@pytest.mark.parametrize(("container", "auto", "deploys"), [(True, True, True), (True, False, False), (False, True, False)])
async def test_auto_deploy_is_woken_where_it_is_wanted(owner, workspace, folder, posted, container, auto, deploys):
    await Workspace.filter(id=workspace.id).update(container_enabled=container, auto_deploy_enabled=auto)
    id = await accept(owner, workspace)
    await run_analysis(id, "worker")
    woken = [message for message in posted if isinstance(message, WakeUp) and message.job == "auto_deploy"]
    assert woken == ([WakeUp("container_deployment", "auto_deploy", str(workspace.id), f"analysis-{id}")] if deploys else [])


async def test_of_many_runners_one_runs_it(owner, workspace, folder, posted):
    id = await accept(owner, workspace)
    await asyncio.gather(*(run_analysis(id, f"worker-{number}") for number in range(6)))
    await run_analysis(id, "late")
    row = await TopologyAnalysis.get(id=id)
    assert (row.status, row.attempts, row.fence) == ("succeeded", 1, 1)
    assert len([message for message in posted if isinstance(message, News) and message.payload["kind"] == "topology_analyzed"]) == 1


async def test_of_a_workspace_one_analysis_runs_at_a_time_and_the_next_is_woken(owner, workspace, folder, posted):
    ids = [(await TopologyAnalysis.create(workspace_id=workspace.id)).id for _ in range(4)]
    leases = [lease for lease in await asyncio.gather(*(claim(id, "worker") for id in ids)) if lease]
    assert len(leases) == 1
    others = set(ids) - {leases[0].analysis_id}
    for id in others:
        await run_analysis(id, "another")
    assert await TopologyAnalysis.filter(status="queued").count() == 3
    async with held(leases[0]) as row:
        row.status = "succeeded"
        await row.save()
    assert {message.subject for message in posted if isinstance(message, WakeUp)} == {str(id) for id in others}


async def test_a_row_that_another_claims_this_moment_is_not_waited_for(owner, workspace, database):
    id = await accept(owner, workspace)
    async with connected(database) as other, other.transaction():
        await other.execute("SELECT 1 FROM topology_analyses WHERE id = $1 FOR UPDATE", id)
        assert await asyncio.wait_for(claim(id, "worker"), 10) is None
    assert await claim(id, "worker") is not None


async def test_an_analysis_that_fails_is_tried_twice_and_says_why(owner, workspace, folder, posted):
    await analyze_folder(owner, workspace.id, "web")
    id = await accept(owner, workspace)
    shutil.rmtree(folder)
    posted.clear()
    await run_analysis(id, "worker")
    row = await TopologyAnalysis.get(id=id)
    assert (row.status, row.attempts) == ("queued", 1)
    assert "garden is missing" in (row.error_message or "")
    assert [message.subject for message in posted if isinstance(message, WakeUp)] == [str(id)]
    assert await due_analyses() == [id]

    await run_analysis(id, "worker")
    row = await TopologyAnalysis.get(id=id)
    assert (row.status, row.attempts) == ("failed", 2)
    assert "garden is missing" in (row.error_message or "")
    assert row.finished_at is not None
    assert await due_analyses() == []
    await run_analysis(id, "worker")
    assert (await TopologyAnalysis.get(id=id)).attempts == 2
    assert await TopologyDetection.filter(workspace_id=workspace.id).count() == 1
    assert (await Workspace.get(id=workspace.id)).service_topology == {}


async def test_a_second_attempt_may_succeed(owner, workspace, folder):
    id = await accept(owner, workspace)
    folder.rename(folder.with_name("away"))
    await run_analysis(id, "worker")
    folder.with_name("away").rename(folder)
    await run_analysis(id, "worker")
    row = await TopologyAnalysis.get(id=id)
    assert (row.status, row.attempts, row.error_message) == ("succeeded", 2, None)


async def test_the_work_of_a_silent_worker_is_taken_over_and_its_own_end_is_dropped(owner, workspace, folder):
    id = await accept(owner, workspace)
    silent = await claim(id, "silent")
    assert silent is not None
    assert await due_analyses() == []
    assert await claim(id, "another") is None
    await TopologyAnalysis.filter(id=id).update(lease_expires_at=now() - timedelta(seconds=1))
    assert await due_analyses() == [id]
    await run_analysis(id, "another")
    assert (await TopologyAnalysis.get(id=id)).status == "succeeded"
    with pytest.raises(LeaseLost):
        async with held(silent):
            pass


async def test_when_workers_went_silent_twice_it_has_failed(owner, workspace, folder):
    id = await accept(owner, workspace)
    for _ in range(2):
        assert await claim(id, "silent") is not None
        await TopologyAnalysis.filter(id=id).update(lease_expires_at=now() - timedelta(seconds=1))
    await run_analysis(id, "another")
    row = await TopologyAnalysis.get(id=id)
    assert (row.status, row.attempts) == ("failed", 2)
    assert "went silent" in (row.error_message or "")


async def test_a_worker_that_stops_gives_it_back_and_spends_no_attempt(owner, workspace, folder, database):
    id = await accept(owner, workspace)
    async with connected(database) as other, other.transaction():
        await other.execute("LOCK TABLE files")  # so that the analysis is at work when it is cancelled
        task = asyncio.create_task(run_analysis(id, "stopping"))
        while not task.done() and not await TopologyAnalysis.exists(id=id, status="running"):  # noqa: ASYNC110 — the condition is the database's
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    row = await TopologyAnalysis.get(id=id)
    assert (row.status, row.attempts, row.lease_expires_at) == ("queued", 0, None)
    await run_analysis(id, "another")
    assert (await TopologyAnalysis.get(id=id)).status == "succeeded"


async def test_to_give_back_what_is_lost_is_fine(owner, workspace):
    await give_back(AnalysisLease(new_id(), workspace.id, 1, 1))
    await run_analysis(new_id(), "worker")


async def test_roles_and_teams(owner, other_owner, member_as, workspace):
    with pytest.raises(Forbidden):
        await request_analysis(await member_as(Role.VIEWER), workspace.id)
    with pytest.raises(NotFound):
        await request_analysis(other_owner, workspace.id)
    await request_analysis(await member_as(Role.MEMBER), workspace.id)
    assert await TopologyAnalysis.all().count() == 1
