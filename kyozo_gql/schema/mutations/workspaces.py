"""Making workspaces, and writing their files."""

from __future__ import annotations

import strawberry

from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.types.enums import DeploymentEnvironment
from kyozo_gql.schema.types.workspaces import File, Workspace
from kyozo_gql.workspaces import models as rows
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.store import create_workspace


@strawberry.input(description="Makes an empty workspace.")
class CreateWorkspaceInput:
    """A new workspace."""

    team_id: strawberry.ID = strawberry.field(description="The team that is to own it.")
    name: str = strawberry.field(description="1 to 100 letters, digits, `_` or `-`.")
    container_enabled: bool | None = strawberry.field(
        default=None, description="Whether its folders may be deployed. Default: true."
    )
    auto_deploy_enabled: bool | None = strawberry.field(
        default=None, description="Whether folders are deployed by themselves after an analysis. Default: false."
    )
    container_registry_url: str | None = strawberry.field(
        default=None, description="The registry that images are pushed to. Default: the server's own setting."
    )
    deployment_environment: DeploymentEnvironment | None = strawberry.field(
        default=None, description="What its services are run for. Default: DEVELOPMENT."
    )


@strawberry.input(description="Writes a file, a new one or over an old one.")
class WriteFileInput:
    """A file to write."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    path: str = strawberry.field(description="Where, relative to the workspace; missing folders are made.")
    content: str = strawberry.field(description="What it is to hold, at most 1 MiB of UTF-8.")


@strawberry.type(description="The workspace that was made.")
class CreateWorkspacePayload:
    """The new workspace."""

    workspace: rows.Workspace = strawberry.field(graphql_type=Workspace, description="The new workspace.")


@strawberry.type(description="The file that was written.")
class WriteFilePayload:
    """The written file."""

    file: rows.File = strawberry.field(graphql_type=File, description="The file.")


@strawberry.type
class WorkspaceMutations:
    """Part of Mutation."""

    @mutation(CreateWorkspacePayload, "Makes an empty workspace for a team.")
    async def create_workspace(self, info: Info, input: CreateWorkspaceInput) -> CreateWorkspacePayload:
        workspace = await create_workspace(
            info.context.viewer,
            team_id=key_of(input.team_id, "Team"),
            name=input.name,
            container_enabled=input.container_enabled,
            auto_deploy_enabled=input.auto_deploy_enabled,
            container_registry_url=input.container_registry_url,
            deployment_environment=input.deployment_environment,
        )
        return CreateWorkspacePayload(workspace=workspace)

    @mutation(WriteFilePayload, "Writes a text file of a workspace, a new one or over an old one.")
    async def write_file(self, info: Info, input: WriteFileInput) -> WriteFilePayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        return WriteFilePayload(file=await write_file(info.context.viewer, workspace_id, input.path, input.content))
