"""Which ports of the host are spoken for.

A port that a user asked for belongs to the service from the moment its deployment is accepted; one that was chosen belongs to one
replica until that is gone. One row per port, so two can never get the same.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable
from contextlib import closing
from uuid import UUID

from tortoise.exceptions import IntegrityError

from kyozo_gql.containers.models import HostPort
from kyozo_gql.core.errors import Conflict, EngineError, FieldError, InvalidInput
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.outbox import transaction
from kyozo_gql.core.spec import PortMapping, PortProtocol

_TRIES = 50


async def reserve_fixed(service_id: UUID, ports: Iterable[PortMapping]) -> None:
    """Makes the ports that were asked for the service's own, within a transaction; frees those that are asked for no more.

    Raises InvalidInput that names each port that another service has.
    """
    asked = {(port.host_port, port.protocol): (index, port) for index, port in enumerate(ports) if port.host_port}
    for row in await HostPort.filter(service_instance_id=service_id, replica_name=None):
        if asked.pop((row.port, PortProtocol(row.protocol)), None) is None:
            await row.delete()
    taken: list[FieldError] = []
    for (number, protocol), (index, port) in asked.items():
        if await HostPort.filter(port=number, protocol=protocol).exclude(service_instance_id=service_id).exists():
            taken.append(FieldError(f"port_mappings.{index}.host_port", f"port {number}/{protocol} belongs to another service"))
        else:
            await HostPort.filter(port=number, protocol=protocol, service_instance_id=service_id).delete()
            try:
                await _insert(service_id, None, port.container_port, number, protocol)
            except Conflict as error:
                raise InvalidInput.of(f"port_mappings.{index}.host_port", str(error)) from error
    if taken:
        raise InvalidInput(*taken)


async def assign(
    service_id: UUID, replica: str, ports: Iterable[PortMapping], address: str, choices: range
) -> tuple[PortMapping, ...]:
    """The ports of a replica with their host ports; those it was given before are given again. Raises EngineError when none is."""
    given = {(row.container_port, row.protocol): row.port for row in await HostPort.filter(replica_name=replica)}
    assigned = []
    for port in ports:
        number = port.host_port or given.get((port.container_port, port.protocol))
        if number is None:
            number = await _choose(service_id, replica, port, address, choices)
        assigned.append(PortMapping(port.container_port, number, port.protocol))
    return tuple(assigned)


def is_free(address: str, number: int, protocol: PortProtocol) -> bool:
    """Whether nothing listens on a port of this host."""
    kind = socket.SOCK_STREAM if protocol is PortProtocol.TCP else socket.SOCK_DGRAM
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.socket(family, kind)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, number))
        except OSError:
            return False
    return True


async def _choose(service_id: UUID, replica: str, port: PortMapping, address: str, choices: range) -> int:
    for number in random.sample(choices, min(_TRIES, len(choices))):
        if not is_free(address, number, port.protocol) or await HostPort.exists(port=number, protocol=port.protocol):
            continue
        try:
            await _insert(service_id, replica, port.container_port, number, port.protocol)
        except Conflict:
            continue
        return number
    raise EngineError(f"no free port between {choices.start} and {choices.stop - 1}")


async def _insert(service_id: UUID, replica: str | None, container_port: int, number: int, protocol: PortProtocol) -> None:
    try:
        async with transaction():
            await HostPort.create(
                id=new_id(),
                port=number,
                protocol=protocol,
                container_port=container_port,
                service_instance_id=service_id,
                replica_name=replica,
            )
    except IntegrityError as error:
        raise Conflict(f"port {number}/{protocol} was taken at the same moment") from error
