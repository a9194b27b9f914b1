"""Detections as JSON: the document that the command line prints, and the columns that the database keeps."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.model import Dependency, Detection, Indicator, Patterns, Recommendation

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def detection_document(detection: Detection) -> dict[str, Any]:
    """A detection for people and programs that ask the command line; every value is plain JSON.

    ``start_command`` of a folder with its own Dockerfile is what the image runs; this and ``build_commands`` run in
    ``build_context``.
    ``services`` are those of a Compose stack, ``jobs`` those of them that run once, before what needs them; ``depends_on`` maps
    each to what it needs. ``dockerfile`` is the text of the generated one, else null.
    """
    advice = detection.recommendation or Recommendation()
    return {
        "path": detection.folder_path or ".",
        "name": detection.name,
        "service_type": detection.service_type.value if detection.service_type else None,
        "confidence": detection.confidence,
        "language": detection.patterns.language,
        "framework": detection.patterns.framework,
        "package_manager": detection.patterns.package_manager,
        "runtime_version": detection.patterns.runtime_version,
        "start_command": advice.start_command or detection.metadata.get("image_command"),
        "build_context": (detection.folder_path if advice.build_context is None else advice.build_context) or ".",
        "build_commands": [list(command) for command in advice.build_commands],
        "port": advice.ports[0].container_port if advice.ports else None,
        "ports": [mapping.container_port for mapping in advice.ports],
        "environment": advice.environment,
        "required_environment": list(advice.required_environment),
        "health_check": {
            "kind": advice.health_check.kind.value,
            "path": advice.health_check.path,
            "port": advice.health_check.port,
        },
        "services": [service.name for service in advice.compose_services],
        "jobs": [service.name for service in advice.compose_services if service.job is not None],
        "depends_on": {service.name: list(service.needs) for service in advice.compose_services},
        "dependencies": dependencies_to_json(detection.dependencies),
        "dockerfile": advice.dockerfile,
        "dockerfile_path": advice.dockerfile_path,
        "evidence": indicators_to_json(detection.indicators),
        "runner_ups": detection.metadata.get("runner_ups", []),
        "metadata": {key: value for key, value in detection.metadata.items() if key != "runner_ups"},
    }


def to_record(detection: Detection) -> dict[str, Any]:
    """The columns of topology_detections that a detection fills: plain JSON values, ``from_record`` reads them back.

    The type and the name have no columns of their own: they stand in analysis_metadata.
    """
    kind = detection.service_type.value if detection.service_type else None
    return {
        "folder_path": detection.folder_path,
        "confidence_score": detection.confidence,
        "detected_patterns": patterns_to_json(detection.patterns),
        "service_indicators": indicators_to_json(detection.indicators),
        "dependency_map": dependencies_to_json(detection.dependencies),
        "deployment_recommendations": recommendation_to_json(detection.recommendation),
        "analysis_metadata": {**detection.metadata, "service_type": kind, "name": detection.name},
    }


def from_record(record: dict[str, Any]) -> Detection:
    """The detection that ``to_record`` wrote; a missing or null column reads as empty. Raises ValueError for another shape."""
    metadata = dict(record.get("analysis_metadata") or {})
    kind, name = metadata.pop("service_type", None), metadata.pop("name", None)
    return Detection(
        folder_path=record["folder_path"],
        service_type=ServiceType(kind) if kind else None,
        name=name or "service",
        confidence=float(record.get("confidence_score") or 0.0),
        patterns=patterns_from_json(record.get("detected_patterns")),
        indicators=indicators_from_json(record.get("service_indicators")),
        dependencies=dependencies_from_json(record.get("dependency_map")),
        recommendation=recommendation_from_json(record.get("deployment_recommendations")),
        metadata=metadata,
    )


def patterns_to_json(patterns: Patterns) -> dict[str, Any]:
    """Patterns as plain JSON."""
    dumped: dict[str, Any] = _to_json(patterns)
    return dumped


def patterns_from_json(value: Any) -> Patterns:
    """Patterns out of what ``patterns_to_json`` wrote; nothing reads as none."""
    read: Patterns = _reader(Patterns).validate_python(value or {})
    return read


def indicators_to_json(indicators: tuple[Indicator, ...]) -> list[dict[str, Any]]:
    """Indicators as plain JSON, in order."""
    return [_to_json(one) for one in indicators]


def indicators_from_json(value: Any) -> tuple[Indicator, ...]:
    """Indicators out of what ``indicators_to_json`` wrote; nothing reads as none."""
    read: tuple[Indicator, ...] = _reader(tuple[Indicator, ...]).validate_python(value or ())
    return read


def dependencies_to_json(dependencies: tuple[Dependency, ...]) -> list[dict[str, Any]]:
    """Dependencies as plain JSON, in order."""
    return [_to_json(one) for one in dependencies]


def dependencies_from_json(value: Any) -> tuple[Dependency, ...]:
    """Dependencies out of what ``dependencies_to_json`` wrote; nothing reads as none."""
    read: tuple[Dependency, ...] = _reader(tuple[Dependency, ...]).validate_python(value or ())
    return read


def recommendation_to_json(recommendation: Recommendation | None) -> dict[str, Any]:
    """A recommendation as plain JSON; none is the empty object."""
    if recommendation is None:
        return {}
    dumped: dict[str, Any] = _to_json(recommendation)
    return dumped


def recommendation_from_json(value: Any) -> Recommendation | None:
    """A recommendation out of what ``recommendation_to_json`` wrote; the empty object is none."""
    return _reader(Recommendation).validate_python(value) if value else None


def _to_json(value: Any) -> Any:
    """Dataclasses, enumerations and sequences as plain JSON values."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: _to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _to_json(item) for key, item in value.items()}
    return [_to_json(item) for item in value] if isinstance(value, (tuple, list)) else value


@cache
def _reader(shape: Any) -> TypeAdapter[Any]:
    """What reads a shape back. The command line only writes, and is spared the import."""
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(shape)
