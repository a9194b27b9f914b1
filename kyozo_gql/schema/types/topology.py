"""What folders were found to be."""

from __future__ import annotations

from datetime import datetime

import strawberry

from kyozo_gql.containers import config as values
from kyozo_gql.containers.defaults import default_config
from kyozo_gql.core import spec
from kyozo_gql.core.inforce import current_settings
from kyozo_gql.schema.fields import related, resolved
from kyozo_gql.schema.lists import SERVICES_BY_DETECTION, WORKSPACES_BY_ID
from kyozo_gql.schema.scalars import JSON
from kyozo_gql.schema.types.config import EnvironmentVariable, HealthCheckConfig, PortMapping, ResourceLimits
from kyozo_gql.schema.types.enums import AnalysisStatus, ServiceType
from kyozo_gql.schema.types.names import ServiceType as ServiceInstanceType
from kyozo_gql.schema.types.names import WorkspaceType
from kyozo_gql.schema.types.node import Node, rows_are
from kyozo_gql.topology import document, model
from kyozo_gql.workspaces import models as rows

Row = strawberry.Parent[rows.TopologyDetection]


@strawberry.type(description="What was recognised of a folder besides its type.")
class DetectedPatterns:
    """Read from ``topology.model.Patterns``."""

    language: str | None = strawberry.field(description="The language, such as `python`; null: unknown.")
    framework: str | None = strawberry.field(description="The framework, such as `fastapi`; null: none was recognised.")
    package_manager: str | None = strawberry.field(description="The package manager, such as `uv`; null: none was recognised.")
    runtime_version: str | None = strawberry.field(
        description="The version of the language that it asks for, such as `3.12`; null: it asks for none."
    )
    compose_services: list[str] = strawberry.field(description="The names of a Compose stack's services; none for anything else.")


@strawberry.type(description="One piece of evidence.")
class ServiceIndicator:
    """Read from ``topology.model.Indicator``."""

    path: str = strawberry.field(description="The file that it stands in, relative to the workspace.")
    rule: str = strawberry.field(description="The rule that took it as evidence.")
    weight: float = strawberry.field(description="How much it weighs, −1.0 to 1.0; below 0 it speaks against a service.")
    detail: str = strawberry.field(description="What it says, in a sentence.")
    line: int | None = strawberry.field(description="The line of the file that it stands in, from 1; null: the file as a whole.")
    field: str | None = strawberry.field(
        description="The key of the file that it is about, such as `scripts.start`; null: none in particular."
    )


@strawberry.type(description="Something that needs something.")
class TopologyDependency:
    """Read from ``topology.model.Dependency``."""

    source: str = strawberry.field(name="from", description="The folder that needs it, relative to the workspace.")
    target: str = strawberry.field(name="to", description="What it needs: a folder, or a backing service such as `postgres`.")
    kind: str = strawberry.field(description="How it needs it.")
    evidence: str = strawberry.field(description="Where that was found.")


@strawberry.type(description="A field of a detection that is not as it was.")
class TopologyChange:
    """Read from ``topology.changes.Change``."""

    field: str = strawberry.field(
        description="Which one, by its path: `serviceType`, `patterns.runtimeVersion`, `recommendation.startCommand`, "
        "`recommendation.environment.DEBUG`, `ports`, `dependencies`, `services.web.image` (of a Compose stack) …"
    )
    before: str | None = strawberry.field(
        description="What it said, as a text: a type in lower case, a list with commas; null: it had no value."
    )
    after: str | None = strawberry.field(description="What it says now, as a text; null: it has no value any more.")


@strawberry.type(description="How to run a folder, as detection recommends.")
class DeploymentRecommendation:
    """Read from ``topology.model.Recommendation``."""

    start_command: str | None = strawberry.field(description="The command line, run by `sh -c`; null: the image's own.")
    dockerfile: str | None = strawberry.field(
        description="The text of a generated Dockerfile; null: the folder has its own, or needs none."
    )

    @resolved("The ports that it listens on.", list[PortMapping])
    @staticmethod
    def port_mappings(root: strawberry.Parent[model.Recommendation]) -> list[spec.PortMapping]:
        return list(root.ports)

    @resolved("The variables that it reads, with defaults.", list[EnvironmentVariable])
    @staticmethod
    def environment_variables(root: strawberry.Parent[model.Recommendation]) -> list[values.EnvironmentVariable]:
        return [values.EnvironmentVariable(name, value) for name, value in sorted(root.environment.items())]

    @resolved("Limits for each replica.", ResourceLimits)
    @staticmethod
    def resource_limits(root: strawberry.Parent[model.Recommendation]) -> spec.ResourceLimits:
        return default_config(root, current_settings()).limits

    @resolved("How to ask for its health.", HealthCheckConfig)
    @staticmethod
    def health_check(root: strawberry.Parent[model.Recommendation]) -> spec.HealthCheckSpec:
        return default_config(root, current_settings()).health_check


@strawberry.type(description="What a folder was found to be, with the evidence.")
class TopologyDetection(Node):
    """Read from ``topology_detections``."""

    is_type_of = rows_are(rows.TopologyDetection)

    workspace: WorkspaceType = related(WORKSPACES_BY_ID, "workspace_id", "The workspace that the folder is in.")
    folder_path: str = strawberry.field(description="The folder, relative to the workspace; empty: its root.")
    service_type: ServiceType | None = strawberry.field(description="What it is; null: no service.")
    confidence_score: float | None = strawberry.field(
        description="How sure that is, 0.0 to 1.0; null: nothing speaks for a service."
    )
    analysis_metadata: JSON = strawberry.field(description="More of the analysis: the suggested name, what else was considered.")
    service_instances: list[ServiceInstanceType] = related(SERVICES_BY_DETECTION, "id", "The services that were made of it.")
    created_at: datetime = strawberry.field(description="When the folder was first analysed.")
    updated_at: datetime = strawberry.field(description="When it was last analysed.")

    @resolved("What was recognised besides the type.", DetectedPatterns)
    @staticmethod
    def detected_patterns(root: Row) -> model.Patterns:
        return document.patterns_from_json(root.detected_patterns)

    @resolved("The evidence.", list[ServiceIndicator])
    @staticmethod
    def service_indicators(root: Row) -> list[model.Indicator]:
        return list(document.indicators_from_json(root.service_indicators))

    @resolved("What the folder needs.", list[TopologyDependency])
    @staticmethod
    def dependency_map(root: Row) -> list[model.Dependency]:
        return list(document.dependencies_from_json(root.dependency_map))

    @resolved("How to run it; null: no service.", DeploymentRecommendation | None)
    @staticmethod
    def deployment_recommendations(root: Row) -> model.Recommendation | None:
        return document.recommendation_from_json(root.deployment_recommendations)


@strawberry.type(description="How far the analysis of a whole workspace is.")
class TopologyAnalysisProgress:
    """Read from ``topology_analyses``."""

    status: AnalysisStatus = strawberry.field(description="Where it is.")
    folders_analyzed: int = strawberry.field(description="How many folders were looked at; 0 while files are listed first.")
    folders_known: int | None = strawberry.field(
        description="How many folders there are to look at; null: they are not listed yet."
    )
    services_found: int = strawberry.field(
        description="How many of the folders so far are services. It may fall at the end: some turn out to be parts of others."
    )
    started_at: datetime | None = strawberry.field(description="When the last attempt began; null: none did.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null: it has not.")

    @resolved("When it was asked for.")
    @staticmethod
    def requested_at(root: strawberry.Parent[rows.TopologyAnalysis]) -> datetime:
        return root.created_at

    @resolved("What went wrong in its last attempt, in a sentence; null: nothing did.")
    @staticmethod
    def error(root: strawberry.Parent[rows.TopologyAnalysis]) -> str | None:
        return root.error_message
