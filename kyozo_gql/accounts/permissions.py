"""Who may do what: one table, used by every domain above."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.viewer import Viewer


class Action(StrEnum):
    """What can be done to the things of a team."""

    READ = "read"
    EDIT = "edit"  # make and change workspaces, files and services, find out what folders are
    OPERATE = "operate"  # deploy, start, stop, restart, scale, cancel, roll back
    CREATE_TOKENS = "create_tokens"  # one's own, up to one's own role
    DELETE = "delete"  # services and workspaces
    MANAGE_MEMBERS = "manage_members"  # and the tokens of others, up to admin
    MANAGE_OWNERS = "manage_owners"  # and their tokens
    READ_AUDIT = "read_audit"  # what others did; what one did oneself needs no role


LEAST_ROLE: Final[Mapping[Action, Role]] = MappingProxyType(
    {
        Action.READ: Role.VIEWER,
        Action.EDIT: Role.MEMBER,
        Action.OPERATE: Role.MEMBER,
        Action.CREATE_TOKENS: Role.MEMBER,
        Action.DELETE: Role.ADMIN,
        Action.MANAGE_MEMBERS: Role.ADMIN,
        Action.MANAGE_OWNERS: Role.OWNER,
        Action.READ_AUDIT: Role.ADMIN,
    }
)


def may(viewer: Viewer, team_id: UUID, action: Action) -> bool:
    """Whether the viewer may do that to the things of a team; never to those of another team."""
    held = viewer.roles.get(team_id)
    return held is not None and held.rank >= LEAST_ROLE[action].rank
