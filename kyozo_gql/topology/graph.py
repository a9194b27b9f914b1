"""The topology of a whole tree as a graph: written down once when it was analysed, read back as nodes and edges.

A node is named by what edges call it: a folder's path, ``stack/service`` for a service of a Compose stack, the name of a backing
service. A document without parts, order or cycles, as earlier versions wrote it, reads as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.backing import BACKING_SERVICES
from kyozo_gql.topology.model import Analysis, Dependency, Detection, Recommendation
from kyozo_gql.topology.order import deploy_order, find_cycles


class NodeKind(StrEnum):
    """What a node stands for."""

    SERVICE = "service"
    PART = "part"
    BACKING_SERVICE = "backing_service"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """``folder_path`` None: it is no folder. ``part_of`` is the key of the stack, or service, around a part; ``compose_service``
    the name that a part has in its stack's Compose file.
    """

    key: str
    name: str
    kind: NodeKind
    folder_path: str | None = None
    service_type: ServiceType | None = None
    confidence: float | None = None
    part_of: str | None = None
    compose_service: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """``nodes`` by kind, then by key. ``order`` is that of deployment, of services alone; ``cycles`` are what it could not keep."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[Dependency, ...] = ()
    order: tuple[str, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()


def graph_document(analysis: Analysis) -> dict[str, Any]:
    """A graph as plain JSON, for ``graph_of``."""
    return {
        "services": [_service(detection) for detection in analysis.detections],
        "parts": [*map(_part, analysis.parts), *(part for stack in analysis.detections for part in _children(stack))],
        "dependencies": [
            {"from": edge.source, "to": edge.target, "kind": edge.kind, "evidence": edge.evidence} for edge in analysis.dependencies
        ],
        "order": list(analysis.order),
        "cycles": [list(cycle) for cycle in analysis.cycles],
    }


def graph_of(document: Mapping[str, Any]) -> Graph:
    """The graph that a document holds."""
    edges = tuple(Dependency(edge["from"], edge["to"], edge["kind"], edge["evidence"]) for edge in document.get("dependencies", ()))
    paths = [one["folder_path"] for one in document.get("services", ())]
    order, cycles = document.get("order"), document.get("cycles")
    return Graph(
        nodes=tuple(sorted(_nodes(document, edges).values(), key=lambda node: (list(NodeKind).index(node.kind), node.key))),
        edges=edges,
        order=deploy_order(paths, edges) if order is None else tuple(order),
        cycles=find_cycles(paths, edges) if cycles is None else tuple(map(tuple, cycles)),
    )


def _service(detection: Detection) -> dict[str, Any]:
    return {
        "folder_path": detection.folder_path,
        "service_type": detection.service_type,
        "name": detection.name,
        "confidence_score": detection.confidence,
    }


def _part(detection: Detection) -> dict[str, Any]:
    return {**_service(detection), "key": detection.folder_path, "part_of": detection.metadata.get("part_of")}


def _children(stack: Detection) -> Iterator[dict[str, Any]]:
    for child in (stack.recommendation or Recommendation()).compose_services:
        key = f"{stack.folder_path}/{child.name}" if stack.folder_path else child.name
        yield {"key": key, "name": child.name, "part_of": stack.folder_path, "compose_service": child.name}


def _nodes(document: Mapping[str, Any], edges: tuple[Dependency, ...]) -> dict[str, GraphNode]:
    nodes: dict[str, GraphNode] = {}
    for one in document.get("services", ()):
        nodes[one["folder_path"]] = _read_node({**one, "key": one["folder_path"]}, NodeKind.SERVICE)
    for one in document.get("parts", ()):
        known = nodes.get(one["key"])
        if known is None:
            nodes[one["key"]] = _read_node(one, NodeKind.PART)
        elif known.kind is NodeKind.PART and known.part_of == one["part_of"]:  # a folder that its stack builds, and the service
            nodes[one["key"]] = _read_node({**_written(known), "compose_service": one.get("compose_service")}, NodeKind.PART)
    stacks = sorted(path for path, node in nodes.items() if node.service_type is ServiceType.COMPOSE_STACK)
    for key in (key for edge in edges for key in (edge.source, edge.target)):
        if key not in nodes:
            nodes[key] = _guess(key, stacks)
    return nodes


def _written(node: GraphNode) -> dict[str, Any]:
    return {
        "key": node.key,
        "folder_path": node.folder_path,
        "name": node.name,
        "service_type": node.service_type,
        "confidence_score": node.confidence,
        "part_of": node.part_of,
    }


def _read_node(one: Mapping[str, Any], kind: NodeKind) -> GraphNode:
    kept = one.get("service_type")
    return GraphNode(
        key=one["key"],
        name=one["name"],
        kind=kind,
        folder_path=one.get("folder_path"),
        service_type=ServiceType(kept) if kept else None,
        confidence=one.get("confidence_score"),
        part_of=one.get("part_of"),
        compose_service=one.get("compose_service"),
    )


def _guess(key: str, stacks: list[str]) -> GraphNode:
    """What an edge names that no list holds: a backing service, a service of a stack, or something outside."""
    if key in BACKING_SERVICES:
        return GraphNode(key, key, NodeKind.BACKING_SERVICE)
    stack = next((path for path in stacks if path and key.startswith(f"{path}/")), None)
    if stack is not None:
        name = key.removeprefix(f"{stack}/")
        return GraphNode(key, name, NodeKind.PART, part_of=stack, compose_service=name)
    return GraphNode(key, key.rpartition("/")[2] or key, NodeKind.EXTERNAL)
