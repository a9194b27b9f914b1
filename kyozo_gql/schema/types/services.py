"""Services."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from kyozo_gql.containers import config as values
from kyozo_gql.containers import models as rows
from kyozo_gql.containers.defaults import missing_environment
from kyozo_gql.containers.endpoints import endpoints_of
from kyozo_gql.containers.jobs import is_job
from kyozo_gql.containers.logs import ServiceLogLine, read_logs
from kyozo_gql.containers.services import config_of
from kyozo_gql.containers.stack import needed_paths
from kyozo_gql.core import spec
from kyozo_gql.core.paging import Page, PageRequest
from kyozo_gql.schema.bounds import LineCount, check_lines
from kyozo_gql.schema.connections import After, Before, Connection, First, Last
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import related, resolved
from kyozo_gql.schema.lists import (
    DETECTIONS_BY_ID,
    LATEST_DEPLOYMENT,
    REPLICAS_BY_SERVICE,
    SERVICES_BY_ID,
    SERVICES_BY_PARENT,
    SERVICES_BY_WORKSPACE,
    TEAMS_BY_ID,
    USERS_BY_ID,
    WORKSPACES_BY_ID,
    deployments_of_service,
    events_of_service,
)
from kyozo_gql.schema.replicas import replicas_of, uptime_seconds
from kyozo_gql.schema.types.abilities import ServiceInstanceAbilities, viewer_can
from kyozo_gql.schema.types.config import (
    DeploymentConfig,
    EnvironmentVariable,
    HealthCheckConfig,
    PortMapping,
    ResourceLimits,
    ScalingConfig,
)
from kyozo_gql.schema.types.enums import DeploymentEventType, HealthStatus, ServiceStatus, ServiceType
from kyozo_gql.schema.types.health import Replica, ResourceUtilization, ServiceHealth, ServiceMetrics
from kyozo_gql.schema.types.logs import LogLine
from kyozo_gql.schema.types.names import DeploymentType, DetectionType, EventType, TeamType, UserType, WorkspaceType
from kyozo_gql.schema.types.names import ServiceType as ServiceInstanceType
from kyozo_gql.schema.types.node import Node, rows_are
from kyozo_gql.schema.utilization import Utilization, utilization_of
from kyozo_gql.topology.document import recommendation_from_json

Row = strawberry.Parent[rows.ServiceInstance]

EventTypes = Annotated[
    list[DeploymentEventType] | None, strawberry.argument(description="Only events of these types; an empty list: none.")
]


@strawberry.type(description="A folder of a workspace that runs, or can run, as a service.")
class ServiceInstance(Node):
    """Read from ``service_instances``."""

    is_type_of = rows_are(rows.ServiceInstance)

    name: str = strawberry.field(
        description="1 to 100 letters, digits, `_` or `-`; unique in the workspace, and its DNS name there."
    )
    folder_path: str = strawberry.field(description="The folder, relative to the workspace; empty: the workspace's root.")
    service_type: ServiceType = strawberry.field(description="What the folder is.")
    status: ServiceStatus = strawberry.field(description="Where the service is, as last observed.")
    status_reason: str | None = strawberry.field(description="Why it is there, in a sentence; null: nothing to explain.")
    container_id: str | None = strawberry.field(
        description="What the engine calls its first replica, also while it is stopped; null: there is none."
    )
    image: str | None = strawberry.field(description="The image of the version in service; null: never deployed.")
    health_status: HealthStatus = strawberry.field(description="What the last health checks said.")
    last_health_check_at: datetime | None = strawberry.field(description="When health was last checked; null: never.")
    startup_time_ms: int | None = strawberry.field(
        description=(
            "How long the replicas of the last deployment took to get ready (of a job: to end), in whole milliseconds; null: none "
            "did."
        )
    )
    memory_usage_mb: int | None = strawberry.field(
        description="Memory of all replicas as last measured, in whole MiB; null: not measured."
    )
    cpu_usage_percent: float | None = strawberry.field(
        description="CPU of all replicas as last measured, in percent of one core (200 is two cores busy); null: not measured."
    )
    desired_status: ServiceStatus = strawberry.field(description="What was asked for: RUNNING or STOPPED.")
    desired_replicas: int = strawberry.field(description="How many replicas were asked for, 1 to 100.")
    created_at: datetime = strawberry.field(description="When the service was made.")
    updated_at: datetime = strawberry.field(description="When anything about it last changed.")
    deployed_at: datetime | None = strawberry.field(description="When the version in service was put there; null: never.")
    last_accessed_at: datetime | None = strawberry.field(
        description=(
            "When somebody last had it deployed, started, stopped, restarted, scaled, rolled back or its deployment cancelled; "
            "null: "
            "never. What kyozo_gql does by itself does not count."
        )
    )

    workspace: WorkspaceType = related(WORKSPACES_BY_ID, "workspace_id", "The workspace that the folder is in.")
    team: TeamType = related(TEAMS_BY_ID, "team_id", "The team that owns it.")
    created_by: UserType | None = related(USERS_BY_ID, "created_by_id", "Who made it; null: that user is gone.")
    topology_detection: DetectionType | None = related(
        DETECTIONS_BY_ID,
        "topology_detection_id",
        "What its folder was found to be; null: a part of a stack, or the detection was deleted.",
    )
    parent_service: ServiceInstanceType | None = related(
        SERVICES_BY_ID, "parent_service_id", "The Compose stack that it is a part of; null: of none."
    )
    child_services: list[ServiceInstanceType] = related(
        SERVICES_BY_PARENT, "id", "The services of this Compose stack, by folder; none where it is no stack."
    )
    replicas: list[Replica] = related(REPLICAS_BY_SERVICE, "id", "Its replicas as last observed, by index.")
    viewer_can: ServiceInstanceAbilities = viewer_can("team_id", ServiceInstanceAbilities)

    @resolved("What is deployed and how it is started.", DeploymentConfig)
    @staticmethod
    def deployment_config(root: Row) -> values.DeploymentConfig:
        return config_of(root).deployment

    @resolved(
        "Whether it is a job: a service of a stack that runs once for each deployment, to success, before those that wait for its "
        "end. One that has completed is STOPPED, and says so in `statusReason`."
    )
    @staticmethod
    def is_job(root: Row) -> bool:
        return is_job(root)

    @resolved("Its ports, at most 200.", list[PortMapping])
    @staticmethod
    def port_mappings(root: Row) -> list[spec.PortMapping]:
        return list(config_of(root).ports)

    @resolved("Its environment variables, at most 200.", list[EnvironmentVariable])
    @staticmethod
    def environment_variables(root: Row) -> list[values.EnvironmentVariable]:
        return list(config_of(root).environment)

    @resolved(
        "The names of the variables that its folder asks for, such as passwords, and that have no value yet, by name; none where "
        "nothing is missing, where an image is run instead of the folder, and for a service of a stack: its stack tells them."
    )
    @staticmethod
    async def missing_environment(root: Row, info: Info) -> list[str]:
        config = config_of(root)
        if root.topology_detection_id is None or config.deployment.image:
            return []
        detection = await info.context.load(DETECTIONS_BY_ID, root.topology_detection_id)
        if detection is None or detection.service_type != root.service_type:
            return []
        return list(missing_environment(config, recommendation_from_json(detection.deployment_recommendations)))

    @resolved("The most that each replica may use.", ResourceLimits)
    @staticmethod
    def resource_limits(root: Row) -> spec.ResourceLimits:
        return config_of(root).limits

    @resolved("How its health is asked for.", HealthCheckConfig)
    @staticmethod
    def health_check_config(root: Row) -> spec.HealthCheckSpec:
        return config_of(root).health_check

    @resolved("How many replicas it may have.", ScalingConfig)
    @staticmethod
    def scaling_config(root: Row) -> values.ScalingConfig:
        return config_of(root).scaling

    @resolved("Whole seconds since the start of the replica that is ready for the longest; null: none is.")
    @staticmethod
    async def uptime_seconds(root: Row, info: Info) -> int | None:
        return await uptime_seconds(root, info)

    @resolved("The status of its newest deployment in lower case, such as `succeeded`; `none`: never deployed.")
    @staticmethod
    async def deployment_status(root: Row, info: Info) -> str:
        page: Page[Any] = await info.context.load(LATEST_DEPLOYMENT, root.id)
        return str(page.edges[0].node.status) if page.edges else "none"

    @resolved("How much of its limits it uses; null: not measured.", ResourceUtilization | None)
    @staticmethod
    def resource_utilization(root: Row) -> Utilization | None:
        return utilization_of(root)

    @resolved("The URLs of its ready replicas; of a stack: those of its services.")
    @staticmethod
    async def endpoints(root: Row, info: Info) -> list[str]:
        return endpoints_of(await replicas_of(root, info), info.context.resources.settings.publish_address)

    @resolved(
        "The services that it needs, as the last whole-workspace analysis found, or the Compose file of its stack says.",
        list[ServiceInstanceType],
    )
    @staticmethod
    async def depends_on(root: Row, info: Info) -> list[rows.ServiceInstance]:
        workspace = await info.context.load(WORKSPACES_BY_ID, root.workspace_id)
        needed = needed_paths(root, workspace.service_topology if workspace else {})
        siblings = await info.context.load(SERVICES_BY_WORKSPACE, root.workspace_id) if needed else []
        return [sibling for sibling in siblings if sibling.folder_path in needed and sibling.id != root.id]

    @resolved("Its health, with the latest checks.", ServiceHealth)
    @staticmethod
    def health(root: Row) -> rows.ServiceInstance:
        return root

    @resolved("What it uses, as last measured.", ServiceMetrics)
    @staticmethod
    def metrics(root: Row) -> rows.ServiceInstance:
        return root

    @resolved(
        "The last lines of its replicas' logs, oldest first, asked of the engine. The services of a stack have their own.",
        list[LogLine],
    )
    @staticmethod
    async def logs(root: Row, info: Info, lines: LineCount = 100) -> list[ServiceLogLine]:
        return await read_logs(info.context.resources.engine, root, check_lines(lines, "lines"))

    @resolved(
        "What happened to it, newest first. The cursors are those of the subscription `deploymentEvents`.", Connection[EventType]
    )
    @staticmethod
    async def events(
        root: Row,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        types: EventTypes = None,
    ) -> Page[Any]:
        where = () if types is None else (("event_type__in", tuple(types)),)
        return await info.context.load(events_of_service(PageRequest(first, after, last, before), where), root.id)

    @resolved("Its deployments, newest first.", Connection[DeploymentType])
    @staticmethod
    async def deployments(
        root: Row, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Page[Any]:
        return await info.context.load(deployments_of_service(PageRequest(first, after, last, before)), root.id)
