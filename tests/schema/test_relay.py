"""The Relay server specification, held against every type of the schema."""

from __future__ import annotations

import pytest
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_non_null_type

from kyozo_gql.schema.build import build_schema

SCHEMA = build_schema()._schema
OBJECTS = [type_ for type_ in SCHEMA.type_map.values() if isinstance(type_, GraphQLObjectType)]
CONNECTIONS = [type_ for type_ in OBJECTS if type_.name.endswith("Connection")]
PAGING = {"first": "Int", "after": "String", "last": "Int", "before": "String"}


def lists_of_pages() -> list[tuple[str, GraphQLField]]:
    return [
        (f"{type_.name}.{name}", field)
        for type_ in OBJECTS
        for name, field in type_.fields.items()
        if get_named_type(field.type) in CONNECTIONS
    ]


def test_objects_are_found_again_by_their_ids():
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {name: str(field.type) for name, field in node.fields.items()} == {"id": "ID!"}
    assert SCHEMA.query_type is not None
    query = SCHEMA.query_type.fields
    assert (str(query["node"].type), str(query["node"].args["id"].type)) == ("Node", "ID!")
    assert (str(query["nodes"].type), str(query["nodes"].args["ids"].type)) == ("[Node]!", "[ID!]!")


def test_whatever_has_an_id_is_a_node():
    assert [type_.name for type_ in OBJECTS if "id" in type_.fields and "Node" not in {one.name for one in type_.interfaces}] == [
        "NotFound"
    ]


@pytest.mark.parametrize("connection", CONNECTIONS, ids=lambda type_: type_.name)
def test_connections_have_edges_with_cursors(connection: GraphQLObjectType):
    fields = {name: str(field.type) for name, field in connection.fields.items()}
    edge = get_named_type(connection.fields["edges"].type)
    assert edge.name == connection.name.replace("Connection", "Edge")
    assert fields == {"edges": f"[{edge.name}!]!", "pageInfo": "PageInfo!", "totalCount": "Int!"}
    assert isinstance(edge, GraphQLObjectType)
    assert str(edge.fields["cursor"].type) == "String!"
    assert is_non_null_type(edge.fields["node"].type)
    assert edge.fields.keys() == {"node", "cursor"}


def test_the_place_of_a_page():
    page = SCHEMA.type_map["PageInfo"]
    assert isinstance(page, GraphQLObjectType)
    assert {name: str(field.type) for name, field in page.fields.items()} == {
        "hasNextPage": "Boolean!", "hasPreviousPage": "Boolean!", "startCursor": "String", "endCursor": "String",
    }  # fmt: skip


@pytest.mark.parametrize(("where", "field"), lists_of_pages(), ids=lambda one: one if isinstance(one, str) else "")
def test_pages_are_asked_for_by_the_four_arguments(where: str, field: GraphQLField):
    given = {name: str(argument.type) for name, argument in field.args.items() if name in PAGING}
    assert given == PAGING, where


def test_edges_of_a_subscription_are_those_of_the_connection():
    assert SCHEMA.subscription_type is not None
    assert str(SCHEMA.subscription_type.fields["deploymentEvents"].type) == "DeploymentEventEdge!"
