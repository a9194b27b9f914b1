"""``kyozo-gql analyze``: what the folders of a tree are, for people or for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree as Branch

from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.document import detection_document
from kyozo_gql.topology.model import Analysis, Detection
from kyozo_gql.topology.tree import DiskTree

_SURE = 0.8


def print_analysis(path: Path, base_images: Mapping[str, str], bounds: Bounds, *, as_json: bool) -> None:
    """Prints one JSON document (a list of objects: services, then what is part of one), or a tree with the evidence."""
    analysis = analyze_tree(DiskTree(path, bounds), base_images=base_images)
    if as_json:
        print(json.dumps([detection_document(detection) for detection in (*analysis.detections, *analysis.parts)], indent=2))
    else:
        Console(highlight=False).print(_branches(path, analysis))


def _branches(path: Path, analysis: Analysis) -> Branch:
    root = Branch(f"[bold]{escape(str(path))}[/bold]: {len(analysis.detections)} services")
    for detection in analysis.detections:
        root.add(_branch(detection, [edge.target for edge in analysis.dependencies if edge.source == detection.folder_path]))
    return root


def _branch(detection: Detection, needs: list[str]) -> Branch:
    colour = "green" if detection.confidence >= _SURE else "yellow"
    kind = detection.service_type.value if detection.service_type else "no service"
    title = f"[bold]{escape(detection.folder_path or '.')}[/bold] [{colour}]{kind}[/{colour}] {detection.confidence:.0%}"
    branch = Branch(title)
    for name, value in _facts(detection, needs).items():
        if value:
            branch.add(f"{name}: {escape(value)}")
    evidence = branch.add("[dim]evidence[/dim]")
    for indicator in detection.indicators:
        evidence.add(f"[dim]{indicator.weight:+.2f} {escape(indicator.path)}: {escape(indicator.detail)}[/dim]")
    return branch


def _facts(detection: Detection, needs: list[str]) -> dict[str, str | None]:
    patterns, recommendation = detection.patterns, detection.recommendation
    runtime = " ".join(filter(None, [patterns.language, patterns.runtime_version, patterns.framework, patterns.package_manager]))
    return {
        "runtime": runtime,
        "start": recommendation.start_command if recommendation else None,
        "ports": ", ".join(str(port.container_port) for port in recommendation.ports) if recommendation else None,
        "services": ", ".join(patterns.compose_services),
        "needs": ", ".join(needs),
    }
