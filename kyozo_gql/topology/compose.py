"""Compose stack: a Compose file with services to run."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import Any

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, ServiceType
from kyozo_gql.topology import compose_values as values
from kyozo_gql.topology.backing import image_service
from kyozo_gql.topology.compose_refusals import env_files, leaves_folder, refuse
from kyozo_gql.topology.compose_volumes import read_volumes
from kyozo_gql.topology.environment import parse_env
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.interpolation import Interpolation, InterpolationError
from kyozo_gql.topology.model import ComposeService, Dependency, Patterns, Recommendation
from kyozo_gql.topology.parsing import as_table, as_text

FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_MAX_SERVICES = 100
_REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "github.com/")


@dataclass(frozen=True, slots=True)
class _File:
    """A Compose file with its variables filled in, and the lines of its keys."""

    name: str
    document: dict[str, Any]
    lines: dict[tuple[str, ...], int]
    missing: tuple[str, ...]


def detect_compose(folder: Folder) -> Finding | None:
    """What a Compose file makes of a folder; None where there is none, or it can't be read."""
    file = _load(folder)
    if file is None:
        return None
    finding = Finding(ServiceType.COMPOSE_STACK, project_name=as_text(file.document.get("name")))
    services = _read_services(finding, folder, file)
    if not services:
        finding.indicators.append(folder.indicate(file.name, "compose.no_services", -0.5, "has no service that runs by default"))
        return finding
    finding.indicators.append(
        folder.indicate(file.name, "compose.services", 0.9, f"runs {', '.join(item.name for item in services)}"[:300])
    )
    _note_contents(finding, folder, file, services)
    finding.patterns = Patterns(compose_services=tuple(item.name for item in services))
    finding.dependencies += _dependencies(folder, file, services)
    published = tuple(dict.fromkeys(mapping for item in services for mapping in item.ports))
    finding.metadata |= {
        "compose_file": file.name,
        "build_contexts": sorted({item.build_context for item in services if item.build_context is not None}),
    }
    finding.recommendation = Recommendation(ports=published, compose_services=services)
    return finding


def _load(folder: Folder) -> _File | None:
    name = folder.first(*FILES)
    document = folder.yaml(name) if name else None
    if name is None or document is None:
        return None
    interpolation = Interpolation(parse_env(folder.read(".env") or ""))
    try:
        filled = as_table(interpolation.fill_document(document))
    except InterpolationError as error:
        folder.note_fault(name, f"{name} {error}")
        return None
    return _File(name, filled, folder.lines(name), tuple(sorted(interpolation.missing)))


def _read_services(finding: Finding, folder: Folder, file: _File) -> tuple[ComposeService, ...]:
    found: list[ComposeService] = []
    for name, value in as_table(file.document.get("services")).items():
        service = as_table(value)
        if values.read_names(service.get("profiles")):
            finding.indicators.append(folder.indicate(file.name, "compose.profile", 0.0, f"{name[:100]} runs only in a profile"))
        elif len(found) < _MAX_SERVICES and service:
            found.append(_read_service(folder, file, name, service))
    known = {item.name for item in found}
    return tuple(replace(item, needs=tuple(need for need in item.needs if need in known)) for item in found)


def _read_service(folder: Folder, file: _File, name: str, service: dict[str, Any]) -> ComposeService:
    build, limits = (
        _read_build(folder, file, name, service),
        as_table(as_table(as_table(service.get("deploy")).get("resources")).get("limits")),
    )
    ports, exposed = values.read_ports(service.get("ports")), values.read_exposed(service.get("expose"))
    first = ports[0].container_port if ports else exposed[0] if exposed else None
    deploy = as_table(service.get("deploy"))
    needs = values.read_names(service.get("depends_on")) + values.read_names(service.get("links"))
    return replace(
        build,
        image=as_text(service.get("image")),
        command=values.read_command(service.get("command")),
        entrypoint=values.read_command(service.get("entrypoint")),
        environment=_read_environment(folder, service),
        ports=ports,
        exposed=exposed,
        volumes=read_volumes(name, service.get("volumes")),
        health_check=values.read_health_check(service.get("healthcheck"), first) or _port_check(first),
        needs=tuple(dict.fromkeys(needs)),
        replicas=values.read_replicas(deploy.get("replicas", service.get("scale"))),
        memory=values.read_memory(limits.get("memory", service.get("mem_limit"))),
        cpu=values.read_cpus(limits.get("cpus", service.get("cpus"))),
        refusals=refuse(name, service, file.document, file.lines) + build.refusals,
    )


def _port_check(port: int | None) -> HealthCheckSpec | None:
    return HealthCheckSpec(HealthCheckKind.TCP, port=port) if port else None


def _read_build(folder: Folder, file: _File, name: str, service: dict[str, Any]) -> ComposeService:
    value = service.get("build")
    table = as_table(value)
    context = as_text(value) or (as_text(table.get("context")) or "." if table else None)
    if context is None:
        return ComposeService(name)
    path = posixpath.normpath(posixpath.join(folder.path, context))
    if context.startswith(_REMOTE) or leaves_folder(path):
        line = file.lines.get(("services", name, "build"))
        why = "is fetched from elsewhere" if context.startswith(_REMOTE) else "leads out of the workspace"
        refusal = (
            f"services.{name}.build{f' (line {line})' if line else ''}: the context {context[:100]} {why}, which is not allowed"
        )
        return ComposeService(name, refusals=(refusal,))
    return ComposeService(
        name,
        build_context="" if path == "." else path,
        dockerfile=as_text(table.get("dockerfile")),
        build_args=values.read_variables(table.get("args")),
        build_target=as_text(table.get("target")),
    )


def _read_environment(folder: Folder, service: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in env_files(service.get("env_file")):
        if not leaves_folder(path):
            found |= parse_env(folder.read(posixpath.normpath(path)) or "")
    return found | values.read_variables(service.get("environment"))


def _note_contents(finding: Finding, folder: Folder, file: _File, services: tuple[ComposeService, ...]) -> None:
    def note(rule: str, weight: float, detail: str) -> None:
        finding.indicators.append(folder.indicate(file.name, rule, weight, detail[:400]))

    built = [item.name for item in services if item.build_context is not None]
    if built:
        note("compose.builds", 0.1, f"builds {', '.join(built)}")
    backing = [item for item in services if item.build_context is None and image_service(item.image or "")]
    if len(backing) == len(services):
        note("compose.backing_only", -0.2, "runs backing services only: they may be meant for development")
    if file.missing:
        note("compose.unset", 0.0, f"names variables without a value: {', '.join(file.missing)}")
    for item in services:
        for refusal in item.refusals:
            note("compose.refused", 0.0, refusal)
        if item.image is None and item.build_context is None and not item.refusals:
            note("compose.nothing_to_run", -0.1, f"{item.name} has neither image nor build")
    if "include" in file.document or any(
        "extends" in as_table(value) for value in as_table(file.document.get("services")).values()
    ):
        note("compose.other_files", -0.1, "takes parts from other files or services (include, extends), which are not read")


def _dependencies(folder: Folder, file: _File, services: tuple[ComposeService, ...]) -> list[Dependency]:
    """The edges between the services (as folder/service), and from the stack to what its images are."""
    place = folder.locate(file.name)
    edges = [
        Dependency(folder.locate(item.name), folder.locate(need), "compose", f"{place}: {item.name} depends on {need}")
        for item in services
        for need in item.needs
    ]
    backing = {service: item for item in services if item.build_context is None and (service := image_service(item.image or ""))}
    edges += [Dependency(folder.path, name, "compose", f"{place}: {item.name} runs {item.image}") for name, item in backing.items()]
    return edges
