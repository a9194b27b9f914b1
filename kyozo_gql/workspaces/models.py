"""The tables of workspaces. What the seed names, is named so here."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.indexes import Index

from kyozo_gql.accounts.models import Team, User
from kyozo_gql.core.records import ChangingRecord, Record


class DeploymentEnvironment(StrEnum):
    """What the services of a workspace are run for."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class Workspace(ChangingRecord):
    """A tree of folders of a team. ``service_topology`` is the result of the last whole analysis.

    A row with ``deleted_at`` is gone for clients and waits for its services to be removed.
    """

    name = fields.TextField()
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField("kyozo.Team", "workspaces", on_delete=fields.CASCADE)
    team_id: UUID
    container_enabled = fields.BooleanField(default=False)
    service_topology: dict[str, Any] = fields.JSONField(default=dict)
    auto_deploy_enabled = fields.BooleanField(default=False)
    container_registry_url: str | None = fields.TextField(null=True)
    deployment_environment: str = fields.TextField(default=DeploymentEnvironment.DEVELOPMENT.value)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "workspaces"
        indexes = (
            Index(fields=("team_id", "container_enabled"), name="workspaces_team_id_container_enabled_index"),
            Index(fields=("deployment_environment",), name="workspaces_deployment_environment_index"),
            Index(fields=("deleted_at",), name="workspaces_deleted_at_index"),
        )


class File(ChangingRecord):
    """A file of a workspace's tree, as it was when it was last looked at. ``content_hash`` is SHA-256, hexadecimal."""

    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField("kyozo.Workspace", "files", on_delete=fields.CASCADE)
    workspace_id: UUID
    path = fields.TextField()
    size_bytes = fields.BigIntField()
    content_hash = fields.TextField()
    service_metadata: dict[str, Any] = fields.JSONField(default=dict)
    is_service_indicator = fields.BooleanField(default=False)
    detected_technologies: list[str] = ArrayField(element_type="text", default=list)

    class Meta:
        table = "files"
        unique_together = (("workspace_id", "path"),)
        indexes = (
            Index(fields=("workspace_id", "is_service_indicator"), name="files_workspace_id_is_service_indicator_index"),
            GinIndex(fields=("detected_technologies",), name="files_detected_technologies_index"),
        )


class TopologyDetection(ChangingRecord):
    """What a folder was found to be. ``service_type`` None: no service."""

    folder_path = fields.TextField()
    service_type: str | None = fields.TextField(null=True)
    detected_patterns: dict[str, Any] = fields.JSONField(default=dict)
    service_indicators: dict[str, Any] = fields.JSONField(default=dict)
    dependency_map: dict[str, Any] = fields.JSONField(default=dict)
    deployment_recommendations: dict[str, Any] = fields.JSONField(default=dict)
    confidence_score: Decimal | None = fields.DecimalField(max_digits=5, decimal_places=4, null=True)
    analysis_metadata: dict[str, Any] = fields.JSONField(default=dict)
    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField(
        "kyozo.Workspace", "topology_detections", on_delete=fields.CASCADE
    )
    workspace_id: UUID
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField("kyozo.Team", "topology_detections", on_delete=fields.CASCADE)
    team_id: UUID

    class Meta:
        table = "topology_detections"
        unique_together = (("workspace_id", "folder_path"),)
        indexes = (
            Index(fields=("team_id", "workspace_id"), name="topology_detections_team_id_workspace_id_index"),
            Index(fields=("confidence_score",), name="topology_detections_confidence_score_index"),
            Index(fields=("created_at",), name="topology_detections_created_at_index"),
        )


class AnalysisStatus(StrEnum):
    """How far the analysis of a whole workspace is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class TopologyAnalysis(Record):
    """One accepted analysis of a whole workspace: the durable record behind the job. ``fence`` grows with each claim.

    How far it is, is told of the attempt that runs, or ran last; ``folders_known`` None: not listed yet.
    """

    workspace: fields.ForeignKeyRelation[Workspace] = fields.ForeignKeyField(
        "kyozo.Workspace", "topology_analyses", on_delete=fields.CASCADE
    )
    workspace_id: UUID
    requested_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "kyozo.User", "topology_analyses", null=True, on_delete=fields.SET_NULL
    )
    requested_by_id: UUID | None
    status: str = fields.TextField(default=AnalysisStatus.QUEUED.value)
    attempts = fields.IntField(default=0)
    fence = fields.BigIntField(default=0)
    lease_expires_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField(null=True)
    folders_known: int | None = fields.IntField(null=True)
    folders_analyzed = fields.IntField(default=0)
    services_found = fields.IntField(default=0)
    error_message: str | None = fields.TextField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "topology_analyses"
        indexes = (Index(fields=("workspace_id", "created_at"), name="topology_analyses_workspace_id_created_at_index"),)
