"""A deployment from its acceptance to its end, over the simulated engine."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from typing import Any

import pytest

from kyozo_gql.containers.config import EnvironmentVariable
from kyozo_gql.containers.lifecycle import deploy_service, stop_service
from kyozo_gql.containers.models import BuildLogLine, Deployment, DeploymentEvent, HostPort, ServiceInstance, ServiceReplica
from kyozo_gql.containers.news import follow_build_log
from kyozo_gql.containers.services import update_service
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.errors import Conflict, InvalidInput
from kyozo_gql.core.spec import HealthCheckKind, PortMapping
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.engines.simulated_state import load_spec
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.containers.hands import Hands, eventually, settled, until

HEALTH = {"kind": HealthCheckKind.HTTP, "path": "/health"}


async def events_of(service: ServiceInstance) -> list[str]:
    return [event.event_type for event in await DeploymentEvent.filter(service_instance_id=service.id).order_by("position")]


async def build_log_of(deployment: Deployment) -> list[str]:
    return [line.message for line in await BuildLogLine.filter(deployment_id=deployment.id).order_by("number")]


async def running_images(engine: SimulatedEngine, service: ServiceInstance) -> list[str]:
    return [one.image.rpartition(":")[2] for one in await engine.observe(service.id) if one.state == "running"]


async def change(owner: Any, service: ServiceInstance, **changes: Any) -> None:
    await update_service(owner, service.id, ServiceChanges(**changes))


async def ended(deployment: Deployment) -> Deployment:
    await eventually(Deployment.filter(id=deployment.id, finished_at__not_isnull=True).exists)
    return await Deployment.get(id=deployment.id)


async def test_a_folder_becomes_a_running_service(owner, make_service, hands, engine):
    service = await make_service(health_check=HEALTH)
    accepted, deployment = await deploy_service(owner, service.id)
    assert (accepted.status, deployment.status, deployment.number) == ("deploying", "queued", 1)
    row = await settled(service, "running")
    done = await Deployment.get(id=deployment.id)
    (replica,) = await engine.observe(service.id)

    assert (row.health_status, row.status_reason, row.settled_replicas) == ("healthy", None, 1)
    assert row.container_id == replica.container_id
    assert row.current_deployment_id == deployment.id
    assert row.target_deployment_id is None
    assert row.startup_time_ms is not None
    assert row.deployment_logs == "\n".join(await build_log_of(deployment))
    assert (done.status, done.attempts, done.error_message) == ("succeeded", 0, None)
    assert done.content_hash is not None
    assert done.image == row.image == replica.image
    assert await events_of(service) == ["deployment_started", "deployment_completed", "service_started"]
    (port,) = replica.ports
    assert await HostPort.filter(port=port.host_port, replica_name=replica.name).exists()


async def test_what_is_built_is_what_the_folder_was(owner, make_service, hands, settings):
    service = await make_service()
    hashes = []
    for text in ("one", "one", "two"):
        (workspace_folder(service.workspace_id) / "web" / "page").write_text(text)
        _, deployment = await deploy_service(owner, service.id)
        hashes.append((await ended(deployment)).content_hash)
        await settled(service, "running")
    assert hashes[0] == hashes[1] != hashes[2]
    assert list((settings.state_dir / "snapshots").iterdir()) == []


async def test_a_build_that_fails_is_tried_three_times(owner, make_service, hands):
    service = await make_service(build_args={"SIMULATE_BUILD_FAILURE": "no rule to make target"})
    _, deployment = await deploy_service(owner, service.id)
    row = await settled(service, "error")
    done = await ended(deployment)
    assert (done.status, done.attempts) == ("failed", 3)
    assert "no rule to make target" in (done.error_message or "")
    assert row.status_reason == f"deployment 1 failed: {done.error_message}"
    assert row.target_deployment_id is None
    assert await events_of(service) == ["deployment_started", "deployment_failed"]
    log = await build_log_of(deployment)
    assert len([line for line in log if line.startswith("building web")]) == 3
    assert not any("interrupted" in line for line in log)
    assert row.deployment_logs == "\n".join(log)


async def test_a_wrong_configuration_is_final_at_once(owner, make_service, hands):
    service = await make_service(build_args={"SIMULATE_BUILD_CONFIGURATION_ERROR": "no such stage"})
    _, deployment = await deploy_service(owner, service.id)
    row = await settled(service, "error")
    assert row.status_reason == "deployment 1 failed: no such stage"
    assert (await ended(deployment)).attempts == 1


@pytest.mark.parametrize(
    ("dockerfile", "reason"),
    [("FRM scratch\n", "unknown instruction"), ("", "is empty"), (None, "Dockerfile: there is no such file")],
)
async def test_a_broken_dockerfile_is_final_at_once(owner, make_service, hands, dockerfile, reason):
    service = await make_service()
    path = workspace_folder(service.workspace_id) / "web" / "Dockerfile"
    if dockerfile is None:
        path.unlink()
        (path.parent / "other").touch()
    else:
        path.write_text(dockerfile)
    _, deployment = await deploy_service(owner, service.id)
    assert reason in str((await settled(service, "error")).status_reason)
    assert (await ended(deployment)).attempts == 1


async def test_a_folder_that_is_gone_is_final_at_once(owner, make_service, hands):
    service = await make_service()
    folder = workspace_folder(service.workspace_id) / "web"
    (folder / "Dockerfile").unlink()
    folder.rmdir()
    await deploy_service(owner, service.id)
    assert "does not exist any more" in str((await settled(service, "error")).status_reason)


async def test_a_build_that_takes_too_long_is_ended(owner, make_service, engine, settings):
    service = await make_service(build_args={"SIMULATE_BUILD_SECONDS": "60"})
    hands = Hands(engine, settings.model_copy(update={"build_timeout_seconds": 1}))
    async with hands.working():
        await deploy_service(owner, service.id)
        assert "took longer than 1 seconds" in str((await settled(service, "error")).status_reason)


async def test_a_service_that_exits_at_once_has_three_attempts_and_its_last_words(owner, make_service, hands, engine):
    service = await make_service(environment={"SIMULATE_EXIT_CODE": "3", "SIMULATE_ERROR_LOG": "no such table: visits"})
    _, deployment = await deploy_service(owner, service.id)
    row = await settled(service, "error")
    done = await ended(deployment)
    assert (done.status, done.attempts) == ("failed", 3)
    reason = str(row.status_reason)
    assert reason.startswith("deployment 1 failed: it ended with exit code 3\n")
    assert reason.endswith("no such table: visits")
    assert await engine.observe(service.id) == ()
    assert await events_of(service) == ["deployment_started", "deployment_failed"]
    assert (await DeploymentEvent.get(event_type="deployment_failed")).error_message == done.error_message
    log = await build_log_of(deployment)
    assert len([line for line in log if line.startswith("built ")]) == 1
    assert len([line for line in log if line.startswith("replica 0: it ended")]) == 3


async def test_a_service_that_never_gets_healthy_fails_and_says_why(owner, make_service, engine, settings):
    service = await make_service(environment={"SIMULATE_UNHEALTHY": "1"}, health_check=HEALTH)
    async with Hands(engine, settings.model_copy(update={"ready_timeout_seconds": 1})).working():
        _, deployment = await deploy_service(owner, service.id)
        row = await settled(service, "error")
    assert "not ready within 1 seconds: simulated: the service does not answer" in str(row.status_reason)
    done = await ended(deployment)
    assert (done.status, done.attempts) == ("failed", 1)
    assert await engine.observe(service.id) == ()


async def test_a_long_start_period_is_time_to_get_ready(owner, make_service, engine, settings):
    """Longer than all services have; its failures until the first success count nowhere."""
    health = HEALTH | {"start_period_seconds": 60, "retries": 1}
    service = await make_service(environment={"SIMULATE_START_SECONDS": "1.6"}, health_check=health)
    async with Hands(engine, settings.model_copy(update={"ready_timeout_seconds": 1})).working():
        await deploy_service(owner, service.id)
        row = await settled(service, "running")
    assert (row.health_status, (row.startup_time_ms or 0) > 1_500) == ("healthy", True)
    assert await events_of(service) == ["deployment_started", "deployment_completed", "service_started"]


async def test_a_service_that_takes_a_while_to_start_gets_its_time(owner, make_service, hands):
    service = await make_service(environment={"SIMULATE_START_SECONDS": "0.6"}, health_check=HEALTH)
    await deploy_service(owner, service.id)
    row = await settled(service, "running")
    assert (row.startup_time_ms or 0) >= 600


@pytest.mark.parametrize("replicas", [1, 2])
async def test_a_deployment_that_fails_leaves_the_old_version_running(owner, make_service, hands, engine, replicas):
    service = await make_service(scaling={"min_replicas": replicas})
    await deploy_service(owner, service.id)
    await settled(service, "running")
    before = [one.container_id for one in await engine.observe(service.id)]
    assert len(before) == replicas

    await change(owner, service, environment=(EnvironmentVariable("SIMULATE_RUN_FAILURE", "exec format error"),))
    _, second = await deploy_service(owner, service.id)
    row = await settled(service, "running")
    assert (await ended(second)).status == "failed"
    assert row.status_reason == "deployment 2 failed: exec format error\ndeployment 1 is still in service"
    assert row.current_deployment_id != second.id
    assert [one.container_id for one in await engine.observe(service.id)] == before
    statuses = await DeploymentEvent.filter(event_type="service_stopped").count()
    assert statuses == 0

    await change(owner, service, environment=())
    await deploy_service(owner, service.id)
    assert (await settled(service, "running")).status_reason is None


async def test_the_new_version_takes_over_when_it_is_ready_and_the_old_one_goes(owner, make_service, hands, engine):
    service = await make_service(health_check=HEALTH)
    await deploy_service(owner, service.id)
    await settled(service, "running")
    await change(owner, service, environment=(EnvironmentVariable("SIMULATE_START_SECONDS", "0.6"),))
    _, second = await deploy_service(owner, service.id)
    seen = set()
    while (await Deployment.get(id=second.id)).finished_at is None:
        seen.add(tuple(await running_images(engine, service)))
        await asyncio.sleep(0.02)
    assert seen <= {("1",), ("1", "2")}
    assert ("1", "2") in seen
    await settled(service, "running")
    assert await running_images(engine, service) == ["2"]


async def test_a_fixed_port_is_handed_over_and_given_back(owner, make_service, hands, engine):
    service = await make_service(ports=(PortMapping(8000, _free_port()),), health_check=HEALTH)
    await deploy_service(owner, service.id)
    await settled(service, "running")
    _, second = await deploy_service(owner, service.id)
    await settled(service, "running")
    assert (await ended(second)).status == "succeeded"
    assert await running_images(engine, service) == ["2"]

    await change(owner, service, environment=(EnvironmentVariable("SIMULATE_RUN_FAILURE", "exec format error"),))
    _, third = await deploy_service(owner, service.id)
    row = await settled(service, "running")
    assert (await ended(third)).status == "failed"
    assert await running_images(engine, service) == ["2"]
    assert "deployment 2 is still in service" in str(row.status_reason)


async def test_a_port_that_a_program_has_is_found_before_the_build(owner, make_service, hands):
    with closing(socket.socket()) as program:
        program.bind(("127.0.0.1", 0))
        program.listen()
        number = program.getsockname()[1]
        service = await make_service(ports=(PortMapping(8000, number),))
        _, deployment = await deploy_service(owner, service.id)
        row = await settled(service, "error")
    assert f"port {number}/tcp of the host is taken by another program" in str(row.status_reason)
    assert not any(line.startswith("building") for line in await build_log_of(deployment))


async def test_a_port_of_another_service_is_refused_by_name(owner, make_service, hands):
    number = _free_port()
    await make_service("one", ports=(PortMapping(8000, number),))
    with pytest.raises(InvalidInput) as caught:
        await make_service("two", ports=(PortMapping(8000, number),))
    assert [field.path for field in caught.value.fields] == ["port_mappings.0.host_port"]


async def test_a_deploy_during_a_deploy_supersedes_it(owner, make_service, hands, engine):
    service = await make_service(build_args={"SIMULATE_BUILD_SECONDS": "60"})
    _, first = await deploy_service(owner, service.id)
    await eventually(Deployment.filter(id=first.id, status="building").exists)
    await change(owner, service, deployment={"build_args": {}})
    _, second = await deploy_service(owner, service.id)
    row = await settled(service, "running")
    assert (await ended(first)).status == "superseded"
    assert row.current_deployment_id == second.id
    assert await running_images(engine, service) == ["2"]


async def test_a_stop_during_a_build_cancels_it_once_the_build_is_gone(owner, make_service, hands, engine, broker):
    service = await make_service(build_args={"SIMULATE_BUILD_SECONDS": "60"})
    _, deployment = await deploy_service(owner, service.id)
    await eventually(Deployment.filter(id=deployment.id, status="building").exists)
    await stop_service(owner, service.id)
    lines = [line.message async for line in follow_build_log(broker, deployment.id)]
    assert not any(line.startswith("built") for line in lines)
    await settled(service, "stopped")
    assert (await ended(deployment)).status == "cancelled"
    assert not await engine.has_image(f"kyozo/{service.id.hex}:1")


async def test_of_many_deploys_at_once_the_last_one_serves(owner, make_service, hands, engine):
    service = await make_service()
    answers = await asyncio.gather(*[deploy_service(owner, service.id) for _ in range(5)])
    row = await settled(service, "running")
    rows = await Deployment.filter(service_instance_id=service.id).order_by("number")
    assert [one.number for one in rows] == [1, 2, 3, 4, 5]
    assert [one.status for one in rows][:-1] == ["superseded"] * 4
    assert (rows[-1].status, row.current_deployment_id) == ("succeeded", rows[-1].id)
    assert {deployment.id for _, deployment in answers} == {one.id for one in rows}
    assert await running_images(engine, service) == ["5"]


async def test_the_same_key_gives_the_first_answer_again(owner, make_service, hands):
    service = await make_service()
    _, first = await deploy_service(owner, service.id, "key-1")
    await settled(service, "running")
    _, again = await deploy_service(owner, service.id, "key-1")
    _, other = await deploy_service(owner, service.id, "key-2")
    assert (again.id, other.number) == (first.id, 2)
    assert await Deployment.all().count() == 2


async def test_containers_must_be_enabled(owner, make_service, hands, workspace):
    service = await make_service()
    await Workspace.filter(id=workspace.id).update(container_enabled=False)
    with pytest.raises(Conflict, match="not enabled"):
        await deploy_service(owner, service.id)
    assert not await Deployment.exists()


async def test_a_deployment_has_the_configuration_of_its_acceptance(owner, make_service, hands, engine):
    service = await make_service(environment={"COLOUR": "red"})
    await deploy_service(owner, service.id)
    await change(owner, service, environment=(EnvironmentVariable("COLOUR", "blue"),))
    await settled(service, "running")
    assert await environment_of(engine, service) == {"PORT": "8000", "COLOUR": "red"}


async def environment_of(engine: SimulatedEngine, service: ServiceInstance) -> dict[str, str]:
    (replica,) = await engine.observe(service.id)
    return dict(load_spec(engine._state.replica(replica.container_id)).environment)


async def test_a_secret_is_plain_in_the_replica_and_nowhere_else(owner, make_service, hands, engine, posted, capsys):
    secret = "open-sesame-4711"
    service = await make_service(
        environment=(EnvironmentVariable("PASSWORD", secret, is_secret=True), EnvironmentVariable("SIMULATE_RUN_FAILURE", "no")),
    )
    await deploy_service(owner, service.id)
    await settled(service, "error")
    await change(owner, service, environment=(EnvironmentVariable("PASSWORD", secret, is_secret=True),))
    await deploy_service(owner, service.id)
    await settled(service, "running")
    assert (await environment_of(engine, service))["PASSWORD"] == secret

    kept = [*await ServiceInstance.all().values(), *await Deployment.all().values(), *await DeploymentEvent.all().values()]
    kept += [*await BuildLogLine.all().values(), *await ServiceReplica.all().values()]
    assert await Deployment.all().count() == 2
    for place in (repr(kept), repr(posted), "".join(capsys.readouterr())):
        assert secret not in place


async def test_images_that_no_rollback_needs_are_removed(owner, make_service, hands, engine):
    service = await make_service()
    for _ in range(5):
        await deploy_service(owner, service.id)
        await settled(service, "running")
    await eventually(lambda: _lacks(engine, f"kyozo/{service.id.hex}:2"))
    found = [number for number in range(1, 6) if await engine.has_image(f"kyozo/{service.id.hex}:{number}")]
    assert found == [3, 4, 5]


async def _lacks(engine: SimulatedEngine, image: str) -> bool:
    return not await engine.has_image(image)


async def test_a_ready_made_image_is_pulled(owner, make_service, hands, engine):
    service = await make_service(deployment={"image": "registry.example/app:1"})
    _, deployment = await deploy_service(owner, service.id)
    row = await settled(service, "running")
    assert row.image == "registry.example/app:1"
    assert (await ended(deployment)).content_hash is None
    await change(owner, service, deployment={"image": "registry.example/missing:1"})
    await deploy_service(owner, service.id)
    assert "can't be pulled" in str((await settled(service, "running")).status_reason)


async def test_an_engine_that_does_not_answer_costs_no_attempt(owner, make_service, hands, engine, monkeypatch):
    monkeypatch.setattr("kyozo_gql.containers.converge.UNREACHABLE_SECONDS", 0.2)
    service = await make_service()
    engine.set_reachable(False)
    _, deployment = await deploy_service(owner, service.id)
    row = await until(service, lambda row: row.status_reason is not None)
    assert (row.status, row.status_reason) == (
        "deploying",
        "the engine can't be reached: the simulated engine was told not to answer",
    )
    engine.set_reachable(True)
    row = await settled(service, "running")
    assert (row.status_reason, (await ended(deployment)).attempts) == (None, 0)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
