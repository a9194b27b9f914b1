"""A Compose stack: its services are children of their own, deployed in the order in which they need one another."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from kyozo_gql.containers.journal import record_status
from kyozo_gql.containers.lease import claim, held
from kyozo_gql.containers.lifecycle import deploy_service, restart_service, scale_service, start_service, stop_service
from kyozo_gql.containers.models import Deployment, DeploymentEvent, ServiceInstance, ServiceStatus
from kyozo_gql.containers.services import create_service, delete_service
from kyozo_gql.containers.stack import children_of
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.errors import Conflict
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.workspaces.roots import workspace_folder
from tests.containers.hands import eventually, settled, until

EXAMPLE = Path(__file__).parents[2] / "examples" / "compose-guestbook"
TWO = """
services:
  store:
    image: redis:7
  web:
    image: registry.example/web:1
    depends_on: [store]
    environment: {SIMULATE_LOG: hello}
"""


@pytest.fixture
def folder(workspace) -> Path:
    folder = workspace_folder(workspace.id) / "stack"
    shutil.copytree(EXAMPLE, folder)
    # The example asks for a port of the host, which other tests on this machine may have.
    text = (folder / "compose.yaml").read_text()
    (folder / "compose.yaml").write_text(text.replace('"8088:8088"', '"8088"'))
    return folder


@pytest.fixture
async def stack(owner, workspace, folder, hands) -> ServiceInstance:
    return await create_service(owner, workspace.id, "stack", ServiceChanges())


async def children(stack: ServiceInstance) -> dict[str, ServiceInstance]:
    rows = await ServiceInstance.filter(parent_service_id=stack.id, deleted_at=None)
    return {row.folder_path.partition("#")[2]: row for row in rows}


async def deployed(owner, stack: ServiceInstance) -> Deployment:
    _, deployment = await deploy_service(owner, stack.id)
    await settled(stack, "running")
    return await Deployment.get(id=deployment.id)


async def running(engine: SimulatedEngine) -> list[str]:
    return sorted(one.image for one in await engine.observe() if one.state == "running")


async def test_the_services_of_the_example_run_and_so_does_the_stack(owner, stack, engine):
    deployment = await deployed(owner, stack)
    found = await children(stack)
    assert deployment.status == "succeeded"
    assert deployment.content_hash is not None
    assert {name: one.status for name, one in found.items()} == {"counter": "running", "web": "running"}
    assert len(await running(engine)) == 2
    row = await settled(stack, "running")
    assert (row.health_status, row.settled_replicas, row.container_id) == ("healthy", 2, None)
    events = await DeploymentEvent.filter(event_type="deployment_started").order_by("position")
    order = [event.service_instance_id for event in events]
    assert order == [stack.id, found["counter"].id, found["web"].id]
    finished = await DeploymentEvent.filter(event_type="deployment_completed").order_by("position")
    assert [event.service_instance_id for event in finished] == [found["counter"].id, found["web"].id, stack.id]


async def test_stop_start_restart_and_delete_are_those_of_each_service(owner, stack, engine):
    await deployed(owner, stack)
    await stop_service(owner, stack.id)
    await settled(stack, "stopped")
    assert await running(engine) == []
    assert {one.status for one in (await children(stack)).values()} == {"stopped"}

    await start_service(owner, stack.id)
    await settled(stack, "running")
    before = {one.container_id for one in await engine.observe()}

    await restart_service(owner, stack.id)
    await settled(stack, "running")
    after = {one.container_id for one in await engine.observe() if one.state == "running"}
    assert len(after) == 2
    assert not before & after

    await delete_service(owner, stack.id)
    await eventually(_nothing_is_left)
    assert await engine.observe() == ()


async def _nothing_is_left() -> bool:
    return not await ServiceInstance.exists()


async def test_a_service_that_is_gone_from_the_file_goes_away(owner, stack, folder, engine):
    (folder / "compose.yaml").write_text(TWO)
    await deployed(owner, stack)
    gone = (await children(stack))["web"]
    (folder / "compose.yaml").write_text("services:\n  store:\n    image: redis:7\n")
    await deployed(owner, stack)
    assert set(await children(stack)) == {"store"}
    await eventually(lambda: _is_gone(gone))
    assert await running(engine) == ["redis:7"]


async def _is_gone(service: ServiceInstance) -> bool:
    return not await ServiceInstance.exists(id=service.id)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("services:\n  web:\n    image: web:1\n    privileged: true\n", "privileged"),
        ("services:\n  web:\n    image: web:1\n    volumes: ['/var/run/docker.sock:/s']\n", "docker.sock"),
        ("services:\n  web:\n    build: ../../elsewhere\n", "web"),
        ("services:\n  web:\n    build: ./nowhere\n", "nowhere"),
        ("services: {}\n", "no services"),
    ],
)
async def test_what_is_not_allowed_fails_and_starts_nothing(owner, stack, folder, engine, text, reason):
    (folder / "compose.yaml").write_text(text)
    _, deployment = await deploy_service(owner, stack.id)
    row = await settled(stack, "error")
    assert reason in str(row.status_reason)
    done = await Deployment.get(id=deployment.id)
    assert (done.status, done.attempts) == ("failed", 1)
    assert await engine.observe() == ()
    assert await children(stack) == {}


async def test_a_service_that_fails_fails_the_stack_which_says_which(owner, stack, folder, engine):
    (folder / "compose.yaml").write_text(TWO.replace("SIMULATE_LOG: hello", "SIMULATE_RUN_FAILURE: exec format error"))
    _, deployment = await deploy_service(owner, stack.id)
    await until(stack, lambda row: row.target_deployment_id is None)
    done = await Deployment.get(id=deployment.id)
    assert done.status == "failed"
    assert str(done.error_message).startswith("web: ")
    assert "exec format error" in str(done.error_message)


async def test_a_stop_during_its_deployment_cancels_that_of_its_services(owner, stack, folder, engine):
    text = (folder / "compose.yaml").read_text()
    (folder / "compose.yaml").write_text(
        text.replace("build: ./counter", "build:\n      context: ./counter\n      args: {SIMULATE_BUILD_SECONDS: '60'}")
    )
    await deploy_service(owner, stack.id)
    await eventually(Deployment.filter(status="building").exists)
    await stop_service(owner, stack.id)
    await settled(stack, "stopped")
    assert {one.status for one in await Deployment.all()} == {"cancelled"}
    assert await engine.observe() == ()


async def test_a_stack_says_when_one_of_its_services_is_not_well(owner, stack, folder, engine):
    (folder / "compose.yaml").write_text(TWO)
    await deployed(owner, stack)
    web = (await children(stack))["web"]
    await stop_service(owner, web.id)
    row = await until(stack, lambda row: row.status_reason is not None)
    assert (row.status, row.status_reason) == ("running", "1 of 2 services run; web: stopped")
    await start_service(owner, web.id)
    await until(stack, lambda row: row.status_reason is None)


async def test_a_stack_is_not_scaled_but_its_services_are(owner, stack, folder, engine):
    (folder / "compose.yaml").write_text(TWO)
    await deployed(owner, stack)
    with pytest.raises(Conflict, match="not scaled as a whole"):
        await scale_service(owner, stack.id, 2)
    await scale_service(owner, (await children(stack))["web"].id, 2)
    await eventually(lambda: _counts(engine, 3))


async def _counts(engine: SimulatedEngine, count: int) -> bool:
    return len(await running(engine)) == count


async def test_a_stack_and_its_service_never_wait_for_one_another(make_service):
    """A second update of a row checks its references, though none has changed: the stack's row is locked without its key."""
    stack, child = await make_service("one"), await make_service("two")
    await ServiceInstance.filter(id=child.id).update(parent_service_id=stack.id)
    stack_lease, child_lease = await claim(stack.id, "test", 60), await claim(child.id, "test", 60)
    assert stack_lease is not None
    assert child_lease is not None
    child_is_held, stack_is_held = asyncio.Event(), asyncio.Event()

    async def work_on_stack() -> None:
        await child_is_held.wait()
        async with held(stack_lease):
            stack_is_held.set()
            await children_of(stack.id, lock=True)

    working = asyncio.create_task(work_on_stack())  # out here: a task that is made in a transaction is part of it
    async with held(child_lease) as row:
        await record_status(row, ServiceStatus.RUNNING, reason="first")
        child_is_held.set()
        await stack_is_held.wait()
        async with asyncio.timeout(5):
            await record_status(row, ServiceStatus.RUNNING, reason="second")
    await working
