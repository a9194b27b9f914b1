"""Users, teams, memberships and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from kyozo_gql.accounts import models as rows
from kyozo_gql.accounts import viewer as viewers
from kyozo_gql.accounts.audit import own_entries, require_auditor
from kyozo_gql.accounts.members import memberships_of
from kyozo_gql.accounts.tokens import tokens_of
from kyozo_gql.core.paging import Page, PageRequest, read_page
from kyozo_gql.schema.connections import After, Before, Connection, First, Last
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import related, resolved
from kyozo_gql.schema.filters import AuditEntryFilter, conditions_of_entries
from kyozo_gql.schema.lists import (
    MEMBERSHIPS_BY_TEAM,
    NEWEST_FIRST,
    TEAMS_BY_ID,
    USERS_BY_ID,
    audit_entries_of_team,
    workspaces_of_team,
)
from kyozo_gql.schema.loaders import narrow
from kyozo_gql.schema.types.abilities import TeamAbilities, viewer_can
from kyozo_gql.schema.types.audit import AuditEntry
from kyozo_gql.schema.types.enums import Role
from kyozo_gql.schema.types.names import TeamType, UserType, WorkspaceType
from kyozo_gql.schema.types.node import Node, rows_are

FilteredEntries = Annotated[AuditEntryFilter | None, strawberry.argument(description="Only such entries.")]


@strawberry.type(description="A person.")
class User(Node):
    """Read from ``users``."""

    is_type_of = rows_are(rows.User)

    email: str = strawberry.field(description="The address that the user signs in with, in lower case.")
    name: str = strawberry.field(description="The name as it is shown.")


@strawberry.type(description="A user's role in a team.")
class Membership:
    """Read from ``memberships``."""

    user: UserType = related(USERS_BY_ID, "user_id", "Who it is.")
    team: TeamType = related(TEAMS_BY_ID, "team_id", "In which team.")
    role: Role = strawberry.field(description="What the user may do there.")


@strawberry.type(description="Who owns workspaces.")
class Team(Node):
    """Read from ``teams``."""

    is_type_of = rows_are(rows.Team)

    name: str = strawberry.field(description="The name as it is shown.")
    memberships: list[Membership] = related(MEMBERSHIPS_BY_TEAM, "id", "Who belongs to the team, the longest first.")
    viewer_can: TeamAbilities = viewer_can("id", TeamAbilities)

    @resolved("The team's workspaces, oldest first.", Connection[WorkspaceType])
    @staticmethod
    async def workspaces(
        root: strawberry.Parent[rows.Team],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Page[Any]:
        return await info.context.load(workspaces_of_team(PageRequest(first, after, last, before)), root.id)

    @resolved(
        "The team's audit trail: every mutation on the team and its things that was accepted, the newest first. For admins and "
        "owners; for others it is null, with an error whose `extensions.code` is FORBIDDEN.",
        Connection[AuditEntry] | None,
    )
    @staticmethod
    async def audit_entries(
        root: strawberry.Parent[rows.Team],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilteredEntries = None,
    ) -> Page[Any]:
        require_auditor(info.context.viewer, root.id)
        asked = audit_entries_of_team(PageRequest(first, after, last, before), conditions_of_entries(filter))
        return await info.context.load(asked, root.id)


@strawberry.type(description="A token that a program signs in with. Its secret is shown once, when it is made.")
class ApiToken(Node):
    """Read from ``api_tokens``."""

    is_type_of = rows_are(rows.ApiToken)

    name: str = strawberry.field(description="What it is for.")
    prefix: str = strawberry.field(description="The first 12 characters of its secret, to tell tokens apart.")
    team: TeamType | None = related(
        TEAMS_BY_ID, "team_id", "The team that it reaches; null: all teams of its user, who signed in for it."
    )
    role: Role = strawberry.field(description="The most that it may do; its user's own role bounds it too.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to the minute or so; null: never.")


@strawberry.type(description="Who asks.")
class Viewer:
    """Read from ``accounts.viewer.Viewer``."""

    user: User = strawberry.field(description="The user whom the token stands for.")

    @resolved("The user's membership in each team that this token reaches.", list[Membership])
    @staticmethod
    async def memberships(root: strawberry.Parent[viewers.Viewer]) -> list[rows.Membership]:
        return await memberships_of(root)

    @resolved("The user's own tokens for the teams in reach that were not revoked, oldest first.", list[ApiToken])
    @staticmethod
    async def api_tokens(root: strawberry.Parent[viewers.Viewer]) -> list[rows.ApiToken]:
        return await tokens_of(root).order_by("created_at", "id")

    @resolved(
        "What the user did, the newest first: in the teams in reach and, for a token that reaches all teams, outside of any team.",
        Connection[AuditEntry],
    )
    @staticmethod
    async def audit_entries(
        root: strawberry.Parent[viewers.Viewer],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilteredEntries = None,
    ) -> Page[Any]:
        found = narrow(own_entries(root), conditions_of_entries(filter))
        return await read_page(found, NEWEST_FIRST, PageRequest(first, after, last, before))
