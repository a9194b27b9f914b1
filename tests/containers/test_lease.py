from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kyozo_gql.containers.lease import Lease, claim, held, release, renew
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import LeaseLost
from kyozo_gql.core.ids import new_id
from tests.containers.hands import ServiceMaker


@pytest.fixture
async def service(make_service: ServiceMaker) -> ServiceInstance:
    return await make_service()


async def taken(service: ServiceInstance, owner: str = "one", seconds: float = 60.0) -> Lease:
    lease = await claim(service.id, owner, seconds)
    assert lease is not None
    return lease


async def test_of_many_who_claim_one_gets_it(service):
    leases = await asyncio.gather(*[claim(service.id, f"worker {number}", 60) for number in range(30)])
    (lease,) = [lease for lease in leases if lease is not None]
    row = await ServiceInstance.get(id=service.id)
    assert (row.lease_owner, row.fence) == (lease.owner, lease.fence)


async def test_many_services_among_many_workers_each_have_one_owner(make_service):
    services = [await make_service(f"s{number}") for number in range(6)]
    claims = [claim(one.id, f"worker {worker}", 60) for worker in range(5) for one in services]
    leases = [lease for lease in await asyncio.gather(*claims) if lease is not None]
    assert sorted(lease.service_id for lease in leases) == sorted(one.id for one in services)


async def test_what_does_not_exist_is_nobodys(database):
    assert await claim(new_id(), "one", 60) is None


async def test_a_lease_that_ran_out_goes_to_another_and_the_fence_grows(service):
    first = await taken(service, seconds=0)
    second = await taken(service, "two")
    assert second.fence == first.fence + 1


@pytest.mark.parametrize("write", [renew, lambda lease: held(lease).__aenter__()], ids=["renew", "held"])
async def test_who_lost_the_lease_hears_it_at_the_next_write(service, write):
    first = await taken(service, seconds=0)
    await taken(service, "two")
    with pytest.raises(LeaseLost):
        await write(first)
    assert (await ServiceInstance.get(id=service.id)).lease_owner == "two"


async def test_a_lease_on_what_was_deleted_is_lost(service):
    lease = await taken(service)
    await service.delete()
    with pytest.raises(LeaseLost):
        await renew(lease)
    assert not await release(lease, None)


async def test_what_is_held_is_written_or_undone_as_a_whole(service):
    lease = await taken(service)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 — a transaction is what is in it
        async with held(lease) as row:
            row.status_reason = "half"
            await row.save()
            raise ZeroDivisionError
    assert (await ServiceInstance.get(id=service.id)).status_reason is None


async def test_renewing_prolongs_and_tells_the_generation(service):
    lease = await taken(service, seconds=5)
    await ServiceInstance.filter(id=service.id).update(generation=7, lease_expires_at=now())
    assert await renew(lease) == 7
    assert await ServiceInstance.filter(id=service.id, lease_expires_at__gt=now() + timedelta(seconds=4)).exists()


async def test_a_release_says_when_it_is_due_and_the_service_is_free(service):
    moment = now() + timedelta(seconds=30)
    assert not await release(await taken(service), moment)
    row = await ServiceInstance.get(id=service.id)
    assert (row.lease_owner, row.lease_expires_at, row.due_at) == (None, None, moment)
    await taken(service, "two")


@pytest.mark.parametrize(("said", "due"), [(None, 1), (30, 1), (0.5, 0.5)])
async def test_who_made_it_due_sooner_meanwhile_is_heard(service, said, due):
    lease, moment = await taken(service), now()
    await ServiceInstance.filter(id=service.id).update(due_at=moment + timedelta(seconds=1))
    await release(lease, None if said is None else moment + timedelta(seconds=said))
    assert (await ServiceInstance.get(id=service.id)).due_at == moment + timedelta(seconds=due)


async def test_a_claim_has_heard_whoever_made_it_due_before(service):
    await ServiceInstance.filter(id=service.id).update(due_at=now())
    await release(await taken(service), None)
    assert (await ServiceInstance.get(id=service.id)).due_at is None


async def test_a_release_tells_of_an_intent_since_the_claim(service):
    lease = await taken(service)
    await ServiceInstance.filter(id=service.id).update(generation=lease.generation + 1)
    assert await release(lease, None)
    assert not await release(await taken(service, "two"), None)


async def test_a_lost_lease_is_not_released_for_its_new_owner(service):
    first = await taken(service, seconds=0)
    await taken(service, "two")
    assert not await release(first, now())
    row = await ServiceInstance.get(id=service.id)
    assert (row.lease_owner, row.due_at) == ("two", None)
