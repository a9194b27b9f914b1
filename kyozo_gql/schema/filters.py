"""Filters and orders of lists, and the conditions that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Final

import strawberry

from kyozo_gql.core.paging import Order
from kyozo_gql.schema.ids import GlobalId
from kyozo_gql.schema.lists import OLDEST_FIRST
from kyozo_gql.schema.loaders import Condition
from kyozo_gql.schema.types.enums import DeploymentEnvironment, HealthStatus, ServiceStatus, ServiceType

_NOTHING: Final[Condition] = ("id__in", ())


@strawberry.input(description="Which workspaces; all that is given must hold.")
class WorkspaceFilter:
    """Of workspaces."""

    team_id: strawberry.ID | None = strawberry.field(default=None, description="Of this team.")
    container_enabled: bool | None = strawberry.field(default=None, description="Whether their folders may be deployed.")
    deployment_environment: DeploymentEnvironment | None = strawberry.field(default=None, description="Run for this.")
    search: str | None = strawberry.field(
        default=None, description="Whose name has this in it. Case does not matter; `%` and `_` are characters like any other."
    )


@strawberry.input(description="Which services; all that is given must hold.")
class ServiceInstanceFilter:
    """Of services."""

    workspace_id: strawberry.ID | None = strawberry.field(default=None, description="Of this workspace.")
    team_id: strawberry.ID | None = strawberry.field(default=None, description="Of this team.")
    status: list[ServiceStatus] | None = strawberry.field(
        default=None, description="With one of these statuses; an empty list: none."
    )
    health_status: list[HealthStatus] | None = strawberry.field(
        default=None, description="With one of these healths; an empty list: none."
    )
    service_type: list[ServiceType] | None = strawberry.field(
        default=None, description="Of one of these types; an empty list: none."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Whose name or folder has this in it. Case does not matter; `%` and `_` are characters like any other.",
    )


@strawberry.input(description="Which detections; all that is given must hold.")
class TopologyDetectionFilter:
    """Of detections."""

    workspace_id: strawberry.ID | None = strawberry.field(default=None, description="Of this workspace.")
    service_type: list[ServiceType] | None = strawberry.field(
        default=None, description="Of one of these types; an empty list: none."
    )
    min_confidence: float | None = strawberry.field(default=None, description="At least so sure, 0.0 to 1.0.")


@strawberry.input(description="Which entries of an audit trail; all that is given must hold.")
class AuditEntryFilter:
    """Of audit entries."""

    user_id: strawberry.ID | None = strawberry.field(default=None, description="What this user did.")
    action: str | None = strawberry.field(default=None, description="This action alone, such as `deployService`.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="What was done to this object; it may be gone by now."
    )
    workspace_id: strawberry.ID | None = strawberry.field(
        default=None, description="What was done to this workspace and all that is in it."
    )
    since: datetime | None = strawberry.field(default=None, description="At this moment or later.")
    until: datetime | None = strawberry.field(default=None, description="Before this moment.")


@strawberry.enum(description="What services are sorted by.")
class ServiceInstanceOrderField(Enum):
    """Columns."""

    NAME = strawberry.enum_value("name", description="By name, as the database sorts texts.")
    STATUS = strawberry.enum_value("status", description="By status, alphabetically.")
    CREATED_AT = strawberry.enum_value("created_at", description="By when they were made.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="By when they last changed.")
    DEPLOYED_AT = strawberry.enum_value(
        "deployed_at", description="By when they were deployed. Those that never were come last with ASC, first with DESC."
    )


@strawberry.enum(description="Which way a list is sorted.")
class OrderDirection(Enum):
    """Directions."""

    ASC = strawberry.enum_value("asc", description="The smallest, or the oldest, first.")
    DESC = strawberry.enum_value("desc", description="The largest, or the newest, first.")


@strawberry.input(description="How services are sorted.")
class ServiceInstanceOrder:
    """Of services."""

    field: ServiceInstanceOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(description="Which way.")


Filtered = Annotated[ServiceInstanceFilter | None, strawberry.argument(description="Only such services.")]
Sorted = Annotated[ServiceInstanceOrder | None, strawberry.argument(description="How they are sorted. Default: CREATED_AT ASC.")]


def conditions_of_workspaces(asked: WorkspaceFilter | None) -> tuple[Condition, ...]:
    """What a filter of workspaces stands for. Raises BadId."""
    if asked is None:
        return ()
    return _given(
        _belongs("team_id", asked.team_id, "Team"),
        _equals("container_enabled", asked.container_enabled),
        _equals("deployment_environment", asked.deployment_environment),
        _contains("name__icontains", asked.search),
    )


def conditions_of_services(asked: ServiceInstanceFilter | None) -> tuple[Condition, ...]:
    """What a filter of services stands for. Raises BadId."""
    if asked is None:
        return ()
    return _given(
        _belongs("workspace_id", asked.workspace_id, "Workspace"),
        _belongs("team_id", asked.team_id, "Team"),
        _one_of("status__in", asked.status),
        _one_of("health_status__in", asked.health_status),
        _one_of("service_type__in", asked.service_type),
        _contains("name__icontains|folder_path__icontains", asked.search),
    )


def conditions_of_detections(asked: TopologyDetectionFilter | None) -> tuple[Condition, ...]:
    """What a filter of detections stands for. Raises BadId."""
    if asked is None:
        return ()
    return _given(
        _belongs("workspace_id", asked.workspace_id, "Workspace"),
        _one_of("service_type__in", asked.service_type),
        _equals("confidence_score__gte", asked.min_confidence),
    )


def conditions_of_entries(asked: AuditEntryFilter | None) -> tuple[Condition, ...]:
    """What a filter of audit entries stands for. Raises BadId."""
    if asked is None:
        return ()
    subject = None if asked.subject_id is None else GlobalId.parse(asked.subject_id)
    return _given(
        _belongs("user_id", asked.user_id, "User"),
        _contains("action", asked.action),
        _equals("subject_type", subject and subject.type_name),
        _equals("subject_id", subject and subject.key),
        _belongs("workspace_id", asked.workspace_id, "Workspace"),
        _equals("created_at__gte", asked.since),
        _equals("created_at__lt", asked.until),
    )


def conditions_of_files(folder_path: str | None, technology: str | None, *, indicators_only: bool) -> tuple[Condition, ...]:
    """What the arguments of a list of files stand for."""
    folder = "/".join(part for part in (folder_path or "").split("/") if part not in ("", "."))
    return _given(
        _contains("path__startswith", f"{folder}/") if folder else None,
        _equals("is_service_indicator", True) if indicators_only else None,
        _contains("detected_technologies__contains", technology, lambda text: (text.lower(),)),
    )


def order_of_services(asked: ServiceInstanceOrder | None) -> Order:
    """The order that is asked for."""
    if asked is None:
        return OLDEST_FIRST
    column = str(asked.field.value)
    return Order((column, "id"), descending=asked.direction is OrderDirection.DESC, nullable=column == "deployed_at")


def _given(*conditions: Condition | None) -> tuple[Condition, ...]:
    return tuple(condition for condition in conditions if condition is not None)


def _belongs(column: str, id: str | None, type_name: str) -> Condition | None:
    if id is None:
        return None
    parsed = GlobalId.parse(id)
    return (column, parsed.key) if parsed.type_name == type_name else _NOTHING


def _equals(lookup: str, value: Hashable) -> Condition | None:
    return None if value is None else (lookup, value)


def _one_of(lookup: str, values: Iterable[Any] | None) -> Condition | None:
    return None if values is None else (lookup, tuple(values))


def _contains(lookup: str, text: str | None, value_of: Callable[[str], Hashable] = str) -> Condition | None:
    """PostgreSQL has no texts with NUL: nothing contains one."""
    return None if text is None else _NOTHING if "\x00" in text else (lookup, value_of(text))
