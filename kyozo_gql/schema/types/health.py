"""Health, metrics and replicas of a service."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from kyozo_gql.containers import models as rows
from kyozo_gql.core.paging import Page
from kyozo_gql.core.spec import PortMapping as PortMappingValue
from kyozo_gql.core.spec import PortProtocol
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import resolved
from kyozo_gql.schema.lists import RECENT_CHECKS
from kyozo_gql.schema.replicas import uptime_seconds
from kyozo_gql.schema.types.config import PortMapping
from kyozo_gql.schema.types.enums import HealthStatus
from kyozo_gql.schema.utilization import Utilization, utilization_of


@strawberry.type(description="One replica: one container, or one local process.")
class Replica:
    """Read from ``service_replicas``."""

    index: int = strawberry.field(description="Its number among the replicas of its version, from 0.")
    container_id: str = strawberry.field(description="What the engine calls it.")
    status: str = strawberry.field(
        description="What the engine says of it: `created`, `running`, `restarting`, `exited` or `stopped`."
    )
    health_status: HealthStatus = strawberry.field(description="What its own last health checks said.")
    node: str | None = strawberry.field(description="The node that it runs on; null: the engine has one node only.")

    @resolved("Where its ports answer.", list[PortMapping])
    @staticmethod
    def host_ports(root: strawberry.Parent[rows.ServiceReplica]) -> list[PortMappingValue]:
        return [PortMappingValue(p["container_port"], p["host_port"], PortProtocol(p["protocol"])) for p in root.host_ports]


@strawberry.type(description="One health check of one replica.")
class HealthCheck:
    """Read from ``health_checks``."""

    health_status: HealthStatus = strawberry.field(description="What it found.")
    replica_index: int = strawberry.field(description="The index of the replica that was asked.")
    response_time_ms: float | None = strawberry.field(
        description="How long the answer took, in milliseconds; null: there was none, or nothing was asked."
    )
    detail: str | None = strawberry.field(description="What it found, in a sentence; null: nothing to say.")

    @resolved("When it was made.")
    @staticmethod
    def checked_at(root: strawberry.Parent[rows.HealthCheck]) -> datetime:
        return root.created_at


@strawberry.type(description="The health of a service, and the checks that say so.")
class ServiceHealth:
    """Read from ``service_instances``."""

    health_status: HealthStatus = strawberry.field(description="The health of the whole service.")

    @resolved("When it was last looked at; null: never.")
    @staticmethod
    def observed_at(root: strawberry.Parent[rows.ServiceInstance]) -> datetime | None:
        return root.last_health_check_at or root.observed_at

    @resolved("The latest checks, newest first, at most 20.", list[HealthCheck])
    @staticmethod
    async def checks(root: strawberry.Parent[rows.ServiceInstance], info: Info) -> list[rows.HealthCheck]:
        page: Page[Any] = await info.context.load(RECENT_CHECKS, root.id)
        return [edge.node for edge in page.edges]


@strawberry.type(description="How much of its limits a service uses.")
class ResourceUtilization:
    """Read from ``schema.utilization.Utilization``."""

    memory_percent: float | None = strawberry.field(
        description="Memory in percent of the limits of all replicas; null: not measured."
    )
    cpu_percent: float | None = strawberry.field(description="CPU in percent of the limits of all replicas; null: not measured.")


@strawberry.type(description="What a service uses, as last measured.")
class ServiceMetrics:
    """Read from ``service_instances``."""

    memory_usage_mb: int | None = strawberry.field(description="Memory of all replicas, in MiB; null: not measured.")
    cpu_usage_percent: float | None = strawberry.field(
        description="CPU of all replicas, in percent of one core (200 is two cores busy); null: not measured."
    )
    health_status: HealthStatus = strawberry.field(description="The health of the service.")
    last_health_check_at: datetime | None = strawberry.field(description="When it was last checked and measured; null: never.")

    @resolved("Whole seconds since the start of the replica that is ready for the longest; null: none is.")
    @staticmethod
    async def uptime_seconds(root: strawberry.Parent[rows.ServiceInstance], info: Info) -> int | None:
        return await uptime_seconds(root, info)

    @resolved("How much of its limits it uses; null: not measured.", ResourceUtilization | None)
    @staticmethod
    def resource_utilization(root: strawberry.Parent[rows.ServiceInstance]) -> Utilization | None:
        return utilization_of(root)
