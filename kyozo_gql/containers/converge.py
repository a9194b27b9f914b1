"""Bringing one service to what was asked for: claim it, look, plan, act, look again, give it back.

The only input is the service's id. The outcome is a value: nothing more to do, or look again after a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog

from kyozo_gql.containers.config import config_from
from kyozo_gql.containers.converge_stack import converge_stack
from kyozo_gql.containers.failures import failure_of
from kyozo_gql.containers.journal import record_status
from kyozo_gql.containers.lease import Lease, claim, held, release, renew
from kyozo_gql.containers.models import Deployment, ServiceInstance, ServiceStatus
from kyozo_gql.containers.observation import observe
from kyozo_gql.containers.outcome import Again, Done, Outcome
from kyozo_gql.containers.plan import plan
from kyozo_gql.containers.plan_steps import Build, Forget, Limits, Settle, Wait
from kyozo_gql.containers.settling import settle
from kyozo_gql.containers.site import Site
from kyozo_gql.containers.situation import Desired, Version
from kyozo_gql.containers.steps import take
from kyozo_gql.containers.wakeups import wake_later
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import EngineError, EngineUnreachable, LeaseLost
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, ServiceType
from kyozo_gql.engines.engine import Engine
from kyozo_gql.settings import Settings

log = structlog.get_logger(__name__)

T = TypeVar("T")

UNREACHABLE_SECONDS = 5.0
BROKEN_SECONDS = 10.0
WATCH_SECONDS = 0.5


@dataclass(slots=True)
class Picture:
    """What was read of a service before a plan is made."""

    service: ServiceInstance
    desired: Desired
    checks: dict[UUID, HealthCheckSpec | None]


async def converge(service_id: UUID, engine: Engine, settings: Settings, owner: str) -> None:
    """One pass over one service; nothing happens where another worker holds it."""
    lease = await claim(service_id, owner, settings.lease_seconds)
    if lease is None:
        return
    try:
        outcome = await _watched(_outcome(Site(lease, engine, settings)), lease)
    except LeaseLost as error:
        log.warning("lease_lost", service_id=str(service_id), error=str(error))
        return
    except BaseException as error:
        seconds = 0.0 if isinstance(error, asyncio.CancelledError) else BROKEN_SECONDS
        await release(lease, now() + timedelta(seconds=seconds))
        raise
    await _give_back(lease, outcome or Done())


async def _give_back(lease: Lease, outcome: Outcome) -> None:
    seconds = None if isinstance(outcome, Done) else outcome.seconds
    has_news = await release(lease, None if seconds is None else now() + timedelta(seconds=seconds))
    if has_news:
        await wake_later(lease.service_id, 0.0)
    elif seconds is not None and seconds < BROKEN_SECONDS:  # the sweep is quick enough for the others
        await wake_later(lease.service_id, seconds)


async def _outcome(site: Site) -> Outcome:
    try:
        service = await ServiceInstance.get(id=site.service_id)
        return await (converge_stack(site) if service.service_type == ServiceType.COMPOSE_STACK else _work(site))
    except EngineUnreachable as error:
        await _complain(site, f"the engine can't be reached: {error}")
        return Again(UNREACHABLE_SECONDS)
    except EngineError as error:
        await _complain(site, str(error), ServiceStatus.ERROR)
        return Again(BROKEN_SECONDS)


async def _work(site: Site) -> Outcome:
    while True:
        picture = await _look(site)
        seen = await observe(site.service_id, site.engine, picture.checks, site.settings.settle_seconds)
        limits = Limits(site.settings.ready_timeout_seconds, site.settings.job_timeout_seconds)
        for step in plan(picture.desired, seen, now(), limits):
            match step:
                case Wait(seconds):
                    await renew(site.lease)
                    return Again(seconds)
                case Settle():
                    ready = sum(one.is_running and one.ready for one in seen)
                    container_id = next((one.replica.container_id for one in seen if one.replica.index == 0), None)
                    await settle(step, picture.service, ready, site, container_id=container_id)
                    return Again(step.recheck_seconds) if step.recheck_seconds is not None else Done()
                case Forget():
                    await take(step, site)
                    return Done()
                case Build():
                    await _watched(take(step, site), site.lease, picture.service.generation)
                case _:
                    await take(step, site)


async def _look(site: Site) -> Picture:
    async with held(site.lease) as service:
        open_ones = await Deployment.filter(service_instance_id=service.id, finished_at=None).order_by("number")
        current = await Deployment.get_or_none(id=service.current_deployment_id) if service.current_deployment_id else None
        failure = await failure_of(service)
    target = next((one for one in open_ones if one.id == service.target_deployment_id), None)
    ending = tuple(one.id for one in open_ones if one is not target)
    configs = {one.id: config_from(one.config) for one in (current, target) if one}
    desired = Desired(
        service_id=service.id,
        running=service.desired_status == ServiceStatus.RUNNING,
        replicas=service.desired_replicas,
        deleted=service.deleted_at is not None,
        exclusive=any(config.has_fixed_ports for config in configs.values()),
        current=_version(service, current),
        target=_version(service, target),
        ending=ending,
        failure=failure,
    )
    return Picture(service, desired, {id: None if config.deployment.job else config.health_check for id, config in configs.items()})


def _version(service: ServiceInstance, deployment: Deployment | None) -> Version | None:
    if deployment is None:
        return None
    config = config_from(deployment.config)
    check = config.health_check
    return Version(
        deployment_id=deployment.id,
        number=deployment.number,
        revision=service.restart_revision,
        built=deployment.built_at is not None,
        attempts=deployment.attempts,
        failed_at=deployment.failed_at,
        start_period_seconds=0.0 if check.kind is HealthCheckKind.NONE else check.start_period_seconds,
        job=config.deployment.job,
    )


async def _watched(work: Coroutine[Any, Any, T], lease: Lease, generation: int | None = None) -> T | None:
    """Does some work while the lease is kept. With a generation, gives it up once another intent was accepted: None.

    Raises LeaseLost.
    """
    task, watch = asyncio.create_task(work), asyncio.create_task(_watch(lease, generation))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()  # the engine confirms the end of a build before this is done
            await asyncio.wait({task})
        if watch.done():
            watch.result()
        return None if task.cancelled() else task.result()
    finally:
        await _end(task)
        await _end(watch)


async def _watch(lease: Lease, generation: int | None) -> None:
    """Renews the lease for ever; with a generation, until the service's is another. Raises LeaseLost."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        found = await renew(lease)
        if generation is not None and found != generation:
            return


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task


async def _complain(site: Site, reason: str, status: ServiceStatus | None = None) -> None:
    with suppress(LeaseLost):
        async with held(site.lease) as service:
            if service.deleted_at is None:
                await record_status(service, status or ServiceStatus(service.status), reason=reason)
