"""A folder, or a whole tree, judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.detection import detect
from kyozo_gql.topology.edges import resolve_edges
from kyozo_gql.topology.folder import Folder, Shared
from kyozo_gql.topology.gate import Gate
from kyozo_gql.topology.memory import Memory, StampedTree
from kyozo_gql.topology.model import RULES_VERSION, Analysis, Detection, Tree
from kyozo_gql.topology.order import deploy_order, find_cycles
from kyozo_gql.topology.progress import Progress

_MANIFESTS = frozenset(
    {
        "package.json", "pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py", "go.mod", "Cargo.toml",
        "Procfile",
        "Dockerfile", "Containerfile", "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
        "environment.yml",
    }
)  # fmt: skip


def analyze_folder(tree: Tree, folder: str, *, base_images: Mapping[str, str] | None = None) -> Detection:
    """What one folder is, looked at on its own; ``folder`` as in Tree ("" is the root). Never raises for what stands in it."""
    detection = detect(Folder(tree, folder, base_images), tree.name())
    return replace(detection, metadata={**detection.metadata, "bounds": tree.bounds()})


def analyze_tree(tree: Tree, *, base_images: Mapping[str, str] | None = None, progress: Progress | None = None) -> Analysis:
    """What a whole tree is: its services, what belongs to another one, and what depends on what."""
    gate, shared, paths, progress = Gate(tree), Shared(), tree.folders(), progress or Progress()
    found = [
        progress.note(detect(Folder(tree, path, base_images, shared), tree.name()))
        for path in progress.count(paths)
        if gate.opens(path)
    ]
    services = [detection for detection in found if detection.service_type is not None]
    owners = _find_owners(tree, services)
    own = _name_apart([detection for detection in services if owners[detection.folder_path] is None])
    parts = tuple(
        replace(detection, metadata={**detection.metadata, "part_of": owner})
        for detection in services
        if (owner := owners[detection.folder_path]) is not None
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
        others=tuple(detection for detection in found if detection.service_type is None and _is_telling(detection)),
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


def _find_owners(tree: Tree, services: list[Detection]) -> dict[str, str | None]:
    """The service that each folder is a part of.

    A build context of a Compose stack, and where its Dockerfile is, belongs to the stack, unless the stack itself stands in it. A
    folder without a manifest of its own belongs to the nearest service around it: it is one of its packages. What has its own
    manifest stands for itself.
    """
    paths = {detection.folder_path for detection in services}
    contexts: dict[str, str] = {}
    for stack in services:
        if stack.service_type is ServiceType.COMPOSE_STACK:
            for context in (*stack.metadata["build_contexts"], *stack.metadata.get("dockerfile_folders", ())):
                if context and not f"{stack.folder_path}/".startswith(f"{context}/"):
                    contexts.setdefault(context, stack.folder_path)
    return {detection.folder_path: _find_owner(tree, detection, paths, contexts) for detection in services}


def _find_owner(tree: Tree, detection: Detection, services: set[str], contexts: Mapping[str, str]) -> str | None:
    path = detection.folder_path
    if path in contexts:
        return contexts[path]
    if not path or _MANIFESTS & set(tree.files(path)) or detection.service_type is ServiceType.PROXY:
        return None
    around = path
    while around:
        around = around.rpartition("/")[0]
        if around in services:
            return around
    return None


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
