"""What every engine does with a replica that is to run once (a job), whichever it is."""

from __future__ import annotations

import asyncio

import pytest

from kyozo_gql.engines.engine import EngineEvent, EngineEventKind, ObservedReplica, ReplicaState
from tests.docker_engine import PrivateDocker
from tests.engines.bench import FAILS_LATER, STEADY, SUCCEEDS, Behaviour, Bench, News

LASTS = Behaviour(
    "echo once; sleep 0.5; exit 0", {"SIMULATE_EXIT_CODE": "0", "SIMULATE_EXIT_SECONDS": "0.5", "SIMULATE_LOG": "once"}
)


def has_ended(replica: ObservedReplica) -> bool:
    return replica.state is ReplicaState.EXITED


async def test_what_has_succeeded_is_adopted_as_it_is(bench: Bench) -> None:
    spec = await bench.replica_spec(SUCCEEDS, once=True)
    first = await bench.engine.run(spec)
    ended = await bench.until(has_ended)
    assert (ended.exit_code, ended.restart_count) == (0, 0)
    again = await bench.engine.run(spec)
    assert (again.container_id, again.state, again.exit_code) == (first.container_id, ReplicaState.EXITED, 0)
    assert again.started_at == ended.started_at
    assert [line.message for line in await bench.read_logs(first.container_id)].count("done") == 1


async def test_what_has_failed_is_started_neither_by_the_engine_nor_again(bench: Bench) -> None:
    async with News(bench.engine) as news:
        spec = await bench.replica_spec(FAILS_LATER, once=True)
        replica = await bench.engine.run(spec)
        ended = await bench.until(has_ended)
        assert (ended.exit_code, ended.restart_count) == (3, 0)
        await asyncio.sleep(0.5)  # an engine that restarts what failed does so within this time
        assert await bench.observe() == ended
        assert (await bench.engine.run(spec)).exit_code == 3
        await news.idle()
        started = EngineEvent(EngineEventKind.STARTED, bench.service_id, replica.container_id)
        assert news.seen.count(started) == 1


async def test_what_was_stopped_is_not_started_again_by_run(bench: Bench) -> None:
    spec = await bench.replica_spec(STEADY, once=True)
    replica = await bench.engine.run(spec)
    await bench.until_logged(replica.container_id, "three")
    assert (await bench.engine.run(spec)).state is ReplicaState.RUNNING
    await bench.engine.stop(replica.container_id, 5)
    assert (await bench.engine.run(spec)).state is ReplicaState.EXITED


async def test_many_who_run_it_at_once_run_it_once(bench: Bench) -> None:
    spec = await bench.replica_spec(LASTS, once=True)
    found = await asyncio.gather(*(bench.engine.run(spec) for _ in range(4)), return_exceptions=True)
    ids = {one.container_id for one in found if isinstance(one, ObservedReplica)}
    assert len(ids) == 1
    ended = await bench.until(has_ended)
    assert (ended.container_id in ids, ended.exit_code) == (True, 0)
    assert [line.message for line in await bench.read_logs(ended.container_id)].count("once") == 1


async def test_once_it_was_removed_it_is_another_one(bench: Bench) -> None:
    spec = await bench.replica_spec(SUCCEEDS, once=True)
    first = await bench.engine.run(spec)
    await bench.until(has_ended)
    await bench.engine.remove(first.container_id)
    second = await bench.engine.run(spec)
    assert second.container_id != first.container_id
    assert (await bench.until(has_ended)).exit_code == 0


@pytest.mark.docker
async def test_docker_starts_no_job_when_it_comes_back(docker_bench: Bench, private_docker: PrivateDocker) -> None:
    spec = await docker_bench.replica_spec(STEADY, once=True)
    replica = await docker_bench.engine.run(spec)
    await docker_bench.until_logged(replica.container_id, "three")
    await asyncio.to_thread(private_docker.stop)
    await asyncio.to_thread(private_docker.start)
    ended = await docker_bench.until(has_ended)
    assert ended.started_at == replica.started_at
    assert (await docker_bench.engine.run(spec)).state is ReplicaState.EXITED
