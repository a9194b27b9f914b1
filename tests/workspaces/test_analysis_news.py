"""Who follows analyses hears how far they are, whatever happens to the messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.workspace_deletion import delete_workspace
from kyozo_gql.core.broker import GAP, Broker
from kyozo_gql.core.outbox import delivering
from kyozo_gql.embedded import EmbeddedServers
from kyozo_gql.topology.progress import Progress
from kyozo_gql.workspaces.analysis import request_analysis, run_analysis
from kyozo_gql.workspaces.analysis_lease import AnalysisLease, claim, give_back
from kyozo_gql.workspaces.analysis_news import follow_analyses
from kyozo_gql.workspaces.analysis_progress import told
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import TopologyAnalysis, Workspace
from kyozo_gql.workspaces.roots import workspace_folder

SECONDS = 15.0
State = tuple[str, int, int | None, int]


@pytest.fixture
async def broker(servers: EmbeddedServers, database: str) -> AsyncIterator[Broker]:
    async with Redis.from_url(servers.redis_url) as redis:
        broker = Broker(redis)
        async with broker.reading(), delivering(broker.publish):
            yield broker


class Follower:
    """Takes one state after the other."""

    def __init__(self, broker: Broker, workspace: Workspace) -> None:
        self.stream = cast("AsyncGenerator[TopologyAnalysis, None]", follow_analyses(broker, workspace.id))

    async def next(self) -> State | None:
        """The next one; None: it has completed."""
        async with asyncio.timeout(SECONDS):
            row = await anext(self.stream, None)
        return None if row is None else (row.status, row.folders_analyzed, row.folders_known, row.services_found)

    async def until(self, state: State) -> list[State | None]:
        """Everything up to a state."""
        seen = [await self.next()]
        while seen[-1] != state:
            assert seen[-1] is not None, seen
            seen.append(await self.next())
        return seen


@pytest.fixture
async def follower(broker: Broker, workspace: Workspace, owner: Viewer) -> AsyncIterator[Follower]:
    await write_file(owner, workspace.id, "web/Dockerfile", 'FROM scratch\nCMD ["/serve"]\n')
    follower = Follower(broker, workspace)
    async with aclosing(follower.stream):
        yield follower


async def asked(owner: Viewer, workspace: Workspace) -> TopologyAnalysis:
    await request_analysis(owner, workspace.id)
    return await TopologyAnalysis.get(workspace_id=workspace.id, status="queued")


async def claimed(analysis: TopologyAnalysis) -> AnalysisLease:
    lease = await claim(analysis.id, "test")
    assert lease is not None
    return lease


async def test_from_its_request_to_its_end(owner, workspace, follower):
    analysis = await asked(owner, workspace)
    assert await follower.next() == ("queued", 0, None, 0)
    running = asyncio.create_task(run_analysis(analysis.id, "test"))
    seen = await follower.until(("succeeded", 2, 2, 1))
    assert seen[0] == ("running", 0, None, 0)
    assert await follower.next() is None
    await running


async def test_what_is_counted_is_told(owner, workspace, follower):
    lease = await claimed(await asked(owner, workspace))
    assert await follower.next() == ("running", 0, None, 0)
    progress = Progress()
    async with told(progress, lease.analysis_id, workspace.id, lease.fence):
        for known, analyzed, found in ((7, 0, 0), (7, 3, 1), (7, 7, 2)):
            progress.folders_known, progress.folders_analyzed, progress.services_found = known, analyzed, found
            assert await follower.next() == ("running", analyzed, known, found)


async def test_whoever_comes_late_hears_how_it_ended(owner, workspace, follower):
    await run_analysis((await asked(owner, workspace)).id, "test")
    assert await follower.next() == ("succeeded", 2, 2, 1)
    assert await follower.next() is None


async def test_where_there_never_was_one_it_completes(follower):
    assert await follower.next() is None


async def test_the_next_one_that_waits_is_followed_as_well(owner, workspace, follower):
    first = await asked(owner, workspace)
    lease = await claimed(first)
    second = await asked(owner, workspace)
    assert await follower.next() == ("running", 0, None, 0)
    await give_back(lease)
    assert await follower.next() == ("queued", 0, None, 0)
    await run_analysis(first.id, "test")
    await follower.until(("succeeded", 2, 2, 1))
    assert await follower.next() == ("queued", 0, None, 0)
    await run_analysis(second.id, "test")
    await follower.until(("succeeded", 2, 2, 1))
    assert await follower.next() is None


async def test_one_that_fails_says_why(owner, workspace, follower):
    analysis = await asked(owner, workspace)
    workspace_folder(workspace.id).rename(workspace_folder(workspace.id).with_name("away"))
    for _ in range(2):
        await run_analysis(analysis.id, "test")
    async with asyncio.timeout(SECONDS):
        rows = [row async for row in follower.stream]
    assert [(row.status, row.error_message) for row in rows] == [("failed", "the folder of the workspace garden is missing")]


async def test_what_only_concerns_the_server_is_not_told(owner, workspace, follower, monkeypatch: pytest.MonkeyPatch):
    analysis = await asked(owner, workspace)

    def fall_over(*_: Any) -> None:
        raise RuntimeError(f"in {Path(__file__)}")

    monkeypatch.setattr("kyozo_gql.workspaces.analysis.WorkspaceTree", fall_over)
    for _ in range(2):
        await run_analysis(analysis.id, "test")
    async with asyncio.timeout(SECONDS):
        rows = [row async for row in follower.stream]
    assert [row.error_message for row in rows] == ["something went wrong inside the server"]


async def test_after_a_gap_the_database_is_read(owner, workspace, follower, broker):
    analysis = await asked(owner, workspace)
    assert await follower.next() == ("queued", 0, None, 0)
    await TopologyAnalysis.filter(id=analysis.id).update(status="running", folders_known=5, folders_analyzed=4)
    broker._tell_all(GAP)
    assert await follower.next() == ("running", 4, 5, 0)


async def test_it_completes_when_the_workspace_is_deleted(owner, workspace, follower):
    await asked(owner, workspace)
    assert await follower.next() == ("queued", 0, None, 0)
    await delete_workspace(owner, workspace.id)
    assert await follower.next() is None
