"""The jobs of a Compose stack: run once for each deployment, to success, before those that wait for them."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from kyozo_gql.containers.converge import converge
from kyozo_gql.containers.health import check_health
from kyozo_gql.containers.lifecycle import deploy_service, restart_service, scale_service, start_service, stop_service
from kyozo_gql.containers.models import Deployment, DeploymentEvent, HealthCheck, ServiceInstance, ServiceReplica
from kyozo_gql.containers.rollback import rollback_service
from kyozo_gql.containers.services import create_service, delete_service, update_service
from kyozo_gql.containers.steps import take
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.containers.workspace_lifecycle import deploy_workspace
from kyozo_gql.core.errors import Conflict, InvalidInput
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.roots import workspace_folder
from tests.containers.hands import Hands, eventually, settled, until

STACK = """
services:
  web:
    image: registry.example/web:1
    depends_on: {{migrate: {{condition: service_completed_successfully}}}}
  migrate:
    image: registry.example/migrate:1
    command: [migrate, up]
    ports: ["8088:8088"]
    healthcheck: {{test: [CMD, "false"]}}
    environment: {{{behaviour}}}
    depends_on: [db]
  db:
    image: registry.example/db:1
"""
SUCCEEDS = "SIMULATE_EXIT_CODE: '0'"
FAILS = "SIMULATE_EXIT_CODE: '3', SIMULATE_ERROR_LOG: 'no such table: users'"
LASTS = "SIMULATE_LOG: working"
DONE = "the job of deployment {} has completed, with exit code 0"


class Stack:
    """A stack of db, migrate and web, whose ``migrate`` behaves as it is told."""

    def __init__(self, owner, folder: Path, row: ServiceInstance, engine: SimulatedEngine) -> None:
        self.owner, self.folder, self.row, self.engine = owner, folder, row, engine

    def write(self, behaviour: str, *changes: tuple[str, str]) -> None:
        text = STACK.format(behaviour=behaviour)
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (self.folder / "compose.yaml").write_text(text)

    async def deploy(self) -> Deployment:
        _, deployment = await deploy_service(self.owner, self.row.id)
        return deployment

    async def child(self, name: str) -> ServiceInstance:
        return await ServiceInstance.get(folder_path=f"stack#{name}")

    async def containers(self, name: str) -> list[str]:
        return [one.container_id for one in await self.engine.observe((await self.child(name)).id)]

    async def job_runs(self) -> bool:
        child = await ServiceInstance.get_or_none(folder_path="stack#migrate")
        return child is not None and any(one.state == "running" for one in await self.engine.observe(child.id))

    async def starts(self) -> int:
        """How often the simulated engine started something of the job."""
        id = str((await self.child("migrate")).id)
        rows = self.engine._state.rows("SELECT count(*) AS n FROM events WHERE kind = 'started' AND service_id = ?", id)
        return int(rows[0]["n"])


@pytest.fixture
async def stack(owner, workspace, engine) -> Stack:
    folder = workspace_folder(workspace.id) / "stack"
    folder.mkdir()
    (folder / "compose.yaml").write_text(STACK.format(behaviour=SUCCEEDS))
    return Stack(owner, folder, await create_service(owner, workspace.id, "stack", ServiceChanges()), engine)


async def test_a_job_runs_after_what_it_needs_and_before_those_that_wait_for_its_end(stack, hands):
    await stack.deploy()
    row = await settled(stack.row, "running")
    assert (row.status_reason, row.health_status, row.settled_replicas) == (None, "healthy", 2)
    db, migrate, web = [await stack.child(name) for name in ("db", "migrate", "web")]
    assert (db.status, web.status) == ("running", "running")
    assert (migrate.status, migrate.desired_status) == ("stopped", "running")
    assert (migrate.status_reason, migrate.health_status) == (DONE.format(1), "unknown")
    assert migrate.generation == migrate.observed_generation
    events = await DeploymentEvent.filter(service_instance_id__not=stack.row.id).order_by("position")
    names = {db.id: "db", migrate.id: "migrate", web.id: "web"}
    order = [f"{names[event.service_instance_id]} {event.event_type}" for event in events]
    assert order == [
        "db deployment_started", "db deployment_completed", "db service_started",
        "migrate deployment_started", "migrate deployment_completed",
        "web deployment_started", "web deployment_completed", "web service_started",
    ]  # fmt: skip
    assert (await Deployment.get(service_instance_id=migrate.id)).status == "succeeded"


async def test_those_that_wait_for_a_job_are_not_deployed_while_it_runs(stack, hands):
    stack.write(LASTS)
    await stack.deploy()
    await eventually(stack.job_runs)
    await asyncio.sleep(0.3)
    web, migrate = await stack.child("web"), await stack.child("migrate")
    assert (web.status, await Deployment.filter(service_instance_id=web.id).count()) == ("deployable", 0)
    assert (migrate.status, migrate.health_status) == ("deploying", "unknown")
    (container,) = await stack.containers("migrate")
    stack.engine.kill(container, exit_code=0)
    await settled(stack.row, "running")
    assert (await stack.child("web")).status == "running"


async def test_a_job_that_fails_fails_the_deployment_which_says_what_it_said(stack, hands):
    stack.write(FAILS)
    deployment = await stack.deploy()
    row = await settled(stack.row, "error")
    failed = await Deployment.get(id=deployment.id)
    assert failed.status == "failed"
    assert str(failed.error_message).startswith("migrate: the job ended with exit code 3\n")
    assert "no such table: users" in str(failed.error_message)
    assert str(failed.error_message) in str(row.status_reason)
    migrate = await settled(await stack.child("migrate"), "error")
    assert str(migrate.status_reason).startswith("deployment 1 failed: the job ended with exit code 3\n")
    assert (await stack.child("web")).status == "deployable"
    assert await stack.starts() == 1
    assert await stack.containers("migrate") == []


async def test_a_job_is_tried_again_where_its_restart_policy_says_so(stack, hands):
    stack.write(FAILS, ("command: [migrate, up]", "restart: on-failure:1"))
    deployment = await stack.deploy()
    await settled(stack.row, "error")
    assert await stack.starts() == 2
    part = await Deployment.get(service_instance_id=(await stack.child("migrate")).id)
    assert (part.attempts, part.status, (await Deployment.get(id=deployment.id)).status) == (2, "failed", "failed")


async def test_a_completed_job_is_left_alone_until_the_next_deployment(stack, hands):
    await stack.deploy()
    await settled(stack.row, "running")
    (container,) = await stack.containers("migrate")
    await stack.engine.remove(container)
    await restart_service(stack.owner, stack.row.id)
    await settled(stack.row, "running")
    await stop_service(stack.owner, stack.row.id)
    await settled(stack.row, "stopped")
    assert (await stack.child("migrate")).status_reason == DONE.format(1)
    await start_service(stack.owner, stack.row.id)
    row = await settled(stack.row, "running")
    assert (row.status_reason, await stack.starts(), await stack.containers("migrate")) == (None, 1, [])

    await stack.deploy()
    row = await settled(stack.row, "running")
    migrate = await settled(await stack.child("migrate"), "stopped")
    assert (row.status_reason, migrate.status_reason, await stack.starts()) == (None, DONE.format(2), 2)
    assert len(await stack.containers("migrate")) == 1


async def test_a_failed_job_of_a_later_deployment_leaves_what_serves(stack, hands):
    await stack.deploy()
    await settled(stack.row, "running")
    serving = await stack.containers("web")
    stack.write(FAILS)
    await stack.deploy()
    row = await until(stack.row, lambda row: row.target_deployment_id is None and "2 of 3 services run" in str(row.status_reason))
    assert row.status == "running"
    migrate = await settled(await stack.child("migrate"), "error")
    assert str(migrate.status_reason).endswith("deployment 1 had completed")
    assert await stack.containers("web") == serving


async def test_a_job_has_a_limit_of_time(stack, settings, engine, database):
    stack.write(LASTS)
    async with Hands(engine, settings.model_copy(update={"job_timeout_seconds": 1})).working():
        deployment = await stack.deploy()
        await settled(stack.row, "error")
    failed = await Deployment.get(id=deployment.id)
    assert str(failed.error_message).startswith("migrate: the job did not end within 1 seconds\n")
    assert str(failed.error_message).endswith("working")
    assert await stack.containers("migrate") == []


async def test_a_stop_during_a_job_ends_it_and_a_new_deployment_begins_anew(stack, hands):
    stack.write(LASTS)
    await stack.deploy()
    await eventually(stack.job_runs)
    await stop_service(stack.owner, stack.row.id)
    await settled(stack.row, "stopped")
    assert await stack.containers("migrate") == []
    assert await Deployment.filter(status="cancelled").count() == 2  # the stack's and the job's
    stack.write(SUCCEEDS)
    await stack.deploy()
    await settled(stack.row, "running")
    assert (await settled(await stack.child("migrate"), "stopped")).status_reason == DONE.format(2)


async def test_a_deployment_that_supersedes_another_ends_its_job_first(stack, hands):
    stack.write(LASTS)
    await stack.deploy()
    await eventually(stack.job_runs)
    (before,) = await stack.containers("migrate")
    stack.write(SUCCEEDS)
    await stack.deploy()
    await settled(stack.row, "running")
    assert before not in await stack.containers("migrate")
    found = await Deployment.filter(service_instance_id=(await stack.child("migrate")).id).order_by("number")
    assert [one.status for one in found] == ["superseded", "succeeded"]


@pytest.mark.parametrize("action", [restart_service, start_service, lambda owner, job: scale_service(owner, job, 2)])
async def test_a_job_is_neither_scaled_nor_started_nor_restarted_by_itself(stack, hands, action):
    await stack.deploy()
    await settled(stack.row, "running")
    migrate = await stack.child("migrate")
    with pytest.raises(Conflict, match="it runs once for each deployment, in one container"):
        await action(stack.owner, migrate.id)
    with pytest.raises(InvalidInput, match="a job runs in one container"):
        await update_service(stack.owner, migrate.id, ServiceChanges(scaling={"min_replicas": 2, "max_replicas": 3}))
    assert (await stack.child("migrate")).generation == migrate.generation


async def test_a_job_runs_again_by_a_deployment_or_a_rollback_of_its_own(stack, hands):
    await stack.deploy()
    await settled(stack.row, "running")
    migrate = await stack.child("migrate")
    await deploy_service(stack.owner, migrate.id)
    await until(migrate, lambda row: row.status_reason == DONE.format(2))
    await rollback_service(stack.owner, migrate.id)
    await until(migrate, lambda row: row.status_reason == DONE.format(3))
    assert await stack.starts() == 3
    assert (await settled(stack.row, "running")).status_reason is None


async def test_the_health_of_a_job_is_never_asked_for(stack, hands, engine):
    await stack.deploy()
    await settled(stack.row, "running")
    migrate = await stack.child("migrate")
    assert migrate.health_due_at is None
    await ServiceInstance.filter(id=migrate.id).update(health_due_at=migrate.created_at)
    await check_health(migrate.id, engine)
    assert not await HealthCheck.exists(service_instance_id=migrate.id)
    assert (await ServiceReplica.get(service_instance_id=migrate.id)).health_status == "unknown"


async def test_the_deployment_of_a_workspace_keeps_the_order_of_its_jobs(stack, hands, workspace, make_service):
    await make_service("alone")
    deployments = await deploy_workspace(stack.owner, workspace.id)
    assert len(deployments) == 2  # those of the stack's services are begun by the stack's own
    await settled(stack.row, "running")
    begun = await Deployment.filter(service_instance__parent_service_id=stack.row.id).order_by("created_at")
    names = {(await stack.child(name)).id: name for name in ("db", "migrate", "web")}
    assert [names[one.service_instance_id] for one in begun] == ["db", "migrate", "web"]
    assert all(earlier.finished_at and later.created_at >= earlier.finished_at for earlier, later in itertools.pairwise(begun))


async def test_a_stack_of_jobs_alone_rests_when_they_have_completed(stack, hands):
    (stack.folder / "compose.yaml").write_text(
        f"services:\n  one:\n    image: a:1\n    environment: {{{SUCCEEDS}}}\n    deploy: {{mode: replicated-job}}\n"
    )
    deployment = await stack.deploy()
    row = await settled(stack.row, "stopped")
    assert (row.status_reason, row.health_status) == ("its services are jobs, and have completed", "unknown")
    assert (await Deployment.get(id=deployment.id)).status == "succeeded"


async def test_a_service_becomes_a_job_and_a_job_a_service(stack, hands):
    plain = ("{condition: service_completed_successfully}", "{condition: service_started}")
    stack.write(LASTS, plain, ('    ports: ["8088:8088"]\n', ""), ('    healthcheck: {test: [CMD, "false"]}\n', ""))
    await stack.deploy()
    await settled(stack.row, "running")
    await scale_service(stack.owner, (await stack.child("migrate")).id, 2)
    await settled(await stack.child("migrate"), "running")
    stack.write(SUCCEEDS)
    await stack.deploy()
    migrate = await until(await stack.child("migrate"), lambda row: row.status_reason == DONE.format(2))
    assert (migrate.status, migrate.desired_replicas, len(await stack.containers("migrate"))) == ("stopped", 1, 1)
    stack.write(LASTS, plain, ('    ports: ["8088:8088"]\n', ""), ('    healthcheck: {test: [CMD, "false"]}\n', ""))
    await stack.deploy()
    await settled(stack.row, "running")
    assert (await settled(await stack.child("migrate"), "running")).status_reason is None


async def test_a_stack_with_a_job_is_deleted_with_it(stack, hands, engine):
    await stack.deploy()
    await settled(stack.row, "running")
    await delete_service(stack.owner, stack.row.id)

    async def nothing_is_left() -> bool:
        return not await ServiceInstance.exists()

    await eventually(nothing_is_left)
    assert await engine.observe() == ()


STEPS = ["Build", "Run", "Promote"]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_whoever_comes_after_a_crash_goes_on_and_runs_no_job_twice(
    stack, hands, engine, settings: Settings, monkeypatch, name, moment
):
    """A worker that is killed before or after a step of the job leaves its lease behind; another one takes over."""
    died: list[str] = []

    async def dying(step, site):
        child = await ServiceInstance.get(id=site.service_id)
        is_it = not died and child.folder_path == "stack#migrate" and type(step).__name__ == name
        if is_it and moment == "before":
            died.append(name)
            await asyncio.Event().wait()
        await take(step, site)
        if is_it:
            died.append(name)
            await asyncio.Event().wait()

    monkeypatch.setattr("kyozo_gql.containers.converge.take", dying)
    await stack.deploy()

    async def has_died() -> bool:
        return bool(died)

    await eventually(has_died)
    for id, task in list(hands._tasks.items()):
        if (await stack.child("migrate")).id.hex in id.replace("-", ""):
            task.cancel()
    await settled(stack.row, "running")
    assert await stack.starts() == 1
    assert (await settled(await stack.child("migrate"), "stopped")).status_reason == DONE.format(1)


async def test_two_workers_at_once_run_a_job_once(stack, hands, engine, settings):
    stack.write("SIMULATE_EXIT_CODE: '0', SIMULATE_EXIT_SECONDS: '0.3'")
    await stack.deploy()
    await eventually(stack.job_runs)
    migrate = await stack.child("migrate")
    await asyncio.gather(*(converge(migrate.id, engine, settings, f"worker-{number}") for number in range(8)))
    await settled(stack.row, "running")
    assert await stack.starts() == 1
