from __future__ import annotations

from pathlib import Path

import pytest

from kyozo_gql.core.errors import EngineUnreachable
from kyozo_gql.engines.choice import open_engine
from kyozo_gql.engines.engine import EngineKind
from kyozo_gql.settings import EngineChoice, Environment, Settings


@pytest.mark.parametrize(
    ("choice", "kind"), [(EngineChoice.SIMULATED, EngineKind.SIMULATED), (EngineChoice.PROCESS, EngineKind.PROCESS)]
)
async def test_what_is_asked_for_is_taken(tmp_path: Path, choice: EngineChoice, kind: EngineKind) -> None:
    engine = await open_engine(Settings(state_dir=tmp_path, engine=choice), "tests")
    assert engine.kind is kind
    await engine.close()


async def test_without_docker_development_takes_processes(tmp_path: Path) -> None:
    engine = await open_engine(Settings(state_dir=tmp_path, docker_socket=tmp_path / "none.sock"), "tests")
    assert engine.kind is EngineKind.PROCESS
    await engine.close()


async def test_without_docker_production_waits_for_it(tmp_path: Path) -> None:
    settings = Settings(
        state_dir=tmp_path, docker_socket=tmp_path / "none.sock", environment=Environment.PRODUCTION, secret_key="something else"
    )
    engine = await open_engine(settings, "tests")
    assert engine.kind is EngineKind.DOCKER
    with pytest.raises(EngineUnreachable):
        await engine.info()
    await engine.close()


@pytest.mark.docker
async def test_docker_is_taken_where_it_answers(tmp_path: Path, docker_socket: Path) -> None:
    engine = await open_engine(Settings(state_dir=tmp_path, docker_socket=docker_socket), "tests")
    assert (await engine.info()).kind is EngineKind.DOCKER
    await engine.close()
