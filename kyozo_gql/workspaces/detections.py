"""What folders were found to be: one row a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tortoise.queryset import QuerySet

from kyozo_gql.accounts.audit import Subject, record
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.errors import Conflict, InvalidInput, NotFound
from kyozo_gql.core.inforce import current_settings
from kyozo_gql.core.outbox import News, post, transaction
from kyozo_gql.topology import analysis as topology
from kyozo_gql.topology.changes import Change, compare
from kyozo_gql.topology.document import from_record, to_record
from kyozo_gql.topology.model import Detection
from kyozo_gql.workspaces.folders import locate_folder
from kyozo_gql.workspaces.models import TopologyDetection, Workspace
from kyozo_gql.workspaces.paths import normalise_path
from kyozo_gql.workspaces.store import get_workspace
from kyozo_gql.workspaces.tree import WorkspaceTree

_KEY = ("workspace_id", "folder_path")
_CHANGING = (
    "updated_at",
    "service_type",
    "detected_patterns",
    "service_indicators",
    "dependency_map",
    "deployment_recommendations",
    "confidence_score",
    "analysis_metadata",
)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A detection as it is now, and what of it is not as it was; nothing where the folder was not known before."""

    detection: TopologyDetection
    changes: tuple[Change, ...]


def detections_of(viewer: Viewer) -> QuerySet[TopologyDetection]:
    """The detections of the viewer's teams."""
    return TopologyDetection.filter(team_id__in=viewer.team_ids, workspace__deleted_at=None)


async def detection_of(workspace: Workspace, folder_path: str) -> TopologyDetection | None:
    """What a folder was found to be; None where nobody has looked. Raises InvalidInput for a path that is none."""
    return await TopologyDetection.get_or_none(workspace_id=workspace.id, folder_path=normalise_path(folder_path, "folderPath"))


async def analyze_folder(viewer: Viewer, workspace_id: UUID, folder_path: str) -> Renewal:
    """Looks at one folder at once. A folder that is no service gets ``service_type`` None.

    Raises NotFound, Forbidden, InvalidInput for a folder that does not exist.
    """
    workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.EDIT])
    found = await look_at(workspace, folder_path)
    async with transaction():
        renewal = await _renew(workspace, found)
        await record(viewer, "analyzeTopology", subject_of(renewal.detection))
    return renewal


async def look_at(workspace: Workspace, folder_path: str) -> Detection:
    """What one folder is found to be; nothing is kept. Raises InvalidInput for a folder that does not exist."""
    path = await locate_folder(workspace, folder_path)
    return await asyncio.to_thread(
        topology.analyze_folder, WorkspaceTree(workspace), path, base_images=current_settings().generated_bases
    )


async def keep_detection(workspace: Workspace, found: Detection) -> TopologyDetection:
    """Within a transaction: writes down what a folder was found to be, and tells who follows the workspace."""
    (detection,) = await upsert_detections(workspace, [found])
    post_analyzed(workspace, [detection])
    return detection


async def _renew(workspace: Workspace, found: Detection) -> Renewal:
    """Within a transaction: keeps a detection, compared with the one that it replaces."""
    known = TopologyDetection.filter(workspace_id=workspace.id, folder_path=found.folder_path)
    former = await known.select_for_update().first()
    before = None if former is None else _former(former)
    return Renewal(await keep_detection(workspace, found), compare(before, found))


def _former(row: TopologyDetection) -> Detection | None:
    """The detection that a row holds; None for one that another version wrote in a shape that can't be compared."""
    try:
        return from_record({column: getattr(row, column) for column in ("folder_path", *_CHANGING)})
    except ValueError:
        return None


async def analyze_again(viewer: Viewer, id: UUID) -> Renewal:
    """Looks at the folder of a detection again. Raises NotFound, Forbidden, Conflict where the folder is gone."""
    known = await _get(viewer, id)
    workspace = await get_workspace(viewer, known.workspace_id, LEAST_ROLE[Action.EDIT])
    try:
        found = await look_at(workspace, known.folder_path)
    except InvalidInput as error:
        raise Conflict(f"the folder {known.folder_path!r} does not exist any more") from error
    async with transaction():
        renewal = await _renew(workspace, found)
        await record(viewer, "reanalyzeTopology", subject_of(renewal.detection))
    return renewal


async def delete_detection(viewer: Viewer, id: UUID) -> None:
    """Forgets what a folder was found to be; a service that was made of it stays. Raises NotFound, Forbidden."""
    detection = await _get(viewer, id)
    async with transaction():
        if not await TopologyDetection.filter(id=detection.id).delete():
            raise NotFound("TopologyDetection")  # somebody was quicker
        await record(viewer, "deleteTopologyDetection", subject_of(detection))


def subject_of(detection: TopologyDetection) -> Subject:
    """A detection, for the audit trail: by the folder that it is of."""
    return Subject("TopologyDetection", detection.id, detection.folder_path, detection.team_id, detection.workspace_id)


async def upsert_detections(workspace: Workspace, found: Iterable[Detection]) -> list[TopologyDetection]:
    """Writes what folders were found to be, all at once, and answers the rows in the order of their paths."""
    rows = sorted((_row(workspace, detection) for detection in found), key=lambda row: row.folder_path)
    if not rows:
        return []
    await TopologyDetection.bulk_create(rows, on_conflict=_KEY, update_fields=_CHANGING, batch_size=500)
    paths = [row.folder_path for row in rows]
    written = await TopologyDetection.filter(workspace_id=workspace.id, folder_path__in=paths)
    return sorted(written, key=lambda row: row.folder_path)


def post_analyzed(workspace: Workspace, detections: Iterable[TopologyDetection]) -> None:
    """Within a transaction: tells the workspace's followers what was looked at, once it is committed."""
    ids = [str(detection.id) for detection in detections]
    post(News(f"workspace:{workspace.id}", {"kind": "topology_analyzed", "topology_detection_ids": ids}))


async def _get(viewer: Viewer, id: UUID) -> TopologyDetection:
    """A detection that the viewer may change. Raises NotFound, Forbidden."""
    detection = await detections_of(viewer).get_or_none(id=id)
    if detection is None:
        raise NotFound("TopologyDetection")
    viewer.require(detection.team_id, LEAST_ROLE[Action.EDIT], "TopologyDetection")
    return detection


def _row(workspace: Workspace, found: Detection) -> TopologyDetection:
    columns = to_record(found) | {"confidence_score": Decimal(str(found.confidence))}
    return TopologyDetection(
        workspace_id=workspace.id,
        team_id=workspace.team_id,
        service_type=found.service_type.value if found.service_type else None,
        **columns,
    )
