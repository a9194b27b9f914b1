"""What users ask of services that were deployed or not, and what is never done for them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from kyozo_gql.accounts.models import AuditEntry, Role
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers import workspace_lifecycle
from kyozo_gql.containers.config import EnvironmentVariable
from kyozo_gql.containers.converge import converge
from kyozo_gql.containers.intents import new_intent
from kyozo_gql.containers.lease import claim
from kyozo_gql.containers.lifecycle import (
    deploy_service,
    restart_service,
    scale_service,
    start_service,
    stop_service,
)
from kyozo_gql.containers.models import Deployment, DeploymentEvent, HostPort, ServiceInstance, ServiceReplica, StatusChange
from kyozo_gql.containers.plan_steps import Promote, RevertRestart, Run, replica_name
from kyozo_gql.containers.services import delete_service, update_service
from kyozo_gql.containers.site import Site
from kyozo_gql.containers.situation import Version
from kyozo_gql.containers.steps import record_failure, take
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.containers.workspace_lifecycle import deploy_workspace, stop_workspace
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from kyozo_gql.core.outbox import WakeUp, transaction
from kyozo_gql.core.spec import HealthCheckKind, PortMapping
from kyozo_gql.engines.simulated import SimulatedEngine
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.containers.hands import Hands, ServiceMaker, eventually, settled, until

HEALTH = {"kind": HealthCheckKind.HTTP, "path": "/health"}


async def _scale(viewer: Viewer, id: UUID) -> ServiceInstance:
    return await scale_service(viewer, id, 2)


INTENTS = {"start": start_service, "restart": restart_service, "scale": _scale}


@pytest.fixture
async def running(owner, make_service: ServiceMaker, hands) -> ServiceInstance:
    service = await make_service(health_check=HEALTH)
    await deploy_service(owner, service.id)
    return await settled(service, "running")


async def told(service: ServiceInstance) -> list[tuple[str, dict[str, Any]]]:
    rows = await DeploymentEvent.filter(service_instance_id=service.id).order_by("position")
    return [(event.event_type, event.event_data) for event in rows]


async def states(engine: SimulatedEngine, service: ServiceInstance) -> list[str]:
    return [one.state.value for one in await engine.observe(service.id)]


@pytest.mark.parametrize("intent", INTENTS)
async def test_there_is_nothing_to_do_with_what_was_never_deployed(owner, make_service, hands, intent):
    service = await make_service()
    with pytest.raises(Conflict, match="never deployed"):
        await INTENTS[intent](owner, service.id)
    row = await ServiceInstance.get(id=service.id)
    assert (row.status, row.generation) == ("deployable", 0)
    assert not await StatusChange.exists()


async def test_to_stop_what_was_never_deployed_changes_nothing(owner, make_service, hands):
    service = await make_service()
    await stop_service(owner, service.id)
    assert (await ServiceInstance.get(id=service.id)).status == "deployable"


async def test_after_a_cancelled_first_deployment_there_is_nothing_to_start(owner, make_service, hands):
    service = await make_service(build_args={"SIMULATE_BUILD_SECONDS": "60"})
    _, deployment = await deploy_service(owner, service.id)
    await eventually(Deployment.filter(id=deployment.id, status="building").exists)
    await stop_service(owner, service.id)
    await settled(service, "stopped")
    with pytest.raises(Conflict, match="never deployed"):
        await start_service(owner, service.id)


@pytest.mark.parametrize("intent", [*INTENTS.values(), deploy_service, stop_service, delete_service])
async def test_who_may_and_who_may_not(owner, other_owner, member_as, make_service, intent):
    service = await make_service()
    with pytest.raises(NotFound):
        await intent(other_owner, service.id)
    with pytest.raises(Forbidden):
        await intent(await member_as(Role.VIEWER), service.id)
    assert (await ServiceInstance.get(id=service.id)).generation == 0


async def test_stop_and_start(owner, running, engine):
    (before,) = await engine.observe(running.id)
    await stop_service(owner, running.id)
    row = await settled(running, "stopped")
    assert (row.health_status, row.status_reason, row.memory_usage_mb) == ("unknown", None, None)
    assert await states(engine, running) == ["exited"]
    await start_service(owner, running.id)
    await settled(running, "running")
    (after,) = await engine.observe(running.id)
    assert (after.container_id, after.ports) == (before.container_id, before.ports)
    assert [event for event, _ in await told(running)][2:] == ["service_started", "service_stopped", "service_started"]


async def test_a_stop_that_takes_longer_than_the_grace_is_a_kill(owner, make_service, engine, settings):
    async with Hands(engine, settings.model_copy(update={"stop_grace_seconds": 0})).working():
        service = await make_service(environment={"SIMULATE_STOP_SECONDS": "60"})
        await deploy_service(owner, service.id)
        await settled(service, "running")
        await stop_service(owner, service.id)
        await settled(service, "stopped")
    assert [one.exit_code for one in await engine.observe(service.id)] == [137]


async def test_to_start_what_runs_changes_nothing(owner, running):
    await start_service(owner, running.id)
    assert (await ServiceInstance.get(id=running.id)).generation == running.generation


async def test_a_restart_brings_new_replicas_without_a_gap(owner, running, engine):
    (before,) = await engine.observe(running.id)
    await restart_service(owner, running.id)
    while (await ServiceInstance.get(id=running.id)).observed_generation == running.generation:
        assert "running" in await states(engine, running)
        await asyncio.sleep(0.01)
    await settled(running, "running")
    (after,) = await engine.observe(running.id)
    assert after.container_id != before.container_id
    assert (await told(running))[-1] == ("service_started", {"replicas": 1, "restarted": True})


async def test_a_restart_that_fails_is_taken_back(owner, running, engine, monkeypatch):
    """The folder of the version is as it was, but its new replicas end at once: the old ones go on."""
    (before,) = await engine.observe(running.id)
    await Deployment.filter(id=running.current_deployment_id).update(
        config={
            **(await Deployment.get(id=running.current_deployment_id)).config,
            "environment_variables": {"SIMULATE_EXIT_CODE": {"value": "7", "is_secret": False}},
        }
    )
    await restart_service(owner, running.id)
    await settled(running, "running")
    assert [one.container_id for one in await engine.observe(running.id)] == [before.container_id]
    assert "restarted" not in str(await told(running))
    for _ in range(2):  # the service says so until something else is asked of it
        row = await settled(running, "running")
        assert row.status_reason == "the restart failed: it ended with exit code 7"
        await ServiceInstance.filter(id=running.id).update(due_at=now())
        await until(running, lambda found: found.due_at is None or found.due_at > now())
    await deploy_service(owner, running.id)
    assert (await settled(running, "running")).status_reason is None


async def test_what_has_crashed_is_stopped_like_anything_else(owner, running, engine):
    (replica,) = await engine.observe(running.id)
    engine.kill(replica.container_id, exit_code=1)
    await eventually(lambda: _runs_again(engine, running))
    await settled(running, "running")
    engine.kill(replica.container_id, exit_code=1)
    await settled(running, "error")
    await stop_service(owner, running.id)
    await settled(running, "stopped")
    assert (await told(running))[-1] == ("service_stopped", {})
    await stop_service(owner, running.id)
    await settled(running, "stopped")
    assert [kind for kind, _ in await told(running)].count("service_stopped") == 1


async def _runs_again(engine: SimulatedEngine, service: ServiceInstance) -> bool:
    return await states(engine, service) == ["running"]


async def test_what_somebody_asks_is_remembered_and_what_is_done_by_itself_is_not(owner, make_service):
    service = await make_service()
    assert service.last_accessed_at is None
    await deploy_service(owner, service.id)
    asked_at = (await ServiceInstance.get(id=service.id)).last_accessed_at
    assert asked_at is not None
    async with transaction():
        await new_intent(await ServiceInstance.get(id=service.id), None)
    assert (await ServiceInstance.get(id=service.id)).last_accessed_at == asked_at


async def test_a_restart_during_a_deployment_is_a_conflict(owner, running):
    await update_service(owner, running.id, ServiceChanges(deployment={"build_args": {"SIMULATE_BUILD_SECONDS": "60"}}))
    await deploy_service(owner, running.id)
    with pytest.raises(Conflict, match="under way"):
        await restart_service(owner, running.id)


async def test_scaling_up_and_down(owner, running, engine):
    for count, before in ((3, 1), (2, 3)):
        assert (await scale_service(owner, running.id, count)).status == "scaling"
        row = await settled(running, "running")
        assert (row.settled_replicas, row.desired_replicas) == (count, count)
        assert await states(engine, running) == ["running"] * count
        assert (await told(running))[-1] == ("service_scaled", {"from": before, "to": count})
    ports = [port.host_port for one in await engine.observe(running.id) for port in one.ports]
    assert len(set(ports)) == 2
    assert await HostPort.filter(service_instance_id=running.id).count() == 2


@pytest.mark.parametrize("count", [0, -1, 11])
async def test_no_more_replicas_than_allowed(owner, running, count):
    with pytest.raises(InvalidInput) as caught:
        await scale_service(owner, running.id, count)
    assert [field.path for field in caught.value.fields] == ["replica_count"]


async def test_a_fixed_port_serves_one_replica(owner, make_service, hands):
    service = await make_service(ports=(PortMapping(8000, 31_500),))
    await deploy_service(owner, service.id)
    await settled(service, "running")
    with pytest.raises(InvalidInput):
        await scale_service(owner, service.id, 2)


async def test_scaled_services_can_not_fix_a_port(owner, running):
    await scale_service(owner, running.id, 2)
    with pytest.raises(InvalidInput) as caught:
        await update_service(owner, running.id, ServiceChanges(ports=(PortMapping(8000, 31_500),)))
    assert [field.path for field in caught.value.fields] == ["port_mappings"]


async def test_nothing_is_left_of_what_was_deleted(owner, running, engine):
    await scale_service(owner, running.id, 2)
    await settled(running, "running")
    await delete_service(owner, running.id)
    await eventually(lambda: _is_gone(running))
    assert await engine.observe() == ()
    assert not await engine.has_image(f"kyozo/{running.id.hex}:1")
    for table in (HostPort, ServiceReplica, Deployment, DeploymentEvent, StatusChange):
        assert not await table.exists()


async def _is_gone(service: ServiceInstance) -> bool:
    return not await ServiceInstance.exists(id=service.id)


async def test_a_delete_during_a_build_ends_it(owner, make_service, hands, engine):
    service = await make_service(build_args={"SIMULATE_BUILD_SECONDS": "60"})
    _, deployment = await deploy_service(owner, service.id)
    await eventually(Deployment.filter(id=deployment.id, status="building").exists)
    await delete_service(owner, service.id)
    with pytest.raises(NotFound):
        await stop_service(owner, service.id)
    await eventually(lambda: _is_gone(service))


async def test_a_workspace_is_deployed_in_the_order_of_its_needs(owner, make_service, hands, workspace):
    services = {name: await make_service(name) for name in ("api", "database", "web")}
    edges = [{"from": a, "to": b, "kind": "environment", "evidence": "-"} for a, b in (("web", "api"), ("api", "database"))]
    await Workspace.filter(id=workspace.id).update(service_topology={"dependencies": edges})
    deployments = await deploy_workspace(owner, workspace.id)
    names = {service.id: name for name, service in services.items()}
    assert [names[one.service_instance_id] for one in deployments] == ["database", "api", "web"]
    for service in services.values():
        await settled(service, "running")
    stopped = await stop_workspace(owner, workspace.id)
    assert len(stopped) == 3
    for service in services.values():
        await settled(service, "stopped")


async def test_what_is_refused_leaves_the_rest_of_the_workspace_alone(owner, make_service, hands, workspace, engine, monkeypatch):
    one, two = await make_service("one"), await make_service("two", deployment={"image": "two:1"})
    monkeypatch.setattr(engine, "refusal", lambda _, *, image: "no images here" if image else None)
    (deployment,) = await deploy_workspace(owner, workspace.id)
    assert deployment.service_instance_id == one.id
    assert (await ServiceInstance.get(id=two.id)).status_reason == "no images here"
    await delete_service(owner, one.id)
    await ServiceInstance.filter(id=two.id).update(status_reason=None)
    entries = await AuditEntry.all().count()
    with pytest.raises(Conflict, match="no images here"):
        await deploy_workspace(owner, workspace.id)
    assert (await ServiceInstance.get(id=two.id)).status_reason is None, "what is refused changes nothing"
    assert await AuditEntry.all().count() == entries


async def test_a_port_that_is_taken_leaves_nothing_of_its_service(owner, make_service, workspace, posted):
    one, two = await make_service("one", ports=(PortMapping(8000, 31_600),)), await make_service("two")
    taken = {"8000/tcp": {"container_port": 8000, "host_port": 31_600, "protocol": "tcp", "order": 0}}
    await ServiceInstance.filter(id=two.id).update(port_mappings=taken)
    posted.clear()
    (deployment,) = await deploy_workspace(owner, workspace.id)
    assert deployment.service_instance_id == one.id
    assert "31600" in str((await ServiceInstance.get(id=two.id)).status_reason)
    assert {message.subject for message in posted if isinstance(message, WakeUp)} == {str(one.id)}
    assert not await Deployment.filter(service_instance_id=two.id).exists()
    entry = await AuditEntry.get(action="deployWorkspaceServices")
    assert (entry.subject_id, entry.details["deployments"], list(entry.details["refusals"])) == (workspace.id, 1, ["two"])


async def test_a_workspace_is_deployed_and_stopped_as_a_whole_or_not_at_all(owner, make_service, workspace, monkeypatch):
    """What goes wrong with the second leaves nothing of the first."""
    await make_service("one")
    await make_service("two")
    before = await ServiceInstance.all().order_by("id").values()
    for function, name in ((deploy_workspace, "accept_deployment"), (stop_workspace, "accept_stop")):
        accept, calls = getattr(workspace_lifecycle, name), iter((True, False))

        async def fail_at_the_second(*given: Any, accept: Any = accept, calls: Any = calls) -> Any:
            if not next(calls):
                raise ZeroDivisionError
            return await accept(*given)

        with monkeypatch.context() as patched:
            patched.setattr(workspace_lifecycle, name, fail_at_the_second)
            with pytest.raises(ZeroDivisionError):
                await function(owner, workspace.id)
    assert await ServiceInstance.all().order_by("id").values() == before
    assert not await Deployment.exists()
    assert not await AuditEntry.filter(action__endswith="WorkspaceServices").exists()


async def test_two_who_deploy_and_stop_the_same_workspace_at_once_take_turns(owner, make_service, workspace):
    for number in range(5):
        await make_service(f"s{number}")
    for _ in range(3):
        await asyncio.gather(*[function(owner, workspace.id) for function in (deploy_workspace, stop_workspace) * 3])
    rows = await ServiceInstance.all()
    assert len({row.desired_status for row in rows}) == 1, "all of them were asked for the same last"
    assert {row.generation for row in rows} == {rows[0].generation}


class TestOvertaken:
    """An intent that is accepted in the midst of a step wins, whatever the step comes to."""

    @pytest.fixture
    async def site(self, owner, make_service: ServiceMaker, engine: SimulatedEngine, settings: Settings) -> Site:
        service = await make_service()
        await deploy_service(owner, service.id)
        lease = await claim(service.id, "slow", 60)
        assert lease is not None
        return Site(lease, engine, settings)

    @staticmethod
    async def version(site: Site) -> Version:
        first = await Deployment.get(service_instance_id=site.service_id, number=1)
        return Version(first.id, 1, 0)

    @staticmethod
    async def finish(site: Site) -> list[str]:
        """Lets another worker bring about what was asked for; the statuses of all deployments."""
        await ServiceInstance.filter(id=site.service_id).update(lease_expires_at=None)
        await converge(site.service_id, site.engine, site.settings, "quick")
        rows = await Deployment.filter(service_instance_id=site.service_id).order_by("number")
        return [one.status for one in rows]

    async def test_a_promotion_does_not_undo_a_later_deploy(self, owner, site):
        version = await self.version(site)
        await deploy_service(owner, site.service_id)
        await take(Promote(version), site)
        assert await self.finish(site) == ["superseded", "succeeded"]

    async def test_nor_a_stop(self, owner, site):
        version = await self.version(site)
        await stop_service(owner, site.service_id)
        await take(Promote(version), site)
        assert await self.finish(site) == ["cancelled"]
        assert (await ServiceInstance.get(id=site.service_id)).status == "stopped"

    async def test_a_failure_does_not_undo_a_later_deploy(self, owner, site):
        version = await self.version(site)
        await deploy_service(owner, site.service_id)
        await record_failure(version.deployment_id, "no", site, final=True)
        assert await self.finish(site) == ["superseded", "succeeded"]
        assert not await DeploymentEvent.filter(event_type="deployment_failed").exists()

    async def test_what_succeeds_in_the_end_has_no_error(self, site):
        version = await self.version(site)
        await record_failure(version.deployment_id, "not this time", site, final=False)
        assert (await Deployment.get(id=version.deployment_id)).error_message == "not this time"
        await Deployment.filter(id=version.deployment_id).update(failed_at=None)  # the next attempt is due at once
        assert await self.finish(site) == ["succeeded"]
        assert (await Deployment.get(id=version.deployment_id)).error_message is None

    async def test_what_was_superseded_is_not_run(self, owner, site, engine):
        version = await self.version(site)
        await deploy_service(owner, site.service_id)
        await take(Run(version, 0, replica_name(site.service_id, version, 0)), site)
        assert await engine.observe() == ()

    async def test_another_restart_is_not_taken_back(self, owner, site):
        assert await self.finish(site) == ["succeeded"]
        lease = await claim(site.service_id, "slow", 60)
        assert lease is not None
        await restart_service(owner, site.service_id)
        version = await self.version(site)
        await take(RevertRestart(version, "no"), Site(lease, site.engine, site.settings))
        assert (await ServiceInstance.get(id=site.service_id)).restart_revision == 1


async def test_a_change_is_for_the_next_deployment(owner, running, engine):
    (before,) = await engine.observe(running.id)
    await update_service(owner, running.id, ServiceChanges(name="renamed", environment=(EnvironmentVariable("A", "1"),)))
    row = await until(running, lambda row: row.name == "renamed")
    assert (row.generation, row.status) == (running.generation, "running")
    assert await engine.observe(running.id) == (before,)
