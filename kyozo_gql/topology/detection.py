"""What one folder is: every rule set has its say, then one answer is given.

The order of decision:

1. A Compose file that builds or runs services of its own. One that only runs backing services (a database for development) yields
   to whatever else the folder is.
2. A Dockerfile: its owner has decided how the folder is built. Language rules then only add what they recognised. One that is
   kept apart (docker/Dockerfile, Dockerfile.prod) yields to what a language rule knows, because it may be one way of several.
3. The language with the most confidence; between equals Go, Rust, Python, Node.js, because a package.json often only builds assets.
4. A proxy's configuration, where the folder is nothing else.

Below ``THRESHOLD`` nothing is a service. Whoever lost is kept in the metadata, with the reason.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, ServiceType
from kyozo_gql.topology.confidence import THRESHOLD, contested, no_service
from kyozo_gql.topology.embedded import weigh_embedding
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import RULES_VERSION, Dependency, Detection, Indicator, Recommendation
from kyozo_gql.topology.place import weigh_place
from kyozo_gql.topology.recommendation import RULES

_REASONS_TO_WIN = {
    ServiceType.COMPOSE_STACK: "a Compose file says how the whole stack runs",
    ServiceType.CONTAINERIZED: "a Dockerfile says how the folder is built",
}
_REASONS_TO_LOSE = {
    ServiceType.CONTAINERIZED: "the Dockerfile is kept apart from the folder, and is one way of several to build it",
    ServiceType.COMPOSE_STACK: "the Compose file only runs backing services",
    ServiceType.PROXY: "the proxy's configuration stands beside an application",
}
_LIBRARY = -0.5  # what a library of Python weighs, or less
_LANGUAGES = (ServiceType.GOLANG, ServiceType.RUST, ServiceType.PYTHON, ServiceType.NODEJS)


def detect(folder: Folder, root_name: str | None = None) -> Detection:
    """The one answer for a folder. ``root_name`` names the root of a tree whose manifests give it no name."""
    findings = [finding for rule in RULES.values() if (finding := rule(folder))]
    _weigh_command(findings)
    _weigh_assets(findings)
    for finding in findings:
        weigh_place(finding, folder)
        weigh_embedding(finding, folder)
    ranked = sorted(findings, key=_rank)
    winner = ranked[0] if ranked and ranked[0].score >= THRESHOLD else None
    metadata: dict[str, Any] = {"rules_version": RULES_VERSION, "runner_ups": _explain(winner, ranked)}
    faults = tuple(folder.faults[path] for path in sorted(folder.faults))
    if winner is None:
        sure = no_service(finding.score for finding in findings)
        indicators = tuple(indicator for finding in findings for indicator in finding.indicators)
        name = service_name(folder.path, None, root_name)
        return Detection(folder.path, None, name, sure, indicators=_unique(indicators + faults), metadata=metadata)
    _complete(winner, findings)
    metadata |= winner.metadata
    return Detection(
        folder_path=folder.path,
        service_type=winner.service_type,
        name=service_name(folder.path, winner.project_name, root_name),
        confidence=_confidence(winner, ranked),
        patterns=winner.patterns,
        indicators=_unique((*winner.indicators, *faults)),
        dependencies=_merge_dependencies(folder.path, findings),
        recommendation=winner.recommendation,
        metadata=metadata,
    )


def _weigh_command(findings: list[Finding]) -> None:
    """An image without a port of what is a program for the command line is a way to run that."""
    image = next((finding for finding in findings if finding.service_type is ServiceType.CONTAINERIZED), None)
    if image is None or image.recommendation.ports or image.score < THRESHOLD:
        return
    for finding in findings:
        command = next((item for item in finding.indicators if item.rule.endswith(".command") and item.weight < 0), None)
        if finding.service_type in _LANGUAGES and finding.score < THRESHOLD and command:
            image.indicators.append(
                Indicator(command.path, "dockerfile.tool", -0.3, f"exposes no port, and {command.detail}"[:400])
            )
            return


def _weigh_assets(findings: list[Finding]) -> None:
    """A package.json beside a library of Python that is published builds what is published with it."""
    node = next((finding for finding in findings if finding.service_type is ServiceType.NODEJS), None)
    library = next(
        (
            item
            for finding in findings
            if finding.service_type is ServiceType.PYTHON
            for item in finding.indicators
            if item.rule in {"python.extension", "python.library"} and item.weight <= _LIBRARY
        ),
        None,
    )
    if node is None or library is None or any(item.rule == "nodejs.application" for item in node.indicators):
        return
    detail = f"stands beside a library of Python, whose assets it builds: {library.detail}"[:400]
    node.indicators.append(Indicator(library.path, "nodejs.other_application", -0.4, detail))


def service_name(path: str, project: str | None, root_name: str | None) -> str:
    """A name that fits ``^[a-zA-Z0-9_-]{1,100}$``: the folder's, for the root the project's or ``root_name``."""
    for candidate in (path.rpartition("/")[2], (project or "").rpartition("/")[2], root_name or ""):
        name = re.sub(r"[^a-zA-Z0-9_-]+", "-", candidate).strip("-")[:100]
        if name:
            return name
    return "service"


def _rank(finding: Finding) -> tuple[int, float, int]:
    """Lower wins: not a service at all comes last, then by kind, then by confidence."""
    if finding.score < THRESHOLD:
        return (9, -finding.score, 0)
    match finding.service_type:
        case ServiceType.COMPOSE_STACK:
            backing_only = any(indicator.rule == "compose.backing_only" for indicator in finding.indicators)
            return (4 if backing_only else 0, 0.0, 0)
        case ServiceType.CONTAINERIZED:
            return (3 if any(indicator.rule == "dockerfile.apart" for indicator in finding.indicators) else 1, 0.0, 0)
        case ServiceType.PROXY:
            return (5, 0.0, 0)
        case language:
            return (2, -min(1.0, finding.score), _LANGUAGES.index(language))


def _confidence(winner: Finding, ranked: list[Finding]) -> float:
    """How sure the winner is, with what else it could be: what a Dockerfile or a Compose file holds does not contest it."""
    if winner.service_type not in _LANGUAGES:
        return winner.confidence
    others = (other.score for other in ranked if other is not winner and other.service_type in _LANGUAGES)
    return contested(winner.score, others)


def _explain(winner: Finding | None, ranked: list[Finding]) -> list[dict[str, Any]]:
    others = [finding for finding in ranked if finding is not winner]
    return [
        {"service_type": other.service_type.value, "confidence": other.confidence, "reason": _reason(winner, other)}
        for other in others
    ]


def _reason(winner: Finding | None, other: Finding) -> str:
    if winner is None or other.score < THRESHOLD:
        least = min(other.indicators, key=lambda indicator: indicator.weight, default=None)
        why = f": {least.detail}" if least and least.weight < 0 else ""
        return f"too little speaks for it{why}"
    reason = _REASONS_TO_WIN.get(winner.service_type) or _REASONS_TO_LOSE.get(other.service_type)
    return reason or f"more speaks for {winner.service_type.value}"


def _complete(winner: Finding, findings: list[Finding]) -> None:
    """A Dockerfile says little of what is in it: the language rules add patterns, and what it leaves open of port and health."""
    if winner.service_type is not ServiceType.CONTAINERIZED:
        return
    known = _language_inside(winner.patterns.language, findings)
    if known is None:
        return
    own = winner.patterns
    winner.patterns = replace(
        known.patterns,
        framework=known.patterns.framework or own.framework,
        runtime_version=own.runtime_version or known.patterns.runtime_version,
    )
    mine, theirs = winner.recommendation, known.recommendation
    ports = mine.ports or theirs.ports
    winner.recommendation = replace(mine, ports=ports, health_check=_health_check(mine, theirs))


def _language_inside(language: str | None, findings: list[Finding]) -> Finding | None:
    """What the rules of the language that the Dockerfile builds on found; where it does not say, those that are surest."""
    family = {"typescript": "javascript"}
    fitting = [
        other
        for other in findings
        if other.service_type in _LANGUAGES
        and (
            language is None or family.get(other.patterns.language or "", other.patterns.language) == family.get(language, language)
        )
    ]
    return min(fitting, key=lambda other: -other.score, default=None)


def _health_check(mine: Recommendation, theirs: Recommendation) -> HealthCheckSpec:
    """The Dockerfile's own check, else what the language rules know of it, on the port that the Dockerfile exposes."""
    if mine.health_check.kind in {HealthCheckKind.HTTP, HealthCheckKind.COMMAND}:
        return mine.health_check
    if theirs.health_check.kind is HealthCheckKind.HTTP:
        return replace(theirs.health_check, port=mine.health_check.port or theirs.health_check.port)
    return mine.health_check if mine.ports else theirs.health_check


def _merge_dependencies(path: str, findings: list[Finding]) -> tuple[Dependency, ...]:
    """Every edge once, whoever found it; nothing depends on itself."""
    edges: dict[tuple[str, str], Dependency] = {}
    for finding in findings:
        for edge in finding.dependencies:
            if edge.target not in {edge.source, path}:
                edges.setdefault((edge.source, edge.target), edge)
    return tuple(sorted(edges.values(), key=lambda edge: (edge.source, edge.target)))


def _unique(indicators: tuple[Indicator, ...]) -> tuple[Indicator, ...]:
    return tuple(dict.fromkeys(indicators))
