"""Which rows belong to which, and in what order lists are: the map of the graph."""

from __future__ import annotations

from typing import Final

from kyozo_gql.accounts.models import AuditEntry, Membership, Team, User
from kyozo_gql.containers.models import (
    BuildLogLine,
    Deployment,
    DeploymentEvent,
    HealthCheck,
    ServiceInstance,
    ServiceReplica,
)
from kyozo_gql.core.paging import Order, PageRequest
from kyozo_gql.schema.loaders import Condition, PagesByColumn, RowsByColumns, RowsById
from kyozo_gql.workspaces.models import File, TopologyDetection, Workspace

OLDEST_FIRST: Final = Order(("created_at", "id"))
NEWEST_FIRST: Final = Order(("created_at", "id"), descending=True)
BY_NUMBER: Final = Order(("number",))
LATEST_NUMBER_FIRST: Final = Order(("number",), descending=True)
BY_PATH: Final = Order(("path", "id"))
# The cursor of an event is its position in its workspace: what the subscription replays from.
LATEST_POSITION_FIRST: Final = Order(("position",), descending=True)

EXISTING: Final[tuple[Condition, ...]] = (("deleted_at__isnull", True),)
_RECENT_CHECKS: Final = 20

TEAMS_BY_ID: Final = RowsById(Team)
USERS_BY_ID: Final = RowsById(User)
WORKSPACES_BY_ID: Final = RowsById(Workspace)
DETECTIONS_BY_ID: Final = RowsById(TopologyDetection)
SERVICES_BY_ID: Final = RowsById(ServiceInstance)
DEPLOYMENTS_BY_ID: Final = RowsById(Deployment)

MEMBERSHIPS_BY_TEAM: Final = RowsByColumns(Membership, ("team_id",), "created_at")
REPLICAS_BY_SERVICE: Final = RowsByColumns(ServiceReplica, ("service_instance_id",), "index")
SERVICES_BY_WORKSPACE: Final = RowsByColumns(ServiceInstance, ("workspace_id",), "folder_path", EXISTING)
SERVICES_BY_DETECTION: Final = RowsByColumns(ServiceInstance, ("topology_detection_id",), "folder_path", EXISTING)
SERVICES_BY_PARENT: Final = RowsByColumns(ServiceInstance, ("parent_service_id",), "folder_path", EXISTING)
SERVICES_BY_FOLDER: Final = RowsByColumns(ServiceInstance, ("workspace_id", "folder_path"), "id", EXISTING)
DETECTIONS_BY_FOLDER: Final = RowsByColumns(TopologyDetection, ("workspace_id", "folder_path"), "id")

LATEST_DEPLOYMENT: Final = PagesByColumn(Deployment, "service_instance_id", LATEST_NUMBER_FIRST, PageRequest(first=1))
RECENT_CHECKS: Final = PagesByColumn(HealthCheck, "service_instance_id", NEWEST_FIRST, PageRequest(first=_RECENT_CHECKS))


def workspaces_of_team(request: PageRequest) -> PagesByColumn:
    """A page of a team's workspaces."""
    return PagesByColumn(Workspace, "team_id", OLDEST_FIRST, request, EXISTING)


def audit_entries_of_team(request: PageRequest, where: tuple[Condition, ...]) -> PagesByColumn:
    """A page of a team's audit trail."""
    return PagesByColumn(AuditEntry, "team_id", NEWEST_FIRST, request, where)


def services_of_workspace(request: PageRequest, order: Order, where: tuple[Condition, ...]) -> PagesByColumn:
    """A page of a workspace's services."""
    return PagesByColumn(ServiceInstance, "workspace_id", order, request, (*EXISTING, *where))


def detections_of_workspace(request: PageRequest) -> PagesByColumn:
    """A page of a workspace's detections."""
    return PagesByColumn(TopologyDetection, "workspace_id", OLDEST_FIRST, request)


def files_of_workspace(request: PageRequest, where: tuple[Condition, ...]) -> PagesByColumn:
    """A page of a workspace's files."""
    return PagesByColumn(File, "workspace_id", BY_PATH, request, where)


def deployments_of_service(request: PageRequest) -> PagesByColumn:
    """A page of a service's deployments."""
    return PagesByColumn(Deployment, "service_instance_id", LATEST_NUMBER_FIRST, request)


def events_of_service(request: PageRequest, where: tuple[Condition, ...]) -> PagesByColumn:
    """A page of a service's events."""
    return PagesByColumn(DeploymentEvent, "service_instance_id", LATEST_POSITION_FIRST, request, where)


def build_log_of(request: PageRequest) -> PagesByColumn:
    """A page of a deployment's build log."""
    return PagesByColumn(BuildLogLine, "deployment_id", BY_NUMBER, request)
