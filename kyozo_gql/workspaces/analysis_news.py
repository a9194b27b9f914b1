"""Following analyses: how far they are, and every detection that they write from now on, none twice.

A follower subscribes first and reads the database second. What it was told of is read again, and so is everything after a gap or a
long silence; what is as it was is not sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from kyozo_gql.core.broker import GAP, Broker, Item, Subscription
from kyozo_gql.core.clock import now
from kyozo_gql.workspaces.analysis_progress import PROGRESS, TOPOLOGY_ANALYSIS_CHANGED
from kyozo_gql.workspaces.models import AnalysisStatus, TopologyAnalysis, TopologyDetection, Workspace

SILENCE_SECONDS: Final = 10.0
# The longest that a detection may take from its making to its commit.
_MARGIN: Final = timedelta(minutes=5)
ENDED: Final = frozenset({AnalysisStatus.SUCCEEDED, AnalysisStatus.FAILED})
_STATE: Final = ("id", "status", "finished_at", "error_message", *PROGRESS)


async def follow_detections(broker: Broker, workspace_id: UUID) -> AsyncIterator[TopologyDetection]:
    """Each detection of a workspace that is written from now on. Ends when the workspace is deleted."""
    with broker.subscribe(f"workspace:{workspace_id}") as subscription:
        begin = now()
        recent = TopologyDetection.filter(workspace_id=workspace_id, updated_at__gte=begin - _MARGIN).order_by("folder_path")
        seen: dict[UUID, datetime] = dict(await recent.filter(updated_at__lt=begin).values_list("id", "updated_at"))
        while True:
            item = await _next_item(subscription)
            if await _is_gone(item, workspace_id):
                return
            if item != GAP and item["kind"] != "topology_analyzed":
                continue
            for detection in await (recent if item == GAP else recent.filter(id__in=item["topology_detection_ids"])):
                if seen.get(detection.id) != detection.updated_at:
                    seen[detection.id] = detection.updated_at
                    yield detection


async def follow_analyses(broker: Broker, workspace_id: UUID) -> AsyncIterator[TopologyAnalysis]:
    """The analysis of a workspace that runs, else the one that waits, whenever it is not as it was; then the one after it.

    Ends when none runs or waits any more; where none did at the beginning, with the last one that ended. Ends as well when the
    workspace is deleted.
    """
    with broker.subscribe(f"workspace:{workspace_id}") as subscription:
        sent: dict[str, object] = {}
        row = await _under_way(workspace_id) or await TopologyAnalysis.filter(workspace_id=workspace_id).order_by("-id").first()
        while row is not None:
            if (state := {column: getattr(row, column) for column in _STATE}) != sent:
                sent = state
                yield row
            if row.status in ENDED:
                row = await _under_way(workspace_id)
                continue
            if not await _is_told(subscription, workspace_id):
                return
            row = await TopologyAnalysis.get_or_none(id=row.id)


async def _under_way(workspace_id: UUID) -> TopologyAnalysis | None:
    """The analysis that runs, else the oldest that waits."""
    open_ones = TopologyAnalysis.filter(workspace_id=workspace_id, status__in=(AnalysisStatus.RUNNING, AnalysisStatus.QUEUED))
    return await open_ones.order_by("-status", "id").first()


async def _is_told(subscription: Subscription, workspace_id: UUID) -> bool:
    """Waits until an analysis may have changed; False: the workspace is gone."""
    while True:
        item = await _next_item(subscription)
        if await _is_gone(item, workspace_id):
            return False
        if item == GAP or item["kind"] == TOPOLOGY_ANALYSIS_CHANGED:
            return True


async def _next_item(subscription: Subscription) -> Item:
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await subscription.get()
    except TimeoutError:
        return GAP


async def _is_gone(item: Item, workspace_id: UUID) -> bool:
    if item == GAP:
        return not await Workspace.exists(id=workspace_id, deleted_at=None)
    return bool(item["kind"] == "workspace_deleted")
