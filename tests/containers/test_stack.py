"""A Compose stack: its services are children of their own, deployed in the order in which they need one another."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from kyozo_gql.containers.config import EnvironmentVariable, config_of
from kyozo_gql.containers.journal import record_status
from kyozo_gql.containers.lease import claim, held
from kyozo_gql.containers.lifecycle import deploy_service, restart_service, scale_service, start_service, stop_service
from kyozo_gql.containers.models import BuildLogLine, Deployment, DeploymentEvent, ServiceInstance, ServiceStatus
from kyozo_gql.containers.rollback import rollback_service
from kyozo_gql.containers.services import create_service, delete_service
from kyozo_gql.containers.stack import children_of
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.errors import Conflict
from kyozo_gql.engines.engine import ReplicaSpec
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.engines.simulated_state import load_spec
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


WHOLE = """
services:
  web:
    build: {context: ./web, target: run, dockerfile: ../web.Dockerfile}
    entrypoint: /bin/serve --port 80
    command: all "the files"
    user: "1000:1000"
    working_dir: /srv
    container_name: front
    volumes: ["./site.conf:/etc/site.conf:ro", "./data:/data", "./empty:/empty"]
    configs: [{source: motd, target: /etc/motd}]
    secrets: [key, {source: word, target: other}]
    healthcheck: {test: [CMD, "true"], start_period: 90s}
    env_file: web.env
    environment: [VERSION, "NAME=${NAME:-nobody}"]
  tool:
    build:
      context: .
      dockerfile_inline: |
        FROM scratch
        CMD ["/tool"]
    entrypoint: []
configs:
  motd: {content: hello}
secrets:
  key: {file: key.txt}
  word: {environment: WORD}
"""


@pytest.fixture
def whole(folder: Path) -> Path:
    (folder / "compose.yaml").write_text(WHOLE)
    (folder / "web.Dockerfile").write_text("FROM scratch AS run\nFROM scratch AS other\n")
    (folder / "site.conf").write_text("listen 80\n")
    (folder / "web.env").write_text("FROM_FILE='a b' # told\n")
    (folder / "key.txt").write_text("rose-garden")
    (folder / ".env").write_text("WORD=thorn\n")
    (folder / "empty").mkdir()
    (folder / "empty" / ".gitkeep").write_text("")
    return folder


async def spec_of(engine: SimulatedEngine, child: ServiceInstance) -> ReplicaSpec:
    found = await engine.observe(child.id)
    return load_spec(engine._state.replica(found[0].container_id))


async def test_what_a_service_asks_for_reaches_its_replicas(owner, stack, whole, engine):
    deployment = await deployed(owner, stack)
    assert deployment.status == "succeeded"
    found = await children(stack)
    web, tool = await spec_of(engine, found["web"]), await spec_of(engine, found["tool"])
    assert (web.entrypoint, web.command) == (("/bin/serve", "--port", "80"), ("all", "the files"))
    assert (web.user, web.working_dir, web.stack_aliases) == ("1000:1000", "/srv", ("front",))
    assert (tool.entrypoint, tool.command) == ((), None)
    assert dict(web.environment) == {"FROM_FILE": "a b", "NAME": "nobody"}
    assert dict(web.secret_files) == {"/run/secrets/key": "rose-garden", "/run/secrets/other": "thorn"}
    assert "rose-garden" not in str(found["web"].deployment_config)
    assert [volume.target for volume in web.volumes] == ["/data", "/empty"]
    config = config_of(found["web"])
    assert config.health_check.start_period_seconds == 90
    assert [file.target for file in config.deployment.files] == ["/etc/site.conf", "/etc/motd"]
    lines = [line.message for line in await BuildLogLine.filter(deployment__service_instance_id=found["web"].id).order_by("number")]
    assert any('COPY ["0", "/etc/site.conf"]' in line for line in lines)
    assert any('COPY ["1", "/etc/motd"]' in line for line in lines)


async def test_a_stack_takes_variables_from_its_own_configuration(owner, workspace, whole, engine, hands):
    given = (EnvironmentVariable("NAME", "rose", is_secret=True), EnvironmentVariable("VERSION", "7"))
    stack = await create_service(owner, workspace.id, "stack", ServiceChanges(environment=given))
    await deployed(owner, stack)
    web = await spec_of(engine, (await children(stack))["web"])
    assert (web.environment["NAME"], web.environment["VERSION"]) == ("rose", "7")


async def test_files_are_those_of_the_version_and_a_rollback_has_the_old_ones(owner, stack, whole, engine):
    await deployed(owner, stack)
    web = (await children(stack))["web"]
    first = await Deployment.get(id=web.current_deployment_id)
    (whole / "site.conf").write_text("listen 81\n")
    await deployed(owner, stack)
    second = await Deployment.get(id=(await children(stack))["web"].current_deployment_id)
    assert first.content_hash != second.content_hash
    await rollback_service(owner, web.id, first.id)
    await settled(web, "running")
    assert (await ServiceInstance.get(id=web.id)).image == first.image


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("services:\n  a:\n    image: a\n    volumes: ['./out:/x']\n", "leads out of the workspace"),
        ("services:\n  a:\n    image: a\n    volumes: ['./links:/x']\n", "is a link that leads to no file of the workspace"),
        ("services:\n  a:\n    image: a:${TAG:?which one}\n", "(line 3): services.a.image needs TAG, which is not set: which one"),
        ("services:\n  a: {image: a, depends_on: [b]}\n  b: {image: b, depends_on: [a]}\n", "in a circle: a, b"),
        ("include: [gone.yaml]\nservices:\n  a: {image: a}\n", "stack/gone.yaml (line 1): is not there"),
        ("services:\n  a:\n    build: {context: ./web, target: nowhere}\n", "no stage nowhere"),
        ("services: [a]\n", "is no mapping"),
        ("services:\n  a: {image: [}\n", "holds no valid YAML"),
    ],
)
async def test_what_can_not_be_done_is_named_and_nothing_is_left(owner, stack, folder, engine, text, reason):
    (folder / "compose.yaml").write_text(text)
    (folder / "out").symlink_to("/etc")
    (folder / "links").mkdir()
    (folder / "links" / "up").symlink_to("..")
    await deploy_service(owner, stack.id)
    row = await until(stack, lambda row: row.status == "error" and row.status_reason is not None)
    assert reason in str(row.status_reason)
    assert await engine.observe() == ()
