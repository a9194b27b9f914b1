"""Finding out what folders are."""

from __future__ import annotations

import strawberry

from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.types.topology import TopologyDetection
from kyozo_gql.schema.types.workspaces import Workspace
from kyozo_gql.workspaces import models as rows
from kyozo_gql.workspaces.analysis import request_analysis
from kyozo_gql.workspaces.detections import analyze_folder


@strawberry.input(description="Finds out what one folder is.")
class AnalyzeTopologyInput:
    """A folder to analyse."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    folder_path: str = strawberry.field(description="The folder, relative to the workspace; empty: its root.")


@strawberry.input(description="Finds out what every folder of a workspace is.")
class AnalyzeWorkspaceTopologyInput:
    """A workspace to analyse."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")


@strawberry.type(description="What the folder was found to be.")
class AnalyzeTopologyPayload:
    """The detection."""

    topology_detection: rows.TopologyDetection = strawberry.field(
        graphql_type=TopologyDetection, description="The detection; it replaces the folder's former one."
    )


@strawberry.type(description="The analysis was accepted; its result is `serviceTopology` of the workspace.")
class AnalyzeWorkspaceTopologyPayload:
    """The workspace that is analysed."""

    workspace: rows.Workspace = strawberry.field(graphql_type=Workspace, description="The workspace.")


@strawberry.type
class TopologyMutations:
    """Part of Mutation."""

    @mutation(AnalyzeTopologyPayload, "Finds out, at once, what one folder is.")
    async def analyze_topology(self, info: Info, input: AnalyzeTopologyInput) -> AnalyzeTopologyPayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        return AnalyzeTopologyPayload(topology_detection=await analyze_folder(info.context.viewer, workspace_id, input.folder_path))

    @mutation(AnalyzeWorkspaceTopologyPayload, "Accepts a job that finds out what every folder of a workspace is.")
    async def analyze_workspace_topology(self, info: Info, input: AnalyzeWorkspaceTopologyInput) -> AnalyzeWorkspaceTopologyPayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        return AnalyzeWorkspaceTopologyPayload(workspace=await request_analysis(info.context.viewer, workspace_id))
