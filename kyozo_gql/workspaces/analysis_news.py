"""Following what analyses write: every detection that is written from now on, none twice.

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
from kyozo_gql.workspaces.models import TopologyDetection, Workspace

SILENCE_SECONDS: Final = 10.0
# The longest that a detection may take from its making to its commit.
_MARGIN: Final = timedelta(minutes=5)


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
