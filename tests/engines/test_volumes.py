"""Volumes outlive replicas and end with their owner."""

from __future__ import annotations

from typing import Any

import pytest

from kyozo_gql.core.errors import ConfigurationError, NotSupported
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.spec import VolumeMount
from kyozo_gql.engines.engine import ObservedReplica
from tests.engines.bench import STEADY, Bench

DATA = VolumeMount("data", "/data")


async def _run(bench: Bench, word: str, **changes: Any) -> ObservedReplica:
    name = f"kyozo-test-{bench.service_id}-{word}"
    return await bench.run(STEADY, **({"name": name, "volumes": (DATA,)} | changes))


async def _do(bench: Bench, replica: ObservedReplica, script: str) -> tuple[int, str]:
    result = await bench.engine.execute(replica.container_id, ("sh", "-c", script), 10)
    return result.exit_code, result.output


async def test_what_one_replica_wrote_is_there_for_the_next_until_the_owner_goes(container_bench: Bench) -> None:
    bench = container_bench
    first = await _run(bench, "first")
    await _do(bench, first, "echo kept > /data/file")
    assert await bench.engine.remove_volumes(bench.service_id) == ()  # in use
    await bench.engine.remove(first.container_id)
    second = await _run(bench, "second", deployment_id=new_id())
    if not bench.is_simulated:
        assert await _do(bench, second, "cat /data/file") == (0, "kept\n")
    await bench.engine.remove(second.container_id)
    assert await bench.engine.remove_volumes(bench.service_id) == ("data",)
    assert await bench.engine.remove_volumes(bench.service_id) == ()
    third = await _run(bench, "third")
    if not bench.is_simulated:
        assert await _do(bench, third, "ls /data") == (0, "")
    await bench.engine.remove(third.container_id)
    assert await bench.engine.remove_volumes(bench.service_id) == ("data",)


async def test_a_stack_shares_its_volumes_and_shares_them_with_nobody_else(container_bench: Bench) -> None:
    bench = container_bench
    stack, other = new_id(), new_id()
    db = await _run(bench, "db", stack_id=stack, stack_alias="db", volumes=(DATA, VolumeMount("logs", "/logs")))
    backup = await _run(bench, "backup", stack_id=stack, volumes=(VolumeMount("data", "/from", read_only=True),))
    stranger = await _run(bench, "stranger", stack_id=other)
    alone = await _run(bench, "alone")
    if not bench.is_simulated:
        await _do(bench, db, "echo mine > /data/file")
        assert await _do(bench, backup, "cat /from/file") == (0, "mine\n")
        assert (await _do(bench, backup, "echo x > /from/file"))[0] != 0
        for outside in (stranger, alone):
            assert await _do(bench, outside, "ls /data") == (0, "")
    for replica in (db, backup, stranger, alone):
        await bench.engine.remove(replica.container_id)
    assert await bench.engine.remove_volumes(stack) == ("data", "logs")
    assert await bench.engine.remove_volumes(bench.service_id) == ("data",)
    assert await bench.engine.remove_volumes(other) == ("data",)


async def test_an_engine_without_volumes_says_so(process_bench: Bench) -> None:
    with pytest.raises(NotSupported, match="data needs a container engine"):
        await process_bench.run(STEADY, volumes=(DATA,))
    assert await process_bench.engine.observe(process_bench.service_id) == ()
    assert await process_bench.engine.remove_volumes(process_bench.service_id) == ()


@pytest.mark.docker
async def test_a_place_that_can_not_be_mounted_is_refused(docker_bench: Bench) -> None:
    with pytest.raises(ConfigurationError, match="absolute"):
        await _run(docker_bench, "bad", volumes=(VolumeMount("data", "relative"),))
    assert await docker_bench.engine.observe(docker_bench.service_id) == ()
