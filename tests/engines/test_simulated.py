from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kyozo_gql.core.errors import ConfigurationError, EngineUnreachable
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping
from kyozo_gql.engines.engine import EngineEvent, EngineEventKind, ReplicaState
from kyozo_gql.engines.simulated import SimulatedEngine
from tests.engines.bench import FAILS_LATER, STEADY, TICKING, Behaviour, Bench, News

HTTP = HealthCheckSpec(HealthCheckKind.HTTP, port=80)


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[tuple[SimulatedEngine, SimulatedEngine]]:
    """Two engines on one file, as an API and a worker have them."""
    pair = SimulatedEngine(tmp_path / "state" / "simulated.sqlite3"), SimulatedEngine(tmp_path / "state" / "simulated.sqlite3")
    yield pair
    for engine in pair:
        await engine.close()


async def test_two_engines_on_one_file_see_each_other(engines: tuple[SimulatedEngine, SimulatedEngine], tmp_path: Path) -> None:
    one, other = engines
    bench = Bench(one, tmp_path)
    async with News(other) as news:
        replica = await bench.run(TICKING)
        assert await other.observe() == await one.observe()
        seen = [line async for line in other.logs(replica.container_id)]
        assert seen[0].message.startswith("simulated start")
        one.kill(replica.container_id, 9)
        await news.until(EngineEvent(EngineEventKind.DIED, bench.service_id, replica.container_id))
        assert [found.exit_code for found in await other.observe()] == [9]
        await other.remove(replica.container_id)
    assert await one.observe() == ()


async def test_an_end_is_told_once_whoever_looks_first(engines: tuple[SimulatedEngine, SimulatedEngine], tmp_path: Path) -> None:
    one, other = engines
    bench = Bench(one, tmp_path)
    async with News(one) as mine, News(other) as theirs:
        replica = await bench.run(FAILS_LATER)
        await bench.until(lambda replica: replica.state is ReplicaState.EXITED)
        await bench.engine.remove(replica.container_id)
        for news in (mine, theirs):
            await news.until(EngineEvent(EngineEventKind.REMOVED, bench.service_id, replica.container_id))
            assert [event.kind for event in news.seen] == ["resync", "started", "died", "removed"]


async def test_state_outlives_the_engine(tmp_path: Path) -> None:
    bench = Bench(SimulatedEngine(tmp_path / "simulated.sqlite3"), tmp_path)
    replica = await bench.run(STEADY)
    await bench.engine.close()
    bench.engine = SimulatedEngine(tmp_path / "simulated.sqlite3")
    assert (await bench.observe()).container_id == replica.container_id
    assert await bench.engine.has_image(replica.image)
    await bench.engine.close()


async def test_an_engine_that_does_not_answer(engines: tuple[SimulatedEngine, SimulatedEngine], tmp_path: Path) -> None:
    one, other = engines
    bench = Bench(one, tmp_path)
    await bench.run(STEADY)
    async with News(one) as news:
        other.set_reachable(False)
        with pytest.raises(EngineUnreachable):
            await one.observe()
        with pytest.raises(EngineUnreachable):
            await bench.engine.build(bench.build_spec(), bench.on_line)
        # The stream must have seen the gap before it is over.
        await news.idle()
        other.set_reachable(True)
        await news.until(EngineEvent(EngineEventKind.RESYNC), EngineEvent(EngineEventKind.RESYNC))
    assert (await bench.observe()).state is ReplicaState.RUNNING


async def test_health_follows_the_environment(engines: tuple[SimulatedEngine, SimulatedEngine], tmp_path: Path) -> None:
    engine, _ = engines
    bench = Bench(engine, tmp_path)
    ports = (PortMapping(80, 8000),)
    late = await bench.run(STEADY, ports=ports, environment={"SIMULATE_START_SECONDS": "60"})
    ill = await bench.run(STEADY, index=1, environment={"SIMULATE_UNHEALTHY": "1"})
    assert not (await engine.probe(late.container_id, HTTP)).healthy
    assert not (await engine.probe(ill.container_id, HTTP)).healthy
    engine.set_healthy(late.container_id, True)
    assert (await engine.probe(late.container_id, HTTP)).healthy
    engine.set_healthy(late.container_id, False)
    assert not (await engine.probe(late.container_id, HTTP)).healthy


@pytest.mark.parametrize(
    ("dockerfile", "word"), [("", "empty"), ("RUN true\n", "FROM"), ("FROM a\nRAN b\n", "RAN"), ("FROM a\n", "by argument")]
)
async def test_a_dockerfile_that_is_none(
    engines: tuple[SimulatedEngine, SimulatedEngine], tmp_path: Path, dockerfile: str, word: str
) -> None:
    bench = Bench(engines[0], tmp_path)
    spec = bench.build_spec(dockerfile=dockerfile, build_args={"SIMULATE_BUILD_CONFIGURATION_ERROR": "by argument"})
    with pytest.raises(ConfigurationError, match=word):
        await bench.engine.build(spec, bench.on_line)


async def test_a_variable_that_is_no_number_is_named(engines: tuple[SimulatedEngine, SimulatedEngine], tmp_path: Path) -> None:
    bench = Bench(engines[0], tmp_path)
    with pytest.raises(ConfigurationError, match="SIMULATE_EXIT_CODE"):
        await bench.run(Behaviour("", {"SIMULATE_EXIT_CODE": "soon"}))
    assert await bench.engine.observe() == ()
