from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kyozo_gql.engines.docker import DockerEngine
from kyozo_gql.engines.engine import Engine
from kyozo_gql.engines.process import ProcessEngine
from kyozo_gql.engines.simulated import SimulatedEngine
from tests.docker_engine import docker_socket, private_docker
from tests.docker_registry import read_only_registry, registry
from tests.engines.bench import Bench

__all__ = ["docker_socket", "private_docker", "read_only_registry", "registry"]

_DOCKER = pytest.param("docker", marks=pytest.mark.docker)


def _open(request: pytest.FixtureRequest, folder: Path) -> Engine:
    if request.param == "simulated":
        return SimulatedEngine(None)
    if request.param == "process":
        return ProcessEngine(folder / "state")
    return DockerEngine(request.getfixturevalue("docker_socket"), installation="contract")


@asynccontextmanager
async def _bench(engine: Engine, folder: Path) -> AsyncIterator[Bench]:
    bench = Bench(engine, folder)
    yield bench
    await bench.clear()
    await engine.close()


@pytest.fixture(params=["simulated", "process", _DOCKER])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Each engine in turn, cleared afterwards."""
    async with _bench(_open(request, tmp_path), tmp_path) as bench:
        yield bench


@pytest.fixture(params=["simulated", _DOCKER])
async def container_bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Each engine with images and volumes in turn."""
    async with _bench(_open(request, tmp_path), tmp_path) as bench:
        yield bench


@pytest.fixture
async def docker_bench(docker_socket: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """The Docker engine."""
    async with _bench(DockerEngine(docker_socket, installation="specific"), tmp_path) as bench:
        yield bench


@pytest.fixture
async def process_bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """The process engine."""
    async with _bench(ProcessEngine(tmp_path / "state"), tmp_path) as bench:
        yield bench
