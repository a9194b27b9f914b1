"""How often the detection is right, on trees that somebody has labelled: the trees themselves are not part of this repository.

usage: python bench/accuracy.py TREES LABELS.json…

TREES is a folder of trees. A file of labels is a JSON list of objects: ``tree`` (the name of a folder in TREES), ``services`` (a
list of objects with ``path``, ``.`` for the root, and ``type``, or a list of types that are all right; optionally what else is
known, a value or a list of values that are all right: ``language``, ``framework``, ``package_manager``, ``runtime_version``,
``start_command``, ``port``, ``build_context``), and ``unsure`` (paths, or patterns of them as of a shell, that are not counted).
Every other folder of the tree is no service, or one that a stack builds; with ``"partial": true`` only the paths that are named
count, and ``none`` lists those that are no service.

Prints each mistake, then the counts, the share of the calls that were right in each band of confidence, for each type, and for the
folders of which something spoke for a service but not enough; and the Brier score of the calls (0 is best; always saying the share
that is right gives the figure in brackets).
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.document import detection_document
from kyozo_gql.topology.tree import DiskTree

BANDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)
FIELDS = ("language", "framework", "package_manager", "runtime_version", "start_command", "port", "build_context")


@dataclass
class Score:
    """What was counted. ``calls`` holds the confidence of each call of a service, and whether it was right, by type; ``declined``
    the same of what is called no service.
    """

    by_type: dict[str, list[tuple[float, bool]]] = field(default_factory=lambda: defaultdict(list))
    declined: list[tuple[float, bool]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def calls(self) -> list[tuple[float, bool]]:
        """The calls of a service, of every type."""
        return [call for calls in self.by_type.values() for call in calls]

    def mistake(self, kind: str, tree: str, text: str) -> None:
        """Counts and prints one mistake."""
        self.counts[kind] += 1
        print(f"{kind:>8}: {tree}: {text}")


def judge(root: Path, label: dict[str, Any], score: Score) -> None:
    """Compares the analysis of one tree with its label."""
    tree = label["tree"]
    analysis = analyze_tree(DiskTree(root / tree, Bounds()))
    found = {document["path"]: document for document in map(detection_document, analysis.detections)}
    parts = {document["path"]: document for document in map(detection_document, analysis.parts)}
    wanted = {service["path"]: service for service in label.get("services", ())}
    found |= {path: document for path, document in parts.items() if path in wanted}
    for path, document in found.items():
        judge_call(tree, path, document, wanted.get(path), label, score)
    for detection in analysis.others:
        path = detection.folder_path or "."
        if detection.metadata["runner_ups"] and (path in wanted or is_counted(path, label)):
            score.declined.append((detection.confidence, path not in wanted))
    for path in sorted(wanted.keys() - found.keys()):
        score.mistake("missed", tree, f"{path} is {wanted[path]['type']}")
    score.counts["trees"] += 1
    score.counts["services"] += len(wanted)
    score.counts["root right"] += root_is_right(found.get("."), wanted.get("."), label)


def judge_call(
    tree: str, path: str, document: dict[str, Any], service: dict[str, Any] | None, label: dict[str, Any], score: Score
) -> None:
    """Compares one call with what is known of its folder."""
    if not service and not is_counted(path, label):
        return
    right = service is not None and document["service_type"] in choices(service["type"])
    score.by_type[document["service_type"]].append((document["confidence"], right))
    called = f"{path} called {document['service_type']} ({document['confidence']})"
    if service is None:
        score.mistake("false", tree, f"{called}, is no service")
        return
    score.counts["found"] += right
    if not right:
        score.mistake("type", tree, f"{called}, is {service['type']}")
    for name in FIELDS:
        if name in service:
            score.counts[f"{name} known"] += 1
            if document[name] in choices(service[name]):
                score.counts[f"{name} right"] += 1
            else:
                score.mistake("field", tree, f"{path} {name} {document[name]!r}, is {service[name]!r}")


def is_counted(path: str, label: dict[str, Any]) -> bool:
    """Whether a folder that is named as no service is known to be none."""
    return not is_unsure(path, label) and (not label.get("partial") or path in label.get("none", ()))


def is_unsure(path: str, label: dict[str, Any]) -> bool:
    """Whether nobody could say what a folder is."""
    return any(fnmatchcase(path, pattern) for pattern in label.get("unsure", ()))


def root_is_right(document: dict[str, Any] | None, service: dict[str, Any] | None, label: dict[str, Any]) -> bool:
    """Whether the root alone was called right."""
    if is_unsure(".", label):
        return True
    return document is None if service is None else document is not None and document["service_type"] in choices(service["type"])


def choices(value: Any) -> list[Any]:
    """The values that are right."""
    return value if isinstance(value, list) else [value]


def print_counts(score: Score) -> None:
    """Prints the figures, the bands of confidence and the Brier score."""
    counts, calls = score.counts, score.calls
    right = sum(correct for _, correct in calls)
    print(f"{counts['trees']} trees, root right in {counts['root right']}")
    print(f"{counts['found']} of {counts['services']} services found, {right} of {len(calls)} calls right")
    for name in FIELDS:
        if known := counts[f"{name} known"]:
            print(f"{name:>16}: {counts[f'{name} right']} of {known}")
    print_bands(calls)
    for kind, called in sorted(score.by_type.items()):
        print(f"  {kind}: {summary(called)}")
    if score.declined:
        print(f"  something spoke for a service, not enough: {summary(score.declined)}")
        print_bands(score.declined)
    if calls:
        share = right / len(calls)
        brier = sum((said - correct) ** 2 for said, correct in calls) / len(calls)
        print(f"  Brier score {brier:.3f} (always {share:.2f}: {share * (1 - share):.3f})")


def print_bands(calls: list[tuple[float, bool]]) -> None:
    """Prints what was said and what was so, for each band of confidence."""
    for low, high in pairwise(BANDS):
        band = [call for call in calls if low <= call[0] < high]
        if band:
            print(f"  {low:.2f}–{min(high, 1):.2f}: {summary(band)}")


def summary(calls: list[tuple[float, bool]]) -> str:
    """The mean of what was said, the share that was so, and of how many."""
    said, was = (sum(call[part] for call in calls) / len(calls) for part in (0, 1))
    return f"said {said:.2f}, was {was:.2f} ({len(calls)} calls)"


def main() -> None:
    """Judges every tree of the files of labels."""
    root, score = Path(sys.argv[1]), Score()
    for file in sys.argv[2:]:
        for label in json.loads(Path(file).read_text()):
            judge(root, label, score)
    print_counts(score)


if __name__ == "__main__":
    main()
