"""What happens to a service that runs: crashes, health checks, what sweeps find and clean up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from kyozo_gql.containers import health
from kyozo_gql.containers.converge import converge
from kyozo_gql.containers.health import check_health
from kyozo_gql.containers.lease import claim
from kyozo_gql.containers.lifecycle import deploy_service, scale_service
from kyozo_gql.containers.models import BuildLogLine, Deployment, DeploymentEvent, HealthCheck, ServiceInstance, StatusChange
from kyozo_gql.containers.services import update_service
from kyozo_gql.containers.sweep import due_work, hear, prune, remove_orphans
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import EngineUnreachable
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.outbox import WakeUp
from kyozo_gql.core.spec import HealthCheckKind
from kyozo_gql.engines.engine import EngineEvent, EngineEventKind, ReplicaSpec
from kyozo_gql.engines.simulated import SimulatedEngine
from tests.containers.hands import ServiceMaker, eventually, settled, until

CHECK = {"kind": HealthCheckKind.HTTP, "path": "/health", "interval_seconds": 1, "retries": 2}


@pytest.fixture
async def running(owner, make_service: ServiceMaker, hands) -> ServiceInstance:
    service = await make_service(
        health_check={"kind": HealthCheckKind.HTTP, "path": "/"},
        environment={"SIMULATE_MEMORY": "48Mi", "SIMULATE_CPU_PERCENT": "12.345"},
    )
    await deploy_service(owner, service.id)
    return await settled(service, "running")


async def container_of(engine: SimulatedEngine, service: ServiceInstance) -> str:
    (replica,) = await engine.observe(service.id)
    return replica.container_id


async def is_up(engine: SimulatedEngine, service: ServiceInstance) -> bool:
    return [one.state.value for one in await engine.observe(service.id)] == ["running"]


async def test_a_crash_is_mended_at_once_and_the_next_one_later(running, engine):
    container = await container_of(engine, running)
    engine.kill(container)
    await eventually(lambda: is_up(engine, running))
    await settled(running, "running")

    engine.kill(container, exit_code=9)
    row = await settled(running, "error")
    assert row.status_reason == "it ended with exit code 9"
    assert row.health_status == "unknown"
    ended = now()
    row = await settled(running, "running")
    assert timedelta(seconds=1) < now() - ended < timedelta(seconds=4)
    assert (row.status_reason, row.health_status) == (None, "healthy")
    assert await container_of(engine, running) == container
    assert not await DeploymentEvent.filter(event_type="deployment_failed").exists()


async def test_a_replica_that_somebody_removed_is_made_again(running, engine):
    container = await container_of(engine, running)
    await engine.remove(container)
    await eventually(lambda: is_up(engine, running))
    assert await container_of(engine, running) != container


async def test_an_engine_that_went_away_is_told_and_what_ran_is_found_again(running, engine, monkeypatch):
    monkeypatch.setattr("kyozo_gql.containers.converge.UNREACHABLE_SECONDS", 0.2)
    container = await container_of(engine, running)
    engine.set_reachable(False)
    await ServiceInstance.filter(id=running.id).update(due_at=now())
    row = await until(running, lambda row: row.status_reason is not None)
    assert row.status == "running"
    assert str(row.status_reason).startswith("the engine can't be reached")
    engine.set_reachable(True)
    await until(running, lambda row: row.status_reason is None)
    assert await container_of(engine, running) == container


async def check_now(service: ServiceInstance, engine: SimulatedEngine) -> ServiceInstance:
    await ServiceInstance.filter(id=service.id).update(health_due_at=now())
    await check_health(service.id, engine)
    return await ServiceInstance.get(id=service.id)


@pytest.fixture
async def checked(owner, make_service: ServiceMaker, engine, settings) -> ServiceInstance:
    """A running service that nobody looks after: its checks are the test's."""
    service = await make_service(
        health_check=CHECK, scaling={"min_replicas": 2}, environment={"SIMULATE_MEMORY": "48Mi", "SIMULATE_CPU_PERCENT": "12.345"}
    )
    await deploy_service(owner, service.id)
    for _ in range(2):
        await converge(service.id, engine, settings, "test")
    return await settled(service, "running")


async def test_unhealthy_after_so_many_failures_told_once_and_healthy_again(checked, engine):
    sick, _ = [one.container_id for one in await engine.observe(checked.id)]
    assert (await check_now(checked, engine)).health_status == "healthy"
    engine.set_healthy(sick, healthy=False)
    assert (await check_now(checked, engine)).health_status == "healthy"
    for _ in range(3):
        row = await check_now(checked, engine)
        assert (row.status, row.health_status) == ("running", "unhealthy")
        assert row.status_reason == "replica 0 is unhealthy: simulated: the service does not answer"
    event = await DeploymentEvent.get(event_type="health_check_failed")
    assert event.event_data == {"replicas": [0], "failures": 2}
    engine.set_healthy(sick, healthy=True)
    row = await check_now(checked, engine)
    assert (row.health_status, row.status_reason) == ("healthy", None)
    changes = await StatusChange.filter(service_instance_id=checked.id).order_by("-position").limit(2)
    assert [change.health_status for change in changes] == ["healthy", "unhealthy"]


async def test_a_failure_between_two_successes_is_none(checked, engine):
    sick, _ = [one.container_id for one in await engine.observe(checked.id)]
    for healthy in (False, True, False, True):
        engine.set_healthy(sick, healthy=healthy)
        assert (await check_now(checked, engine)).health_status == "healthy"


async def test_what_its_replicas_use_is_added_up(checked, engine):
    row = await check_now(checked, engine)
    assert (row.memory_usage_mb, row.cpu_usage_percent) == (96, Decimal("24.69"))
    assert row.last_health_check_at is not None
    results = await HealthCheck.filter(service_instance_id=checked.id).order_by("replica_index")
    assert [(one.replica_index, one.health_status) for one in results] == [(0, "healthy"), (1, "healthy")]
    assert all(one.response_time_ms is not None for one in results)


async def test_only_recent_checks_are_kept(checked, engine, monkeypatch):
    monkeypatch.setattr(health, "KEPT_CHECKS", 6)
    for _ in range(5):
        await check_now(checked, engine)
    rows = await HealthCheck.filter(service_instance_id=checked.id).order_by("-id")
    assert 6 <= len(rows) <= 8
    assert {row.replica_index for row in rows[:2]} == {0, 1}


async def test_of_many_at_once_one_asks(checked, engine):
    await ServiceInstance.filter(id=checked.id).update(health_due_at=now())
    await asyncio.gather(*[check_health(checked.id, engine) for _ in range(10)])
    assert await HealthCheck.all().count() == 2


async def test_what_is_not_due_is_not_asked(checked, engine):
    await ServiceInstance.filter(id=checked.id).update(health_due_at=now() + timedelta(seconds=30))
    await check_health(checked.id, engine)
    assert not await HealthCheck.exists()


async def test_an_engine_that_does_not_answer_makes_the_health_unknown(checked, engine):
    engine.set_reachable(False)
    row = await check_now(checked, engine)
    assert (row.status, row.health_status) == ("running", "unknown")
    assert "can't be reached" in str(row.status_reason)
    assert not await DeploymentEvent.filter(event_type="health_check_failed").exists()
    engine.set_reachable(True)
    assert (await check_now(checked, engine)).health_status == "healthy"


async def test_checks_come_by_themselves_in_their_interval(owner, make_service, hands):
    service = await make_service(health_check=CHECK)
    await deploy_service(owner, service.id)
    await eventually(HealthCheck.filter(service_instance_id=service.id).exists)
    first = await HealthCheck.filter(service_instance_id=service.id).first()
    assert first is not None
    await eventually(lambda: _has(HealthCheck, 2))
    second = await HealthCheck.filter(service_instance_id=service.id).order_by("-id").first()
    assert second is not None
    assert timedelta(seconds=0.9) < second.created_at - first.created_at < timedelta(seconds=3)


async def _has(table: type[HealthCheck], count: int) -> bool:
    return await table.all().count() >= count


async def subjects(job: str = "converge") -> list[str]:
    return [one.subject for one in await due_work() if one.job == job]


async def test_the_sweep_finds_what_nobody_was_woken_for(owner, make_service, engine):
    """No wake-up was delivered, the time of one has come, a worker died: each is found; what is settled or held is not."""
    lost, due, dead, held, settled_one = [await make_service(name) for name in ("lost", "due", "dead", "held", "settled")]
    rows = ServiceInstance.filter
    await deploy_service(owner, lost.id)
    await rows(id=lost.id).update(due_at=None)
    await rows(id=due.id).update(due_at=now())
    await claim(dead.id, "dead", 0)
    await deploy_service(owner, held.id)
    await claim(held.id, "busy", 60)
    await rows(id=settled_one.id).update(due_at=now() + timedelta(seconds=60))
    assert sorted(await subjects()) == sorted(str(one.id) for one in (lost, due, dead))


async def test_one_wake_up_of_the_sweep_is_enough_until_somebody_claims(make_service):
    service = await make_service()
    await ServiceInstance.filter(id=service.id).update(due_at=now())
    keys = {one.key for _ in range(3) for one in await due_work()}
    assert len(keys) <= 2  # a new one each quarter of a minute
    await claim(service.id, "dead", 0)
    (after,) = await due_work()
    assert after.key not in keys


async def test_the_sweep_finds_due_health_checks(checked):
    await ServiceInstance.filter(id=checked.id).update(health_due_at=now() - timedelta(seconds=1))
    assert await subjects("check_health") == [str(checked.id)]


async def test_what_the_engine_says_makes_the_service_due(checked, make_service, posted):
    other = await make_service("other")
    await ServiceInstance.all().update(due_at=None)
    posted.clear()
    await hear(EngineEvent(EngineEventKind.STARTED, checked.id, "c"))
    assert await ServiceInstance.filter(due_at__not_isnull=True).count() == 0
    await hear(EngineEvent(EngineEventKind.DIED, checked.id, "c"))
    assert (await ServiceInstance.get(due_at__not_isnull=True)).id == checked.id
    assert [(one.subject, one.delay) for one in posted if isinstance(one, WakeUp)] == [(str(checked.id), 0.0)]
    await ServiceInstance.all().update(due_at=None)
    await hear(EngineEvent(EngineEventKind.RESYNC))
    assert (await ServiceInstance.get(due_at__not_isnull=True)).id == checked.id
    assert (await ServiceInstance.get(id=other.id)).due_at is None


async def test_what_nobody_owns_is_removed(checked, engine):
    stray = ReplicaSpec("stray", "stray", "image:1", 0, new_id(), new_id(), new_id())
    await engine.pull("image:1", lambda _: asyncio.sleep(0))
    await engine.run(stray)
    assert await remove_orphans(engine) == 1
    assert {one.service_id for one in await engine.observe()} == {checked.id}
    assert await remove_orphans(engine) == 0


async def test_old_changes_and_logs_are_dropped(checked):
    for number in range(2, 6):
        deployment = await Deployment.create(service_instance_id=checked.id, number=number)
        await BuildLogLine.create(deployment_id=deployment.id, number=1, stream="stdout", message="-", created_at=now())
    old = await StatusChange.filter(service_instance_id=checked.id).first()
    assert old is not None
    await StatusChange.filter(id=old.id).update(created_at=now() - timedelta(days=2))
    left = await StatusChange.all().count() - 1
    await prune(kept_deployments=2)
    lines = await BuildLogLine.all().prefetch_related("deployment")
    assert sorted(line.deployment.number for line in lines) == [4, 5]
    assert await StatusChange.all().count() == left
    assert not await StatusChange.filter(id=old.id).exists()


async def test_a_slow_look_keeps_its_lease(owner, make_service, engine, settings, monkeypatch):
    """Probing takes longer than a lease lasts, and yet nobody else gets the service."""
    service = await make_service(health_check=CHECK)
    await deploy_service(owner, service.id)
    probe = engine.probe

    async def slow(container_id, check):
        await asyncio.sleep(1.8)
        return await probe(container_id, check)

    monkeypatch.setattr(engine, "probe", slow)
    quick = settings.model_copy(update={"lease_seconds": 1.0})
    working = asyncio.create_task(converge(service.id, engine, quick, "slow"))
    while not working.done():
        row = await ServiceInstance.get(id=service.id)
        assert row.lease_owner in (None, "slow")
        assert row.lease_expires_at is None or row.lease_expires_at > now()
        await asyncio.sleep(0.05)
    await working
    assert (await ServiceInstance.get(id=service.id)).status == "running"


async def test_who_lost_the_lease_stops_and_leaves_everything_to_the_next(owner, make_service, engine, settings):
    service = await make_service(build_args={"SIMULATE_BUILD_SECONDS": "3"})
    _, deployment = await deploy_service(owner, service.id)
    first = asyncio.create_task(converge(service.id, engine, settings, "first"))
    await eventually(Deployment.filter(id=deployment.id, status="building").exists)
    await ServiceInstance.filter(id=service.id).update(lease_expires_at=None)
    assert await claim(service.id, "second", 60) is not None
    async with asyncio.timeout(2):
        await first
    row = await ServiceInstance.get(id=service.id)
    assert (row.lease_owner, row.status) == ("second", "deploying")
    assert await engine.observe() == ()


async def test_a_cancelled_pass_gives_its_lease_back_at_once(owner, make_service, engine, settings):
    service = await make_service(build_args={"SIMULATE_BUILD_SECONDS": "60"})
    _, deployment = await deploy_service(owner, service.id)
    working = asyncio.create_task(converge(service.id, engine, settings, "first"))
    await eventually(Deployment.filter(id=deployment.id, status="building").exists)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    row = await ServiceInstance.get(id=service.id)
    assert row.lease_owner is None
    assert await subjects() == [str(service.id)]


async def test_what_breaks_is_tried_again_later(owner, make_service, engine, settings, monkeypatch):
    service = await make_service()
    await deploy_service(owner, service.id)

    async def broken(service_id):
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "observe", broken)
    with pytest.raises(ZeroDivisionError):
        await converge(service.id, engine, settings, "first")
    row = await ServiceInstance.get(id=service.id)
    assert row.lease_owner is None
    assert row.due_at is not None
    assert now() < row.due_at < now() + timedelta(seconds=11)


async def test_what_is_in_service_and_can_not_be_run_is_an_error_that_says_so(owner, running, engine, hands):
    await engine.remove_images(running.id, frozenset())
    await scale_service(owner, running.id, 2)
    row = await until(running, lambda row: row.status == "error")
    assert "image" in str(row.status_reason)
    assert await is_up(engine, running)


async def test_unreachable_is_no_failure_of_the_service(engine):
    engine.set_reachable(False)
    with pytest.raises(EngineUnreachable):
        await remove_orphans(engine)


async def test_new_bounds_of_scaling_hold_at_once(owner, running: ServiceInstance, engine: SimulatedEngine, hands):
    await update_service(owner, running.id, ServiceChanges(scaling={"min_replicas": 2}))
    await until(running, lambda found: found.settled_replicas == 2)
    assert len(await engine.observe(running.id)) == 2
    await update_service(owner, running.id, ServiceChanges(scaling={"min_replicas": 1, "max_replicas": 1}))
    await until(running, lambda found: found.settled_replicas == 1)
    assert len(await engine.observe(running.id)) == 1


async def test_replicas_follow_the_load(owner, make_service: ServiceMaker, engine: SimulatedEngine, hands):
    service = await make_service(
        environment={"SIMULATE_CPU_PERCENT": "50"},  # of one core: all of the default limit of half a core
        health_check={"kind": HealthCheckKind.NONE, "interval_seconds": 1},
        scaling={"autoscale": True, "target_cpu_percent": 40, "max_replicas": 3},
    )
    await deploy_service(owner, service.id)
    await until(service, lambda found: found.settled_replicas == 3)
    assert len(await engine.observe(service.id)) == 3
