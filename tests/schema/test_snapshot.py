from __future__ import annotations

from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
)

from kyozo_gql.api import export_schema

SNAPSHOT = Path(__file__).parents[2] / "schema.graphql"
UNIONS = {"NotFound", "InvalidInput", "Forbidden", "Conflict"}


def test_the_snapshot_is_what_is_served():
    assert SNAPSHOT.read_text(encoding="utf-8") == export_schema(), "run: make schema"


def test_everything_is_described():
    schema = build_schema(export_schema())
    found = {name: type_ for name, type_ in schema.type_map.items() if not name.startswith("__")}
    builtin = {"ID", "String", "Int", "Float", "Boolean"}
    assert [name for name, type_ in found.items() if not type_.description and name not in {*builtin, "Query", "Mutation"}] == []
    assert [place for type_ in found.values() for place in _parts_without_description(type_)] == []


def _parts_without_description(type_: GraphQLNamedType) -> list[str]:
    if isinstance(type_, GraphQLEnumType):
        return [f"{type_.name}.{name}" for name, value in type_.values.items() if not value.description]
    if isinstance(type_, GraphQLInputObjectType):
        return [f"{type_.name}.{name}" for name, field in type_.fields.items() if not field.description]
    if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return []
    fields = [f"{type_.name}.{name}" for name, field in type_.fields.items() if not field.description]
    return fields + [
        f"{type_.name}.{name}({argument})"
        for name, field in type_.fields.items()
        for argument, value in field.args.items()
        if not value.description and argument != "input"
    ]


def test_every_mutation_takes_one_input_and_answers_with_a_union_of_payload_and_errors():
    schema = build_schema(export_schema())
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        stem = name[0].upper() + name[1:]
        assert {argument: str(value.type) for argument, value in field.args.items()} == {"input": f"{stem}Input!"}
        members = {member.name for member in schema.type_map[f"{stem}Result"].types}  # type: ignore[attr-defined]  # it is a union
        assert f"{stem}Payload" in members
        assert members & UNIONS
        assert members <= {f"{stem}Payload", *UNIONS}


def test_every_connection_has_edges_a_page_and_a_count():
    schema = build_schema(export_schema())
    connections = [type_ for name, type_ in schema.type_map.items() if name.endswith("Connection")]
    assert len(connections) >= 7
    for type_ in connections:
        assert isinstance(type_, GraphQLObjectType)
        assert {"edges", "pageInfo", "totalCount"} <= set(type_.fields)
