"""What a container uses, from the engine's counters."""

from __future__ import annotations

import asyncio
from typing import Any

from kyozo_gql.engines.docker_connection import DockerConnection, ask, translated
from kyozo_gql.engines.docker_replica import parse_time
from kyozo_gql.engines.engine import ReplicaStats

_SAMPLE_SECONDS = 0.1


async def read_stats(connection: DockerConnection, container_id: str) -> ReplicaStats | None:
    """None where the container stopped meanwhile. Raises NotFound."""
    with translated(container_id):
        before = await _sample(connection, container_id)
        await asyncio.sleep(_SAMPLE_SECONDS)
        after = await _sample(connection, container_id)
    if before is None or after is None or "usage" not in (memory := after.get("memory_stats", {})):
        return None
    passed = (parse_time(after["read"]) - parse_time(before["read"])).total_seconds()
    used = (_cpu_nanoseconds(after) - _cpu_nanoseconds(before)) / 1_000_000_000
    details = memory.get("stats", {})
    # cgroup v1 and v2 name it differently.
    reclaimable = details.get("total_inactive_file", details.get("inactive_file", 0))
    return ReplicaStats(
        cpu_percent=max(0.0, 100 * used / passed) if passed > 0 else 0.0,
        memory_bytes=max(0, memory["usage"] - reclaimable),
        memory_limit_bytes=memory.get("limit"),
    )


async def _sample(connection: DockerConnection, container_id: str) -> dict[str, Any] | None:
    """The counters; the engine answers with nothing for a container that stops at that moment."""
    params = {"stream": False, "one-shot": True}
    sample: dict[str, Any] | None = await ask(connection.control, "GET", f"containers/{container_id}/stats", params=params)
    return sample


def _cpu_nanoseconds(sample: dict[str, Any]) -> int:
    return int(sample["cpu_stats"]["cpu_usage"]["total_usage"])
