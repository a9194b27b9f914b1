"""API tokens: made, shown once, revoked."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from kyozo_gql.accounts.models import ApiToken, Role
from kyozo_gql.accounts.names import check_name
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer, hash_secret
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import InvalidInput, NotFound

_MARK: Final = "kyozo_"  # secret scanners find what begins with a fixed word
_RANDOM_BYTES: Final = 32
_SHOWN: Final = 12


async def create_token(viewer: Viewer, team_id: UUID, name: str, role: Role, expires_at: datetime | None) -> tuple[ApiToken, str]:
    """A token of the viewer for one team, and its secret, which is nowhere kept.

    Raises NotFound, Forbidden (also for a role above the viewer's own), InvalidInput.
    """
    viewer.require(team_id, LEAST_ROLE[Action.CREATE_TOKENS], "Team")
    viewer.require(team_id, role, "Team")
    name = check_name(name)
    _check_expiry(viewer, expires_at)
    secret = _MARK + secrets.token_urlsafe(_RANDOM_BYTES)
    token = await ApiToken.create(
        user_id=viewer.user.id,
        team_id=team_id,
        name=name,
        prefix=secret[:_SHOWN],
        secret_hash=hash_secret(secret),
        role=role,
        expires_at=expires_at,
    )
    return token, secret


def tokens_of(viewer: Viewer) -> QuerySet[ApiToken]:
    """The viewer's own tokens for the teams in sight, without revoked ones."""
    return ApiToken.filter(user_id=viewer.user.id, team_id__in=viewer.team_ids, revoked_at__isnull=True)


async def revoke_token(viewer: Viewer, id: UUID) -> ApiToken:
    """Ends a token: one's own, or anybody's by an admin of its team. Raises NotFound, Forbidden. Again is fine."""
    token = await ApiToken.get_or_none(id=id, team_id__in=viewer.team_ids)
    if token is None:
        raise NotFound("ApiToken")
    if token.user_id != viewer.user.id:
        viewer.require(token.team_id, LEAST_ROLE[Action.MANAGE_MEMBERS], "ApiToken")
    if token.revoked_at is None:
        token.revoked_at = now()
        await token.save(update_fields=["revoked_at"])
    return token


def _check_expiry(viewer: Viewer, expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at.tzinfo is None:
        raise InvalidInput.of("expiresAt", "must have a time zone")
    if expires_at is not None and expires_at <= now():
        raise InvalidInput.of("expiresAt", "must be in the future")
    limit = viewer.token.expires_at if viewer.token else None
    if limit is not None and (expires_at is None or expires_at > limit):
        raise InvalidInput.of("expiresAt", f"must not be later than that of the token in use, {limit.isoformat()}")
