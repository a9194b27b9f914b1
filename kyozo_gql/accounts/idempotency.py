"""Asking again without its being done again: a key of the client's own, and for a day the answer that its first use got.

The key is claimed in the transaction in which the request is accepted: a request that is refused keeps none, and of two that come
at once the second waits for the end of the first. It is claimed before any other row is locked, so that whoever waits for a key
holds nothing that others wait for.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID

from tortoise import connections
from tortoise.models import Model
from tortoise.queryset import QuerySet

from kyozo_gql.accounts.models import IdempotencyKey
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Conflict, InvalidInput, NotFound, UserError
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.inforce import current_settings
from kyozo_gql.core.outbox import transaction

LASTS: Final = timedelta(days=1)
LONGEST_KEY: Final = 200
_BATCH: Final = 10_000

M = TypeVar("M", bound=Model)
T = TypeVar("T")

# One that has had its day is taken over. The row that is in the way stays locked until our commit, so it can be read after this.
_CLAIM: Final = """
    INSERT INTO idempotency_keys (id, created_at, user_id, key, action, request_hash, answer) VALUES ($1, $2, $3, $4, $5, $6, '{}')
    ON CONFLICT (user_id, key) DO UPDATE SET
        id = excluded.id, created_at = excluded.created_at, action = excluded.action, request_hash = excluded.request_hash,
        answer = excluded.answer
    WHERE idempotency_keys.created_at <= $7
    RETURNING id
"""
_PRUNE: Final = """
    DELETE FROM idempotency_keys WHERE id IN (SELECT id FROM idempotency_keys WHERE created_at <= $1 ORDER BY created_at LIMIT $2)
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. ``first_answer`` is what the same request was answered before; None: it is to be done now."""

    key_id: UUID | None = None
    first_answer: Mapping[str, Any] | None = None

    async def keep(self, **answer: Any) -> None:
        """Keeps what is answered, for those who ask again: JSON values, and ids. Within the transaction; fine without a key."""
        if self.key_id is not None:
            await IdempotencyKey.filter(id=self.key_id).update(answer=json.loads(json.dumps(answer, default=str)))


@asynccontextmanager
async def once(viewer: Viewer, key: str | None, action: str, **request: Any) -> AsyncIterator[Attempt]:
    """The transaction in which a request is accepted, or found to be answered already; without a key it is just a transaction.

    ``action`` is the mutation's name and ``request`` all that it was asked for. Who finds a ``first_answer`` gives it again after
    asking for the same rights, and does nothing else. Begin with this: nothing may be locked before. Raises InvalidInput for what
    is no key, Conflict for one that another request came with.
    """
    if key is not None:
        _check(key)
    async with transaction():
        yield Attempt() if key is None else await _claim(viewer.user.id, key, action, _hash(action, request))


async def prepare(work: Awaitable[T]) -> Callable[[], T]:
    """What the work comes to, for when it is called: a UserError is raised then.

    For what takes long (a disk, an engine) and is done before the transaction: whether that refuses, matters to a new request only.
    """
    try:
        result = await work
    except UserError as error:
        return partial(_raise, error)
    return lambda: result


def _raise(error: UserError) -> NoReturn:
    raise error


async def again(rows: QuerySet[M], id: str) -> M:
    """The row with the id that was answered, of the ``rows`` that are in sight. Raises NotFound where it is gone."""
    row = await rows.get_or_none(id=id)
    if row is None:
        raise NotFound(rows.model.__name__)
    return row


async def all_again(rows: QuerySet[M], ids: Sequence[str]) -> list[M]:
    """The rows with the ids that were answered, in their order. Raises NotFound where one of them is gone."""
    found = {str(row.pk): row for row in await rows.filter(id__in=ids)}
    if len(found) < len(ids):
        raise NotFound(rows.model.__name__)
    return [found[id] for id in ids]


async def prune_keys() -> None:
    """Drops the keys that have had their day."""
    await connections.get("default").execute_query(_PRUNE, [now() - LASTS, _BATCH])


def _check(key: str) -> None:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput.of("idempotencyKey", f"must have 1 to {LONGEST_KEY} characters, none of them a control character")


async def _claim(user_id: UUID, key: str, action: str, request_hash: str) -> Attempt:
    moment, id = now(), new_id()
    values = [id, moment, user_id, key, action, request_hash, moment - LASTS]
    if await connections.get("default").execute_query_dict(_CLAIM, values):
        return Attempt(key_id=id)
    earlier = await IdempotencyKey.get(user_id=user_id, key=key)
    if earlier.action != action:
        raise Conflict(f"the idempotency key came with another mutation before, {earlier.action}; take a new one")
    if not hmac.compare_digest(earlier.request_hash, request_hash):
        raise Conflict(f"the idempotency key came with another input of {action} before; take a new one")
    return Attempt(first_answer=earlier.answer)


def _hash(action: str, request: Mapping[str, Any]) -> str:
    """Hexadecimal. A request may hold secrets that are short enough to be guessed, so its hash is keyed."""
    document = json.dumps([action, request], sort_keys=True, default=_plain).encode()
    return hmac.digest(current_settings().encryption_key, document, "sha256").hex()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else str(value)
