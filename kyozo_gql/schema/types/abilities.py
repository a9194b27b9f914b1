"""What the viewer may do, by the table of permissions: what clients ask before they offer a button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry

from kyozo_gql.accounts.permissions import Action, may
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import resolved
from kyozo_gql.schema.lists import SERVICES_BY_ID


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of a viewer, in a team; ``team_id`` None: what it is about was deleted meanwhile."""

    viewer: Viewer
    team_id: UUID | None


def ability(action: Action, description: str) -> Any:
    """Whether the viewer may do that."""

    def resolve(root: strawberry.Parent[Abilities]) -> bool:
        return root.team_id is not None and may(root.viewer, root.team_id, action)

    return strawberry.field(resolver=resolve, description=description)


@strawberry.type(
    description="What you may do in a team, by your role and your token's. A refusal may still come from the state of things."
)
class TeamAbilities:
    """Read from ``Abilities``."""

    edit: bool = ability(Action.EDIT, "Make and change workspaces, files and services, and analyse folders.")
    operate: bool = ability(Action.OPERATE, "Deploy, start, stop, restart, scale, cancel and roll back.")
    delete: bool = ability(Action.DELETE, "Delete services and workspaces.")
    create_tokens: bool = ability(Action.CREATE_TOKENS, "Make tokens of your own for it, up to your own role.")
    manage_members: bool = ability(Action.MANAGE_MEMBERS, "Add, change and remove members, and end their tokens, up to ADMIN.")
    manage_owners: bool = ability(Action.MANAGE_OWNERS, "Make, change and remove owners, and end their tokens.")
    read_audit: bool = ability(Action.READ_AUDIT, "Read what others did: the audit trail.")


@strawberry.type(
    description="What you may do to a workspace, by your role and your token's. A refusal may still come from the state of things."
)
class WorkspaceAbilities:
    """Read from ``Abilities``."""

    edit: bool = ability(Action.EDIT, "Change it and its files, make services of its folders, and analyse them.")
    operate: bool = ability(Action.OPERATE, "Deploy and stop its services.")
    delete: bool = ability(Action.DELETE, "Delete it, and its services.")


@strawberry.type(
    description="What you may do to a service, by your role and your token's. A refusal may still come from the state of things."
)
class ServiceInstanceAbilities:
    """Read from ``Abilities``."""

    edit: bool = ability(Action.EDIT, "Change its configuration.")
    operate: bool = ability(Action.OPERATE, "Deploy, start, stop, restart, scale and roll it back.")
    delete: bool = ability(Action.DELETE, "Delete it.")


@strawberry.type(
    description="What you may do to a deployment, by your role and your token's. A refusal may still come from the state of things."
)
class DeploymentAbilities:
    """Read from ``Abilities``."""

    operate: bool = ability(Action.OPERATE, "Cancel it, or roll its service back to it.")


def viewer_can(by: str, shown_as: type) -> Any:
    """The field ``viewerCan`` of a row that has its team's id in the attribute ``by``."""

    @resolved("What you may do to it: ask before you offer it.", shown_as)
    def resolve(root: strawberry.Parent[Any], info: Info) -> Abilities:
        return Abilities(info.context.viewer, getattr(root, by))

    return resolve


def viewer_can_of_service() -> Any:
    """The field ``viewerCan`` of a deployment, which belongs to its service's team."""

    @resolved("What you may do to it: ask before you offer it.", DeploymentAbilities)
    async def resolve(root: strawberry.Parent[Any], info: Info) -> Abilities:
        service = await info.context.load(SERVICES_BY_ID, root.service_instance_id)
        return Abilities(info.context.viewer, service.team_id if service else None)

    return resolve
