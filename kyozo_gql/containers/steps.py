"""Taking the steps of a plan: each one can be taken again by whoever comes after a crash."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

import structlog

from kyozo_gql.containers.build_log import BuildLog, build_log, build_log_tail
from kyozo_gql.containers.config import ServiceConfig, config_from
from kyozo_gql.containers.image import Image, image_reference, make_image, registry_of
from kyozo_gql.containers.journal import record_event, record_status
from kyozo_gql.containers.lease import held
from kyozo_gql.containers.models import (
    Deployment,
    DeploymentEventType,
    DeploymentStatus,
    HostPort,
    ServiceInstance,
    ServiceReplica,
    ServiceStatus,
)
from kyozo_gql.containers.observation import STOPPED
from kyozo_gql.containers.plan import MAX_ATTEMPTS
from kyozo_gql.containers.plan_steps import (
    Build,
    Close,
    FailAttempt,
    Forget,
    Promote,
    Remove,
    RevertRestart,
    Run,
    Step,
    Stop,
)
from kyozo_gql.containers.ports import assign, is_free
from kyozo_gql.containers.site import Site
from kyozo_gql.containers.stack import stack_alias
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import BuildFailed, ConfigurationError, Conflict, EngineError, EngineUnreachable, NotFound
from kyozo_gql.core.outbox import News, post
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.core.spec import PortMapping
from kyozo_gql.engines.engine import Engine, ObservedReplica, ReplicaSpec, ReplicaState

log = structlog.get_logger(__name__)

LAST_WORDS = 20
_PORT_TRIES = 5
_REPORT = ("startup_time_ms", "deployment_logs", "updated_at")


async def take(step: Step, site: Site) -> None:
    """Takes one step. Raises LeaseLost, EngineUnreachable, and EngineError where what is in service can't be run."""
    match step:
        case Build():
            await _build(step, site)
        case Run():
            await _run(step, site)
        case Stop(replica):
            await _stop(replica, site)
        case Remove(replica):
            await site.engine.remove(replica.container_id)
        case Promote():
            await _promote(step, site)
        case FailAttempt():
            await _fail_attempt(step, site)
        case RevertRestart():
            await _revert_restart(step, site)
        case Close(deployment_id):
            await _close(deployment_id, site)
        case Forget():
            await _forget(site)


async def _build(step: Build, site: Site) -> None:
    async with held(site.lease) as service:
        deployment = await Deployment.get(id=step.version.deployment_id)
        interrupted = deployment.status == DeploymentStatus.BUILDING
        deployment.status, deployment.started_at = DeploymentStatus.BUILDING, deployment.started_at or now()
        await deployment.save(update_fields=["status", "started_at"])
        _tell(deployment)
    async with build_log(deployment.id) as lines:
        if interrupted:
            await lines.say("the build was interrupted; it begins again")
        try:
            await _check_fixed_ports(service, config_from(deployment.config), site)
            image = await _make_image(service, deployment, lines, site)
        except EngineUnreachable:
            raise
        except EngineError as error:
            await lines.say(str(error))
            await lines.flush()
            final = not isinstance(error, BuildFailed) or step.version.attempts + 1 >= MAX_ATTEMPTS
            await record_failure(step.version.deployment_id, str(error), site, final=final)
            return
    async with held(site.lease):
        deployment.status, deployment.built_at = DeploymentStatus.STARTING, now()
        deployment.image, deployment.content_hash = image.reference, image.content_hash
        await deployment.save(update_fields=["status", "built_at", "image", "content_hash"])
        _tell(deployment)


async def _make_image(service: ServiceInstance, deployment: Deployment, lines: BuildLog, site: Site) -> Image:
    seconds = site.settings.build_timeout_seconds
    try:
        async with asyncio.timeout(seconds):
            return await make_image(service, deployment, site.engine, lines, site.settings)
    except TimeoutError as error:
        raise EngineError(f"the build took longer than {seconds} seconds") from error


async def _check_fixed_ports(service: ServiceInstance, config: ServiceConfig, site: Site) -> None:
    """A port that another program has is found before the build, not after it. Raises ConfigurationError."""
    ours = {
        (port["host_port"], port["protocol"])
        for row in await ServiceReplica.filter(service_instance_id=service.id)
        for port in row.host_ports
    }
    for port in config.ports:
        if port.host_port is None or (port.host_port, port.protocol) in ours:
            continue
        if not is_free(site.settings.publish_address, port.host_port, port.protocol):
            raise ConfigurationError(f"port {port.host_port}/{port.protocol} of the host is taken by another program")


async def _run(step: Run, site: Site) -> None:
    async with held(site.lease) as service:
        deployment = await Deployment.get(id=step.version.deployment_id)
        if deployment.id not in (service.target_deployment_id, service.current_deployment_id):
            return  # the replica before it failed, or a later intent was accepted
        if deployment.replicas_started_at is None:
            deployment.replicas_started_at = now()
            await deployment.save(update_fields=["replicas_started_at"])
        row, _ = await ServiceReplica.get_or_create(
            name=step.name,
            defaults={
                "service_instance_id": service.id,
                "deployment_id": deployment.id,
                "index": step.index,
                "container_id": "",
                "status": ReplicaState.CREATED,
                "observed_at": now(),
            },
        )
        row.status, row.crashes = ReplicaState.CREATED, row.crashes + (1 if step.again else 0)
        await row.save(update_fields=["status", "crashes", "updated_at"])
    try:
        await _start_replica(step, service, deployment, site)
    except EngineUnreachable:
        raise
    except EngineError as error:
        if service.target_deployment_id != deployment.id:
            raise
        await record_failure(deployment.id, str(error), site, final=True)


async def _start_replica(step: Run, service: ServiceInstance, deployment: Deployment, site: Site) -> ObservedReplica:
    config, box = config_from(deployment.config), SecretBox(site.settings.encryption_key)
    for _ in range(_PORT_TRIES):
        spec = ReplicaSpec(
            name=step.name,
            alias=service.name,
            image=deployment.image or image_reference(service.id, deployment.number, await registry_of(service, site.settings)),
            index=step.index,
            service_id=service.id,
            workspace_id=service.workspace_id,
            deployment_id=deployment.id,
            command=config.deployment.arguments,
            ports=await _ports(step.name, service, config, site),
            environment=config.plain_environment(box),
            limits=config.limits,
            stack_id=service.parent_service_id,
            stack_alias=stack_alias(service),
            volumes=config.deployment.volumes,
            entrypoint=config.deployment.entrypoint,
            user=config.deployment.user,
            working_dir=config.deployment.working_dir,
            stack_aliases=config.deployment.aliases,
            secret_files={secret.target: box.open(secret.value) for secret in config.deployment.secrets},
            once=config.deployment.job is not None,
        )
        try:
            return await site.engine.run(spec)
        except Conflict as error:  # a program took a chosen port meanwhile
            if config.has_fixed_ports:
                raise ConfigurationError(str(error)) from error
            await HostPort.filter(replica_name=step.name).delete()
    raise EngineError("no port of the host that was chosen stayed free")


async def _ports(replica: str, service: ServiceInstance, config: ServiceConfig, site: Site) -> tuple[PortMapping, ...]:
    choices = range(site.settings.port_range_start, site.settings.port_range_end + 1)
    return await assign(service.id, replica, config.ports, site.settings.publish_address, choices)


async def _stop(replica: ObservedReplica, site: Site) -> None:
    await ServiceReplica.filter(name=replica.name).update(status=STOPPED)
    await site.engine.stop(replica.container_id, site.settings.stop_grace_seconds)


async def _promote(step: Promote, site: Site) -> None:
    async with held(site.lease) as service:
        if service.target_deployment_id != step.version.deployment_id:
            return  # a later intent was accepted
        deployment = await Deployment.get(id=step.version.deployment_id)
        deployment.status, deployment.finished_at, deployment.error_message = DeploymentStatus.SUCCEEDED, now(), None
        await deployment.save(update_fields=["status", "finished_at", "error_message"])
        service.current_deployment_id, service.target_deployment_id = deployment.id, None
        service.image, service.deployed_at = deployment.image, now()
        service.startup_time_ms = _milliseconds(deployment.replicas_started_at)
        service.deployment_logs = await build_log_tail(deployment.id)
        await service.save(update_fields=["current_deployment_id", "target_deployment_id", "image", "deployed_at", *_REPORT])
        await record_event(
            service,
            DeploymentEventType.DEPLOYMENT_COMPLETED,
            deployment_id=deployment.id,
            triggered_by_id=deployment.triggered_by_id,
            data={"number": deployment.number, "image": deployment.image, "worker": site.lease.owner},
            since=deployment.created_at,
        )
        _tell(deployment)


async def _fail_attempt(step: FailAttempt, site: Site) -> None:
    words = await last_words(step.replica.container_id, site.engine)
    reason = f"{step.reason}\n{words}".strip()
    async with build_log(step.version.deployment_id) as lines:
        await lines.say(f"replica {step.replica.index}: {reason}")
    await record_failure(step.version.deployment_id, reason, site, final=step.final)


async def record_failure(deployment_id: UUID, reason: str, site: Site, *, final: bool) -> None:
    """One attempt of a deployment failed; the ``final`` one ends it. Nothing where a later intent was accepted."""
    async with held(site.lease) as service:
        if service.target_deployment_id != deployment_id:
            return
        deployment = await Deployment.get(id=deployment_id)
        deployment.attempts += 1
        deployment.status = DeploymentStatus.STARTING if deployment.built_at else DeploymentStatus.QUEUED
        deployment.error_message, deployment.failed_at, deployment.replicas_started_at = reason, now(), None
        if final:
            await _fail_for_good(service, deployment, reason, site)
        await deployment.save()
        _tell(deployment)


async def _fail_for_good(service: ServiceInstance, deployment: Deployment, reason: str, site: Site) -> None:
    deployment.status, deployment.finished_at = DeploymentStatus.FAILED, now()
    service.target_deployment_id = None
    service.deployment_logs = await build_log_tail(deployment.id)
    await service.save(update_fields=["target_deployment_id", "deployment_logs", "updated_at"])
    await record_event(
        service,
        DeploymentEventType.DEPLOYMENT_FAILED,
        deployment_id=deployment.id,
        triggered_by_id=deployment.triggered_by_id,
        data={"number": deployment.number, "attempts": deployment.attempts, "worker": site.lease.owner},
        error_message=reason,
        since=deployment.created_at,
    )


async def _revert_restart(step: RevertRestart, site: Site) -> None:
    async with held(site.lease) as service:
        if service.restart_revision != step.version.revision:
            return  # another restart was accepted
        service.restart_revision = service.settled_revision
        await service.save(update_fields=["restart_revision"])
        await record_status(service, ServiceStatus.RUNNING, reason=step.reason)


async def _close(deployment_id: UUID, site: Site) -> None:
    async with held(site.lease):
        deployment = await Deployment.get(id=deployment_id)
        deployment.status, deployment.finished_at = deployment.end_requested or DeploymentStatus.CANCELLED, now()
        await deployment.save(update_fields=["status", "finished_at"])
        _tell(deployment)


async def _forget(site: Site) -> None:
    async with held(site.lease) as service:
        workspace_id = service.workspace_id
    await site.engine.remove_images(site.service_id, frozenset())
    await site.engine.remove_volumes(site.service_id)
    await site.engine.forget_workspace(workspace_id)
    async with held(site.lease) as service:
        await service.delete()


def _tell(deployment: Deployment) -> None:
    post(News(f"deployment:{deployment.id}", {"kind": "deployment", "status": deployment.status}))


async def last_words(container_id: str, engine: Engine) -> str:
    """The last lines of a replica's log, "" where there are none."""
    try:
        async with aclosing(engine.logs(container_id, tail=LAST_WORDS)) as lines:
            return "\n".join([line.message async for line in lines])
    except NotFound:
        return ""


def _milliseconds(since: datetime | None) -> int | None:
    return None if since is None else max(0, round((now() - since).total_seconds() * 1000))
