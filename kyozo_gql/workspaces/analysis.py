"""The analysis of a whole workspace: accepted as a row, run by a job, told to whoever follows.

A detection is kept for every folder that is a service of its own, and for every other one that somebody asked for by hand: the
latter is looked at again each time, so that it says what the folder is now.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from tortoise.expressions import Q

from kyozo_gql.accounts.audit import record
from kyozo_gql.accounts.idempotency import once
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import LeaseLost
from kyozo_gql.core.inforce import current_settings
from kyozo_gql.core.outbox import WakeUp, post
from kyozo_gql.core.queue import CONTAINER_DEPLOYMENT, TOPOLOGY_ANALYSIS, spell
from kyozo_gql.topology import analysis as topology
from kyozo_gql.topology.graph import graph_document
from kyozo_gql.topology.memory import Memory
from kyozo_gql.topology.model import Analysis, Detection
from kyozo_gql.topology.progress import Progress
from kyozo_gql.workspaces.analysis_lease import ANALYZE_WORKSPACE as ANALYZE_WORKSPACE  # noqa: PLC0414 — also offered here
from kyozo_gql.workspaces.analysis_lease import AnalysisLease, claim, fail, give_back, held, kept_alive
from kyozo_gql.workspaces.analysis_progress import PROGRESS, progress_news, told
from kyozo_gql.workspaces.detections import post_analyzed, upsert_detections
from kyozo_gql.workspaces.models import AnalysisStatus, TopologyAnalysis, TopologyDetection, Workspace
from kyozo_gql.workspaces.rows import note_evidence
from kyozo_gql.workspaces.scan import scan
from kyozo_gql.workspaces.store import get_workspace, subject_of
from kyozo_gql.workspaces.tree import WorkspaceTree

log = structlog.get_logger(__name__)

_MAX_MEMORIES: Final = 100
_memories: dict[UUID, Memory] = {}  # the least recently used one first

AUTO_DEPLOY: Final = "auto_deploy"  # the job of the domain above; here only its name is known


async def request_analysis(viewer: Viewer, workspace_id: UUID, idempotency_key: str | None = None) -> Workspace:
    """Accepts the analysis of a whole workspace; one that waits already is enough. Raises NotFound, Forbidden."""
    async with once(viewer, idempotency_key, "analyzeWorkspaceTopology", workspace=workspace_id) as attempt:
        workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.EDIT])
        if attempt.first_answer is not None:
            return workspace
        waiting = TopologyAnalysis.filter(workspace_id=workspace.id, status=AnalysisStatus.QUEUED).order_by("created_at", "id")
        analysis = await waiting.select_for_update().first()
        if analysis is None:
            analysis = await TopologyAnalysis.create(workspace_id=workspace.id, requested_by_id=viewer.user.id)
            post(progress_news(analysis))
        await record(viewer, "analyzeWorkspaceTopology", subject_of(workspace))
        post(WakeUp(TOPOLOGY_ANALYSIS, ANALYZE_WORKSPACE, str(analysis.id), "requested"))
    return workspace


async def due_analyses() -> list[UUID]:
    """The analyses that somebody should run: those that wait, and those whose worker went silent; the oldest first."""
    silent = Q(status=AnalysisStatus.RUNNING, lease_expires_at__lt=now())
    due = TopologyAnalysis.filter(Q(status=AnalysisStatus.QUEUED) | silent).order_by("created_at", "id").limit(100)
    return [UUID(str(id)) for id in await due.values_list("id", flat=True)]


def due_analysis(analysis_id: UUID) -> WakeUp:
    """For a sweep: one wake-up at a time is enough."""
    return WakeUp(TOPOLOGY_ANALYSIS, ANALYZE_WORKSPACE, str(analysis_id), f"due-{spell()}")


async def run_analysis(analysis_id: UUID, owner: str) -> None:
    """Runs an analysis to its end, or not at all where another worker has it or is at work on the same workspace.

    What goes wrong is recorded: the first time it waits for another attempt, the second time it has failed.
    """
    lease = await claim(analysis_id, owner)
    if lease is None:
        return
    try:
        async with kept_alive(lease):
            await _analyze(lease)
    except LeaseLost as error:
        log.warning("analysis_lease_lost", analysis_id=str(analysis_id), error=str(error))
    except asyncio.CancelledError:
        await give_back(lease)
        raise
    except Exception as error:
        log.exception("analysis_failed", analysis_id=str(analysis_id), attempt=lease.attempt)
        await fail(lease, error)


async def _analyze(lease: AnalysisLease) -> None:
    workspace = await Workspace.get(id=lease.workspace_id)
    started_at = now()
    await scan(workspace)
    known = await TopologyDetection.filter(workspace_id=workspace.id).values_list("folder_path", flat=True)
    paths, progress = [str(path) for path in known], Progress()
    async with told(progress, lease.analysis_id, workspace.id, lease.fence):
        analysis, others = await asyncio.to_thread(_look, WorkspaceTree(workspace), _memory_of(workspace.id), paths, progress)
    async with held(lease) as row:
        await _keep(workspace, analysis, others, started_at)
        row.status, row.finished_at, row.error_message = AnalysisStatus.SUCCEEDED.value, now(), None
        row.folders_known = row.folders_analyzed = analysis.metadata["folders"]
        row.services_found = len(analysis.detections)
        await row.save(update_fields=["status", "finished_at", "error_message", *PROGRESS])
        if workspace.container_enabled and workspace.auto_deploy_enabled:
            post(WakeUp(CONTAINER_DEPLOYMENT, AUTO_DEPLOY, str(workspace.id), f"analysis-{row.id}"))


def _memory_of(workspace_id: UUID) -> Memory:
    """What this process remembers of a workspace. Its lease keeps others from using it at once."""
    memory = _memories.pop(workspace_id, None) or Memory()
    _memories[workspace_id] = memory
    while len(_memories) > _MAX_MEMORIES:
        _memories.pop(next(iter(_memories)))
    return memory


def _look(tree: WorkspaceTree, memory: Memory, known: list[str], progress: Progress) -> tuple[Analysis, list[Detection]]:
    """The whole tree, and those folders that have a detection but are no services of their own (any more)."""
    images = current_settings().generated_bases
    analysis = topology.analyze_again(tree, memory, base_images=images, progress=progress)
    services = {detection.folder_path for detection in analysis.detections}
    parts = {part.folder_path: part for part in analysis.parts}
    others = [path for path in known if path not in services and tree.has_folder(path)]
    return analysis, [parts.get(path) or topology.analyze_folder(tree, path, base_images=images) for path in others]


async def _keep(workspace: Workspace, analysis: Analysis, others: list[Detection], started_at: datetime) -> None:
    written = await upsert_detections(workspace, [*analysis.detections, *others])
    ids = [row.id for row in written]
    # What was looked at by hand meanwhile is newer than this.
    await TopologyDetection.filter(workspace_id=workspace.id, updated_at__lt=started_at).exclude(id__in=ids).delete()
    await note_evidence(workspace.id, _evidence(analysis))
    await Workspace.filter(id=workspace.id).update(service_topology=_topology(analysis), updated_at=now())
    post_analyzed(workspace, written)


def _evidence(analysis: Analysis) -> dict[str, Any]:
    """What each file speaks for: a service's folder and type, and the rules that took it."""
    files: dict[str, Any] = {}
    for detection in analysis.detections:
        about: dict[str, Any] = {"folder_path": detection.folder_path, "service_type": detection.service_type}
        for indicator in detection.indicators:
            files.setdefault(indicator.path, {**about, "rules": []})["rules"].append(indicator.rule)
    return files


def _topology(analysis: Analysis) -> dict[str, Any]:
    """What ``workspaces.service_topology`` holds: the graph, and when it was made."""
    return {"analyzed_at": now().isoformat(), **graph_document(analysis)}
