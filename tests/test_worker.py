"""The worker as it is run: a process that may be killed at any moment, among others of its kind."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from kyozo_gql.accounts.models import AuditEntry, IdempotencyKey
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.lifecycle import deploy_service, stop_service
from kyozo_gql.containers.models import BuildLogLine, Deployment, DeploymentEvent, ServiceInstance
from kyozo_gql.containers.services import create_service
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import EngineUnreachable
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.core.outbox import delivering
from kyozo_gql.core.queue import open_queue
from kyozo_gql.core.spec import PortMapping
from kyozo_gql.engines.current import using_engine
from kyozo_gql.engines.process import ProcessEngine
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.settings import EngineChoice, Settings
from kyozo_gql.worker import _clean_up
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.store import create_workspace
from tests.valkey import Valkey, valkey_server
from tests.worker_process import worker_process

PATIENCE = 30.0


@pytest.fixture
async def valkey() -> AsyncIterator[Valkey]:
    async with valkey_server() as server:
        yield server


@pytest.fixture
def settings(database: str, valkey: Valkey, tmp_path: Path) -> Iterator[Settings]:
    given = Settings(
        database_url=database,
        redis_url=valkey.url,
        workspace_root=tmp_path / "workspaces",
        state_dir=tmp_path / "state",
        engine=EngineChoice.SIMULATED,
        settle_seconds=0,
        lease_seconds=1,
        sweep_seconds=0.1,
        port_range_start=31_000,
        port_range_end=31_999,
    )
    with using_settings(given) as settings:
        yield settings


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[SimulatedEngine]:
    """The one of the workers: its state is a file."""
    engine = SimulatedEngine(settings.state_dir / "simulated.sqlite3")
    with using_engine(engine):
        yield engine
    await engine.close()


@pytest.fixture
async def workspace(owner: Viewer, settings: Settings, engine: SimulatedEngine) -> AsyncIterator[Workspace]:
    """Intents wake the workers, as those of an API do."""
    async with open_queue(settings.redis_url) as queue, delivering(queue.deliver):
        yield await create_workspace(owner, team_id=owner.team_ids[0], name="garden", container_enabled=True)


async def make_service(owner: Viewer, workspace: Workspace, name: str, build_seconds: float = 0) -> ServiceInstance:
    folder = workspace_folder(workspace.id) / name
    folder.mkdir()
    (folder / "Dockerfile").write_text('FROM scratch\nRUN one\nRUN two\nCMD ["/serve"]\n')
    deployment = {"build_args": {"SIMULATE_BUILD_SECONDS": str(build_seconds)}}
    return await create_service(owner, workspace.id, name, ServiceChanges(deployment=deployment, ports=(PortMapping(8000),)))


async def until(rows: Any, what: str) -> None:
    """Waits until a query has a row."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await rows.exists():  # noqa: ASYNC110 — another process sets no event
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what}: {await ServiceInstance.all().values('name', 'status', 'status_reason')}") from None


async def settled(service: ServiceInstance, status: str) -> None:
    await until(ServiceInstance.filter(id=service.id, status=status, lease_owner=None), f"{service.name} is not {status}")


async def building(owner: Viewer, workspace: Workspace, seconds: float) -> tuple[ServiceInstance, Deployment]:
    """A service in the midst of its build."""
    service = await make_service(owner, workspace, "web", seconds)
    _, deployment = await deploy_service(owner, service.id)
    await until(BuildLogLine.filter(deployment_id=deployment.id, message__startswith="Step"), "the build does not begin")
    return service, deployment


async def completions(service: ServiceInstance) -> list[str]:
    rows = await DeploymentEvent.filter(service_instance_id=service.id).order_by("position")
    return [event.event_type for event in rows]


async def test_a_worker_that_was_killed_in_mid_build_is_succeeded_by_another_and_the_deployment_ends_once(
    owner, workspace, settings, engine
):
    async with worker_process(settings) as first:
        service, deployment = await building(owner, workspace, 1.5)
        await first.kill()
    assert (await Deployment.get(id=deployment.id)).status == "building"
    async with worker_process(settings):
        await settled(service, "running")
    done = await Deployment.get(id=deployment.id)
    assert (done.status, done.attempts) == ("succeeded", 0)
    assert await completions(service) == ["deployment_started", "deployment_completed", "service_started"]
    assert len(await engine.observe(service.id)) == 1
    lines = await BuildLogLine.filter(deployment_id=deployment.id).order_by("number")
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    messages = [line.message for line in lines]
    assert messages.count("the build was interrupted; it begins again") == 1
    assert len([message for message in messages if message.startswith("built")]) == 1


STACK = """
services:
  migrate:
    image: registry.example/migrate:1
    environment: {SIMULATE_EXIT_CODE: "0", SIMULATE_EXIT_SECONDS: "1"}
  web:
    image: registry.example/web:1
    depends_on: {migrate: {condition: service_completed_successfully}}
"""


async def test_a_job_runs_once_however_often_workers_are_killed(owner, workspace, settings, engine):
    folder = workspace_folder(workspace.id) / "stack"
    folder.mkdir()
    (folder / "compose.yaml").write_text(STACK)
    stack = await create_service(owner, workspace.id, "stack", ServiceChanges())
    await deploy_service(owner, stack.id)
    job = ServiceInstance.filter(folder_path="stack#migrate")
    begun = Deployment.filter(service_instance__folder_path="stack#migrate")
    for found in (job, begun, begun.filter(status="starting"), begun.filter(replicas_started_at__not_isnull=True)):
        async with worker_process(settings) as worker:
            await until(found, "the job does not get so far")
            await worker.kill()
    await asyncio.sleep(1.2)  # it ends while no worker is there
    async with worker_process(settings):
        await settled(stack, "running")
    assert await completions(await job.get()) == ["deployment_started", "deployment_completed"]
    started = engine._state.rows("SELECT replica_id FROM events WHERE kind = 'started' ORDER BY id")
    assert len(started) == len({row["replica_id"] for row in started}) == 2  # the job, then the service that waited for it
    assert [one.state for one in await engine.observe((await job.get()).id)] == ["exited"]


async def test_two_workers_share_the_work_and_do_nothing_twice(owner, workspace, settings, engine):
    async with worker_process(settings) as one, worker_process(settings) as two:
        services = [await make_service(owner, workspace, f"s{number}", 0.1) for number in range(10)]
        await asyncio.gather(*[deploy_service(owner, service.id) for service in services])
        for service in services:
            await settled(service, "running")
        assert await one.terminate() == await two.terminate() == 0
    for service in services:
        assert await completions(service) == ["deployment_started", "deployment_completed", "service_started"]
        assert await BuildLogLine.filter(deployment__service_instance_id=service.id, message__startswith="built").count() == 1
    assert len(await engine.observe()) == 10
    workers = {event.event_data["worker"] for event in await DeploymentEvent.filter(event_type="deployment_completed")}
    assert len(workers) == 2
    for worker in (one, two):
        assert "Traceback" not in worker.log
        assert "work_failed" not in worker.log


async def test_a_worker_that_is_asked_to_end_gives_back_what_it_holds_and_is_soon_gone(owner, workspace, settings, engine):
    async with worker_process(settings) as worker:
        service, deployment = await building(owner, workspace, 60)
        started = time.monotonic()
        assert await worker.terminate() == 0
        assert time.monotonic() - started < 6
        assert "Traceback" not in worker.log
    row = await ServiceInstance.get(id=service.id)
    assert row.lease_owner is None
    assert (await Deployment.get(id=deployment.id)).attempts == 0
    await Deployment.filter(id=deployment.id).update(config={**deployment.config, "deployment_config": {}})
    async with worker_process(settings):
        await settled(service, "running")
    assert await completions(service) == ["deployment_started", "deployment_completed", "service_started"]


async def test_a_worker_goes_on_when_its_redis_comes_back(owner, workspace, settings, engine, valkey):
    async with worker_process(settings) as worker:
        one = await make_service(owner, workspace, "one")
        await deploy_service(owner, one.id)
        await settled(one, "running")
        await valkey.stop()
        await worker.says("queue_lost")
        two = await make_service(owner, workspace, "two")
        await deploy_service(owner, two.id)
        await valkey.start()
        await settled(two, "running")
        assert await worker.terminate() == 0


async def test_a_crash_between_intents_is_found_by_the_next_worker(owner, workspace, settings, engine, valkey):
    """Nobody works and every wake-up is lost with Redis: the database knows what was asked for."""
    services = [await make_service(owner, workspace, name) for name in ("one", "two")]
    for service in services:
        await deploy_service(owner, service.id)
    await valkey.restart()
    async with worker_process(settings):
        for service in services:
            await settled(service, "running")


@pytest.fixture
async def processes(settings: Settings) -> AsyncIterator[ProcessEngine]:
    """Real processes of this machine; none is left at the end."""
    engine = ProcessEngine(settings.state_dir / "processes")
    with using_engine(engine):
        yield engine
    for replica in await engine.observe():
        await engine.remove(replica.container_id)
    await engine.close()


async def test_what_runs_runs_on_without_its_worker_and_the_next_one_finds_it(owner, workspace, settings, processes):
    settings = settings.model_copy(update={"engine": EngineChoice.PROCESS})
    folder = workspace_folder(workspace.id) / "hello"
    shutil.copytree(Path(__file__).parents[1] / "examples" / "python-hello", folder)
    service = await create_service(owner, workspace.id, "hello", ServiceChanges())
    async with worker_process(settings) as worker:
        await deploy_service(owner, service.id)
        await settled(service, "running")
        await worker.kill()
    (before,) = await processes.observe(service.id)
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{before.ports[0].host_port}/")
    assert answer.text == "Hello from Python!\n"
    async with worker_process(settings):
        await stop_service(owner, service.id)
        await settled(service, "stopped")
    (after,) = await processes.observe(service.id)
    assert (after.container_id, after.state.value) == (before.container_id, "exited")


async def test_what_is_kept_for_a_while_is_cleared_away_also_while_the_engine_is_gone(
    owner, workspace, settings, engine, monkeypatch
):
    async def unreachable() -> Any:
        raise EngineUnreachable("gone")

    monkeypatch.setattr(engine, "observe", unreachable)
    await AuditEntry.filter(action="createTeam").update(created_at=now() - timedelta(days=31))
    key = await IdempotencyKey.create(user_id=owner.user.id, key="k", action="act", request_hash="-")
    await IdempotencyKey.filter(id=key.id).update(created_at=now() - timedelta(days=2))
    for days, kept in ((0, 2), (30, 1)):
        with pytest.raises(EngineUnreachable):
            await _clean_up(engine, settings.model_copy(update={"audit_retention_days": days}))
        assert await AuditEntry.all().count() == kept
    assert not await IdempotencyKey.exists()
