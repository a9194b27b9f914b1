"""Telling how far an analysis is: a few times a second the numbers are written to its row, and whoever follows it is told.

The analysis itself only counts; a slow database, or a Redis that is away, does not keep it waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import UUID

import structlog
from tortoise.exceptions import BaseORMException

from kyozo_gql.core.outbox import News, send
from kyozo_gql.topology.progress import Progress
from kyozo_gql.workspaces.models import AnalysisStatus, TopologyAnalysis

log = structlog.get_logger(__name__)

TOPOLOGY_ANALYSIS_CHANGED: Final = "topology_analysis_changed"
PROGRESS: Final = ("started_at", "folders_known", "folders_analyzed", "services_found")
_TOLD_EVERY: Final = 0.3


def progress_news(row: TopologyAnalysis) -> News:
    """Tells who follows the workspace that an analysis is not as it was."""
    return _news(row.workspace_id, row.id)


@asynccontextmanager
async def told(progress: Progress, analysis_id: UUID, workspace_id: UUID, fence: int) -> AsyncIterator[None]:
    """Within, what ``progress`` counts is told, for as long as the lease with this fencing number holds."""
    task = asyncio.create_task(_tell_for_ever(progress, analysis_id, workspace_id, fence), name=f"analysis-progress-{analysis_id}")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _tell_for_ever(progress: Progress, analysis_id: UUID, workspace_id: UUID, fence: int) -> None:
    last: dict[str, int | None] = {}
    while True:
        numbers = numbers_of(progress)
        if numbers != last:
            mine = TopologyAnalysis.filter(id=analysis_id, fence=fence, status=AnalysisStatus.RUNNING)
            try:
                await mine.update(**numbers)
            except (BaseORMException, OSError) as error:
                log.warning("analysis_progress_not_told", analysis_id=str(analysis_id), error=str(error))
            else:
                last = numbers
                await send([_news(workspace_id, analysis_id)])
        await asyncio.sleep(_TOLD_EVERY)


def numbers_of(progress: Progress) -> dict[str, int | None]:
    """The columns that hold how far it is."""
    return {
        "folders_known": progress.folders_known,
        "folders_analyzed": progress.folders_analyzed,
        "services_found": progress.services_found,
    }


def _news(workspace_id: UUID, analysis_id: UUID) -> News:
    return News(f"workspace:{workspace_id}", {"kind": TOPOLOGY_ANALYSIS_CHANGED, "topology_analysis_id": str(analysis_id)})
