"""Who runs an analysis now: a lease in its row, with a fencing number that grows with each claim.

Of one workspace one analysis runs at a time. A worker that went silent loses the lease when it has expired; should it wake up
again, its last write finds another fencing number and is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from tortoise.exceptions import BaseORMException

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import KyozoError, LeaseLost
from kyozo_gql.core.outbox import WakeUp, post, transaction
from kyozo_gql.core.queue import TOPOLOGY_ANALYSIS
from kyozo_gql.workspaces.analysis_progress import PROGRESS, progress_news
from kyozo_gql.workspaces.models import AnalysisStatus, TopologyAnalysis, Workspace

log = structlog.get_logger(__name__)

ANALYZE_WORKSPACE: Final = "analyze_workspace"  # the name of the job
MOST_ATTEMPTS: Final = 2
LEASE: Final = timedelta(seconds=60)
_RENEWED_EVERY: Final = 15.0
_LONGEST_ERROR: Final = 2_000


@dataclass(frozen=True, slots=True)
class AnalysisLease:
    """The right to run an analysis. ``attempt`` counts from 1."""

    analysis_id: UUID
    workspace_id: UUID
    fence: int
    attempt: int


async def claim(analysis_id: UUID, owner: str) -> AnalysisLease | None:
    """A lease on an analysis that waits or whose worker went silent; None where there is nothing to do, or not now."""
    async with transaction():
        row = await _lock(analysis_id)
        if row is None or not _is_due(row) or await _is_busy(row):
            return None
        if row.attempts >= MOST_ATTEMPTS:
            await _finish(row, f"its worker went silent {row.attempts} times")
            return None
        row.status, row.lease_expires_at = AnalysisStatus.RUNNING.value, now() + LEASE
        row.attempts, row.fence = row.attempts + 1, row.fence + 1
        row.started_at, row.folders_known, row.folders_analyzed, row.services_found = now(), None, 0, 0
        await row.save(update_fields=["status", "lease_expires_at", "attempts", "fence", *PROGRESS])
        post(progress_news(row))
    log.info("analysis_claimed", analysis_id=str(row.id), workspace_id=str(row.workspace_id), owner=owner, attempt=row.attempts)
    return AnalysisLease(row.id, row.workspace_id, row.fence, row.attempts)


@asynccontextmanager
async def kept_alive(lease: AnalysisLease) -> AsyncIterator[None]:
    """Within, the lease is renewed."""
    task = asyncio.create_task(_renew_for_ever(lease), name=f"analysis-lease-{lease.analysis_id}")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def held(lease: AnalysisLease) -> AsyncIterator[TopologyAnalysis]:
    """A transaction that holds the analysis's row; at its end those of the workspace that wait (this one, too) are woken.

    Raises LeaseLost where the lease is another's by now.
    """
    async with transaction():
        row = await TopologyAnalysis.filter(id=lease.analysis_id).select_for_update().first()
        if row is None or row.fence != lease.fence or row.status != AnalysisStatus.RUNNING:
            raise LeaseLost(f"analysis {lease.analysis_id}: fence {lease.fence} is past")
        yield row
        post(progress_news(row))
        waiting = TopologyAnalysis.filter(workspace_id=lease.workspace_id, status=AnalysisStatus.QUEUED)
        for id in await waiting.values_list("id", flat=True):
            post(WakeUp(TOPOLOGY_ANALYSIS, ANALYZE_WORKSPACE, str(id), f"after-{lease.analysis_id}-{lease.fence}"))


async def fail(lease: AnalysisLease, error: Exception) -> None:
    """Records what went wrong: the analysis waits for its next attempt, or has failed. Fine when the lease was lost."""
    message = _explain(error)[:_LONGEST_ERROR]
    with suppress(LeaseLost):
        async with held(lease) as row:
            if lease.attempt >= MOST_ATTEMPTS:
                await _finish(row, message)
            else:
                row.error_message = message
                await _wait(row)


def _explain(error: Exception) -> str:
    """What clients may read of an error: one that was meant for them, or of the tree's root. The log has all of them."""
    is_meant = isinstance(error, KyozoError) or (isinstance(error, FileNotFoundError) and error.errno is None)
    return str(error) if is_meant else "something went wrong inside the server"


async def give_back(lease: AnalysisLease) -> None:
    """The worker stops: the analysis waits again, and no attempt was spent. Fine when the lease was lost."""
    with suppress(LeaseLost):
        async with held(lease) as row:
            row.attempts -= 1
            await _wait(row)


async def _lock(analysis_id: UUID) -> TopologyAnalysis | None:
    """The row, held together with its workspace's, so that of two analyses of a workspace one sees the other."""
    await Workspace.filter(topology_analyses__id=analysis_id).select_for_update(no_key=True, of=("workspaces",)).first()
    return await TopologyAnalysis.filter(id=analysis_id).select_for_update(skip_locked=True).first()


def _is_due(row: TopologyAnalysis) -> bool:
    if row.status == AnalysisStatus.RUNNING:
        return row.lease_expires_at is None or row.lease_expires_at < now()
    return row.status == AnalysisStatus.QUEUED


async def _is_busy(row: TopologyAnalysis) -> bool:
    at_work = TopologyAnalysis.filter(workspace_id=row.workspace_id, status=AnalysisStatus.RUNNING, lease_expires_at__gte=now())
    return await at_work.exclude(id=row.id).exists()


async def _finish(row: TopologyAnalysis, message: str) -> None:
    row.status, row.error_message, row.finished_at = AnalysisStatus.FAILED.value, message, now()
    await row.save(update_fields=["status", "error_message", "finished_at"])
    post(progress_news(row))


async def _wait(row: TopologyAnalysis) -> None:
    row.status, row.lease_expires_at = AnalysisStatus.QUEUED.value, None
    await row.save(update_fields=["status", "lease_expires_at", "attempts", "error_message"])


async def _renew_for_ever(lease: AnalysisLease) -> None:
    while True:
        await asyncio.sleep(_RENEWED_EVERY)
        try:
            mine = TopologyAnalysis.filter(id=lease.analysis_id, fence=lease.fence, status=AnalysisStatus.RUNNING)
            await mine.update(lease_expires_at=now() + LEASE)
        except (BaseORMException, OSError) as error:
            log.warning("analysis_lease_not_renewed", analysis_id=str(lease.analysis_id), error=str(error))
