"""The tables of services. What the seed names, is named so here; ours is what convergence needs besides."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from kyozo_gql.accounts.models import Team, User
from kyozo_gql.core.records import ChangingRecord, Record
from kyozo_gql.workspaces.models import TopologyDetection, Workspace


class ServiceStatus(StrEnum):
    """Where a service is; the seed's values."""

    DETECTING = "detecting"
    DEPLOYABLE = "deployable"
    DEPLOYING = "deploying"
    RUNNING = "running"
    STOPPED = "stopped"
    ERROR = "error"
    SCALING = "scaling"


class HealthStatus(StrEnum):
    """What the last health checks said."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


class DeploymentStatus(StrEnum):
    """How far a deployment is."""

    QUEUED = "queued"
    BUILDING = "building"
    STARTING = "starting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to such a deployment."""
        return self not in (DeploymentStatus.QUEUED, DeploymentStatus.BUILDING, DeploymentStatus.STARTING)


class DeploymentEventType(StrEnum):
    """What a deployment event records; the seed's values."""

    DEPLOYMENT_STARTED = "deployment_started"
    DEPLOYMENT_COMPLETED = "deployment_completed"
    DEPLOYMENT_FAILED = "deployment_failed"
    SERVICE_STARTED = "service_started"
    SERVICE_STOPPED = "service_stopped"
    SERVICE_SCALED = "service_scaled"
    HEALTH_CHECK_FAILED = "health_check_failed"


class ServiceInstance(ChangingRecord):
    """A service: what was asked for (desired), what is (status, health), and who works on it now (lease).

    The JSON columns hold what ``containers.config`` writes and reads. ``generation`` grows with each accepted intent;
    ``observed_generation`` is the one that was last brought about; ``settled_replicas`` and ``settled_revision`` are what it came
    to. ``fence`` grows with each claim of the lease.
    A row with ``deleted_at`` is gone for clients and waits for its replicas to be removed.
    """

    name = fields.TextField()
    folder_path = fields.TextField()
    service_type: str = fields.TextField()
    status: str = fields.TextField(default=ServiceStatus.DETECTING.value)

    container_id: str | None = fields.TextField(null=True)
    deployment_config: dict[str, Any] = fields.JSONField(default=dict)
    port_mappings: dict[str, Any] = fields.JSONField(default=dict)
    environment_variables: dict[str, Any] = fields.JSONField(default=dict)
    resource_limits: dict[str, Any] = fields.JSONField(default=dict)
    health_check_config: dict[str, Any] | None = fields.JSONField(null=True)
    scaling_config: dict[str, Any] = fields.JSONField(default=dict)

    last_health_check_at = fields.DatetimeField(null=True)
    health_status: str = fields.TextField(default=HealthStatus.UNKNOWN.value)
    deployment_logs: str | None = fields.TextField(null=True)
    startup_time_ms: int | None = fields.IntField(null=True)
    memory_usage_mb: int | None = fields.IntField(null=True)
    cpu_usage_percent: Decimal | None = fields.DecimalField(max_digits=10, decimal_places=2, null=True)

    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField(
        "kyozo.Workspace", "service_instances", on_delete=fields.CASCADE
    )
    workspace_id: UUID
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField("kyozo.Team", "service_instances", on_delete=fields.CASCADE)
    team_id: UUID
    created_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "kyozo.User", "service_instances", null=True, on_delete=fields.SET_NULL
    )
    created_by_id: UUID | None
    topology_detection: fields.ForeignKeyNullableRelation[TopologyDetection] = fields.ForeignKeyField(
        "kyozo.TopologyDetection", "service_instances", null=True, on_delete=fields.SET_NULL
    )
    topology_detection_id: UUID | None
    parent_service: fields.ForeignKeyNullableRelation[ServiceInstance] = fields.ForeignKeyField(
        "kyozo.ServiceInstance", "child_services", null=True, on_delete=fields.SET_NULL
    )
    parent_service_id: UUID | None

    deployed_at = fields.DatetimeField(null=True)
    last_accessed_at = fields.DatetimeField(null=True)

    status_reason: str | None = fields.TextField(null=True)
    image: str | None = fields.TextField(null=True)
    desired_status: str = fields.TextField(default=ServiceStatus.STOPPED.value)
    desired_replicas = fields.IntField(default=1)
    restart_revision = fields.IntField(default=0)
    settled_replicas = fields.IntField(default=0)
    settled_revision = fields.IntField(default=0)
    intent_at = fields.DatetimeField(null=True)
    intent_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "kyozo.User", "intents", null=True, on_delete=fields.SET_NULL
    )
    intent_by_id: UUID | None
    current_deployment_id: UUID | None = fields.UUIDField(null=True)
    target_deployment_id: UUID | None = fields.UUIDField(null=True)
    generation = fields.BigIntField(default=0)
    observed_generation = fields.BigIntField(default=0)
    observed_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    health_due_at = fields.DatetimeField(null=True)
    lease_owner: str | None = fields.TextField(null=True)
    lease_expires_at = fields.DatetimeField(null=True)
    fence = fields.BigIntField(default=0)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "service_instances"
        unique_together = (("workspace_id", "folder_path"),)
        indexes = (
            Index(fields=("team_id", "workspace_id", "status"), name="service_instances_team_id_workspace_id_status_index"),
            Index(fields=("team_id", "service_type"), name="service_instances_team_id_service_type_index"),
            Index(fields=("status", "health_status"), name="service_instances_status_health_status_index"),
            Index(fields=("created_at",), name="service_instances_created_at_index"),
            Index(fields=("updated_at",), name="service_instances_updated_at_index"),
            Index(fields=("parent_service_id",), name="service_instances_parent_service_id_index"),
            Index(fields=("due_at",), name="service_instances_due_at_index"),
            Index(fields=("health_due_at",), name="service_instances_health_due_at_index"),
        )


class Deployment(Record):
    """One numbered attempt to put one version of a folder into service. ``config`` is frozen when it is accepted.

    ``end_requested`` is the final status that a later intent asked for; it becomes ``status`` once nothing of it is left.
    ``attempts`` counts the tries that failed by the service's own fault, the last one at ``failed_at``.
    """

    service_instance: fields.ForeignKeyRelation[ServiceInstance] = fields.ForeignKeyField(
        "kyozo.ServiceInstance", "deployments", on_delete=fields.CASCADE
    )
    service_instance_id: UUID
    number = fields.IntField()
    status: str = fields.TextField(default=DeploymentStatus.QUEUED.value)
    image: str | None = fields.TextField(null=True)
    content_hash: str | None = fields.TextField(null=True)
    config: dict[str, Any] = fields.JSONField(default=dict)
    attempts = fields.IntField(default=0)
    error_message: str | None = fields.TextField(null=True)
    end_requested: str | None = fields.TextField(null=True)
    idempotency_key: str | None = fields.TextField(null=True)
    triggered_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "kyozo.User", "deployments", null=True, on_delete=fields.SET_NULL
    )
    triggered_by_id: UUID | None
    rollback_of: fields.ForeignKeyNullableRelation[Deployment] = fields.ForeignKeyField(
        "kyozo.Deployment", "rollbacks", null=True, on_delete=fields.SET_NULL
    )
    rollback_of_id: UUID | None
    started_at = fields.DatetimeField(null=True)
    built_at = fields.DatetimeField(null=True)
    replicas_started_at = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "deployments"
        unique_together = (("service_instance_id", "number"), ("service_instance_id", "idempotency_key"))


class BuildLogLine(Model):
    """One line of a deployment's build log; ``number`` counts from 1 without gap."""

    id = fields.BigIntField(primary_key=True)
    deployment: fields.ForeignKeyRelation[Deployment] = fields.ForeignKeyField(
        "kyozo.Deployment", "build_log_lines", on_delete=fields.CASCADE
    )
    deployment_id: UUID
    number = fields.IntField()
    stream: str = fields.TextField()
    message = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "build_log_lines"
        unique_together = (("deployment_id", "number"),)


class ServiceReplica(ChangingRecord):
    """A replica as it was last seen. ``host_ports``: a list of {container_port, host_port, protocol}.

    ``failures`` counts health checks that failed in a row, ``crashes`` the times that it was started again after it ended.
    """

    service_instance: fields.ForeignKeyRelation[ServiceInstance] = fields.ForeignKeyField(
        "kyozo.ServiceInstance", "replicas", on_delete=fields.CASCADE
    )
    service_instance_id: UUID
    deployment: fields.ForeignKeyRelation[Deployment] = fields.ForeignKeyField(
        "kyozo.Deployment", "replicas", on_delete=fields.CASCADE
    )
    deployment_id: UUID
    name = fields.TextField()
    index = fields.IntField()
    container_id = fields.TextField()
    status: str = fields.TextField()
    health_status: str = fields.TextField(default=HealthStatus.UNKNOWN.value)
    host_ports: list[dict[str, Any]] = fields.JSONField(default=list)
    node: str | None = fields.TextField(null=True)
    failures = fields.IntField(default=0)
    crashes = fields.IntField(default=0)
    started_at = fields.DatetimeField(null=True)
    ready_at = fields.DatetimeField(null=True)
    observed_at = fields.DatetimeField()

    class Meta:
        table = "service_replicas"
        unique_together = (("name",),)
        indexes = (Index(fields=("service_instance_id", "index"), name="service_replicas_service_instance_id_index_index"),)


class HostPort(Model):
    """A port of the host that is spoken for: by a service (fixed, ``replica_name`` None) or by one replica (chosen)."""

    id: UUID = fields.UUIDField(primary_key=True)
    port = fields.IntField()
    protocol: str = fields.TextField()
    container_port = fields.IntField()
    service_instance: fields.ForeignKeyRelation[ServiceInstance] = fields.ForeignKeyField(
        "kyozo.ServiceInstance", "reserved_ports", on_delete=fields.CASCADE
    )
    service_instance_id: UUID
    replica_name: str | None = fields.TextField(null=True)

    class Meta:
        table = "host_ports"
        unique_together = (("port", "protocol"),)
        indexes = (Index(fields=("service_instance_id",), name="host_ports_service_instance_id_index"),)


class HealthCheck(Record):
    """One health check of one replica; only recent ones are kept."""

    service_instance: fields.ForeignKeyRelation[ServiceInstance] = fields.ForeignKeyField(
        "kyozo.ServiceInstance", "health_checks", on_delete=fields.CASCADE
    )
    service_instance_id: UUID
    replica_index = fields.IntField()
    health_status: str = fields.TextField()
    response_time_ms: float | None = fields.FloatField(null=True)
    detail: str | None = fields.TextField(null=True)

    class Meta:
        table = "health_checks"
        indexes = (Index(fields=("service_instance_id", "created_at"), name="health_checks_service_instance_id_created_at_index"),)


class EventStream(Model):
    """Counts the news of a workspace. Its row is locked until the commit, so that positions appear in order."""

    workspace: fields.OneToOneRelation[Workspace] = fields.OneToOneField(
        "kyozo.Workspace", "event_stream", primary_key=True, on_delete=fields.CASCADE
    )
    workspace_id: UUID
    last_position = fields.BigIntField(default=0)

    class Meta:
        table = "event_streams"


class DeploymentEvent(Record):
    """What happened to a service, for good. ``position`` orders all news of its workspace without gaps."""

    event_type: str = fields.TextField()
    event_data: dict[str, Any] = fields.JSONField(default=dict)
    error_message: str | None = fields.TextField(null=True)
    duration_ms: int | None = fields.IntField(null=True)
    service_instance: fields.ForeignKeyRelation[ServiceInstance] = fields.ForeignKeyField(
        "kyozo.ServiceInstance", "deployment_events", on_delete=fields.CASCADE
    )
    service_instance_id: UUID
    triggered_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "kyozo.User", "deployment_events", null=True, on_delete=fields.SET_NULL
    )
    triggered_by_id: UUID | None
    deployment: fields.ForeignKeyNullableRelation[Deployment] = fields.ForeignKeyField(
        "kyozo.Deployment", "events", null=True, on_delete=fields.SET_NULL
    )
    deployment_id: UUID | None
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField(
        "kyozo.Workspace", "deployment_events", on_delete=fields.CASCADE
    )
    workspace_id: UUID
    position = fields.BigIntField()

    class Meta:
        table = "deployment_events"
        unique_together = (("workspace_id", "position"),)
        indexes = (
            Index(fields=("service_instance_id", "created_at"), name="deployment_events_service_instance_id_created_at_index"),
            Index(fields=("service_instance_id", "position"), name="deployment_events_service_instance_id_position_index"),
            Index(fields=("event_type", "created_at"), name="deployment_events_event_type_created_at_index"),
            Index(fields=("created_at",), name="deployment_events_created_at_index"),
        )


class StatusChange(Record):
    """A change of a service's status or health; recent ones are kept, so that a follower who lagged misses none."""

    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField(
        "kyozo.Workspace", "status_changes", on_delete=fields.CASCADE
    )
    workspace_id: UUID
    service_instance: fields.ForeignKeyRelation[ServiceInstance] = fields.ForeignKeyField(
        "kyozo.ServiceInstance", "status_changes", on_delete=fields.CASCADE
    )
    service_instance_id: UUID
    position = fields.BigIntField()
    previous_status: str | None = fields.TextField(null=True)
    status: str = fields.TextField()
    health_status: str = fields.TextField()
    reason: str | None = fields.TextField(null=True)

    class Meta:
        table = "status_changes"
        unique_together = (("workspace_id", "position"),)
        indexes = (Index(fields=("service_instance_id", "position"), name="status_changes_service_instance_id_position_index"),)
