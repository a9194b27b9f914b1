"""Making services and changing their configuration."""

from __future__ import annotations

from typing import Any

import strawberry

from kyozo_gql.accounts.permissions import Action
from kyozo_gql.containers import models as rows
from kyozo_gql.containers.config import EnvironmentVariable
from kyozo_gql.containers.services import ServiceChanges, create_service, delete_service, update_service
from kyozo_gql.core.spec import PortMapping
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.inputs import IDEMPOTENCY_KEY, given
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.scalars import JSON, Quantity
from kyozo_gql.schema.types.enums import HealthCheckKind, PortProtocol, ServiceType
from kyozo_gql.schema.types.services import ServiceInstance


@strawberry.input(description="A port of a service.")
class PortMappingInput:
    """One port."""

    container_port: int = strawberry.field(description="The port inside the container, 1 to 65535.")
    host_port: int | None = strawberry.field(
        default=None,
        description="The port of the host, 1 to 65535; it binds the service to one replica. Default: a free one is chosen.",
    )
    protocol: PortProtocol | None = strawberry.field(default=None, description="The transport. Default: TCP.")


@strawberry.input(description="An environment variable of a service.")
class EnvironmentVariableInput:
    """One variable."""

    name: str = strawberry.field(description="1 to 128 letters, digits and `_`, not beginning with a digit.")
    value: str = strawberry.field(description="The value, at most 32768 characters.")
    is_secret: bool | None = strawberry.field(
        default=None, description="Whether it is to be kept encrypted and never shown. Default: false."
    )


@strawberry.input(description="The most that each replica may use. What is left out stays as it is, or takes the server's default.")
class ResourceLimitsInput:
    """The limits."""

    memory: Quantity | None = strawberry.field(
        default=strawberry.UNSET,
        description="Memory in bytes, such as `512Mi`. Default: the server's, `512Mi` unless set otherwise.",
    )
    cpu: Quantity | None = strawberry.field(
        default=strawberry.UNSET, description="CPUs, such as `0.5` or `500m`. Default: the server's, `0.5` unless set otherwise."
    )
    storage: Quantity | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Writable storage in bytes, such as `1Gi`, where the engine can bound it. Default: the server's, `1Gi` unless set "
            "otherwise."
        ),
    )


@strawberry.input(description="How health is asked for. What is left out stays as it is, or takes the server's default.")
class HealthCheckConfigInput:
    """The health check."""

    kind: HealthCheckKind = strawberry.field(description="How it is asked for.")
    path: str | None = strawberry.field(
        default=strawberry.UNSET, description="For HTTP: the path, beginning with `/`, at most 32768 characters."
    )
    port: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="For HTTP and TCP: a container port, 1 to 65535. Default: the first TCP port that is mapped.",
    )
    command: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="For COMMAND: the command and its arguments, at most 32768 characters each."
    )
    interval_seconds: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="From one check to the next, in seconds, 1 to 86400. Default: the server's, 30 unless set otherwise.",
    )
    timeout_seconds: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How long an answer may take, in seconds, 1 to 3600. Default: the server's, 10 unless set otherwise.",
    )
    retries: int | None = strawberry.field(
        default=strawberry.UNSET, description="Failures in a row that make a replica unhealthy, 1 to 100. Default: 3."
    )
    start_period_seconds: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "How long a new replica may take to answer for the first time, in seconds, 0 to 86400; it has at least what the "
            "server allows all (120 unless set otherwise). Failures until then do not count. Default: 0."
        ),
    )


@strawberry.input(description="How many replicas are allowed. What is left out stays as it is, or takes the server's default.")
class ScalingConfigInput:
    """The bounds of scaling."""

    min_replicas: int | None = strawberry.field(default=strawberry.UNSET, description="The fewest, 1 to 100. Default: 1.")
    max_replicas: int | None = strawberry.field(default=strawberry.UNSET, description="The most, minReplicas to 100. Default: 10.")
    target_cpu_percent: int | None = strawberry.field(
        default=strawberry.UNSET, description="The CPU use to aim at, in percent of the limit, 1 to 100. Default: 80."
    )
    autoscale: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether replicas follow the load. Default: false."
    )


@strawberry.input(description="What is deployed and how it is started. What is left out stays as it is, or follows the detection.")
class DeploymentConfigInput:
    """What is deployed."""

    image: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A ready-made image to run instead of building the folder, such as `redis:7`, at most 255 characters.",
    )
    dockerfile_path: str | None = strawberry.field(
        default=strawberry.UNSET, description="The Dockerfile, relative to the folder, at most 32768 characters."
    )
    build_args: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Arguments of the build: an object of names and texts, the names as those of variables.",
    )
    start_command: str | None = strawberry.field(
        default=strawberry.UNSET, description="The command line, run by `sh -c`, at most 32768 characters."
    )


@strawberry.input(description="Makes a folder a service. What is left out comes from what the folder is found to be.")
class CreateServiceInstanceInput:
    """A new service."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    folder_path: str = strawberry.field(description="The folder, relative to the workspace, at most 1024 bytes; empty: its root.")
    name: str | None = strawberry.field(
        default=None,
        description="1 to 100 letters, digits, `_` or `-`, unique in the workspace. Default: made of the folder's name.",
    )
    service_type: ServiceType | None = strawberry.field(default=None, description="What the folder is. Default: what is detected.")
    deployment_config: DeploymentConfigInput | None = strawberry.field(default=None, description="What is deployed.")
    port_mappings: list[PortMappingInput] | None = strawberry.field(default=None, description="All its ports, at most 200.")
    environment_variables: list[EnvironmentVariableInput] | None = strawberry.field(
        default=None, description="All its variables, at most 200."
    )
    resource_limits: ResourceLimitsInput | None = strawberry.field(default=None, description="The most that each replica may use.")
    health_check_config: HealthCheckConfigInput | None = strawberry.field(default=None, description="How its health is asked for.")
    scaling_config: ScalingConfigInput | None = strawberry.field(default=None, description="How many replicas it may have.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Changes a service. What is left out stays as it is; lists replace the whole list.")
class UpdateServiceInstanceInput:
    """Changes of a service."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")
    name: str | None = strawberry.field(default=None, description="1 to 100 letters, digits, `_` or `-`, unique in the workspace.")
    deployment_config: DeploymentConfigInput | None = strawberry.field(default=None, description="What is deployed.")
    port_mappings: list[PortMappingInput] | None = strawberry.field(default=None, description="All its ports, at most 200.")
    environment_variables: list[EnvironmentVariableInput] | None = strawberry.field(
        default=None, description="All its variables, at most 200."
    )
    resource_limits: ResourceLimitsInput | None = strawberry.field(default=None, description="The most that each replica may use.")
    health_check_config: HealthCheckConfigInput | None = strawberry.field(default=None, description="How its health is asked for.")
    scaling_config: ScalingConfigInput | None = strawberry.field(default=None, description="How many replicas it may have.")


@strawberry.input(description="Deletes a service.")
class DeleteServiceInstanceInput:
    """A service to delete."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")


@strawberry.type(description="The service that was made.")
class CreateServiceInstancePayload:
    """The new service."""

    service_instance: rows.ServiceInstance = strawberry.field(graphql_type=ServiceInstance, description="The new service.")


@strawberry.type(description="The service that was changed.")
class UpdateServiceInstancePayload:
    """The changed service."""

    service_instance: rows.ServiceInstance = strawberry.field(
        graphql_type=ServiceInstance, description="The service; its next deployment takes the changes."
    )


@strawberry.type(description="The service is gone.")
class DeleteServiceInstancePayload:
    """What was deleted."""

    deleted_service_instance_id: strawberry.ID = strawberry.field(description="The id that it had.")


@strawberry.type
class ServiceMutations:
    """Part of Mutation."""

    @mutation(
        CreateServiceInstancePayload,
        "Makes a folder of a workspace a service. It is deployed by `deployService`.",
        allows=Action.EDIT,
    )
    async def create_service_instance(self, info: Info, input: CreateServiceInstanceInput) -> CreateServiceInstancePayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        asked = (input.folder_path, changes_of(input), input.idempotency_key)
        service = await create_service(info.context.viewer, workspace_id, *asked)
        return CreateServiceInstancePayload(service_instance=service)

    @mutation(
        UpdateServiceInstancePayload,
        "Changes how a service is configured; its next deployment takes the changes.",
        allows=Action.EDIT,
    )
    async def update_service_instance(self, info: Info, input: UpdateServiceInstanceInput) -> UpdateServiceInstancePayload:
        service_id = key_of(input.service_instance_id, "ServiceInstance")
        return UpdateServiceInstancePayload(
            service_instance=await update_service(info.context.viewer, service_id, changes_of(input))
        )

    @mutation(
        DeleteServiceInstancePayload,
        "Deletes a service, its history and its replicas; the folder's files stay.",
        allows=Action.DELETE,
    )
    async def delete_service_instance(self, info: Info, input: DeleteServiceInstanceInput) -> DeleteServiceInstancePayload:
        await delete_service(info.context.viewer, key_of(input.service_instance_id, "ServiceInstance"))
        return DeleteServiceInstancePayload(deleted_service_instance_id=input.service_instance_id)


def changes_of(asked: CreateServiceInstanceInput | UpdateServiceInstanceInput) -> ServiceChanges:
    """What an input asks for, in the domain's words."""
    check = _members(asked.health_check_config)
    if check and check.get("command") is not None:
        check["command"] = tuple(check["command"])
    return ServiceChanges(
        name=asked.name,
        service_type=asked.service_type if isinstance(asked, CreateServiceInstanceInput) else None,
        deployment=_members(asked.deployment_config),
        ports=None if asked.port_mappings is None else tuple(map(_port, asked.port_mappings)),
        environment=None if asked.environment_variables is None else tuple(map(_variable, asked.environment_variables)),
        limits=_members(asked.resource_limits),
        health_check=check,
        scaling=_members(asked.scaling_config),
    )


def _members(asked: Any) -> dict[str, Any] | None:
    return None if asked is None else given(asked)


def _port(asked: PortMappingInput) -> PortMapping:
    return PortMapping(asked.container_port, asked.host_port, asked.protocol or PortProtocol.TCP)


def _variable(asked: EnvironmentVariableInput) -> EnvironmentVariable:
    return EnvironmentVariable(asked.name, asked.value, bool(asked.is_secret))
