"""Finding out what folders are."""

from __future__ import annotations

import strawberry

from kyozo_gql.accounts.permissions import Action
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.inputs import IDEMPOTENCY_KEY
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.types.topology import TopologyChange, TopologyDetection
from kyozo_gql.schema.types.workspaces import Workspace
from kyozo_gql.topology.changes import Change
from kyozo_gql.workspaces import models as rows
from kyozo_gql.workspaces.analysis import request_analysis
from kyozo_gql.workspaces.detections import analyze_again, analyze_folder, delete_detection


@strawberry.input(description="Finds out what one folder is.")
class AnalyzeTopologyInput:
    """A folder to analyse."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    folder_path: str = strawberry.field(description="The folder, relative to the workspace, at most 1024 bytes; empty: its root.")


@strawberry.input(description="Finds out what every folder of a workspace is.")
class AnalyzeWorkspaceTopologyInput:
    """A workspace to analyse."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Looks at the folder of a detection again.")
class ReanalyzeTopologyInput:
    """A detection to renew."""

    topology_detection_id: strawberry.ID = strawberry.field(description="The detection.")


@strawberry.input(description="Forgets what a folder was found to be.")
class DeleteTopologyDetectionInput:
    """A detection to delete."""

    topology_detection_id: strawberry.ID = strawberry.field(description="The detection.")


@strawberry.type(description="What the folder was found to be.")
class AnalyzeTopologyPayload:
    """The detection."""

    topology_detection: rows.TopologyDetection = strawberry.field(
        graphql_type=TopologyDetection, description="The detection; it replaces the folder's former one."
    )
    changes: list[Change] = strawberry.field(
        graphql_type=list[TopologyChange],
        description="What is not as the former detection said; none where nothing changed, or the folder was not known before.",
    )


@strawberry.type(
    description="The analysis was accepted; follow how far it is with `topologyAnalysisProgress`, what it finds with "
    "`topologyAnalyzed`. Its result is `serviceTopology` of the workspace."
)
class AnalyzeWorkspaceTopologyPayload:
    """The workspace that is analysed."""

    workspace: rows.Workspace = strawberry.field(graphql_type=Workspace, description="The workspace.")


@strawberry.type(description="What the folder is found to be now.")
class ReanalyzeTopologyPayload:
    """The renewed detection."""

    topology_detection: rows.TopologyDetection = strawberry.field(
        graphql_type=TopologyDetection, description="The detection; its id stays."
    )
    changes: list[Change] = strawberry.field(
        graphql_type=list[TopologyChange], description="What is not as the detection said before; none where nothing changed."
    )


@strawberry.type(description="The detection is gone.")
class DeleteTopologyDetectionPayload:
    """What was deleted."""

    deleted_topology_detection_id: strawberry.ID = strawberry.field(description="The id that it had.")


@strawberry.type
class TopologyMutations:
    """Part of Mutation."""

    @mutation(AnalyzeTopologyPayload, "Finds out, at once, what one folder is.", allows=Action.EDIT)
    async def analyze_topology(self, info: Info, input: AnalyzeTopologyInput) -> AnalyzeTopologyPayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        renewal = await analyze_folder(info.context.viewer, workspace_id, input.folder_path)
        return AnalyzeTopologyPayload(topology_detection=renewal.detection, changes=list(renewal.changes))

    @mutation(ReanalyzeTopologyPayload, "Finds out, at once, what the folder of a detection is now.", allows=Action.EDIT)
    async def reanalyze_topology(self, info: Info, input: ReanalyzeTopologyInput) -> ReanalyzeTopologyPayload:
        detection_id = key_of(input.topology_detection_id, "TopologyDetection")
        renewal = await analyze_again(info.context.viewer, detection_id)
        return ReanalyzeTopologyPayload(topology_detection=renewal.detection, changes=list(renewal.changes))

    @mutation(
        DeleteTopologyDetectionPayload,
        "Forgets what a folder was found to be, until it is analysed again. Services that were made of it stay.",
        allows=Action.EDIT,
    )
    async def delete_topology_detection(self, info: Info, input: DeleteTopologyDetectionInput) -> DeleteTopologyDetectionPayload:
        await delete_detection(info.context.viewer, key_of(input.topology_detection_id, "TopologyDetection"))
        return DeleteTopologyDetectionPayload(deleted_topology_detection_id=input.topology_detection_id)

    @mutation(
        AnalyzeWorkspaceTopologyPayload, "Accepts a job that finds out what every folder of a workspace is.", allows=Action.EDIT
    )
    async def analyze_workspace_topology(self, info: Info, input: AnalyzeWorkspaceTopologyInput) -> AnalyzeWorkspaceTopologyPayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        workspace = await request_analysis(info.context.viewer, workspace_id, input.idempotency_key)
        return AnalyzeWorkspaceTopologyPayload(workspace=workspace)
