"""What each field costs: the points that an operation is measured in before it runs.

A point is a value of the answer, some ten microseconds of the server. A field costs one, and what resolving it takes besides
(``WEIGHTS``). What stands below a list is multiplied by the length that the list is taken to have (``SIZES``), below a connection
by ``first`` or ``last``, below a list that an argument bounds by that argument (``COUNTED``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from kyozo_gql.schema.bounds import DEFAULT_LINES, MOST_LINES

READ: Final = 10  # a query of its own
ENGINE: Final = 50  # a word with the engine
WRITE: Final = 50  # a transaction
WATCH: Final = 50  # a subscription: what it holds while it lasts
WORK: Final = 500  # reading a tree, unpacking an archive, waking a job for each service
INTROSPECTION: Final = 5_000  # the whole schema; its own nesting is bounded by validation

WEIGHTS: Final[Mapping[str, int]] = {
    "Query.__schema": INTROSPECTION,
    "Query.__type": 200,
    "Query.engine": ENGINE,
    "File.content": READ,
    "ServiceInstance.dependsOn": READ,
    "ServiceInstance.logs": ENGINE,
    "ServiceTopology.mermaid": READ,
    "Workspace.folders": READ,
    "Workspace.serviceStatus": READ,
    "Mutation.signIn": WORK,  # a slow hash
    "Mutation.analyzeTopology": WORK,
    "Mutation.reanalyzeTopology": WORK,
    "Mutation.createServiceInstance": WORK,
    "Mutation.deployWorkspaceServices": WORK,
    "Mutation.stopWorkspaceServices": WORK,
    "Mutation.deleteWorkspace": WORK,
    "Mutation.uploadArchive": WORK,
    "Subscription.serviceLogs": WATCH + ENGINE,
}

# How many elements a list of objects is taken to have, whatever it has.
SIZES: Final[Mapping[str, int]] = {
    "AnalyzeTopologyPayload.changes": 5,
    "DeployWorkspaceServicesPayload.deployments": 20,
    "DeploymentRecommendation.environmentVariables": 10,
    "DeploymentRecommendation.portMappings": 2,
    "InvalidInput.fields": 5,
    "ReanalyzeTopologyPayload.changes": 5,
    "Replica.hostPorts": 2,
    "ServiceHealth.checks": 20,
    "ServiceInstance.childServices": 5,
    "ServiceInstance.dependsOn": 5,
    "ServiceInstance.environmentVariables": 10,
    "ServiceInstance.portMappings": 2,
    "ServiceInstance.replicas": 5,
    "ServiceTopology.dependencies": 20,
    "ServiceTopology.edges": 20,
    "ServiceTopology.nodes": 20,
    "ServiceTopology.services": 20,
    "StopWorkspaceServicesPayload.serviceInstances": 20,
    "Team.memberships": 20,
    "TopologyDetection.dependencyMap": 5,
    "TopologyDetection.serviceIndicators": 10,
    "TopologyDetection.serviceInstances": 5,
    "Viewer.apiTokens": 20,
    "Viewer.memberships": 5,
    "Workspace.folders": 20,
    "WorkspaceServiceStatus.byHealth": 3,
    "WorkspaceServiceStatus.byStatus": 7,
    "WorkspaceServiceStatus.services": 20,
}


@dataclass(frozen=True, slots=True)
class Counted:
    """An argument that says how long a list is: a number up to ``most``, or a list itself."""

    argument: str
    default: int = 1
    most: int | None = None


COUNTED: Final[Mapping[str, Counted]] = {
    "Query.nodes": Counted("ids"),
    "ServiceInstance.logs": Counted("lines", DEFAULT_LINES, MOST_LINES),
}

_ROOTS: Final = {"Mutation": WRITE, "Subscription": WATCH}
_PAGED: Final = {"first", "last"}


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What a field costs: itself, and how often what stands below it.

    ``paged``: by ``first`` or ``last``. ``per_element``: as often as the connection that it belongs to has elements.
    """

    own: int
    type: GraphQLNamedType
    size: int = 1
    counted: Counted | None = None
    paged: bool = False
    per_element: bool = False


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of all fields of a schema, by type and field; and its types by name."""

    roots: Mapping[str, GraphQLNamedType | None]
    types: Mapping[str, GraphQLNamedType]
    fields: Mapping[str, Mapping[str, FieldCost]] = field(repr=False)


@lru_cache(maxsize=8)
def costs_of(schema: GraphQLSchema) -> Costs:
    """Made once for each schema."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    fields = {
        name: {one: _cost(name, one, declared) for one, declared in type_.fields.items()}
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    }
    if schema.query_type is not None:
        hidden = {name: FieldCost(1 + WEIGHTS[f"Query.{name}"], schema.type_map[type_]) for name, type_ in _INTROSPECTION.items()}
        fields[schema.query_type.name] |= hidden
    return Costs(roots, schema.type_map, fields)


_INTROSPECTION: Final = {"__schema": "__Schema", "__type": "__Type"}


def _cost(owner: str, name: str, declared: GraphQLField) -> FieldCost:
    key = f"{owner}.{name}"
    paged = is_connection(declared)
    own = 1 + WEIGHTS.get(key, _ROOTS.get(owner, READ if paged else 0))
    return FieldCost(
        own,
        get_named_type(declared.type),
        SIZES.get(key, 1),
        COUNTED.get(key),
        paged=paged,
        per_element=owner.endswith("Connection") and is_list_of_objects(declared),
    )


def is_connection(declared: GraphQLField) -> bool:
    """Whether a field answers with a page that ``first`` or ``last`` bounds."""
    return not _PAGED.isdisjoint(declared.args) and get_named_type(declared.type).name.endswith("Connection")


def is_list_of_objects(declared: GraphQLField) -> bool:
    """Whether a field is a list whose elements have fields."""
    outer = declared.type.of_type if isinstance(declared.type, GraphQLNonNull) else declared.type
    return isinstance(outer, GraphQLList) and not is_leaf_type(get_named_type(outer))
