from __future__ import annotations

import re
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from kyozo_gql.api import export_schema

SNAPSHOT = Path(__file__).parents[2] / "schema.graphql"
UNIONS = {"NotFound", "InvalidInput", "Forbidden", "Conflict"}


def test_the_snapshot_is_what_is_served():
    assert SNAPSHOT.read_text(encoding="utf-8") == export_schema(), "run: make schema"


def types() -> list[GraphQLNamedType]:
    """The types of ours."""
    found = build_schema(export_schema()).type_map.values()
    return [type_ for type_ in found if not type_.name.startswith("__") and not is_specified_scalar_type(type_)]


def test_everything_is_described():
    assert [type_.name for type_ in types() if not type_.description] == []
    assert [place for type_ in types() for place in _parts_without_description(type_)] == []
    directives = [one for one in build_schema(export_schema()).directives if not is_specified_directive(one)]
    assert [one.name for one in directives if not one.description or not all(arg.description for arg in one.args.values())] == []


def test_fields_that_may_be_null_say_what_that_means():
    """Those of Query are what their type's description says: nothing that the viewer can see."""
    objects = [type_ for type_ in types() if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and type_.name != "Query"]
    silent = [
        f"{type_.name}.{name}: {field.description}"
        for type_ in objects
        for name, field in type_.fields.items()
        if not isinstance(field.type, GraphQLNonNull) and "null" not in str(field.description).lower()
    ]
    assert silent == []


def test_numbers_that_are_given_say_their_bounds():
    given = [
        (f"{type_.name}.{name}", one)
        for type_ in types()
        if isinstance(type_, GraphQLInputObjectType)
        for name, one in type_.fields.items()
    ]
    asked = [
        (f"{type_.name}.{name}({argument})", one)
        for type_ in types()
        if isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items()
        for argument, one in field.args.items()
    ]
    numbers = [(place, one) for place, one in (*given, *asked) if get_named_type(one.type).name in ("Int", "Float")]
    assert len(numbers) > 20
    assert [place for place, one in numbers if not re.search(r"\d", str(one.description))] == []


UNITS = {"Seconds": "second", "Ms": "millisecond", "Mb": "MiB", "Percent": "percent", "Bytes": "bytes"}


def test_measures_say_their_units():
    measures = [
        (unit, f"{type_.name}.{name}: {field.description}")
        for type_ in types()
        if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType)
        for name, field in type_.fields.items()
        for end, unit in UNITS.items()
        if name.endswith(end)
    ]
    assert len(measures) > 15
    assert [place for unit, place in measures if unit not in place] == []


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
        if not value.description
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
