"""The audit trail: who did what to what, when, and with which token.

An entry is written by the function that accepts a request, in the transaction of what it changes: what is accepted always leaves
one, and what is refused, or lost in a crash, never does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from tortoise import connections
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from kyozo_gql.accounts.models import AuditEntry
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import require_transaction

LONGEST_NAME: Final = 500
LONGEST_TEXT: Final = 200
MOST_MEMBERS: Final = 50
_BATCH: Final = 10_000

_PRUNE: Final = """
    DELETE FROM audit_entries WHERE id IN (SELECT id FROM audit_entries WHERE created_at < $1 ORDER BY created_at LIMIT $2)
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was acted on: its type in the API, its id (None: it had no row), its name, and where it belongs."""

    type_name: str
    id: UUID | None
    name: str
    team_id: UUID | None
    workspace_id: UUID | None = None


async def record(viewer: Viewer, action: str, subject: Subject, **details: Any) -> None:
    """Writes down what is accepted, within its transaction; ``action`` is the mutation's name.

    ``details`` is what was asked for, in JSON values; never a secret. Long texts and lists are cut. Raises RuntimeError outside of
    a transaction.
    """
    require_transaction()
    token = viewer.token
    await AuditEntry.create(
        team_id=subject.team_id,
        user_id=viewer.user.id,
        user_email=viewer.user.email,
        token_id=token and token.id,
        token_name=token and token.name,
        token_prefix=token and token.prefix,
        action=action,
        subject_type=subject.type_name,
        subject_id=subject.id,
        subject_name=_cut(subject.name, LONGEST_NAME),
        workspace_id=subject.workspace_id,
        details={client_name(name): _bounded(value) for name, value in details.items()},
    )


def entries_in_sight(viewer: Viewer) -> QuerySet[AuditEntry]:
    """The entries that a viewer may read: those of the teams whose trail is open to the viewer, and the viewer's own."""
    least = LEAST_ROLE[Action.READ_AUDIT]
    teams = [team_id for team_id, role in viewer.roles.items() if role.rank >= least.rank]
    return AuditEntry.filter(Q(team_id__in=teams) | _own_in_sight(viewer))


def own_entries(viewer: Viewer) -> QuerySet[AuditEntry]:
    """What the viewer did in the teams in sight, and what concerns no team: that is in sight of tokens for all teams alone."""
    return AuditEntry.filter(_own_in_sight(viewer))


def require_auditor(viewer: Viewer, team_id: UUID) -> None:
    """Lets pass who may read a team's trail. Raises NotFound, Forbidden."""
    viewer.require(team_id, LEAST_ROLE[Action.READ_AUDIT], "Team")


def client_name(name: str) -> str:
    """A member of ``details`` as clients read it: ``folder_path`` is ``folderPath``."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


async def prune_entries(days: int) -> None:
    """Drops the oldest of the entries that are older than that; 0: none ever."""
    if days:
        await connections.get("default").execute_query(_PRUNE, [now() - timedelta(days=days), _BATCH])


def _own_in_sight(viewer: Viewer) -> Q:
    sight = Q(team_id__in=viewer.team_ids)
    if viewer.token is None or viewer.token.team_id is None:
        sight |= Q(team_id__isnull=True)
    return Q(sight, user_id=viewer.user.id)


def _bounded(value: Any) -> Any:
    """The value as it is kept: JSON of a bounded size."""
    if isinstance(value, Enum):
        return value.name  # as the API spells it
    if isinstance(value, str):
        return _cut(value, LONGEST_TEXT)
    if isinstance(value, Mapping):
        kept = {_cut(str(key), LONGEST_TEXT): _bounded(item) for key, item in list(value.items())[:MOST_MEMBERS]}
        return kept if len(value) <= MOST_MEMBERS else kept | {"…": f"{len(value) - MOST_MEMBERS} more"}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Sequence):
        more = [] if len(value) <= MOST_MEMBERS else [f"… {len(value) - MOST_MEMBERS} more"]
        return [*map(_bounded, value[:MOST_MEMBERS]), *more]
    return value


def _cut(text: str, length: int) -> str:
    """PostgreSQL keeps neither a NUL nor half of a character."""
    text = str(text).encode(errors="replace").decode().replace("\x00", "?")
    return text if len(text) <= length else f"{text[: length - 1]}…"
