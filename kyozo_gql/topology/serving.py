"""How a service is reached and asked for its health: one place for the convention that it listens on $PORT."""

from __future__ import annotations

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping
from kyozo_gql.topology.backing import configuration_dependencies, environment_dependencies, library_dependencies
from kyozo_gql.topology.environment import read_example
from kyozo_gql.topology.folder import Finding, Folder


def port_mappings(port: int | None) -> tuple[PortMapping, ...]:
    """The mapping of one container port whose host port is chosen when it is published."""
    return (PortMapping(port),) if port else ()


def choose_health_check(port: int | None, *, web: bool, path: str | None) -> HealthCheckSpec:
    """HTTP for what speaks it (a literal health route, else "/"), TCP for any other port, none for a worker."""
    if port is None:
        return HealthCheckSpec()
    if web or path:
        return HealthCheckSpec(HealthCheckKind.HTTP, path=path or "/", port=port)
    return HealthCheckSpec(HealthCheckKind.TCP, port=port)


def note_environment(
    finding: Finding, folder: Folder, manifest: str | None, libraries: frozenset[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Adds what the folder depends on, and answers the defaults and the required names of its example environment."""
    example = read_example(folder)
    if manifest:
        finding.dependencies += library_dependencies(folder, manifest, libraries)
    finding.dependencies += environment_dependencies(folder, example.file, example.values)
    finding.dependencies += configuration_dependencies(folder)
    if example.file:
        detail = f"names {len(example.values)} variables, {len(example.required)} of them without a usable default"
        finding.indicators.append(folder.indicate(example.file, "environment.example", 0.0, detail))
    return example.defaults, example.required
