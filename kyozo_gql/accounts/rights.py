"""What tokens allow at this moment, for many of them at once, and the news that somebody's became less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise import connections

from kyozo_gql.accounts.models import Role
from kyozo_gql.core.outbox import News

RIGHTS: Final = "rights"  # the topic: one for all users, for it is seldom that anybody loses anything

_RIGHTS = """
    SELECT t.id, t.expires_at, t.role AS cap, m.team_id, m.role
    FROM api_tokens t
    LEFT JOIN memberships m ON m.user_id = t.user_id AND (t.team_id IS NULL OR m.team_id = t.team_id)
    WHERE t.id = ANY($1::uuid[]) AND t.revoked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a token allows: until when (None: without end), and as what in which team."""

    expires_at: datetime | None
    roles: dict[UUID, Role] = field(default_factory=dict)


async def rights_of(token_ids: Iterable[UUID]) -> Mapping[UUID, Rights]:
    """The rights of each token that is neither revoked nor deleted, in one query. Whether it has expired is not looked at."""
    rows = await connections.get("default").execute_query_dict(_RIGHTS, [[str(id) for id in token_ids]])
    found: dict[UUID, Rights] = {}
    for row in rows:
        rights = found.setdefault(row["id"], Rights(row["expires_at"]))
        if row["team_id"] is not None:
            rights.roles[row["team_id"]] = min(Role(row["role"]), Role(row["cap"]), key=lambda role: role.rank)
    return found


def rights_changed(user_id: UUID) -> News:
    """The news that a user's tokens or memberships may allow less than before."""
    return News(RIGHTS, {"user_id": str(user_id)})
