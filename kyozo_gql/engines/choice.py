"""Which engine is in force: what the settings ask for, or what answers."""

from __future__ import annotations

import asyncio

from kyozo_gql.core.errors import EngineError
from kyozo_gql.engines.docker import DockerEngine
from kyozo_gql.engines.engine import Engine
from kyozo_gql.engines.process import ProcessEngine
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.settings import EngineChoice, Environment, Settings

_ANSWER_SECONDS = 2.0


async def open_engine(settings: Settings, installation: str) -> Engine:
    """The engine that the settings ask for; whoever calls says which one it is, and closes it.

    ``AUTO`` is Docker where DOCKER_SOCKET answers within two seconds, else local processes; in production it is Docker, which need
    not answer yet. ``installation`` tells what is ours in a shared engine; all processes of it share its ``state_dir``.
    """
    choice = settings.engine_choice
    if choice is EngineChoice.SIMULATED:
        return SimulatedEngine(settings.state_dir / "simulated.sqlite3")
    if choice is EngineChoice.PROCESS:
        return ProcessEngine(settings.state_dir / "processes")
    docker = DockerEngine(
        settings.docker_socket,
        installation=installation,
        publish_address=settings.publish_address,
        api_version=settings.docker_api_version,
    )
    if choice is EngineChoice.DOCKER or settings.environment is Environment.PRODUCTION or await _answers(docker):
        return docker
    await docker.close()
    return ProcessEngine(settings.state_dir / "processes")


async def _answers(engine: Engine) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await engine.info()
    except (TimeoutError, EngineError):
        return False
    return True
