"""What every engine does, whichever it is."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace

import httpx
import psutil
import pytest

from kyozo_gql.core.errors import BuildFailed, ConfigurationError, Conflict, EngineError, NotFound
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, ResourceLimits, ServiceType
from kyozo_gql.engines.engine import CommandResult, EngineEvent, EngineEventKind, EngineKind, LogStream, ReplicaState
from tests.engines.bench import (
    DEAF,
    FAILS_LATER,
    GREEDY,
    STEADY,
    SUCCEEDS,
    TICKING,
    WEB,
    WEB_PORT,
    Bench,
    News,
    first,
    is_subsequence,
)

HTTP = HealthCheckSpec(HealthCheckKind.HTTP, path="/index.html", timeout_seconds=2)


async def test_says_what_it_is(bench: Bench) -> None:
    info = await bench.engine.info()
    assert info.kind is bench.engine.kind
    assert info.version
    assert info.node_count == 1


async def test_build_tells_its_lines_in_order_and_is_found_again(bench: Bench) -> None:
    spec = bench.build_spec(("echo", "built-one"), ("echo", "built-two"))
    assert not await bench.engine.has_image(spec.image)
    content_id = await bench.engine.build(spec, bench.on_line)
    assert content_id.startswith("sha256:")
    places = [next(at for at, text in enumerate(bench.messages()) if word in text) for word in ("built-one", "built-two")]
    assert places == sorted(places)
    assert [line.timestamp for line in bench.lines] == sorted(line.timestamp for line in bench.lines)
    assert await bench.engine.has_image(spec.image)
    bench.lines.clear()
    assert await bench.engine.build(spec, bench.on_line) == content_id
    assert not any("built-one" in text for text in bench.messages())


async def test_failing_build_says_why_and_leaves_nothing(bench: Bench) -> None:
    command = ("sh", "-c", "echo about-to-fail; exit 7")
    spec = bench.build_spec(command, build_args={"SIMULATE_BUILD_FAILURE": "exit 7"} if bench.is_simulated else {})
    with pytest.raises(BuildFailed, match="7"):
        await bench.engine.build(spec, bench.on_line)
    assert any("about-to-fail" in text for text in bench.messages())
    assert not await bench.engine.has_image(spec.image)
    assert await bench.engine.remove_images(bench.service_id, frozenset()) == ()


async def test_cancelled_build_is_gone(bench: Bench) -> None:
    seconds = f"61.{os.getpid()}"
    arguments = {"SIMULATE_BUILD_SECONDS": seconds} if bench.is_simulated else {}
    spec = bench.build_spec(("sh", "-c", f"echo slowly; sleep {seconds}"), build_args=arguments)
    build = asyncio.create_task(bench.engine.build(spec, bench.on_line))
    async with asyncio.timeout(30):
        while not (bench.is_simulated and bench.lines) and not _runs(seconds):  # noqa: ASYNC110 — another process
            await asyncio.sleep(0.02)
    build.cancel()
    with pytest.raises(asyncio.CancelledError):
        await build
    assert not _runs(seconds)
    assert not await bench.engine.has_image(spec.image)


def _runs(argument: str) -> bool:
    return any(process.info["cmdline"] == ["sleep", argument] for process in psutil.process_iter(["cmdline"]))


async def test_a_build_that_can_not_be_right_is_a_configuration_error(bench: Bench) -> None:
    if bench.engine.kind is EngineKind.PROCESS:
        spec = bench.build_spec(("no-such-program-anywhere",))
    else:
        spec = bench.build_spec(dockerfile="FROM busybox:latest\nRAN echo hello\n")
    with pytest.raises(ConfigurationError):
        await bench.engine.build(spec, bench.on_line)
    assert not await bench.engine.has_image(spec.image)


async def test_remove_images_keeps_what_it_is_told_and_never_touches_others(bench: Bench) -> None:
    old, new = bench.build_spec(), bench.build_spec()
    other_id = new_id()
    other = bench.build_spec(service_id=other_id)
    for spec in (old, new, other):
        await bench.engine.build(spec, bench.on_line)
    assert await bench.engine.remove_images(bench.service_id, frozenset({new.image})) == (old.image,)
    assert [await bench.engine.has_image(spec.image) for spec in (old, new, other)] == [False, True, True]
    assert await bench.engine.remove_images(other_id, frozenset()) == (other.image,)


async def test_run_observe_and_adopt(bench: Bench) -> None:
    spec = await bench.replica_spec(STEADY)
    started = await bench.engine.run(spec)
    seen = await bench.until(lambda replica: replica.state is ReplicaState.RUNNING)
    assert (seen.name, seen.index, seen.image) == (spec.name, 0, spec.image)
    assert (seen.service_id, seen.workspace_id, seen.deployment_id) == (bench.service_id, bench.workspace_id, bench.deployment_id)
    assert seen.started_at is not None
    assert seen.exit_code is None
    again = await bench.engine.run(spec)
    assert (again.container_id, again.started_at) == (started.container_id, seen.started_at)
    assert seen in await bench.engine.observe()


async def test_stop_start_and_remove_may_be_repeated(bench: Bench) -> None:
    replica = await bench.run(STEADY)
    await bench.until_logged(replica.container_id, "three")
    for _ in range(2):
        await bench.engine.stop(replica.container_id, 10)
    stopped = await bench.observe()
    assert (stopped.state, stopped.exit_code) == (ReplicaState.EXITED, 0)
    assert stopped.finished_at is not None
    for _ in range(2):
        await bench.engine.start(replica.container_id)
    restarted = await bench.observe()
    assert (restarted.state, restarted.exit_code) == (ReplicaState.RUNNING, None)
    assert restarted.container_id == replica.container_id
    for _ in range(2):
        await bench.engine.remove(replica.container_id)
    assert await bench.engine.observe(bench.service_id) == ()


async def test_run_starts_a_stopped_replica_of_that_name(bench: Bench) -> None:
    spec = await bench.replica_spec(STEADY)
    replica = await bench.engine.run(spec)
    await bench.engine.stop(replica.container_id, 0)
    adopted = await bench.engine.run(spec)
    assert (adopted.container_id, adopted.state) == (replica.container_id, ReplicaState.RUNNING)


async def test_a_replica_that_is_deaf_is_killed_after_the_grace(bench: Bench) -> None:
    replica = await bench.run(DEAF)
    await bench.until_logged(replica.container_id, "up")
    began = time.monotonic()
    await bench.engine.stop(replica.container_id, 1)
    assert 0.9 < time.monotonic() - began < 8
    seen = await bench.observe()
    assert (seen.state, seen.exit_code, seen.oom_killed) == (ReplicaState.EXITED, 137, False)


async def test_exit_code_and_last_lines_of_a_service_that_ends(bench: Bench) -> None:
    replica = await bench.run(SUCCEEDS)
    seen = await bench.until(lambda replica: replica.state is ReplicaState.EXITED)
    assert seen.exit_code == 0
    assert "done" in [line.message for line in await bench.read_logs(replica.container_id)]


async def test_exit_code_of_a_service_that_fails(bench: Bench) -> None:
    await bench.run(FAILS_LATER)
    seen = await bench.until(lambda replica: replica.state is ReplicaState.EXITED, seconds=30)
    assert (seen.exit_code, seen.oom_killed) == (3, False)


async def test_a_service_beyond_its_memory_is_killed(bench: Bench) -> None:
    async with News(bench.engine) as news:
        replica = await bench.run(GREEDY, limits=ResourceLimits(memory="64Mi"))
        seen = await bench.until(lambda replica: replica.oom_killed, seconds=30)
        await news.until(EngineEvent(EngineEventKind.OUT_OF_MEMORY, bench.service_id, replica.container_id))
    assert seen.container_id == replica.container_id


async def test_a_program_that_is_not_there(bench: Bench) -> None:
    spec = await bench.replica_spec(STEADY, environment={"SIMULATE_RUN_FAILURE": "no such program"})
    if not bench.is_simulated:
        spec = replace(spec, command=("no-such-program-anywhere",))
    if bench.engine.kind is EngineKind.DOCKER:
        # There the program is started by the container's init, which is there.
        replica = await bench.engine.run(spec)
        await bench.until(lambda replica: replica.exit_code == 127)
        assert any("no-such-program-anywhere" in line.message for line in await bench.read_logs(replica.container_id))
        return
    with pytest.raises(ConfigurationError):
        await bench.engine.run(spec)
    assert await bench.engine.observe(bench.service_id) == ()


async def test_an_image_that_is_not_there_is_a_configuration_error(bench: Bench) -> None:
    with pytest.raises(ConfigurationError):
        await bench.run(STEADY, image="kyozo-test/nothing:1")
    assert await bench.engine.observe(bench.service_id) == ()


async def test_published_port_answers_and_can_be_taken_only_once(bench: Bench) -> None:
    replica, port = await bench.run_web()
    await _until_healthy(bench, replica.container_id)
    if not bench.is_simulated:
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/index.html")).text == "hello\n"
    assert (await bench.observe()).ports == (PortMapping(WEB_PORT, port),)
    with pytest.raises(Conflict, match=str(port)):
        await bench.run(WEB, index=1, ports=(PortMapping(WEB_PORT, port),))
    assert [seen.index for seen in await bench.engine.observe(bench.service_id)] == [0]


async def _until_healthy(bench: Bench, container_id: str) -> None:
    async with asyncio.timeout(15):
        while not (await bench.engine.probe(container_id, HTTP)).healthy:  # noqa: ASYNC110 — another process
            await asyncio.sleep(0.02)


async def test_probes(bench: Bench) -> None:
    replica, _ = await bench.run_web()
    await _until_healthy(bench, replica.container_id)
    for check in (
        HTTP,
        HealthCheckSpec(HealthCheckKind.TCP, port=WEB_PORT),
        HealthCheckSpec(HealthCheckKind.COMMAND, command=("true",)),
        HealthCheckSpec(),
    ):
        result = await bench.engine.probe(replica.container_id, check)
        assert result.healthy, (check, result)
        assert result.detail
    failed = await bench.engine.probe(replica.container_id, HealthCheckSpec(HealthCheckKind.COMMAND, command=("false",)))
    assert (failed.healthy, "1" in failed.detail) == (False, True)
    slow = HealthCheckSpec(HealthCheckKind.COMMAND, command=("sleep", "30"), timeout_seconds=1)
    if not bench.is_simulated:
        assert not (await bench.engine.probe(replica.container_id, slow)).healthy
        missing = HealthCheckSpec(HealthCheckKind.HTTP, path="/nothing")
        assert "404" in (await bench.engine.probe(replica.container_id, missing)).detail
        assert not (await bench.engine.probe(replica.container_id, HealthCheckSpec(HealthCheckKind.COMMAND))).healthy
        closed = HealthCheckSpec(HealthCheckKind.TCP, port=9)
        assert not (await bench.engine.probe(replica.container_id, closed)).healthy
    await bench.engine.stop(replica.container_id, 0)
    assert not (await bench.engine.probe(replica.container_id, HTTP)).healthy
    assert not (await bench.engine.probe(replica.container_id, HealthCheckSpec())).healthy


async def test_logs_keep_order_stream_and_time(bench: Bench) -> None:
    replica = await bench.run(STEADY)
    lines = await bench.until_logged(replica.container_id, "one", "two", "three")
    wanted = [("one", LogStream.STDOUT), ("two", LogStream.STDOUT), ("three", LogStream.STDERR)]
    assert is_subsequence(wanted, [(line.message, line.stream) for line in lines])
    assert await bench.read_logs(replica.container_id, tail=1) == lines[-1:]
    assert await bench.read_logs(replica.container_id, tail=0) == []
    assert await bench.read_logs(replica.container_id, since=lines[-2].timestamp) == lines[-1:]
    assert await bench.read_logs(replica.container_id, since=lines[-1].timestamp) == []


async def test_follow_tells_each_line_once_and_ends_with_the_replica(bench: Bench) -> None:
    replica = await bench.run(TICKING)
    await bench.until_logged(replica.container_id, "tick 2")
    following = asyncio.create_task(bench.read_logs(replica.container_id, follow=True))
    await bench.until_logged(replica.container_id, "tick 6")
    await bench.engine.stop(replica.container_id, 10)
    followed = await asyncio.wait_for(following, 15)
    assert followed == await bench.read_logs(replica.container_id)
    numbers = [int(line.message.split()[1]) for line in followed if line.message.startswith("tick")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_follow_from_a_time_continues_where_a_reader_left(bench: Bench) -> None:
    replica = await bench.run(TICKING)
    head = await first(bench.engine.logs(replica.container_id, follow=True), 4)
    rest = await first(bench.engine.logs(replica.container_id, since=head[-1].timestamp, follow=True), 4)
    assert [line.message for line in (await bench.read_logs(replica.container_id))[:8]] == [line.message for line in head + rest]


async def test_stats_only_while_it_runs(bench: Bench) -> None:
    replica = await bench.run(STEADY)
    await bench.until_logged(replica.container_id, "one")
    stats = await bench.engine.stats(replica.container_id)
    assert stats is not None
    assert 0 <= stats.cpu_percent < 200
    assert 0 < stats.memory_bytes < 256 * 2**20
    assert stats.memory_limit_bytes == 256 * 2**20
    await bench.engine.stop(replica.container_id, 0)
    assert await bench.engine.stats(replica.container_id) is None


async def test_execute(bench: Bench) -> None:
    replica = await bench.run(STEADY)
    assert await bench.engine.execute(replica.container_id, ("echo", "hello"), 5) == CommandResult(0, "hello\n")
    assert (await bench.engine.execute(replica.container_id, ("false",), 5)).exit_code == 1
    with pytest.raises(TimeoutError):
        await bench.engine.execute(replica.container_id, ("sleep", "30"), 0.3)


async def test_events_begin_with_resync_and_tell_what_happens(bench: Bench) -> None:
    async with News(bench.engine) as news:
        assert news.seen == [EngineEvent(EngineEventKind.RESYNC)]
        replica = await bench.run(SUCCEEDS)
        started, died, removed = (
            EngineEvent(kind, bench.service_id, replica.container_id)
            for kind in (EngineEventKind.STARTED, EngineEventKind.DIED, EngineEventKind.REMOVED)
        )
        await news.until(started, died)
        await bench.engine.remove(replica.container_id)
        await news.until(started, died, removed)


async def test_two_services_do_not_see_each_other(bench: Bench) -> None:
    mine = await bench.run(STEADY)
    other_id = new_id()
    other = await bench.run(STEADY, service_id=other_id, name=f"kyozo-test-{other_id}-0")
    assert [replica.container_id for replica in await bench.engine.observe(bench.service_id)] == [mine.container_id]
    assert [replica.container_id for replica in await bench.engine.observe(other_id)] == [other.container_id]
    await bench.engine.remove(other.container_id)
    assert (await bench.observe()).state is ReplicaState.RUNNING


async def test_what_is_unknown(bench: Bench) -> None:
    assert await bench.engine.observe(new_id()) == ()
    unknown = "0" * 64
    await bench.engine.stop(unknown, 0)
    await bench.engine.remove(unknown)
    await bench.engine.forget_workspace(new_id())
    with pytest.raises(NotFound):
        await bench.engine.start(unknown)
    with pytest.raises(NotFound):
        await bench.read_logs(unknown)
    with pytest.raises(NotFound):
        await bench.engine.execute(unknown, ("true",), 1)
    with pytest.raises(NotFound):
        await bench.engine.probe(unknown, HTTP)
    with pytest.raises(NotFound):
        await bench.engine.stats(unknown)


async def test_an_image_that_can_not_be_pulled(bench: Bench) -> None:
    with pytest.raises(EngineError, match="missing-image"):
        await bench.engine.pull("127.0.0.1:9/missing-image:1", bench.on_line)


async def test_refusal_is_a_sentence_or_nothing(bench: Bench) -> None:
    assert bench.engine.refusal(ServiceType.PYTHON, image=None) is None
    refusal = bench.engine.refusal(ServiceType.CONTAINERIZED, image=None)
    assert (refusal is None) is (bench.engine.kind is not EngineKind.PROCESS)
