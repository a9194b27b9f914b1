"""What may be asked of a service. Every wrong field is named; nothing is changed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import PurePosixPath
from typing import Any

from kyozo_gql.containers.config import DeploymentConfig, EnvironmentVariable, ScalingConfig, ServiceConfig
from kyozo_gql.core.errors import FieldError, InvalidInput
from kyozo_gql.core.quantity import parse_bytes, parse_cpus
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, PortProtocol, ResourceLimits, ServiceType

NAME = re.compile(r"[a-zA-Z0-9_-]{1,100}")
MAX_REPLICAS = 100
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_IMAGE = re.compile(r"[a-z0-9][\w.:/@-]{0,254}", re.ASCII)
_MAX_TEXT = 32_768
_MAX_ENTRIES = 200
_PORTS = range(1, 65_536)
_PERCENT = range(1, 101)
_SECONDS = {
    "interval_seconds": (1, 86_400),
    "timeout_seconds": (1, 3_600),
    "retries": (1, 100),
    "start_period_seconds": (0, 86_400),
}


@dataclass(frozen=True, slots=True)
class ServiceChanges:
    """What a user gives of a service; None: leave it, or take what detection says. Values of variables are plain."""

    name: str | None = None
    service_type: ServiceType | None = None
    deployment: Mapping[str, Any] | None = None
    ports: tuple[PortMapping, ...] | None = None
    environment: tuple[EnvironmentVariable, ...] | None = None
    limits: Mapping[str, str] | None = None
    health_check: Mapping[str, Any] | None = None
    scaling: Mapping[str, Any] | None = None


def check_name(name: str) -> str:
    """The name. Raises InvalidInput."""
    if not NAME.fullmatch(name):
        raise InvalidInput.of("name", "1 to 100 letters, digits, _ or -")
    return name


def apply_changes(config: ServiceConfig, changes: ServiceChanges, box: SecretBox) -> ServiceConfig:
    """The configuration with the changes, secrets sealed. Raises InvalidInput that names every wrong field."""
    wanted = ServiceConfig(
        deployment=_with_context(_merge(config.deployment, changes.deployment), changes.deployment),
        ports=config.ports if changes.ports is None else changes.ports,
        environment=config.environment if changes.environment is None else changes.environment,
        limits=_merge(config.limits, changes.limits),
        health_check=_merge(config.health_check, changes.health_check),
        scaling=_merge(config.scaling, changes.scaling),
    )
    faults = tuple(find_faults(wanted))
    if faults:
        raise InvalidInput(*faults)
    if changes.environment is None:
        return wanted
    return replace(wanted, environment=tuple(_sealed(variable, box) for variable in changes.environment))


def find_faults(config: ServiceConfig) -> Iterator[FieldError]:
    """Everything that is wrong with a configuration."""
    yield from _deployment_faults(config.deployment)
    yield from _port_faults(config.ports)
    yield from _environment_faults(config.environment)
    yield from _limit_faults(config.limits)
    yield from _health_faults(config.health_check, config.ports)
    yield from _scaling_faults(config.scaling, config)


def _with_context(config: DeploymentConfig, changes: Mapping[str, Any] | None) -> DeploymentConfig:
    """A Dockerfile that the owner names is one of the service's own folder."""
    named = (changes or {}).get("dockerfile_path") is not None
    return replace(config, context_path=None) if named else config


def _merge(value: Any, changes: Mapping[str, Any] | None) -> Any:
    """The value with what is given; a null clears what may be empty, and leaves the rest as it is."""
    may_be_none = {field.name: field.default is None for field in fields(value)}
    given = {key: item for key, item in (changes or {}).items() if key in may_be_none and (item is not None or may_be_none[key])}
    return replace(value, **given)


def _sealed(variable: EnvironmentVariable, box: SecretBox) -> EnvironmentVariable:
    return replace(variable, value=box.seal(variable.value)) if variable.is_secret else variable


def _deployment_faults(config: DeploymentConfig) -> Iterator[FieldError]:
    if config.image is not None and not _IMAGE.fullmatch(config.image):
        yield FieldError("deployment_config.image", "an image reference, like registry.example/team/app:1.2")
    # That of a stack may be beside the folder that is built.
    dockerfile = posixpath.normpath(posixpath.join(config.context_path or "", config.dockerfile_path or "."))
    if config.dockerfile_path is not None and not _is_inside(dockerfile):
        yield FieldError("deployment_config.dockerfile_path", "a path inside the folder, like docker/Dockerfile")
    if config.start_command is not None and not (config.start_command.strip() and _is_text(config.start_command)):
        yield FieldError("deployment_config.start_command", "a command line")
    if not _is_texts(config.build_args):
        yield FieldError("deployment_config.build_args", "an object of names and texts")
        return
    for name, value in config.build_args.items():
        if not _VARIABLE.fullmatch(name) or not _is_text(value):
            yield FieldError(f"deployment_config.build_args.{ascii(name[:40])[1:-1]}", "a name like VERSION and a text")


def _is_text(text: str) -> bool:
    """Whether a text can be kept and handed to a program: no NUL, no half of a character, not too long."""
    return len(text) <= _MAX_TEXT and "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_texts(value: object) -> bool:
    """The one value that clients give as JSON: it may be anything."""
    return isinstance(value, Mapping) and all(isinstance(item, str) for pair in value.items() for item in pair)


def _is_inside(path: str) -> bool:
    parsed = PurePosixPath(path)
    return bool(parsed.parts) and not parsed.is_absolute() and ".." not in parsed.parts and _is_text(path)


def _port_faults(ports: tuple[PortMapping, ...]) -> Iterator[FieldError]:
    if len(ports) > _MAX_ENTRIES:
        yield FieldError("port_mappings", f"at most {_MAX_ENTRIES}")
    for index, port in enumerate(ports):
        if not _is_port(port.container_port):
            yield FieldError(f"port_mappings.{index}.container_port", "1 to 65535")
        if port.host_port is not None and not _is_port(port.host_port):
            yield FieldError(f"port_mappings.{index}.host_port", "1 to 65535")
    inside = [(port.container_port, port.protocol) for port in ports]
    outside = [(port.host_port, port.protocol) for port in ports if port.host_port is not None]
    for index in _repeated(inside):
        yield FieldError(f"port_mappings.{index}.container_port", "each port once")
    for index in _repeated([(p.host_port, p.protocol) if p.host_port is not None else object() for p in ports] if outside else []):
        yield FieldError(f"port_mappings.{index}.host_port", "each port once")


def _environment_faults(variables: tuple[EnvironmentVariable, ...]) -> Iterator[FieldError]:
    if len(variables) > _MAX_ENTRIES:
        yield FieldError("environment_variables", f"at most {_MAX_ENTRIES}")
    for index, variable in enumerate(variables):
        if not _VARIABLE.fullmatch(variable.name):
            yield FieldError(f"environment_variables.{index}.name", "letters, digits and _, not beginning with a digit")
        if not _is_text(variable.value):
            yield FieldError(f"environment_variables.{index}.value", f"at most {_MAX_TEXT} characters, none of them NUL")
    for index in _repeated([variable.name for variable in variables]):
        yield FieldError(f"environment_variables.{index}.name", "each name once")


def _limit_faults(limits: ResourceLimits) -> Iterator[FieldError]:
    for name, parse in (("memory", parse_bytes), ("cpu", parse_cpus), ("storage", parse_bytes)):
        try:
            parse(getattr(limits, name))
        except ValueError as error:
            yield FieldError(f"resource_limits.{name}", str(error))


def _health_faults(check: HealthCheckSpec, ports: tuple[PortMapping, ...]) -> Iterator[FieldError]:
    path, command = check.path or "", check.command or ()
    if (check.kind is HealthCheckKind.HTTP and not path.startswith("/")) or not _is_text(path):
        yield FieldError("health_check_config.path", "a path that begins with /")
    if (check.kind is HealthCheckKind.COMMAND and not command) or not all(map(_is_text, command)):
        yield FieldError("health_check_config.command", "a command and its arguments")
    if check.kind in (HealthCheckKind.HTTP, HealthCheckKind.TCP):
        if check.port is None and not any(port.protocol is PortProtocol.TCP for port in ports):
            yield FieldError("health_check_config.port", "a container port, where no TCP port is mapped")
        if check.port is not None and not _is_port(check.port):
            yield FieldError("health_check_config.port", "1 to 65535")
    for name, (least, most) in _SECONDS.items():
        if not least <= getattr(check, name) <= most:
            yield FieldError(f"health_check_config.{name}", f"{least} to {most}")


def _scaling_faults(scaling: ScalingConfig, config: ServiceConfig) -> Iterator[FieldError]:
    if not 1 <= scaling.min_replicas <= MAX_REPLICAS:
        yield FieldError("scaling_config.min_replicas", f"1 to {MAX_REPLICAS}")
    if not scaling.min_replicas <= scaling.max_replicas <= MAX_REPLICAS:
        yield FieldError("scaling_config.max_replicas", f"from minReplicas to {MAX_REPLICAS}")
    if scaling.target_cpu_percent is not None and scaling.target_cpu_percent not in _PERCENT:
        yield FieldError("scaling_config.target_cpu_percent", "1 to 100")
    if config.deployment.job and scaling.max_replicas > 1:
        yield FieldError("scaling_config.max_replicas", "1: a job runs in one container")
    if config.has_fixed_ports and scaling.min_replicas > 1:
        yield FieldError("scaling_config.min_replicas", "a fixed host port serves one replica; leave hostPort out")


def _is_port(number: int) -> bool:
    return number in _PORTS


def _repeated(values: Iterable[object]) -> Iterator[int]:
    seen = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index
        seen.add(value)
