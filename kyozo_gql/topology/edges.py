"""The dependency map of a tree: what the edges of its folders lead to.

A name is first looked for near the folder that uses it, because folders of one name in several places are each meant by their
neighbours; a port of this machine is that of the only service that has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.backing import BACKING_SERVICES
from kyozo_gql.topology.model import Dependency, Detection

_LOCAL = "localhost:"
# Edges whose targets are known by whoever found them.
_SURE = frozenset({"compose", "library"})


def resolve_edges(detections: Iterable[Detection], parts: Iterable[Detection]) -> tuple[Dependency, ...]:
    """Hosts become the folders of the services of that name; a host that is nobody's is no dependency, but backing services are."""
    own, all_ = tuple(detections), (*detections, *parts)
    names, ports = _names(own), _ports(own)
    paths = {detection.folder_path for detection in all_}
    own_paths = {detection.folder_path for detection in own}
    children = {f"{path}/{child}" if path else child for path, child in _children(own)}
    edges: dict[tuple[str, str], Dependency] = {}
    for detection in all_:
        for edge in detection.dependencies:
            if edge.target.startswith(_LOCAL):
                target = _only(ports.get(edge.target.removeprefix(_LOCAL), []), detection.folder_path)
                if target is None:
                    continue
            else:
                target = _nearest(names.get(edge.target.lower(), []), edge.source) or edge.target
            known = target in paths or target in children or edge.kind in _SURE or target in BACKING_SERVICES
            if known and target != edge.source:
                edges.setdefault((edge.source, target), replace(edge, target=target))
                owner = detection.metadata.get("part_of")
                if owner is not None and target in own_paths and target != owner:  # what a part needs, the whole needs
                    edges.setdefault((owner, target), replace(edge, source=owner, target=target))
    return tuple(edges[key] for key in sorted(edges))


def _names(detections: tuple[Detection, ...]) -> dict[str, list[str]]:
    """The folders that a name may mean: by the last part of their path, and by the name of the service."""
    names: dict[str, list[str]] = {}
    for detection in detections:
        for name in dict.fromkeys((detection.folder_path.rpartition("/")[2].lower(), detection.name.lower())):
            if name:
                names.setdefault(name, []).append(detection.folder_path)
    return names


def _ports(detections: tuple[Detection, ...]) -> dict[str, list[str]]:
    """The folders by the ports that they are reached at on the machine of a developer."""
    ports: dict[str, list[str]] = {}
    for detection in detections:
        advice = detection.recommendation
        mappings = advice.ports if advice else ()
        for port in dict.fromkeys(str(mapping.host_port or mapping.container_port) for mapping in mappings):
            ports.setdefault(port, []).append(detection.folder_path)
    return ports


def _children(detections: tuple[Detection, ...]) -> Iterable[tuple[str, str]]:
    for detection in detections:
        if detection.service_type is ServiceType.COMPOSE_STACK and detection.recommendation:
            for service in detection.recommendation.compose_services:
                yield detection.folder_path, service.name


def _only(folders: list[str], source: str) -> str | None:
    """The one other folder; of several, the one that is clearly nearest."""
    others = [folder for folder in folders if folder != source]
    if source in folders or not others:
        return None  # its own port
    shared = sorted(others, key=lambda folder: -_shared(folder, source))
    clear = len(shared) == 1 or _shared(shared[0], source) > _shared(shared[1], source)
    return shared[0] if clear else None


def _nearest(folders: list[str], source: str) -> str | None:
    """The folder that shares most of its path with the source, other folders before itself; of equals the first by name."""
    return min(folders, key=lambda folder: (folder == source, -_shared(folder, source), folder), default=None)


def _shared(one: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
        if mine != theirs:
            break
        count += 1
    return count
