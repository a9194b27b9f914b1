"""A Compose stack: its services are services of their own, its children. The stack runs none itself; it is what they are.

A child's folder path is the stack's, then ``#`` and its name in the Compose file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from kyozo_gql.containers.config import DeploymentConfig, EnvironmentVariable, ScalingConfig, ServiceConfig, columns_of, config_of
from kyozo_gql.containers.models import ServiceInstance, ServiceStatus
from kyozo_gql.containers.mounted_files import place_mounts, read_secrets
from kyozo_gql.containers.services import mark_deleted
from kyozo_gql.containers.validation import find_faults
from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.core.spec import HealthCheckSpec, ResourceLimits, ServiceType
from kyozo_gql.settings import Settings
from kyozo_gql.topology import compose_stack
from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import ComposeService
from kyozo_gql.topology.tree import DiskTree
from kyozo_gql.workspaces.bounds import bounds_of
from kyozo_gql.workspaces.roots import workspace_folder

SEPARATOR = "#"


def stack_alias(service: ServiceInstance) -> str | None:
    """The name that a service of a stack has among its siblings; None: it is no such service."""
    return service.folder_path.rpartition(SEPARATOR)[2] if service.parent_service_id is not None else None


def needed_paths(service: ServiceInstance, topology: Mapping[str, Any]) -> frozenset[str]:
    """The paths of the services that a service needs: what a workspace's analysis found, and what its own stack says."""
    found = {edge["to"] for edge in topology.get("dependencies", ()) if edge["from"] == service.folder_path}
    stack = service.folder_path.rpartition(SEPARATOR)[0]
    return frozenset(found | {f"{stack}{SEPARATOR}{name}" for name in config_of(service).deployment.needs})


def deployment_key(stack_deployment_id: UUID) -> str:
    """The idempotency key of what a deployment of a stack begins of its services: each is begun once."""
    return f"stack-{stack_deployment_id}"


async def read_stack(stack: ServiceInstance, settings: Settings) -> tuple[ComposeService, ...]:
    """The services of a stack as its Compose files say now; its own variables are those of the files.

    Raises ConfigurationError that names what is wrong or not allowed, with its line.
    """
    root, config = workspace_folder(stack.workspace_id), config_of(stack)
    tree = DiskTree(root, bounds_of(settings))
    plain = config.plain_environment(SecretBox(settings.encryption_key))
    variables = {variable.name: plain[variable.name] for variable in config.environment}
    found = await asyncio.to_thread(lambda: compose_stack.read_stack(Folder(tree, stack.folder_path), variables))
    if found is None or found.application is None:
        faults = found.faults if found else ()
        raise ConfigurationError("; ".join(faults) or "there is no Compose file")
    if found.faults:
        raise ConfigurationError("the Compose files can't be run: " + "; ".join(found.faults))
    if not found.services:
        raise ConfigurationError("the Compose file has no services")
    refusals = [f"{service.name}: {refusal}" for service in found.services for refusal in service.refusals]
    if refusals:
        raise ConfigurationError("the Compose file asks for what is not allowed: " + "; ".join(refusals))
    return tuple([await asyncio.to_thread(place_mounts, root, service) for service in found.services])


async def sync_children(stack: ServiceInstance, services: tuple[ComposeService, ...], settings: Settings) -> None:
    """Makes the children what the Compose file says, within a transaction that holds the stack's row. Raises ConfigurationError."""
    children = {child.folder_path: child for child in await children_of(stack.id, lock=True)}
    for service in services:
        path = f"{stack.folder_path}{SEPARATOR}{service.name}"
        columns = await _columns(stack, service, settings)
        child = children.pop(path, None)
        if child is None:
            await ServiceInstance.create(
                name=f"{stack.name}-{service.name}"[:100],
                folder_path=path,
                status=ServiceStatus.DEPLOYABLE,
                desired_replicas=service.replicas,
                workspace_id=stack.workspace_id,
                team_id=stack.team_id,
                created_by_id=stack.created_by_id,
                parent_service_id=stack.id,
                **columns,
            )
        else:
            count = {"desired_replicas": 1} if service.job else {}
            await child.update_from_dict(columns | count).save()
    for gone in children.values():
        await mark_deleted(gone, stack.intent_by_id)


async def children_of(stack_id: UUID, *, lock: bool = False) -> list[ServiceInstance]:
    """The services of a stack, by their paths."""
    rows = ServiceInstance.filter(parent_service_id=stack_id, deleted_at=None).order_by("folder_path")
    return await (rows.select_for_update(no_key=True) if lock else rows)


async def _columns(stack: ServiceInstance, service: ComposeService, settings: Settings) -> dict[str, Any]:
    context = service.build_context
    service_type, dockerfile = await asyncio.to_thread(_what_is_built, stack.workspace_id, context, service)
    box = SecretBox(settings.encryption_key)
    limits = ResourceLimits(settings.default_memory_limit, settings.default_cpu_limit, settings.default_storage_limit)
    config = ServiceConfig(
        deployment=DeploymentConfig(
            image=service.image if context is None else None,
            context_path=context,
            dockerfile_path=dockerfile,
            build_args=service.build_args,
            command=service.command,
            needs=service.needs,
            volumes=service.volumes,
            build_target=service.build_target,
            dockerfile_inline=service.dockerfile_inline,
            entrypoint=service.entrypoint,
            user=service.user,
            working_dir=service.working_dir,
            files=service.files,
            aliases=service.aliases,
            job=service.job,
            secrets=await asyncio.to_thread(read_secrets, workspace_folder(stack.workspace_id), service.secrets, box),
        ),
        ports=() if service.job else service.ports,  # nobody calls a job, nor asks for its health
        environment=tuple(EnvironmentVariable(name, value) for name, value in sorted(service.environment.items())),
        limits=replace(limits, memory=service.memory or limits.memory, cpu=service.cpu or limits.cpu),
        health_check=(None if service.job else service.health_check) or HealthCheckSpec(),
        scaling=ScalingConfig(max_replicas=1 if service.job else max(10, service.replicas)),
    )
    faults = [f"{fault.path}: {fault.message}" for fault in find_faults(config)]
    if faults:
        raise ConfigurationError(f"service {service.name}: {'; '.join(faults)}")
    return {"service_type": service_type, **columns_of(config)}


def _what_is_built(workspace_id: UUID, context: str | None, service: ComposeService) -> tuple[ServiceType, str | None]:
    """The type of a service of a stack, and its Dockerfile: its own where there is one, else one is generated from its folder."""
    if context is None:
        return ServiceType.CONTAINERIZED, None
    root = workspace_folder(workspace_id)
    if not (root / context).resolve().is_relative_to(root.resolve()) or not (root / context).is_dir():
        raise ConfigurationError(f"service {service.name}: there is no folder {context!r} to build")
    if service.dockerfile_inline:
        return ServiceType.CONTAINERIZED, None
    if service.dockerfile or (root / context / "Dockerfile").is_file():
        return ServiceType.CONTAINERIZED, service.dockerfile
    found = analyze_folder(DiskTree(root / context), "").service_type
    if found in (None, ServiceType.COMPOSE_STACK):
        raise ConfigurationError(f"service {service.name}: {context!r} has no Dockerfile, and does not look like a service")
    return found, None
