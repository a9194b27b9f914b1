"""Workspaces, their folders and files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from kyozo_gql.containers.models import ServiceInstance as ServiceRow
from kyozo_gql.core.paging import Page, PageRequest
from kyozo_gql.schema.connections import After, Before, Connection, First, Last
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import related, resolved
from kyozo_gql.schema.filters import Filtered, Sorted, conditions_of_files, conditions_of_services, order_of_services
from kyozo_gql.schema.lists import (
    DETECTIONS_BY_FOLDER,
    SERVICES_BY_FOLDER,
    SERVICES_BY_WORKSPACE,
    TEAMS_BY_ID,
    WORKSPACES_BY_ID,
    detections_of_workspace,
    files_of_workspace,
    services_of_workspace,
)
from kyozo_gql.schema.scalars import JSON
from kyozo_gql.schema.types.abilities import WorkspaceAbilities, viewer_can
from kyozo_gql.schema.types.enums import DeploymentEnvironment, HealthStatus, ServiceStatus
from kyozo_gql.schema.types.graph import ServiceTopology, topology_of
from kyozo_gql.schema.types.names import DetectionType, TeamType
from kyozo_gql.schema.types.names import ServiceType as ServiceInstanceType
from kyozo_gql.schema.types.node import Node, rows_are
from kyozo_gql.workspaces import models as rows
from kyozo_gql.workspaces.files import read_file
from kyozo_gql.workspaces.folders import folders_of

Row = strawberry.Parent[rows.Workspace]

ParentFolder = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "Only the folders directly in this one; empty: in the root. A folder that does not exist has none. Default: all of "
            "the workspace, the root first."
        )
    ),
]
FileFolder = Annotated[
    str | None,
    strawberry.argument(
        description="Only files in this folder, at any depth; empty: in the whole workspace. A folder that does not exist has none."
    ),
]
IndicatorsOnly = Annotated[bool | None, strawberry.argument(description="Only files that tell what a folder is. Default: false.")]
Technology = Annotated[
    str | None,
    strawberry.argument(
        description="Only files that belong to this technology, such as `python`, `docker` or `npm`; case does not matter."
    ),
]


@strawberry.type(description="A file of a workspace.")
class File(Node):
    """Read from ``files``."""

    is_type_of = rows_are(rows.File)

    path: str = strawberry.field(description="Where it is, relative to the workspace.")
    size_bytes: float = strawberry.field(description="How many bytes it has; a Float, for files of 2 GiB and more.")
    content_hash: str = strawberry.field(description="SHA-256 of what it holds, in hexadecimal.")
    is_service_indicator: bool = strawberry.field(description="Whether it tells what its folder is.")
    detected_technologies: list[str] = strawberry.field(description="What it is about, such as `python` or `docker`.")
    service_metadata: JSON = strawberry.field(
        description="What it was evidence for in the last analysis of the whole workspace: an object, empty for most files."
    )
    updated_at: datetime = strawberry.field(description="When it was last seen to have changed.")

    @resolved("What it holds now, at most 1 MiB; null: it is gone, larger, or no UTF-8 text.")
    @staticmethod
    async def content(root: strawberry.Parent[rows.File], info: Info) -> str | None:
        workspace = await info.context.load(WORKSPACES_BY_ID, root.workspace_id)
        return await read_file(workspace, root.path) if workspace else None


@dataclass(frozen=True, slots=True)
class FolderOfWorkspace:
    """A folder as ``Folder`` reads it."""

    workspace_id: UUID
    path: str

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def key(self) -> tuple[UUID, str]:
        """What it is found by."""
        return self.workspace_id, self.path


@strawberry.type(description="A folder of a workspace.")
class Folder:
    """Read from ``FolderOfWorkspace``."""

    path: str = strawberry.field(description="Where it is, relative to the workspace; empty: its root.")
    name: str = strawberry.field(description="The last part of its path; empty for the root.")

    @resolved("The service that it is; null: none.", ServiceInstanceType | None)
    @staticmethod
    async def service_instance(root: strawberry.Parent[FolderOfWorkspace], info: Info) -> Any:
        return next(iter(await info.context.load(SERVICES_BY_FOLDER, root.key)), None)

    @resolved("What it was found to be; null: it was not analysed.", DetectionType | None)
    @staticmethod
    async def topology_detection(root: strawberry.Parent[FolderOfWorkspace], info: Info) -> Any:
        return next(iter(await info.context.load(DETECTIONS_BY_FOLDER, root.key)), None)


@strawberry.type(description="How many services have a status.")
class StatusCount:
    """One line of a summary."""

    status: ServiceStatus = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many services have it; may be 0.")


@strawberry.type(description="How many services are so healthy.")
class HealthCount:
    """One line of a summary."""

    health_status: HealthStatus = strawberry.field(description="The health.")
    count: int = strawberry.field(description="How many services have it; may be 0.")


@strawberry.type(description="How the services of a workspace are.")
class WorkspaceServiceStatus:
    """Made of the services of a workspace."""

    total: int = strawberry.field(description="How many services there are.")
    by_status: list[StatusCount] = strawberry.field(description="How many have each status, also those that none has.")
    by_health: list[HealthCount] = strawberry.field(description="How many have each health, also those that none has.")
    services: list[ServiceRow] = strawberry.field(graphql_type=list[ServiceInstanceType], description="All of them, by folder.")


@strawberry.type(description="A tree of folders of a team. A folder that holds a service is a deployment.")
class Workspace(Node):
    """Read from ``workspaces``."""

    is_type_of = rows_are(rows.Workspace)

    name: str = strawberry.field(description="The name as it is shown.")
    team: TeamType = related(TEAMS_BY_ID, "team_id", "The team that owns it.")
    container_enabled: bool = strawberry.field(description="Whether its folders may be deployed.")
    auto_deploy_enabled: bool = strawberry.field(description="Whether folders are deployed by themselves after an analysis.")
    container_registry_url: str | None = strawberry.field(description="The registry for images; null: the server's own setting.")
    deployment_environment: DeploymentEnvironment = strawberry.field(description="What its services are run for.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    viewer_can: WorkspaceAbilities = viewer_can("team_id", WorkspaceAbilities)

    @resolved("What the last analysis of the whole workspace found.")
    @staticmethod
    def service_topology(root: Row) -> ServiceTopology:
        return topology_of(root)

    @resolved("How its services are, summed up; those of stacks count too.")
    @staticmethod
    async def service_status(root: Row, info: Info) -> WorkspaceServiceStatus:
        return summary_of(await info.context.load(SERVICES_BY_WORKSPACE, root.id))

    @resolved(
        "Its folders, by path, at most 10,000. What is no part of a workspace (`.git`, `node_modules` …) is left out.",
        list[Folder],
    )
    @staticmethod
    async def folders(root: Row, path: ParentFolder = None) -> list[FolderOfWorkspace]:
        return [FolderOfWorkspace(root.id, found) for found in await folders_of(root, path)]

    @resolved("Its files, by path, as of the last write or analysis.", Connection[File])
    @staticmethod
    async def files(
        root: Row,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        folder_path: FileFolder = None,
        service_indicators_only: IndicatorsOnly = None,
        technology: Technology = None,
    ) -> Page[Any]:
        where = conditions_of_files(folder_path, technology, indicators_only=bool(service_indicators_only))
        return await info.context.load(files_of_workspace(PageRequest(first, after, last, before), where), root.id)

    @resolved("Its services; unless ordered otherwise, oldest first.", Connection[ServiceInstanceType])
    @staticmethod
    async def service_instances(
        root: Row,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Filtered = None,
        order_by: Sorted = None,
    ) -> Page[Any]:
        request, where = PageRequest(first, after, last, before), conditions_of_services(filter)
        return await info.context.load(services_of_workspace(request, order_of_services(order_by), where), root.id)

    @resolved("What its folders were found to be, oldest first.", Connection[DetectionType])
    @staticmethod
    async def topology_detections(
        root: Row, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[Any]:
        return await info.context.load(detections_of_workspace(PageRequest(first, after, last, before)), root.id)


def summary_of(services: list[ServiceRow]) -> WorkspaceServiceStatus:
    """The services of a workspace, counted."""
    statuses, health = Counter(one.status for one in services), Counter(one.health_status for one in services)
    return WorkspaceServiceStatus(
        total=len(services),
        by_status=[StatusCount(status=status, count=statuses[status]) for status in ServiceStatus],
        by_health=[HealthCount(health_status=one, count=health[one]) for one in HealthStatus],
        services=services,
    )
