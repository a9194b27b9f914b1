"""``kyozo-gql analyze``: what the folders of a tree are, for people, for programs, or as a drawing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.diagram import draw
from kyozo_gql.topology.document import detection_document
from kyozo_gql.topology.graph import graph_document, graph_of
from kyozo_gql.topology.model import Analysis
from kyozo_gql.topology.tree import DiskTree

_UNBROKEN: Final = 1_000


def look_at(path: Path, base_images: Mapping[str, str], bounds: Bounds) -> Analysis:
    """What a tree on the disk is. Raises OSError where its root can't be listed; what can't be read below is told as a fault."""
    os.scandir(path).close()
    return analyze_tree(DiskTree(path, bounds), base_images=base_images)


def print_json(analysis: Analysis) -> None:
    """Prints one JSON document: a list of objects by path, those of services, of their parts, and of what else was judged.

    The asked folder, ``.``, is always among them; its metadata has the bounds, and which of them were hit.
    """
    print(json.dumps(documents(analysis), indent=2))


def documents(analysis: Analysis) -> list[dict[str, Any]]:
    """What ``print_json`` prints."""
    found = sorted((*analysis.detections, *analysis.parts, *analysis.others), key=lambda detection: detection.folder_path)
    listed = [detection_document(detection) for detection in found]
    for one in listed:
        if one["path"] == ".":
            one["metadata"] |= {"bounds": analysis.metadata["bounds"]}
    return listed


def print_tree(path: Path, analysis: Analysis, *, evidence: bool) -> None:
    """Prints the folders as a tree, then what needs what, the order of deployment, circles, and bounds that were hit."""
    from rich.console import Console  # noqa: PLC0415 — programs do not wait for what draws

    from kyozo_gql.commands.analysis_view import AnalysisView  # noqa: PLC0415

    _forgive_letters()
    width = None if sys.stdout.isatty() else _UNBROKEN  # whoever reads lines wants whole ones
    Console(highlight=False, width=width).print(AnalysisView(str(path), analysis, evidence=evidence).render())


def print_diagram(analysis: Analysis) -> None:
    """Prints the graph as a flowchart in Mermaid's language."""
    _forgive_letters()
    print(draw(graph_of(graph_document(analysis))))


def _forgive_letters() -> None:
    """A terminal that does not know a letter shows another one."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
