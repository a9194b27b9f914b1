"""Who asks: a user, and what that user may do in which team."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from kyozo_gql.accounts.models import ApiToken, Membership, Role, User
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Forbidden, NotFound, Unauthenticated

_USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user with a role in each team: the membership's, capped by the token. ``token`` None: the command line acts."""

    user: User
    roles: Mapping[UUID, Role]
    token: ApiToken | None = None

    @property
    def team_ids(self) -> tuple[UUID, ...]:
        """The teams whose things this viewer sees."""
        return tuple(self.roles)

    def require(self, team_id: UUID, role: Role, what: str) -> None:
        """Lets pass whoever has that role or a higher one in the team.

        Raises NotFound, of ``what``, for another team's thing, and Forbidden for too small a role.
        """
        held = self.roles.get(team_id)
        if held is None:
            raise NotFound(what)
        if held.rank < role.rank:
            raise Forbidden(f"this needs the role {role} in the team; yours is {held}", required_role=role.value)


async def authenticate(secret: str) -> Viewer:
    """Whom a token's secret stands for, in the token's team, or in all of the user's. Raises Unauthenticated."""
    token = await ApiToken.filter(secret_hash=hash_secret(secret)).select_related("user").first()
    moment = now()
    if token is None or not _holds(token, moment):
        raise Unauthenticated("the token is unknown, expired or revoked")
    held = await _roles_of(token.user_id)
    if token.team_id is not None:
        if token.team_id not in held:
            raise Unauthenticated("the token's owner is no member of its team any more")
        held = {token.team_id: held[token.team_id]}
    await _note_use(token, moment)
    return Viewer(token.user, {team: min(role, token.role, key=lambda one: one.rank) for team, role in held.items()}, token)


async def viewer_of(user: User) -> Viewer:
    """A user with all memberships and no token: for the command line, which has the database anyway."""
    return Viewer(user, await _roles_of(user.id))


async def _roles_of(user_id: UUID) -> dict[UUID, Role]:
    memberships = await Membership.filter(user_id=user_id).order_by("created_at", "id")
    return {membership.team_id: membership.role for membership in memberships}


def hash_secret(secret: str) -> str:
    """What is stored of a secret: SHA-256, hexadecimal. It is random, so it needs neither salt nor a slow hash."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _holds(token: ApiToken, moment: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > moment)


async def _note_use(token: ApiToken, moment: datetime) -> None:
    """At most one write a minute, however many requests come at once."""
    due = moment - _USE_IS_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at <= due:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=due)
        await ApiToken.filter(stale, id=token.id).update(last_used_at=moment)
