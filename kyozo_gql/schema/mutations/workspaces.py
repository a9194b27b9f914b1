"""Making, changing and deleting workspaces, and writing their files."""

from __future__ import annotations

import strawberry

from kyozo_gql.accounts.permissions import Action
from kyozo_gql.containers.workspace_deletion import delete_workspace
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.inputs import IDEMPOTENCY_KEY, given
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.scalars import Upload
from kyozo_gql.schema.types.enums import DeploymentEnvironment
from kyozo_gql.schema.types.workspaces import File, Workspace
from kyozo_gql.workspaces import models as rows
from kyozo_gql.workspaces.archives import upload_archive
from kyozo_gql.workspaces.files import delete_file, write_file
from kyozo_gql.workspaces.store import create_workspace, update_workspace


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
        default=None,
        description=(
            "The registry that images are pushed to, such as `registry.example:5000/team`, at most 255 characters. Default: the "
            "server's own setting."
        ),
    )
    deployment_environment: DeploymentEnvironment | None = strawberry.field(
        default=None, description="What its services are run for. Default: DEVELOPMENT."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Writes a file, a new one or over an old one.")
class WriteFileInput:
    """A file to write."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    path: str = strawberry.field(description="Where, relative to the workspace, at most 1024 bytes; missing folders are made.")
    content: str = strawberry.field(
        description="What it is to hold, at most 1 MiB of UTF-8. A larger file comes with `uploadArchive`."
    )


@strawberry.input(description="Changes a workspace. What is left out stays as it is.")
class UpdateWorkspaceInput:
    """Changes of a workspace."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 100 letters, digits, `_` or `-`.")
    container_enabled: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether its folders may be deployed. What runs already, runs on."
    )
    auto_deploy_enabled: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether folders are deployed by themselves after an analysis."
    )
    container_registry_url: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The registry that images are pushed to, such as `registry.example:5000/team`, at most 255 characters; null: the "
            "server's own setting."
        ),
    )
    deployment_environment: DeploymentEnvironment | None = strawberry.field(
        default=strawberry.UNSET, description="What its services are run for."
    )


@strawberry.input(description="Deletes a workspace with all its services and files.")
class DeleteWorkspaceInput:
    """A workspace to delete."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")


@strawberry.input(description="Deletes a file.")
class DeleteFileInput:
    """A file to delete."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    path: str = strawberry.field(description="Where it is, relative to the workspace, at most 1024 bytes.")


@strawberry.input(description="Unpacks an archive into a folder.")
class UploadArchiveInput:
    """An archive to unpack."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    folder_path: str = strawberry.field(
        description="The folder, relative to the workspace, at most 1024 bytes; empty: its root. It is made if need be."
    )
    archive: Upload = strawberry.field(
        description=(
            "A .zip, .tar or .tar.gz, by the GraphQL multipart request specification. It unpacks to at most 512 MiB, 200 times its "
            "size and 10,000 members; links must lead to something in the archive."
        )
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The workspace that was made.")
class CreateWorkspacePayload:
    """The new workspace."""

    workspace: rows.Workspace = strawberry.field(graphql_type=Workspace, description="The new workspace.")


@strawberry.type(description="The file that was written.")
class WriteFilePayload:
    """The written file."""

    file: rows.File = strawberry.field(graphql_type=File, description="The file.")


@strawberry.type(description="The workspace that was changed.")
class UpdateWorkspacePayload:
    """The changed workspace."""

    workspace: rows.Workspace = strawberry.field(graphql_type=Workspace, description="The workspace.")


@strawberry.type(description="The workspace is gone. What its services ran is removed in the background.")
class DeleteWorkspacePayload:
    """What was deleted."""

    deleted_workspace_id: strawberry.ID = strawberry.field(description="The id that it had.")


@strawberry.type(description="The file is gone.")
class DeleteFilePayload:
    """What was deleted."""

    deleted_path: str = strawberry.field(description="Where it was, relative to the workspace.")


@strawberry.type(description="The archive was unpacked.")
class UploadArchivePayload:
    """What was unpacked."""

    workspace: rows.Workspace = strawberry.field(graphql_type=Workspace, description="The workspace.")
    file_count: int = strawberry.field(description="How many files and links it held, without what is no part of a workspace.")


@strawberry.type
class WorkspaceMutations:
    """Part of Mutation."""

    @mutation(CreateWorkspacePayload, "Makes an empty workspace for a team.", allows=Action.EDIT)
    async def create_workspace(self, info: Info, input: CreateWorkspaceInput) -> CreateWorkspacePayload:
        workspace = await create_workspace(
            info.context.viewer,
            team_id=key_of(input.team_id, "Team"),
            name=input.name,
            container_enabled=input.container_enabled,
            auto_deploy_enabled=input.auto_deploy_enabled,
            container_registry_url=input.container_registry_url,
            deployment_environment=input.deployment_environment,
            idempotency_key=input.idempotency_key,
        )
        return CreateWorkspacePayload(workspace=workspace)

    @mutation(UpdateWorkspacePayload, "Changes a workspace.", allows=Action.EDIT)
    async def update_workspace(self, info: Info, input: UpdateWorkspaceInput) -> UpdateWorkspacePayload:
        changes = given(input)
        workspace_id = key_of(changes.pop("workspace_id"), "Workspace")
        return UpdateWorkspacePayload(workspace=await update_workspace(info.context.viewer, workspace_id, changes))

    @mutation(
        DeleteWorkspacePayload, "Deletes a workspace with all its services, their history and its files.", allows=Action.DELETE
    )
    async def delete_workspace(self, info: Info, input: DeleteWorkspaceInput) -> DeleteWorkspacePayload:
        await delete_workspace(info.context.viewer, key_of(input.workspace_id, "Workspace"))
        return DeleteWorkspacePayload(deleted_workspace_id=input.workspace_id)

    @mutation(WriteFilePayload, "Writes a text file of a workspace, a new one or over an old one.", allows=Action.EDIT)
    async def write_file(self, info: Info, input: WriteFileInput) -> WriteFilePayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        return WriteFilePayload(file=await write_file(info.context.viewer, workspace_id, input.path, input.content))

    @mutation(DeleteFilePayload, "Deletes a file of a workspace, or a link itself.", allows=Action.EDIT)
    async def delete_file(self, info: Info, input: DeleteFileInput) -> DeleteFilePayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        return DeleteFilePayload(deleted_path=await delete_file(info.context.viewer, workspace_id, input.path))

    @mutation(
        UploadArchivePayload,
        "Unpacks an archive into a folder, all of it or nothing; what the folder holds besides stays.",
        allows=Action.EDIT,
    )
    async def upload_archive(self, info: Info, input: UploadArchiveInput) -> UploadArchivePayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        asked = (input.folder_path, input.archive.file, input.idempotency_key)
        workspace, count = await upload_archive(info.context.viewer, workspace_id, *asked)
        return UploadArchivePayload(workspace=workspace, file_count=count)
