"""The configuration of a service as values, and as what its JSON columns hold.

The columns are maps (the seed's ``:map``): ports by ``"8000/tcp"``, variables by name; a secret's value is sealed. ``order`` keeps
what the owner wrote first, first: jsonb sorts its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.core.spec import (
    FileMount,
    HealthCheckKind,
    HealthCheckSpec,
    JobSpec,
    PortMapping,
    PortProtocol,
    ResourceLimits,
    VolumeMount,
)


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that only replicas get to see, at ``target``; ``value`` is the sealed form of its text."""

    target: str
    value: str


@dataclass(frozen=True, slots=True)
class DeploymentConfig:
    """What is deployed: a ready-made image, or the folder (its Dockerfile or a generated one), and how it is started.

    ``context_path`` is the folder that is built where it is not the service's own: the root of the workspace that it is a member
    of, or what a Compose file says. ``command`` is the arguments that it is started with, ``needs`` the siblings that run before
    it, and ``volumes`` what outlives its replicas. These, and everything from ``build_target`` on, are for a service of a Compose
    stack: ``dockerfile_inline`` is the text of its Dockerfile, ``entrypoint`` takes the place of the image's (empty: there is
    none), ``files`` are put into its image, ``aliases`` are its further names, ``job``: it runs once for each deployment, to
    success. ``start_command`` is a line for a shell. ``dockerfile_path`` is relative to the folder that is built.
    """

    image: str | None = None
    context_path: str | None = None
    dockerfile_path: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    start_command: str | None = None
    command: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    volumes: tuple[VolumeMount, ...] = ()
    build_target: str | None = None
    dockerfile_inline: str | None = None
    entrypoint: tuple[str, ...] | None = None
    user: str | None = None
    working_dir: str | None = None
    files: tuple[FileMount, ...] = ()
    aliases: tuple[str, ...] = ()
    secrets: tuple[SecretFile, ...] = ()
    job: JobSpec | None = None

    @property
    def is_built(self) -> bool:
        """Whether its image is made here, and not only pulled."""
        return self.image is None or bool(self.files)

    def built_path(self, folder_path: str) -> str:
        """The folder that is built, relative to the workspace."""
        return folder_path if self.context_path is None else self.context_path

    @property
    def arguments(self) -> tuple[str, ...] | None:
        """What a replica is started with; None: what its image says."""
        return ("/bin/sh", "-c", self.start_command) if self.start_command else self.command


@dataclass(frozen=True, slots=True)
class EnvironmentVariable:
    """A variable; ``value`` of a secret is its sealed form wherever it is kept, and None where it is shown."""

    name: str
    value: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class ScalingConfig:
    """How many replicas are allowed, and whether they follow the load."""

    min_replicas: int = 1
    max_replicas: int = 10
    target_cpu_percent: int | None = None
    autoscale: bool = False


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """Everything that a user configures about a service."""

    deployment: DeploymentConfig = DeploymentConfig()
    ports: tuple[PortMapping, ...] = ()
    environment: tuple[EnvironmentVariable, ...] = ()
    limits: ResourceLimits = ResourceLimits()
    health_check: HealthCheckSpec = HealthCheckSpec()
    scaling: ScalingConfig = ScalingConfig()

    @property
    def has_fixed_ports(self) -> bool:
        """Whether some port of the host was asked for: then one replica alone can run, and versions can't overlap."""
        return any(port.host_port is not None for port in self.ports)

    @property
    def first_port(self) -> int | None:
        """The container port that the service's main traffic comes to."""
        return next((port.container_port for port in self.ports if port.protocol is PortProtocol.TCP), None)

    def plain_environment(self, box: SecretBox) -> dict[str, str]:
        """The variables as a replica gets them, secrets opened, PORT added. Raises ConfigurationError."""
        port = {} if self.first_port is None else {"PORT": str(self.first_port)}
        return port | {v.name: box.open(v.value) if v.is_secret else v.value for v in self.environment}


COLUMNS = (
    "deployment_config",
    "port_mappings",
    "environment_variables",
    "resource_limits",
    "health_check_config",
    "scaling_config",
)


def columns_of(config: ServiceConfig) -> dict[str, Any]:
    """The JSON columns of ``service_instances`` that hold a configuration."""
    return {
        "deployment_config": {
            "image": config.deployment.image,
            "context_path": config.deployment.context_path,
            "dockerfile_path": config.deployment.dockerfile_path,
            "build_args": dict(config.deployment.build_args),
            "start_command": config.deployment.start_command,
            "command": config.deployment.command,
            "needs": config.deployment.needs,
            "volumes": [asdict(volume) for volume in config.deployment.volumes],
            "build_target": config.deployment.build_target,
            "dockerfile_inline": config.deployment.dockerfile_inline,
            "entrypoint": config.deployment.entrypoint,
            "user": config.deployment.user,
            "working_dir": config.deployment.working_dir,
            "files": [asdict(file) for file in config.deployment.files],
            "aliases": config.deployment.aliases,
            "secrets": [asdict(secret) for secret in config.deployment.secrets],
            "job": config.deployment.job and asdict(config.deployment.job),
        },
        "port_mappings": {
            f"{p.container_port}/{p.protocol}": {"host_port": p.host_port, "order": order} for order, p in enumerate(config.ports)
        },
        "environment_variables": {
            v.name: {"value": v.value, "is_secret": v.is_secret, "order": order} for order, v in enumerate(config.environment)
        },
        "resource_limits": asdict(config.limits),
        "health_check_config": asdict(config.health_check),
        "scaling_config": asdict(config.scaling),
    }


def config_from(columns: Mapping[str, Any]) -> ServiceConfig:
    """The configuration that such columns hold; what is missing takes its default."""
    deployment = dict(columns.get("deployment_config") or {})
    deployment["command"] = tuple(deployment["command"]) if deployment.get("command") else None
    deployment["needs"] = tuple(deployment.get("needs") or ())
    deployment["volumes"] = tuple(VolumeMount(**volume) for volume in deployment.get("volumes") or ())
    deployment["entrypoint"] = None if deployment.get("entrypoint") is None else tuple(deployment["entrypoint"])
    deployment["files"] = tuple(FileMount(**file) for file in deployment.get("files") or ())
    deployment["aliases"] = tuple(deployment.get("aliases") or ())
    deployment["secrets"] = tuple(SecretFile(**secret) for secret in deployment.get("secrets") or ())
    deployment["job"] = JobSpec(**deployment["job"]) if deployment.get("job") else None
    check = dict(columns.get("health_check_config") or {})
    if check:
        check["kind"] = HealthCheckKind(check["kind"])
        check["command"] = tuple(check["command"]) if check.get("command") else None
    return ServiceConfig(
        deployment=DeploymentConfig(**deployment),
        ports=tuple(_port(key, value) for key, value in _in_order(columns.get("port_mappings"))),
        environment=tuple(
            EnvironmentVariable(name, value["value"], value["is_secret"])
            for name, value in _in_order(columns.get("environment_variables"))
        ),
        limits=ResourceLimits(**columns.get("resource_limits") or {}),
        health_check=HealthCheckSpec(**check),
        scaling=ScalingConfig(**{k: v for k, v in (columns.get("scaling_config") or {}).items() if k != "target_replicas"}),
    )


def _in_order(entries: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return sorted((entries or {}).items(), key=lambda entry: entry[1].get("order", 0))


def _port(key: str, value: Mapping[str, Any]) -> PortMapping:
    number, _, protocol = key.partition("/")
    return PortMapping(int(number), value.get("host_port"), PortProtocol(protocol))


def frozen_config(service: ServiceInstance) -> dict[str, Any]:
    """What a deployment keeps of a service's configuration, so that it stays what it was when it was accepted."""
    return {"service_type": service.service_type, "folder_path": service.folder_path, **columns_of(config_of(service))}


def config_of(service: ServiceInstance) -> ServiceConfig:
    """The configuration of a service as it is now."""
    return config_from({name: getattr(service, name) for name in COLUMNS})
