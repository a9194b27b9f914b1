"""How much of its limits a service uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kyozo_gql.containers.config import config_of
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.core.quantity import parse_bytes, parse_cpus

_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Utilization:
    """In percent of the limits of all replicas; None: not measured."""

    memory_percent: float | None
    cpu_percent: float | None


def utilization_of(service: ServiceInstance) -> Utilization | None:
    """What was last measured of a service, against the limits of as many replicas as are wanted; None where nothing was."""
    if service.memory_usage_mb is None and service.cpu_usage_percent is None:
        return None
    limits, replicas = config_of(service).limits, max(1, service.desired_replicas)
    memory, cpu = service.memory_usage_mb, service.cpu_usage_percent
    return Utilization(
        memory_percent=None if memory is None else round(100 * memory * _MIB / (parse_bytes(limits.memory) * replicas), 2),
        cpu_percent=None if cpu is None else round(float(cpu) / (parse_cpus(limits.cpu) * replicas), 2),
    )
