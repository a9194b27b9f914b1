"""A folder, or a whole tree, judged."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.detection import detect
from kyozo_gql.topology.edges import resolve_edges
from kyozo_gql.topology.folder import Folder, Shared
from kyozo_gql.topology.gate import Gate
from kyozo_gql.topology.manifests import PROJECTS, RUNS
from kyozo_gql.topology.memory import Memory, StampedTree
from kyozo_gql.topology.model import RULES_VERSION, Analysis, ComposeService, Detection, Tree
from kyozo_gql.topology.order import deploy_order, find_cycles
from kyozo_gql.topology.progress import Progress

_MANIFESTS = PROJECTS | RUNS
_PACKAGE = 0.9  # how sure it is that a folder without a manifest of its own is no service of its own


def analyze_folder(tree: Tree, folder: str, *, base_images: Mapping[str, str] | None = None) -> Detection:
    """What one folder is, looked at on its own; ``folder`` as in Tree ("" is the root). Never raises for what stands in it."""
    detection = detect(Folder(tree, folder, base_images), tree.name())
    return replace(detection, metadata={**detection.metadata, "bounds": tree.bounds()})


def analyze_tree(tree: Tree, *, base_images: Mapping[str, str] | None = None, progress: Progress | None = None) -> Analysis:
    """What a whole tree is: its services, what belongs to another one, and what depends on what."""
    gate, shared, paths, progress = Gate(tree), Shared(), tree.folders(), progress or Progress()
    found: list[Detection] = []
    programs = set[str]()  # folders without a manifest that a module around them says are services
    for path in progress.count(paths):
        if gate.opens(path) or path in programs:
            found.append(progress.note(detect(Folder(tree, path, base_images, shared), tree.name())))
            programs.update(found[-1].metadata.get("programs", ()))
    services, packages = _fold_packages(tree, [detection for detection in found if detection.service_type is not None])
    stacks = _find_stacks(services)
    own = _name_apart([detection for detection in services if detection.folder_path not in stacks])
    parts = tuple(
        replace(detection, metadata={**detection.metadata, "part_of": stacks[detection.folder_path]})
        for detection in services
        if detection.folder_path in stacks
    )
    dependencies = resolve_edges(own, parts)
    names = [detection.folder_path for detection in own]
    return Analysis(
        detections=own,
        dependencies=dependencies,
        parts=parts,
        order=deploy_order(names, dependencies),
        cycles=find_cycles(names, dependencies),
        metadata={
            "rules_version": RULES_VERSION,
            "folders": len(paths),
            "judged": len(found),
            "passed_over": gate.passed_over,
            "bounds": tree.bounds(),
        },
        others=(*packages, *(detection for detection in found if detection.service_type is None and _is_telling(detection))),
    )


def analyze_again(
    tree: StampedTree, memory: Memory, *, base_images: Mapping[str, str] | None = None, progress: Progress | None = None
) -> Analysis:
    """``analyze_tree`` with a memory: what has not changed since the last time is answered as it was then."""
    known = memory.recall(tree, base_images)
    if known is not None:
        return known
    analysis = analyze_tree(tree, base_images=base_images, progress=progress)
    memory.keep(tree, base_images, analysis)
    return analysis


def _is_telling(detection: Detection) -> bool:
    """Whether somebody may ask why a folder is no service: it is the root, some rule had found something, or something is wrong."""
    return not detection.folder_path or bool(detection.indicators or detection.metadata["runner_ups"])


def _find_stacks(services: list[Detection]) -> dict[str, str]:
    """The Compose stack that each folder belongs to, because that builds it, or with its Dockerfile, and stands elsewhere."""
    stacks: dict[str, str] = {}
    for stack in services:
        if stack.service_type is ServiceType.COMPOSE_STACK and stack.recommendation:
            for service in stack.recommendation.compose_services:
                for place in _build_places(service):
                    if place and not f"{stack.folder_path}/".startswith(f"{place}/"):
                        stacks.setdefault(place, stack.folder_path)
    return stacks


def _build_places(service: ComposeService) -> Iterator[str]:
    """The folders that a service of a stack is built from: its build context, and where its Dockerfile stands."""
    context = service.build_context
    if context is not None:
        yield context
        yield posixpath.normpath(posixpath.join(context, service.dockerfile or "Dockerfile")).rpartition("/")[0]


def _fold_packages(tree: Tree, services: list[Detection]) -> tuple[list[Detection], list[Detection]]:
    """The services, and apart from them the folders that only are packages of one: no services, but what they need it needs.

    A folder without a manifest of its own belongs to the nearest service around it. What has its own manifest stands for itself.
    """
    known = {detection.folder_path: detection for detection in services}
    stacks = _find_stacks(services)
    packages = []
    for detection in reversed(services):  # those within come after those around
        path = detection.folder_path
        owner = None if path in stacks else _find_owner(tree, detection, known.keys())
        if owner is not None:
            del known[path]
            packages.append(_as_package(detection, owner))
            needs = (replace(edge, source=owner) for edge in detection.dependencies if edge.target != owner)
            known[owner] = replace(known[owner], dependencies=(*known[owner].dependencies, *needs))
    return list(known.values()), packages


def _find_owner(tree: Tree, detection: Detection, services: AbstractSet[str]) -> str | None:
    path = detection.folder_path
    if not path or _MANIFESTS & set(tree.files(path)) or detection.service_type is ServiceType.PROXY:
        return None
    if "member_of" in detection.metadata:
        return None
    around = path
    while around:
        around = around.rpartition("/")[0]
        if around in services:
            return around
    return None


def _as_package(detection: Detection, owner: str) -> Detection:
    kind = detection.service_type.value if detection.service_type else None
    lost = {
        "service_type": kind,
        "confidence": detection.confidence,
        "reason": "without a manifest of its own it is a part of what is around",
    }
    return replace(
        detection,
        service_type=None,
        confidence=_PACKAGE,
        recommendation=None,
        metadata={
            **detection.metadata,
            "part_of": owner,
            "runner_ups": [lost, *detection.metadata["runner_ups"]],
        },
    )


def _name_apart(detections: list[Detection]) -> tuple[Detection, ...]:
    """Names are those that services are found by: of two folders with one name, each is called by its path."""
    taken: dict[str, int] = {}
    for detection in detections:
        taken[detection.name.lower()] = taken.get(detection.name.lower(), 0) + 1
    used: set[str] = set()
    named: list[Detection] = []
    for detection in detections:
        name = detection.name
        if taken[name.lower()] > 1 and detection.folder_path:
            joined = "".join(
                letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in detection.folder_path
            )
            name = joined.strip("-")[-100:].strip("-") or name
        count, plain = 2, name
        while name.lower() in used:
            name, count = f"{plain[:90]}-{count}", count + 1
        used.add(name.lower())
        named.append(replace(detection, name=name))
    return tuple(named)
