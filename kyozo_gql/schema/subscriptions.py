"""Watching: what is, then what comes, without gap or repeat."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast

import strawberry

from kyozo_gql.containers.logs import ServiceLogLine, follow_logs
from kyozo_gql.containers.metrics import follow_metrics
from kyozo_gql.containers.models import BuildLogLine
from kyozo_gql.containers.models import DeploymentEvent as EventRow
from kyozo_gql.containers.models import ServiceInstance as ServiceRow
from kyozo_gql.containers.news import StatusNews, follow_build_log, follow_events, follow_statuses
from kyozo_gql.containers.services import get_service
from kyozo_gql.core.errors import InvalidInput, NotFound
from kyozo_gql.core.paging import Edge as PageEdge
from kyozo_gql.schema.bounds import LineCount, check_lines
from kyozo_gql.schema.connections import Edge
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import related, watched
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.lists import BY_NUMBER, LATEST_POSITION_FIRST, SERVICES_BY_ID
from kyozo_gql.schema.types.deployments import DeploymentEvent
from kyozo_gql.schema.types.enums import HealthStatus, ServiceStatus
from kyozo_gql.schema.types.health import ServiceMetrics
from kyozo_gql.schema.types.logs import LogLine, build_line
from kyozo_gql.schema.types.services import ServiceInstance
from kyozo_gql.schema.types.topology import TopologyAnalysisProgress, TopologyDetection
from kyozo_gql.schema.visible import find_one
from kyozo_gql.workspaces.analysis_news import follow_analyses, follow_detections
from kyozo_gql.workspaces.models import TopologyAnalysis as AnalysisRow
from kyozo_gql.workspaces.models import TopologyDetection as DetectionRow
from kyozo_gql.workspaces.store import get_workspace

T = TypeVar("T")

ServiceId = Annotated[strawberry.ID, strawberry.argument(description="The service.")]
WorkspaceId = Annotated[strawberry.ID, strawberry.argument(description="The workspace.")]
DeploymentId = Annotated[strawberry.ID, strawberry.argument(description="The deployment.")]
EventsOfService = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this service. Give it, or workspaceId.")]
EventsOfWorkspace = Annotated[strawberry.ID | None, strawberry.argument(description="Of all services of this workspace.")]
AfterEvent = Annotated[
    str | None,
    strawberry.argument(description="The cursor of an event: what came after it is replayed first. Default: from now on."),
]
AfterLine = Annotated[str | None, strawberry.argument(description="The cursor of a line: what comes after it. Default: all.")]


@strawberry.type(description="A service's status and health.")
class ServiceStatusChange:
    """Read from ``containers.news.StatusNews``."""

    service_instance: ServiceInstance = related(SERVICES_BY_ID, "service_id", "The service, as it is when this is sent.")
    previous_status: ServiceStatus | None = strawberry.field(description="What it was before; null: this is the state as it is.")
    status: ServiceStatus = strawberry.field(description="What it is.")
    health_status: HealthStatus = strawberry.field(description="How healthy it is.")
    reason: str | None = strawberry.field(description="Why, in a sentence; null: nothing to explain.")
    timestamp: datetime = strawberry.field(description="Since when.")


@strawberry.type(
    description="Watching: over a WebSocket (graphql-transport-ws), as Server-Sent Events (`Accept: text/event-stream`), or as "
    "`multipart/mixed;subscriptionSpec=1.0`."
)
class Subscription:
    """The fields of every subscription."""

    @watched(
        "First a service's status as it is, then every change of status or health. Completes when the service is deleted.",
        ServiceStatusChange,
    )
    async def service_status_changed(self, info: Info, service_instance_id: ServiceId) -> AsyncGenerator[StatusNews, None]:
        service = await get_service(info.context.viewer, key_of(service_instance_id, "ServiceInstance"))
        return each(info, follow_statuses(info.context.resources.broker, service.workspace_id, service.id))

    @watched(
        "First the status of each service of a workspace, then every change, also of services that are made later. Completes "
        "when the workspace is deleted.",
        ServiceStatusChange,
    )
    async def workspace_service_status_changed(self, info: Info, workspace_id: WorkspaceId) -> AsyncGenerator[StatusNews, None]:
        workspace = await get_workspace(info.context.viewer, key_of(workspace_id, "Workspace"))
        return each(info, follow_statuses(info.context.resources.broker, workspace.id, None))

    @watched(
        "The events of a service or a workspace, none missed and none twice. Completes when it is deleted.",
        Edge[DeploymentEvent],
    )
    async def deployment_events(
        self,
        info: Info,
        service_instance_id: EventsOfService = None,
        workspace_id: EventsOfWorkspace = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[PageEdge[EventRow], None]:
        workspace_key, service_key = await scope_of(info, service_instance_id, workspace_id)
        position = None if after is None else LATEST_POSITION_FIRST.place(after, EventRow)[0]
        events = follow_events(info.context.resources.broker, workspace_key, service_key, position)
        return edges_of(each(info, events))

    @watched(
        "The log of a service's replicas: the last `tail` lines, then every new one. Completes when the service is deleted.",
        LogLine,
    )
    async def service_logs(
        self, info: Info, service_instance_id: ServiceId, tail: LineCount = 100
    ) -> AsyncGenerator[ServiceLogLine, None]:
        service = await get_service(info.context.viewer, key_of(service_instance_id, "ServiceInstance"))
        return each(info, follow_logs(info.context.resources.engine, service, check_lines(tail, "tail")))

    @watched(
        "First what a service uses as last measured, then every new measurement. Completes when the service is deleted.",
        ServiceMetrics,
    )
    async def service_metrics(self, info: Info, service_instance_id: ServiceId) -> AsyncGenerator[ServiceRow, None]:
        service = await get_service(info.context.viewer, key_of(service_instance_id, "ServiceInstance"))
        return each(info, follow_metrics(info.context.resources.broker, service.id))

    @watched(
        "Each detection of a workspace that an analysis writes from now on. Completes when the workspace is deleted.",
        TopologyDetection,
    )
    async def topology_analyzed(self, info: Info, workspace_id: WorkspaceId) -> AsyncGenerator[DetectionRow, None]:
        workspace = await get_workspace(info.context.viewer, key_of(workspace_id, "Workspace"))
        return each(info, follow_detections(info.context.resources.broker, workspace.id))

    @watched(
        "How far the analysis of a workspace is that `analyzeWorkspaceTopology` asked for: first as it is, then every change, a "
        "few times a second at most; after it the next one that waits. Completes when none runs or waits any more. Where none did "
        "from the beginning, it tells how the last one ended and completes; where there never was one, it completes at once: so "
        "subscribe after asking for an analysis, however late. Completes as well when the workspace is deleted.",
        TopologyAnalysisProgress,
    )
    async def topology_analysis_progress(self, info: Info, workspace_id: WorkspaceId) -> AsyncGenerator[AnalysisRow, None]:
        workspace = await get_workspace(info.context.viewer, key_of(workspace_id, "Workspace"))
        return each(info, follow_analyses(info.context.resources.broker, workspace.id))

    @watched("What a deployment's build writes, from its first line, or after a cursor. Completes when the build has ended.")
    async def build_logs(self, info: Info, deployment_id: DeploymentId, after: AfterLine = None) -> AsyncGenerator[LogLine, None]:
        deployment = await find_one(info, deployment_id, "Deployment")
        if deployment is None:
            raise NotFound("deployment", deployment_id)
        number = 0 if after is None else BY_NUMBER.place(after, BuildLogLine)[0]
        return lines_of(each(info, follow_build_log(info.context.resources.broker, deployment.id, number)))


async def each(info: Info, news: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """All news, each read afresh; what stands behind them is let go of when the client leaves."""
    async with aclosing(cast("AsyncGenerator[T, None]", news)):
        async for item in news:
            info.context.forget()
            yield item


async def edges_of(events: AsyncGenerator[EventRow, None]) -> AsyncGenerator[PageEdge[EventRow], None]:
    """Events with their cursors."""
    async with aclosing(events):
        async for event in events:
            yield PageEdge(event, LATEST_POSITION_FIRST.cursor(event))


async def lines_of(rows: AsyncGenerator[BuildLogLine, None]) -> AsyncGenerator[LogLine, None]:
    """Lines of a build log as clients see them."""
    async with aclosing(rows):
        async for row in rows:
            yield build_line(row)


async def scope_of(info: Info, service_id: str | None, workspace_id: str | None) -> tuple[Any, Any]:
    """The keys of the workspace and the service (None: all of it) whose events are asked for. Raises NotFound, InvalidInput."""
    if service_id is None and workspace_id is None:
        raise InvalidInput.of("serviceInstanceId", "give serviceInstanceId or workspaceId")
    if service_id is None:
        workspace = await get_workspace(info.context.viewer, key_of(str(workspace_id), "Workspace"))
        return workspace.id, None
    service = await get_service(info.context.viewer, key_of(service_id, "ServiceInstance"))
    if workspace_id is not None and key_of(workspace_id, "Workspace") != service.workspace_id:
        raise NotFound("service instance", service_id)
    return service.workspace_id, service.id
