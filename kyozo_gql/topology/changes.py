"""What is different between two detections of one folder.

A detection is spelled out as texts by field, and the texts are compared. Evidence and runner-ups are left out: they explain an
answer, and are no part of it. The variables of a Compose stack's services are told by name alone: their values may be
secrets, which no other answer shows.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kyozo_gql.core.spec import HealthCheckSpec, PortMapping
from kyozo_gql.topology.model import ComposeService, Detection, Patterns, Recommendation


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is not as it was; None: it had, or has, no value."""

    field: str
    before: str | None
    after: str | None


def compare(before: Detection | None, after: Detection) -> tuple[Change, ...]:
    """What changed, in the order of a detection's fields; nothing where there was none before."""
    if before is None:
        return ()
    old, new = dict(_facts(before)), dict(_facts(after))
    fields = dict.fromkeys((*new, *old))
    return tuple(Change(name, old.get(name), new.get(name)) for name in fields if old.get(name) != new.get(name))


def _facts(detection: Detection) -> Iterator[tuple[str, str]]:
    """Each field that has a value, as a text."""
    yield from _told(
        serviceType=detection.service_type.value if detection.service_type else None,
        name=detection.name,
        confidenceScore=f"{detection.confidence:g}",
    )
    yield from _pattern_facts(detection.patterns)
    if detection.recommendation:
        yield from _advice_facts(detection.recommendation)
    yield from _told(dependencies=_listed(sorted({edge.target for edge in detection.dependencies})))
    yield from _told(rulesVersion=detection.metadata.get("rules_version"))


def _pattern_facts(patterns: Patterns) -> Iterator[tuple[str, str]]:
    facts = {
        "language": patterns.language,
        "framework": patterns.framework,
        "packageManager": patterns.package_manager,
        "runtimeVersion": patterns.runtime_version,
        "composeServices": _listed(patterns.compose_services),
    }
    yield from _told(**{f"patterns.{name}": value for name, value in facts.items()})


def _advice_facts(advice: Recommendation) -> Iterator[tuple[str, str]]:
    facts = {
        "startCommand": advice.start_command,
        "buildContext": advice.build_context,
        "buildCommands": _listed(map(shlex.join, advice.build_commands), "\n"),
        "dockerfile": advice.dockerfile,
        "dockerfilePath": advice.dockerfile_path,
        **{f"environment.{name}": value for name, value in sorted(advice.environment.items())},
        "requiredEnvironment": _listed(advice.required_environment),
        "healthCheck": _health(advice.health_check),
        "memory": advice.memory,
        "cpu": advice.cpu,
    }
    yield from _told(**{f"recommendation.{name}": value for name, value in facts.items()})
    yield from _told(ports=_ports(advice.ports))
    for service in sorted(advice.compose_services, key=lambda one: one.name):
        yield from _service_facts(service)


def _service_facts(service: ComposeService) -> Iterator[tuple[str, str]]:
    facts = {
        "image": service.image,
        "buildContext": None if service.build_context is None else service.build_context or ".",
        "dockerfile": service.dockerfile or service.dockerfile_inline,
        "buildTarget": service.build_target,
        "entrypoint": None if service.entrypoint is None else json.dumps(service.entrypoint),
        "command": None if service.command is None else shlex.join(service.command),
        "environment": _listed(sorted(service.environment)),
        "ports": _ports(service.ports),
        "volumes": _listed(f"{mount.name}:{mount.target}" for mount in service.volumes),
        "files": _listed(mount.target for mount in service.files),
        "healthCheck": _health(service.health_check) if service.health_check else None,
        "needs": _listed(service.needs),
        "replicas": str(service.replicas),
        "job": None if service.job is None else f"at most {service.job.attempts} attempts",
        "memory": service.memory,
        "cpu": service.cpu,
        "refusals": _listed(service.refusals, "\n"),
    }
    yield from _told(**{f"services.{service.name}.{name}": value for name, value in facts.items()})


def _told(**facts: str | None) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in facts.items() if value is not None)


def _listed(texts: Iterable[str], between: str = ", ") -> str | None:
    return between.join(texts) or None


def _ports(ports: tuple[PortMapping, ...]) -> str | None:
    return _listed(_port(port) for port in ports)


def _port(port: PortMapping) -> str:
    host = "" if port.host_port is None else f"{port.host_port}:"
    return f"{host}{port.container_port}/{port.protocol.value}"


def _health(check: HealthCheckSpec) -> str:
    asked = check.path if check.command is None else shlex.join(check.command)
    return " ".join(filter(None, (check.kind.value, f":{check.port}" if check.port else None, asked)))
