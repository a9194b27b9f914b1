"""What a user asked of a service's configuration, as the audit trail keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kyozo_gql.accounts.audit import client_name
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.spec import PortMapping

# A command line may hold a secret as well as a variable does: it is said that it was given, and no more.
_COMMANDS: Final = ("start_command", "command")


def described(changes: ServiceChanges) -> dict[str, Any]:
    """What was given. Of variables, build arguments and commands there are the names, never the values."""
    found = {
        "name": changes.name,
        "deployment_config": _members(changes.deployment),
        "port_mappings": None if changes.ports is None else [_port(port) for port in changes.ports],
        "environment_variables": None if changes.environment is None else [variable.name for variable in changes.environment],
        "resource_limits": _members(changes.limits),
        "health_check_config": _members(changes.health_check),
        "scaling_config": _members(changes.scaling),
    }
    return {name: value for name, value in found.items() if value is not None}


def _members(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if given is None else {client_name(name): _shown(name, value) for name, value in given.items()}


def _shown(name: str, value: Any) -> Any:
    if name == "build_args" and value is not None:
        return sorted(value)
    return "(not kept)" if name in _COMMANDS and value is not None else value


def _port(port: PortMapping) -> dict[str, Any]:
    return {"containerPort": port.container_port, "hostPort": port.host_port, "protocol": port.protocol}
