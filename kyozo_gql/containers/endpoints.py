"""Where a service answers."""

from __future__ import annotations

from collections.abc import Sequence

from kyozo_gql.containers.models import ServiceReplica
from kyozo_gql.engines.engine import ReplicaState


def endpoints_of(replicas: Sequence[ServiceReplica], publish_address: str) -> list[str]:
    """The URLs of a service's ready replicas, in the order of their index: http for TCP ports, udp for UDP ones."""
    host = "127.0.0.1" if publish_address in ("0.0.0.0", "::") else publish_address  # noqa: S104 — it is compared, not bound
    host = f"[{host}]" if ":" in host else host
    return [
        f"{'http' if port['protocol'] == 'tcp' else 'udp'}://{host}:{port['host_port']}"
        for replica in sorted(replicas, key=lambda one: one.index)
        if replica.status == ReplicaState.RUNNING and replica.ready_at is not None
        for port in replica.host_ports
        if port["host_port"] is not None
    ]
