"""Services over a real database and the simulated engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.config import EnvironmentVariable
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.containers.services import create_service
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.broker import Broker
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.core.outbox import delivering
from kyozo_gql.core.spec import PortMapping
from kyozo_gql.embedded import EmbeddedServers
from kyozo_gql.engines.current import using_engine
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.settings import EngineChoice, Settings
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.store import create_workspace
from tests.containers.hands import Hands, ServiceMaker


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Nothing takes long; ports away from those that other tests on this machine may use."""
    given = Settings(
        workspace_root=tmp_path / "workspaces",
        state_dir=tmp_path / "state",
        engine=EngineChoice.SIMULATED,
        settle_seconds=0,
        ready_timeout_seconds=10,
        lease_seconds=2,
        port_range_start=31_000,
        port_range_end=31_999,
    )
    with using_settings(given) as settings:
        yield settings


@pytest.fixture
async def engine() -> AsyncIterator[SimulatedEngine]:
    engine = SimulatedEngine()
    with using_engine(engine):
        yield engine
    await engine.close()


@pytest.fixture
async def workspace(owner: Viewer, settings: Settings) -> Workspace:
    return await create_workspace(owner, team_id=owner.team_ids[0], name="garden", container_enabled=True)


@pytest.fixture
async def hands(engine: SimulatedEngine, settings: Settings, database: str) -> AsyncIterator[Hands]:
    hands = Hands(engine, settings)
    async with hands.working():
        yield hands


@pytest.fixture
async def broker(servers: EmbeddedServers) -> AsyncIterator[Broker]:
    """A broker that publishes what transactions post, and reads."""
    async with Redis.from_url(servers.redis_url) as redis:
        broker = Broker(redis)
        async with broker.reading(), delivering(broker.publish):
            yield broker


@pytest.fixture
def make_service(owner: Viewer, workspace: Workspace, engine: SimulatedEngine) -> ServiceMaker:
    """Makes a folder with a Dockerfile a service. ``environment`` says how it behaves, ``build_args`` how its build does."""

    async def make(
        name: str = "web",
        *,
        environment: Mapping[str, str] | tuple[EnvironmentVariable, ...] = (),
        build_args: Mapping[str, str] | None = None,
        ports: tuple[PortMapping, ...] = (PortMapping(8000),),
        **changes: Any,
    ) -> ServiceInstance:
        folder = workspace_folder(workspace.id) / name
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text('FROM scratch\nCMD ["/serve"]\n')
        if isinstance(environment, Mapping):
            environment = tuple(EnvironmentVariable(key, value) for key, value in environment.items())
        if build_args is not None:
            changes["deployment"] = {"build_args": build_args}
        given = ServiceChanges(environment=environment, ports=ports, **changes)
        return await create_service(owner, workspace.id, name, given)

    return make
