"""Who may do what: one table, used by every domain above."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from kyozo_gql.accounts.models import Role


class Action(StrEnum):
    """What can be done to the things of a team."""

    READ = "read"
    EDIT = "edit"  # workspaces, files, the settings of services, analyses
    OPERATE = "operate"  # deploy, start, stop, restart, scale
    CREATE_TOKENS = "create_tokens"
    DELETE = "delete"  # services and workspaces
    MANAGE_MEMBERS = "manage_members"  # and the tokens of others
    MANAGE_OWNERS = "manage_owners"
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
