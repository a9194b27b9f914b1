"""The jobs of a Compose stack: services that run once, to success, before those that wait for their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kyozo_gql.core.spec import MAX_JOB_ATTEMPTS, JobSpec
from kyozo_gql.topology.compose_tree import Node, Place, ServiceNode
from kyozo_gql.topology.model import ComposeService
from kyozo_gql.topology.parsing import as_scalar, as_table, as_text

_COMPLETED = "service_completed_successfully"
_MODES = frozenset({"replicated-job", "global-job"})
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class JobNote:
    """Why a service is a job: a key of the application, where it stands, a sentence."""

    field: str
    place: Place | None
    detail: str


def mark_jobs(
    services: tuple[ComposeService, ...], application: Node, main: str
) -> tuple[tuple[ComposeService, ...], list[JobNote]]:
    """The services with those marked that are jobs, and why each of them is one."""
    named = application.entries["services"].entries if services else {}
    nodes = {item.name: ServiceNode(item.name, named[item.name], application, main) for item in services}
    notes: dict[str, JobNote] = {}
    for name, note in (*_by_mode(nodes), *_by_condition(nodes)):
        notes.setdefault(name, note)
    marked = tuple(_as_job(item, nodes[item.name]) if item.name in notes else item for item in services)
    return marked, list(notes.values())


def _by_mode(nodes: Mapping[str, ServiceNode]) -> Iterator[tuple[str, JobNote]]:
    for name, node in nodes.items():
        mode = as_text(as_table(node.table.get("deploy")).get("mode"))
        if mode in _MODES:
            yield (
                name,
                JobNote(f"services.{name}.deploy.mode", node.place("deploy.mode"), f"{name[:100]} is a job: its mode is {mode}"),
            )


def _by_condition(nodes: Mapping[str, ServiceNode]) -> Iterator[tuple[str, JobNote]]:
    for name, node in nodes.items():
        for need, value in as_table(node.table.get("depends_on")).items():
            if need in nodes and as_table(value).get("condition") == _COMPLETED:
                detail = f"{need[:100]} is a job: {name[:100]} waits for its end"
                yield need, JobNote(f"services.{name}.depends_on.{need}", node.place(f"depends_on.{need}"), detail)


def _as_job(service: ComposeService, node: ServiceNode) -> ComposeService:
    refusals = service.refusals
    if service.replicas > 1:
        key = "deploy.replicas" if "replicas" in as_table(node.table.get("deploy")) else "scale"
        refusals = (*refusals, node.say(key, "a job runs in one container"))
    return replace(service, job=JobSpec(_attempts(node.table)), replicas=1, refusals=refusals)


def _attempts(table: Mapping[str, Any]) -> int:
    """How often a job is tried: once, or again after a failure where its restart policy says so."""
    deploy = as_table(table.get("deploy"))
    policy = as_table(deploy.get("restart_policy"))
    if policy:
        again, most = as_text(policy.get("condition")) or "any", as_scalar(policy.get("max_attempts")) or ""
    else:
        swarm = as_text(deploy.get("mode")) in _MODES and table.get("restart") is None
        again, _, most = ("on-failure" if swarm else as_scalar(table.get("restart")) or "no").partition(":")
    if again in {"no", "none", "false"}:
        return 1
    return min(MAX_JOB_ATTEMPTS, int(most) + 1) if most.isdecimal() and len(most) <= _DIGITS else MAX_JOB_ATTEMPTS
