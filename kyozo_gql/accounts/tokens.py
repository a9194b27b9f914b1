"""API tokens: made, shown once, revoked; and those that a user signs in for."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from kyozo_gql.accounts.audit import Subject, record
from kyozo_gql.accounts.models import ApiToken, Role, User
from kyozo_gql.accounts.names import check_name
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.rights import rights_changed
from kyozo_gql.accounts.viewer import Viewer, hash_secret
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import InvalidInput, NotFound
from kyozo_gql.core.outbox import post, transaction

_MARK: Final = "kyozo_"  # secret scanners find what begins with a fixed word
_RANDOM_BYTES: Final = 32
_SHOWN: Final = 12
SIGN_IN_LASTS: Final = timedelta(days=30)


async def create_token(viewer: Viewer, team_id: UUID, name: str, role: Role, expires_at: datetime | None) -> tuple[ApiToken, str]:
    """A token of the viewer for one team, and its secret, which is nowhere kept.

    Raises NotFound, Forbidden (also for a role above the viewer's own), InvalidInput.
    """
    viewer.require(team_id, LEAST_ROLE[Action.CREATE_TOKENS], "Team")
    viewer.require(team_id, role, "Team")
    name = check_name(name)
    _check_expiry(viewer, expires_at)
    async with transaction():
        token, secret = await _make(viewer.user, team_id, name, role, expires_at)
        await record(viewer, "createApiToken", _subject(token), role=role, expires_at=expires_at)
    return token, secret


async def create_sign_in_token(user: User) -> tuple[ApiToken, str]:
    """A token for all teams of a user who proved to be one, for SIGN_IN_LASTS. Those that have ended are cleared away."""
    moment = now()
    await ApiToken.filter(user_id=user.id, team_id__isnull=True, expires_at__lt=moment).delete()
    return await _make(user, None, "sign-in", Role.OWNER, moment + SIGN_IN_LASTS)


def tokens_of(viewer: Viewer) -> QuerySet[ApiToken]:
    """The viewer's own tokens for the teams in sight, without revoked ones.

    A token for one team sees none of those that reach all teams.
    """
    return ApiToken.filter(_own_in_sight(viewer), revoked_at__isnull=True)


async def revoke_token(viewer: Viewer, id: UUID) -> ApiToken:
    """Ends a token: one's own, or anybody's by an admin of its team (an owner's by an owner). Again is fine.

    Raises NotFound, Forbidden.
    """
    token = await ApiToken.get_or_none(Q(team_id__in=viewer.team_ids) | _own_in_sight(viewer), id=id)
    if token is None:
        raise NotFound("ApiToken")
    if token.team_id is not None and token.user_id != viewer.user.id:
        action = Action.MANAGE_OWNERS if token.role is Role.OWNER else Action.MANAGE_MEMBERS
        viewer.require(token.team_id, LEAST_ROLE[action], "ApiToken")
    async with transaction():
        if token.revoked_at is None:
            token.revoked_at = now()
            await token.save(update_fields=["revoked_at"])
            post(rights_changed(token.user_id))
        await record(viewer, "revokeApiToken", _subject(token), prefix=token.prefix)
    return token


def _subject(token: ApiToken) -> Subject:
    return Subject("ApiToken", token.id, token.name, token.team_id)


async def _make(user: User, team_id: UUID | None, name: str, role: Role, expires_at: datetime | None) -> tuple[ApiToken, str]:
    secret = _MARK + secrets.token_urlsafe(_RANDOM_BYTES)
    token = await ApiToken.create(
        user_id=user.id,
        team_id=team_id,
        name=name,
        prefix=secret[:_SHOWN],
        secret_hash=hash_secret(secret),
        role=role,
        expires_at=expires_at,
    )
    return token, secret


def _own_in_sight(viewer: Viewer) -> Q:
    sight = Q(team_id__in=viewer.team_ids)
    if viewer.token is None or viewer.token.team_id is None:
        sight |= Q(team_id__isnull=True)
    return Q(sight, user_id=viewer.user.id)


def _check_expiry(viewer: Viewer, expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at.tzinfo is None:
        raise InvalidInput.of("expiresAt", "must have a time zone")
    if expires_at is not None and expires_at <= now():
        raise InvalidInput.of("expiresAt", "must be in the future")
    # Who signed in has shown a password: that does not end when the token does.
    limit = viewer.token.expires_at if viewer.token and viewer.token.team_id else None
    if limit is not None and (expires_at is None or expires_at > limit):
        raise InvalidInput.of("expiresAt", f"must not be later than that of the token in use, {limit.isoformat()}")
