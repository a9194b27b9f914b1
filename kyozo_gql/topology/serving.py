"""How a service is reached and asked for its health: one place for the convention that it listens on $PORT."""

from __future__ import annotations

from collections.abc import Iterable

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping
from kyozo_gql.topology.backing import configuration_dependencies, environment_dependencies, library_dependencies
from kyozo_gql.topology.environment import read_example
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.source_environment import demanded_variables
from kyozo_gql.topology.sources import Hints

_SMALL, _LARGE = ("128Mi", "0.25"), ("1Gi", "1")
_LIMITS = {
    "static": _SMALL,
    **dict.fromkeys(("nextjs", "nuxt", "strapi", "directus", "medusa", "payload", "keystone"), _LARGE),
    **dict.fromkeys(("streamlit", "gradio", "reflex", "panel", "chainlit"), _LARGE),
}


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


def limits_for(framework: str | None) -> tuple[str | None, str | None]:
    """Memory and CPU for what is known to need more or less than the default; (None, None) for anything else."""
    return _LIMITS.get(framework or "", (None, None))


def note_port(finding: Finding, folder: Folder, file: str, hints: Hints) -> None:
    """Says in the evidence where the port comes from."""
    if hints.port:
        detail = f"listens on {hints.port}" + (" where PORT names no other port" if hints.reads_port else "")
        finding.indicators.append(folder.indicate(file, "port.source", 0.0, detail, line=hints.port_line))


def note_environment(
    finding: Finding, folder: Folder, manifest: str | None, libraries: frozenset[str], sources: Iterable[str] = ()
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Adds what the folder depends on, and answers the defaults and the required names of its environment.

    They are those of its example environment, and what these ``sources`` can't do without.
    """
    example = read_example(folder)
    if manifest:
        finding.dependencies += library_dependencies(folder, manifest, libraries)
    finding.dependencies += environment_dependencies(folder, example.file, example.values)
    finding.dependencies += configuration_dependencies(folder)
    if example.file:
        detail = f"names {len(example.values)} variables, {len(example.required)} of them without a usable default"
        finding.indicators.append(folder.indicate(example.file, "environment.example", 0.0, detail))
    known = {*example.defaults, *example.required}
    required = list(example.required)
    for file in dict.fromkeys(sources):
        names = [name for name in demanded_variables(folder.read(file) or "") if name not in known]
        if names:
            known.update(names)
            required += names
            detail = f"can't do without {', '.join(names[:10])}"
            finding.indicators.append(folder.indicate(file, "environment.source", 0.0, detail))
    return example.defaults, tuple(required)
