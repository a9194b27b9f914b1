"""What a viewer can see of each type: the one place where reading is bound to the viewer's teams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tortoise.models import Model
from tortoise.queryset import QuerySet

from kyozo_gql.accounts.audit import entries_in_sight
from kyozo_gql.accounts.models import Team, User
from kyozo_gql.accounts.tokens import tokens_of
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import Deployment, DeploymentEvent
from kyozo_gql.containers.services import services_of
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import GlobalId
from kyozo_gql.workspaces.detections import detections_of
from kyozo_gql.workspaces.files import files_of
from kyozo_gql.workspaces.store import workspaces_of


def teams_of(viewer: Viewer) -> QuerySet[Team]:
    """The viewer's teams."""
    return Team.filter(id__in=viewer.team_ids)


def colleagues_of(viewer: Viewer) -> QuerySet[User]:
    """The members of the viewer's teams, and the viewer."""
    return User.filter(memberships__team_id__in=viewer.team_ids).distinct()


def deployments_of(viewer: Viewer) -> QuerySet[Deployment]:
    """The deployments of the viewer's services."""
    return Deployment.filter(service_instance__team_id__in=viewer.team_ids, service_instance__deleted_at=None)


def events_of(viewer: Viewer) -> QuerySet[DeploymentEvent]:
    """The events of the viewer's services."""
    return DeploymentEvent.filter(service_instance__team_id__in=viewer.team_ids, service_instance__deleted_at=None)


VISIBLE: Final[Mapping[str, Callable[[Viewer], QuerySet[Any]]]] = {
    "ApiToken": tokens_of,
    "AuditEntry": entries_in_sight,
    "Deployment": deployments_of,
    "DeploymentEvent": events_of,
    "File": files_of,
    "ServiceInstance": services_of,
    "Team": teams_of,
    "TopologyDetection": detections_of,
    "User": colleagues_of,
    "Workspace": workspaces_of,
}


async def find(info: Info, ids: list[str], type_name: str | None = None) -> list[Model | None]:
    """The objects with these ids, None for what the viewer can't see, or is of another type than asked for. Raises BadId."""
    parsed = [GlobalId.parse(text) for text in ids]
    wanted: dict[str, set[Any]] = {}
    for one in parsed:
        if one.type_name in VISIBLE and type_name in (None, one.type_name):
            wanted.setdefault(one.type_name, set()).add(one.key)
    found: dict[GlobalId, Model] = {}
    for name, keys in wanted.items():
        for row in await VISIBLE[name](info.context.viewer).filter(id__in=keys):
            found[GlobalId(name, row.id)] = row
    return [found.get(one) for one in parsed]


async def find_one(info: Info, id: str, type_name: str | None = None) -> Any:
    """The object with this id, or None. Raises BadId."""
    return (await find(info, [id], type_name))[0]
