"""The topology of a workspace: what its last whole analysis found, as a graph."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from kyozo_gql.containers.stack import SEPARATOR
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import resolved
from kyozo_gql.schema.lists import DETECTIONS_BY_FOLDER, SERVICES_BY_FOLDER
from kyozo_gql.schema.types.enums import NodeKind, ServiceType
from kyozo_gql.schema.types.names import DetectionType
from kyozo_gql.schema.types.names import ServiceType as ServiceInstanceType
from kyozo_gql.schema.types.topology import TopologyDependency
from kyozo_gql.topology.diagram import draw
from kyozo_gql.topology.graph import Graph, GraphNode, graph_of
from kyozo_gql.topology.model import Dependency
from kyozo_gql.workspaces import models as rows


@strawberry.type(description="A folder that the last whole-workspace analysis found to be a service.")
class DetectedService:
    """Made of an entry of ``workspaces.service_topology``."""

    folder_path: str = strawberry.field(description="The folder, relative to the workspace; empty: its root.")
    service_type: ServiceType = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="The name that a service made of it would get.")
    confidence_score: float = strawberry.field(description="How sure that is, 0.0 to 1.0.")


@strawberry.type(description="A node of a workspace's topology: something that needs, or is needed.")
class TopologyNode:
    """Made of ``topology.graph.GraphNode``."""

    key: str = strawberry.field(
        description="What edges call it: a folder's path (empty: the workspace's root), `stack/service` for a service of a Compose "
        "stack, the name of a backing service."
    )
    name: str = strawberry.field(description="The name that a service made of it would get, or what it is called.")
    kind: NodeKind = strawberry.field(description="What it stands for.")
    folder_path: str | None = strawberry.field(
        description="The folder that it is, relative to the workspace; empty: its root; null: it is no folder."
    )
    service_type: ServiceType | None = strawberry.field(description="What its folder was found to be; null: it is no folder.")
    confidence_score: float | None = strawberry.field(description="How sure that is, 0.0 to 1.0; null: it is no folder.")
    part_of: str | None = strawberry.field(description="The key of the service that it is a part of; null: of none.")
    folder_key: strawberry.Private[tuple[UUID, str] | None]
    service_key: strawberry.Private[tuple[UUID, str] | None]

    @resolved(
        "What its folder was found to be; null: it is no folder, or a part that nobody asked for by itself.", DetectionType | None
    )
    @staticmethod
    async def topology_detection(root: strawberry.Parent[TopologyNode], info: Info) -> Any:
        if root.folder_key is None:
            return None
        return next(iter(await info.context.load(DETECTIONS_BY_FOLDER, root.folder_key)), None)

    @resolved("The service that was made of it; null: none was.", ServiceInstanceType | None)
    @staticmethod
    async def service_instance(root: strawberry.Parent[TopologyNode], info: Info) -> Any:
        if root.service_key is None:
            return None
        return next(iter(await info.context.load(SERVICES_BY_FOLDER, root.service_key)), None)


@strawberry.type(description="What the last analysis of a whole workspace found.")
class ServiceTopology:
    """Made of ``workspaces.service_topology``."""

    analyzed_at: datetime | None = strawberry.field(description="When that was; null: never.")
    services: list[DetectedService] = strawberry.field(description="The folders that are services, by path.")
    dependencies: list[Dependency] = strawberry.field(graphql_type=list[TopologyDependency], description="What needs what.")
    nodes: list[TopologyNode] = strawberry.field(
        description="All that is in the graph: services, their parts, and what they need, in this order, each by key."
    )
    edges: list[Dependency] = strawberry.field(
        graphql_type=list[TopologyDependency], description="What needs what, by the keys of the nodes; the same as `dependencies`."
    )
    order: list[str] = strawberry.field(
        description="The folders of the services in the order in which they are deployed: what is needed comes first."
    )
    cycles: list[list[str]] = strawberry.field(
        description="Folders that need one another in a circle, which no order can keep; none where there is no circle."
    )
    graph: strawberry.Private[Graph]

    @resolved(
        "The graph as a flowchart in the language of [Mermaid](https://mermaid.js.org), the same text for the same graph. What "
        "needs points to what is needed; cylinders are backing services, rounded boxes parts of a service, red borders mark "
        "circles. Mermaid itself draws at most 500 edges and 50,000 characters, unless it is told otherwise."
    )
    @staticmethod
    def mermaid(root: strawberry.Parent[ServiceTopology]) -> str:
        return draw(root.graph)


def topology_of(workspace: rows.Workspace) -> ServiceTopology:
    """What ``workspaces.service_topology`` holds, also where an earlier version wrote it."""
    found = workspace.service_topology
    analyzed_at, graph = found.get("analyzed_at"), graph_of(found)
    return ServiceTopology(
        analyzed_at=None if analyzed_at is None else datetime.fromisoformat(analyzed_at),
        services=[_service_of(one) for one in found.get("services", ())],
        dependencies=list(graph.edges),
        nodes=[_node_of(workspace.id, node) for node in graph.nodes],
        edges=list(graph.edges),
        order=list(graph.order),
        cycles=[list(cycle) for cycle in graph.cycles],
        graph=graph,
    )


def _service_of(one: dict[str, Any]) -> DetectedService:
    return DetectedService(
        folder_path=one["folder_path"],
        service_type=ServiceType(one["service_type"]),
        name=one["name"],
        confidence_score=one["confidence_score"],
    )


def _node_of(workspace_id: UUID, node: GraphNode) -> TopologyNode:
    folder, child = node.folder_path, node.compose_service
    service = folder if child is None else f"{node.part_of or ''}{SEPARATOR}{child}"
    return TopologyNode(
        key=node.key,
        name=node.name,
        kind=node.kind,
        folder_path=folder,
        service_type=node.service_type,
        confidence_score=node.confidence,
        part_of=node.part_of,
        folder_key=None if folder is None else (workspace_id, folder),
        service_key=None if service is None else (workspace_id, service),
    )
