"""Bringing a Compose stack to what was asked for: through its services, in the order in which they need one another."""

from __future__ import annotations

import asyncio
from uuid import UUID

from kyozo_gql.containers.build_log import build_log
from kyozo_gql.containers.config import config_of
from kyozo_gql.containers.failures import failure_of
from kyozo_gql.containers.intents import new_intent
from kyozo_gql.containers.jobs import completed_jobs, is_job, was_job
from kyozo_gql.containers.lease import held
from kyozo_gql.containers.lifecycle import accept_deployment, accept_stop
from kyozo_gql.containers.models import Deployment, DeploymentStatus, ServiceInstance, ServiceStatus
from kyozo_gql.containers.outcome import Again, Done, Outcome
from kyozo_gql.containers.plan import RECHECK_SECONDS
from kyozo_gql.containers.plan_steps import Close, Forget, Promote, Settle
from kyozo_gql.containers.settling import settle, worst_health
from kyozo_gql.containers.site import Site
from kyozo_gql.containers.situation import Version
from kyozo_gql.containers.snapshot import content_hash
from kyozo_gql.containers.stack import children_of, deployment_key, read_stack, stack_alias, sync_children
from kyozo_gql.containers.steps import record_failure, take
from kyozo_gql.core.errors import ConfigurationError, InvalidInput, NotSupported
from kyozo_gql.workspaces.roots import workspace_folder

POLL_SECONDS = 2.0  # a child that changes wakes its stack at once


async def converge_stack(site: Site) -> Outcome:
    """One pass over a stack. Raises LeaseLost, EngineUnreachable."""
    async with held(site.lease) as stack:
        open_ones = await Deployment.filter(service_instance_id=stack.id, finished_at=None).order_by("number")
    target = next((one for one in open_ones if one.id == stack.target_deployment_id), None)
    for one in open_ones:
        if one is not target and not any(part.finished_at is None for part in await _child_deployments(one.id)):
            await take(Close(one.id), site)
    if stack.deleted_at is not None:
        return await _forget(site)
    if stack.desired_status == ServiceStatus.STOPPED:
        return await _stop(stack, site)
    if target is not None:
        return await _deploy(stack, target, site)
    return await _keep_running(stack, site)


async def _forget(site: Site) -> Outcome:
    if await ServiceInstance.exists(parent_service_id=site.service_id):
        return Again(POLL_SECONDS)
    await take(Forget(), site)
    return Done()


async def _stop(stack: ServiceInstance, site: Site) -> Outcome:
    async with held(site.lease) as service:
        children = await children_of(service.id, lock=True)
        for child in children:
            if child.desired_status != ServiceStatus.STOPPED or child.target_deployment_id is not None:
                await accept_stop(child, service.intent_by_id)
    if any(child.generation != child.observed_generation for child in await children_of(stack.id)):
        return Again(POLL_SECONDS)
    await settle(Settle(ServiceStatus.STOPPED), stack, 0, site)
    return Done()


async def _deploy(stack: ServiceInstance, target: Deployment, site: Site) -> Outcome:
    try:
        if target.built_at is None:
            await _prepare(stack, target, site)
        await _deploy_children(target, site)
    except (ConfigurationError, NotSupported, InvalidInput) as error:
        async with build_log(target.id) as lines:
            await lines.say(str(error))
        await record_failure(target.id, str(error), site, final=True)
        return Again(0.0)
    deployments = await _child_deployments(target.id)
    ended = [one for one in deployments if DeploymentStatus(one.status).is_final and one.status != DeploymentStatus.SUCCEEDED]
    if ended:
        child = await ServiceInstance.get(id=ended[0].service_instance_id)
        await record_failure(target.id, f"{stack_alias(child)}: {ended[0].error_message or ended[0].status}", site, final=True)
        return Again(0.0)
    if len(deployments) < len(await children_of(stack.id)) or any(one.finished_at is None for one in deployments):
        return Again(POLL_SECONDS)
    await take(Promote(Version(target.id, target.number, stack.restart_revision)), site)
    return Again(0.0)


async def _prepare(stack: ServiceInstance, target: Deployment, site: Site) -> None:
    """Reads the Compose file and makes the children."""
    services = await read_stack(stack, site.settings)
    digest = await asyncio.to_thread(content_hash, workspace_folder(stack.workspace_id) / stack.folder_path)
    async with build_log(target.id) as lines:
        for service in services:
            what = f"image {service.image}" if service.build_context is None else f"build {service.build_context or '.'}"
            await lines.say(f"service {service.name}: {what}, after {', '.join(service.needs) or 'nothing'}")
    async with held(site.lease) as service_row:
        await sync_children(service_row, services, site.settings)
        await Deployment.filter(id=target.id).update(
            status=DeploymentStatus.STARTING, started_at=target.created_at, built_at=target.created_at, content_hash=digest
        )


async def _deploy_children(target: Deployment, site: Site) -> None:
    """Accepts the deployment of every child whose needs are running by now, or have completed where they are jobs."""
    done = {one.service_instance_id: one for one in await _child_deployments(target.id)}
    async with held(site.lease) as stack:
        children = await children_of(stack.id, lock=True)
        ready = {
            stack_alias(child)
            for child in children
            if child.id in done
            and done[child.id].status == DeploymentStatus.SUCCEEDED
            and (was_job(done[child.id]) or child.status == ServiceStatus.RUNNING)
        }
        for child in children:
            if child.id not in done and ready.issuperset(config_of(child).deployment.needs):
                await accept_deployment(child, target.triggered_by_id, deployment_key(target.id))


async def _keep_running(stack: ServiceInstance, site: Site) -> Outcome:
    async with held(site.lease) as service:
        if service.generation != service.observed_generation:
            await _pass_on(service)
    children = await children_of(stack.id)
    if any(child.generation != child.observed_generation for child in children):
        return Again(POLL_SECONDS)
    done = await completed_jobs(children)
    serving = [child for child in children if child.id not in done]
    running = [child for child in serving if child.status == ServiceStatus.RUNNING]
    verdict = await _verdict(stack, serving, running)
    await settle(verdict, stack, len(running), site, health=worst_health(serving))
    return Again(RECHECK_SECONDS)


async def _verdict(stack: ServiceInstance, serving: list[ServiceInstance], running: list[ServiceInstance]) -> Settle:
    """What a stack is, by those of its services that are no completed jobs."""
    failure = await failure_of(stack)
    if not serving and stack.current_deployment_id is not None and failure is None:
        return Settle(ServiceStatus.STOPPED, "its services are jobs, and have completed")
    if stack.current_deployment_id is None or not running:
        return Settle(ServiceStatus.ERROR, failure or "none of its services runs")
    bad = next((child for child in serving if child.status != ServiceStatus.RUNNING), None)
    if bad is None:
        return Settle(ServiceStatus.RUNNING, failure)
    why = f"{len(running)} of {len(serving)} services run; {stack_alias(bad)}: {bad.status_reason or bad.status}"
    return Settle(ServiceStatus.RUNNING, why)


async def _pass_on(stack: ServiceInstance) -> None:
    """A start or restart of the stack is one of each of its services but its jobs; once, however often this is tried."""
    restarted = stack.restart_revision != stack.settled_revision
    for child in await children_of(stack.id, lock=True):
        if child.current_deployment_id is None:
            continue
        again = restarted and not is_job(child)
        if again or child.desired_status != ServiceStatus.RUNNING:
            child.desired_status = ServiceStatus.RUNNING
            child.restart_revision += again
            await new_intent(child, stack.intent_by_id)
    stack.settled_revision = stack.restart_revision
    await stack.save(update_fields=["settled_revision"])


async def _child_deployments(target_id: UUID) -> list[Deployment]:
    return await Deployment.filter(idempotency_key=deployment_key(target_id), service_instance__deleted_at=None)
