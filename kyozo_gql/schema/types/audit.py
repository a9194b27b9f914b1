"""The audit trail."""

from __future__ import annotations

from datetime import datetime

import strawberry

from kyozo_gql.accounts import models as rows
from kyozo_gql.schema.fields import related, resolved
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.lists import TEAMS_BY_ID, USERS_BY_ID
from kyozo_gql.schema.scalars import JSON
from kyozo_gql.schema.types.names import TeamType, UserType
from kyozo_gql.schema.types.node import Node, rows_are


@strawberry.type(
    description=(
        "One mutation that was accepted: who did what to what. It outlives all that it speaks of, and is kept for as long as the "
        "server's settings say (a year by default)."
    )
)
class AuditEntry(Node):
    """Read from ``audit_entries``."""

    is_type_of = rows_are(rows.AuditEntry)

    created_at: datetime = strawberry.field(description="When it was accepted.")
    action: str = strawberry.field(
        description="The mutation, such as `deployService`; or `importWorkspace`, which the command line alone can do."
    )
    team: TeamType | None = related(TEAMS_BY_ID, "team_id", "The team that it concerned; null: none, as for `signIn`.")
    user: UserType | None = related(USERS_BY_ID, "user_id", "Who did it; null: the user is gone.")
    user_email: str = strawberry.field(description="The address that the user had then.")
    token_name: str | None = strawberry.field(
        description="What the token was called that it was done with; null: it was done on the server's command line."
    )
    token_prefix: str | None = strawberry.field(
        description="The first letters of that token's secret, to tell tokens apart; null where there is none."
    )
    subject_type: str = strawberry.field(description="The type of what it was done to, such as `ServiceInstance`.")
    subject_name: str = strawberry.field(
        description="The name that it had then: for a file its path, for a detection its folder, for a user the address."
    )
    details: JSON = strawberry.field(
        description=(
            "What was asked for, as an object that depends on the action. Values of environment variables and build arguments, "
            "command lines, passwords, secrets of tokens and contents of files are never in it; long texts and lists are cut."
        )
    )

    @resolved("The token that it was done with; null: it was done on the server's command line.")
    @staticmethod
    def token_id(root: strawberry.Parent[rows.AuditEntry]) -> strawberry.ID | None:
        return None if root.token_id is None else strawberry.ID(encode_id("ApiToken", root.token_id))

    @resolved("What it was done to: `node` finds it while it exists. Null: it had no id, as a link that is deleted.")
    @staticmethod
    def subject_id(root: strawberry.Parent[rows.AuditEntry]) -> strawberry.ID | None:
        return None if root.subject_id is None else strawberry.ID(encode_id(root.subject_type, root.subject_id))

    @resolved("The workspace that it was done in; null: it was done in none.")
    @staticmethod
    def workspace_id(root: strawberry.Parent[rows.AuditEntry]) -> strawberry.ID | None:
        return None if root.workspace_id is None else strawberry.ID(encode_id("Workspace", root.workspace_id))
