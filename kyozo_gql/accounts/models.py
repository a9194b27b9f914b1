"""The tables of accounts."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
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


class AuditEntry(Record):
    """Who did what to what, and with which token. It refers to no row: it outlives what it speaks of, and keeps their names.

    ``team_id`` None: it concerns no team. ``token_id`` None: the command line did it. ``subject_type`` is a type of the API;
    ``subject_id`` None: what was acted on had no row. ``details`` is what was asked for, without any secret.
    """

    team_id: UUID | None = fields.UUIDField(null=True)
    user_id: UUID = fields.UUIDField()
    user_email = fields.TextField()
    token_id: UUID | None = fields.UUIDField(null=True)
    token_name: str | None = fields.TextField(null=True)
    token_prefix: str | None = fields.TextField(null=True)
    action = fields.TextField()
    subject_type = fields.TextField()
    subject_id: UUID | None = fields.UUIDField(null=True)
    subject_name = fields.TextField()
    workspace_id: UUID | None = fields.UUIDField(null=True)
    details: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "audit_entries"
        indexes = (
            Index(fields=("team_id", "created_at", "id"), name="audit_entries_team_id_created_at_id_index"),
            Index(fields=("user_id", "created_at", "id"), name="audit_entries_user_id_created_at_id_index"),
            Index(fields=("subject_id", "created_at"), name="audit_entries_subject_id_created_at_index"),
            Index(fields=("created_at",), name="audit_entries_created_at_index"),
        )


class IdempotencyKey(Record):
    """A key that a user's request came with. ``request_hash`` is a keyed hash of the request, ``answer`` what it was answered."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("kyozo.User", "idempotency_keys", on_delete=fields.CASCADE)
    user_id: UUID
    key = fields.TextField()
    action = fields.TextField()
    request_hash = fields.TextField()
    answer: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("user_id", "key"),)
        indexes = (Index(fields=("created_at",), name="idempotency_keys_created_at_index"),)
