"""Who works on a service now: a lease in its row, with a fencing number that grows with each claim.

At most one worker holds a service. One that lost its lease (it was too slow, or was taken for dead) finds out at its next write,
because every write of a worker locks the row and compares the number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise import connections

from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import LeaseLost
from kyozo_gql.core.outbox import transaction

_CLAIM = """
    UPDATE service_instances SET lease_owner = $2, lease_expires_at = $3, fence = fence + 1, due_at = NULL
    WHERE id = (
        SELECT id FROM service_instances
        WHERE id = $1 AND (lease_expires_at IS NULL OR lease_expires_at < $4)
        FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING fence, generation
"""

_RELEASE = """
    UPDATE service_instances SET lease_owner = NULL, lease_expires_at = NULL, due_at = least(due_at, $3)
    WHERE id = $1 AND fence = $2
    RETURNING generation
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a service until it runs out, ``seconds`` after it was claimed or last renewed.

    ``generation`` is the service's when it was claimed.
    """

    service_id: UUID
    owner: str
    fence: int
    generation: int
    seconds: float


async def claim(service_id: UUID, owner: str, seconds: float) -> Lease | None:
    """A lease on a service, or None where another worker holds one or the service is gone."""
    moment = now()
    rows = await connections.get("default").execute_query_dict(
        _CLAIM, [str(service_id), owner, moment + timedelta(seconds=seconds), moment]
    )
    return Lease(service_id, owner, rows[0]["fence"], rows[0]["generation"], seconds) if rows else None


async def renew(lease: Lease) -> int:
    """Prolongs a lease and answers the service's generation. Raises LeaseLost."""
    async with held(lease) as service:
        service.lease_expires_at = now() + timedelta(seconds=lease.seconds)
        await service.save(update_fields=["lease_expires_at"])
        return int(service.generation)


async def release(lease: Lease, due_at: datetime | None) -> bool:
    """Gives a lease back and says when the service is due again; whoever made it due meanwhile, sooner, is heard.

    Answers whether an intent was accepted since the claim. Fine when the lease was lost.
    """
    rows = await connections.get("default").execute_query_dict(_RELEASE, [str(lease.service_id), lease.fence, due_at])
    return bool(rows) and rows[0]["generation"] != lease.generation


@asynccontextmanager
async def held(lease: Lease) -> AsyncIterator[ServiceInstance]:
    """A transaction that holds the service's row. Raises LeaseLost where the lease is another's by now.

    Here as everywhere the row is locked without its key: a second update of a service in one transaction looks up the key of its
    stack, and must not wait for whoever holds the stack and waits for this row.
    """
    async with transaction():
        service = await ServiceInstance.filter(id=lease.service_id).select_for_update(no_key=True).first()
        if service is None or service.fence != lease.fence:
            raise LeaseLost(f"service {lease.service_id}: fence {lease.fence} is past")
        yield service
