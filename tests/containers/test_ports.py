from __future__ import annotations

import asyncio
import socket
from contextlib import closing

import pytest

from kyozo_gql.containers.models import HostPort, ServiceInstance
from kyozo_gql.containers.ports import assign, is_free, reserve_fixed
from kyozo_gql.core.errors import EngineError, InvalidInput
from kyozo_gql.core.outbox import transaction
from kyozo_gql.core.spec import PortMapping, PortProtocol

HOME = "127.0.0.1"
CHOICES = range(31_000, 31_100)


async def reserve(service: ServiceInstance, *ports: PortMapping) -> None:
    async with transaction():
        await reserve_fixed(service.id, ports)


async def ports_of(service: ServiceInstance) -> list[tuple[int, str]]:
    rows = await HostPort.filter(service_instance_id=service.id).order_by("port", "protocol")
    return [(row.port, row.protocol) for row in rows]


async def test_a_port_that_was_asked_for_is_the_services_own(make_service):
    service = await make_service(ports=(PortMapping(80, 31_080), PortMapping(53, 31_080, PortProtocol.UDP), PortMapping(90)))
    assert await ports_of(service) == [(31_080, "tcp"), (31_080, "udp")]


async def test_a_port_of_another_is_refused_by_name_and_nothing_is_kept(make_service):
    await make_service("one", ports=(PortMapping(80, 31_081), PortMapping(81, 31_082)))
    with pytest.raises(InvalidInput) as caught:
        await make_service("two", ports=(PortMapping(80, 31_080), PortMapping(81, 31_081), PortMapping(82, 31_082)))
    assert [field.path for field in caught.value.fields] == ["port_mappings.1.host_port", "port_mappings.2.host_port"]
    assert not await HostPort.filter(port=31_080).exists()


async def test_what_is_asked_for_no_more_is_free_again(make_service):
    one, two = await make_service("one", ports=(PortMapping(80, 31_080),)), await make_service("two")
    await reserve(one, PortMapping(80, 31_081))
    await reserve(two, PortMapping(80, 31_080))
    assert (await ports_of(one), await ports_of(two)) == ([(31_081, "tcp")], [(31_080, "tcp")])


async def test_of_many_who_ask_at_once_one_gets_it(make_service):
    services = [await make_service(f"s{number}") for number in range(8)]
    answers = await asyncio.gather(*[reserve(one, PortMapping(80, 31_080)) for one in services], return_exceptions=True)
    assert len([answer for answer in answers if answer is None]) == 1
    assert all(answer is None or isinstance(answer, InvalidInput) for answer in answers)


async def test_chosen_ports_are_never_the_same(make_service):
    """As many as there are, for as many at once."""
    service = await make_service()
    choices = [number for number in CHOICES if is_free(HOME, number, PortProtocol.TCP)][:20]
    given = range(choices[0], choices[-1] + 1)
    answers = await asyncio.gather(
        *[assign(service.id, f"replica {number}", (PortMapping(80),), HOME, given) for number in range(len(choices))]
    )
    numbers = {port.host_port for (port,) in answers}
    assert len(numbers) == len(choices)
    assert numbers <= set(given)


async def test_a_replica_gets_the_same_ones_again(make_service):
    service, ports = await make_service(), (PortMapping(80), PortMapping(53, protocol=PortProtocol.UDP), PortMapping(90, 31_090))
    first = await assign(service.id, "replica", ports, HOME, CHOICES)
    assert await assign(service.id, "replica", ports, HOME, CHOICES) == first
    assert [port.container_port for port in first] == [80, 53, 90]
    assert first[2].host_port == 31_090


async def test_a_port_that_a_program_has_is_not_chosen(make_service):
    service = await make_service()
    with closing(socket.socket()) as program:
        program.bind((HOME, 0))
        program.listen()
        number = program.getsockname()[1]
        assert not is_free(HOME, number, PortProtocol.TCP)
        assert is_free(HOME, number, PortProtocol.UDP)
        with pytest.raises(EngineError, match="no free port"):
            await assign(service.id, "replica", (PortMapping(80),), HOME, range(number, number + 1))
    (port,) = await assign(service.id, "replica", (PortMapping(80),), HOME, range(number, number + 1))
    assert port.host_port == number


async def test_a_port_that_was_chosen_may_be_fixed_by_its_own_service_only(make_service):
    one, two = await make_service("one"), await make_service("two")
    (port,) = await assign(one.id, "replica", (PortMapping(80),), HOME, CHOICES)
    with pytest.raises(InvalidInput):
        await reserve(two, PortMapping(80, port.host_port))
    await reserve(one, PortMapping(80, port.host_port))
    assert await HostPort.filter(port=port.host_port, replica_name=None).count() == 1
