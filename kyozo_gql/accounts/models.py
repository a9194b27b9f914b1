"""The tables of accounts."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from kyozo_gql.core.records import ChangingRecord, Record


class Role(StrEnum):
    """What a member may do; each role includes those below it."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        """3 for an owner down to 0 for a viewer."""
        return (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER).index(self)


class User(ChangingRecord):
    """A person. ``email`` is kept in lower case; ``password_hash`` is argon2, None: signs in with tokens alone."""

    email = fields.TextField()
    name = fields.TextField()
    password_hash: str | None = fields.TextField(null=True)

    class Meta:
        table = "users"
        unique_together = (("email",),)


class Team(ChangingRecord):
    """Who owns workspaces."""

    name = fields.TextField()

    class Meta:
        table = "teams"


class Membership(ChangingRecord):
    """A user's role in a team."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("kyozo.User", "memberships", on_delete=fields.CASCADE)
    user_id: UUID
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField("kyozo.Team", "memberships", on_delete=fields.CASCADE)
    team_id: UUID
    role = fields.CharEnumField(Role, max_length=16)

    class Meta:
        table = "memberships"
        unique_together = (("user_id", "team_id"),)
        indexes = (Index(fields=("team_id",), name="memberships_team_id_index"),)


class ApiToken(Record):
    """A token: its SHA-256, the first letters of its secret, and the most that it may do.

    It reaches one team; one that a user signed in for (``team`` None) reaches all teams of its user, and ends after a while.
    """

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("kyozo.User", "api_tokens", on_delete=fields.CASCADE)
    user_id: UUID
    team: fields.ForeignKeyNullableRelation[Team] = fields.ForeignKeyField(
        "kyozo.Team", "api_tokens", null=True, on_delete=fields.CASCADE
    )
    team_id: UUID | None
    name = fields.TextField()
    prefix = fields.TextField()
    secret_hash = fields.TextField()
    role = fields.CharEnumField(Role, max_length=16)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_tokens"
        unique_together = (("secret_hash",),)
        indexes = (
            Index(fields=("user_id",), name="api_tokens_user_id_index"),
            Index(fields=("team_id",), name="api_tokens_team_id_index"),
        )
