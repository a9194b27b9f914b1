"""What a document may ask for: measured, bounded, priced. No server is needed for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    get_introspection_query,
    get_named_type,
    parse,
    specified_rules,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema

from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.cost import COUNTED, SIZES, WEIGHTS, costs_of, is_connection, is_list_of_objects
from kyozo_gql.schema.limits import BOUNDS, find_errors, find_extent, find_fault
from kyozo_gql.schema.measure import MOST, Measure
from kyozo_gql.settings import Settings
from tests.fuzz.scalars import SCALARS

SCHEMA = build_schema()._schema
SETTINGS = Settings()
EXAMPLES = sorted((Path(__file__).parents[2] / "graphiql" / "src" / "examples").glob("*.graphql"))
INTROSPECTION = get_introspection_query(
    descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
)


def fault_of(document: str, variables: dict[str, Any] | None = None, **bounds: int) -> dict[str, Any] | None:
    """The extensions of the error that refuses a document."""
    parsed = parse(document)
    fault = find_fault(parsed, find_extent(parsed, SCHEMA, variables), variables, SETTINGS.model_copy(update=bounds))
    return None if fault is None else fault.extensions


def cost_of(document: str, **variables: Any) -> int:
    return find_extent(parse(document), SCHEMA, variables).cost


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_stay_far_below_every_bound(path: Path):
    tenth = {bound.setting: getattr(SETTINGS, bound.setting) // 10 for bound in BOUNDS.values()}
    assert fault_of(path.read_text(), None, **tenth | {"max_depth": 10}) is None


def test_introspection_is_within_the_bounds():
    assert fault_of(INTROSPECTION) is None
    assert cost_of(INTROSPECTION) < SETTINGS.max_cost / 5


@pytest.mark.parametrize(
    ("document", "bound", "actual"),
    [
        ("{" + "a{" * 21 + "a" + "}" * 22, "depth", 22),
        ("{ ...F } fragment F on Query {" + "a{" * 21 + "a" + "}" * 22, "depth", 22),
        ("{a{" + " b" * 600 + "}}", "fields", 601),
        ("{a{...F}} fragment F on A {" + " b" * 600 + "}", "fields", 602),
        ("{a} fragment F on A {" + " b" * 600 + "}", "fields", 601),  # what nothing spreads is validated all the same
        ("query A {a{" + " b" * 300 + "}} query B {a{" + " b" * 300 + "}}", "fields", 602),
        ("{" + " a" * 51 + "}", "rootFields", 51),
        ("{ ...F } fragment F on Query {" + " a" * 51 + "}", "rootFields", 51),
        ("{a{" + " ".join(f"a{n}:b" for n in range(101)) + "}}", "aliases", 101),
        ("{a" + " @a" * 6 + "}", "directivesPerNode", 6),
        ("query" + " @a" * 6 + "{a}", "directivesPerNode", 6),
        ("query($a: Int" + " @a" * 6 + ") {a}", "directivesPerNode", 6),
        ("{a{" + " a @a @b" * 51 + "}}", "directives", 102),
        (" ".join(f"query A{n} {{a}}" for n in range(21)), "operations", 21),
        ("{a}" + " ".join(f"fragment F{n} on A {{a}}" for n in range(101)), "fragments", 101),
        ("query(" + " ".join(f"$a{n}: Int" for n in range(101)) + ") {a}", "variables", 101),
        ("{a(a: [" + "1 " * 251 + "])}", "listItems", 251),
        ("{a(a: {b: [{c: [" + "1 " * 251 + "]}]})}", "listItems", 251),
        ("{a(a: {" + " ".join(f"a{n}:1" for n in range(251)) + "})}", "listItems", 251),
        ("query($a: [Int] = [" + "1 " * 251 + "]) {a}", "listItems", 251),
        ("{a @a(a: [" + "1 " * 251 + "])}", "listItems", 251),
        ("{a{" + " b" * 152 + "}}", "repeats", 151),
        ("{a{b{" + " c" * 77 + "} ... {b{" + " c" * 77 + "}} }}", "repeats", 154),
        ("{a{...F b{" + " c" * 77 + "}}} fragment F on A {b{" + " c" * 77 + "}}", "repeats", 154),
    ],
)
def test_documents_beyond_a_bound(document: str, bound: str, actual: int):
    limit = getattr(SETTINGS, BOUNDS[bound].setting)
    assert fault_of(document) == {"code": "TOO_COMPLEX", "bound": bound, "limit": limit, "actual": actual}
    assert fault_of(document, None, **{"max_repeats": 1_000} | {BOUNDS[bound].setting: actual}) is None


def test_the_sentence_has_the_bound_in_it():
    document = parse("{" + "a{" * 21 + "a" + "}" * 22)
    fault = find_fault(document, find_extent(document, SCHEMA), None, SETTINGS)
    assert fault is not None
    assert fault.message == "a document may have at most 20 levels (this has 22)"


def test_variables_are_bounded_in_bytes():
    assert fault_of("{a}", {"a": "ä" * 10}, max_variables_bytes=28) == {
        "code": "TOO_COMPLEX", "bound": "variablesBytes", "limit": 28, "actual": 29
    }  # fmt: skip
    assert fault_of("{a}", {"a": "ä" * 10}, max_variables_bytes=29) is None
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert (fault_of("{a}", {"a": nested}) or {})["bound"] == "variableValues"
    assert (fault_of("{a}", {"a": nested}, max_variable_values=200_000) or {})["bound"] == "variablesBytes"
    while nested:
        nested = nested.pop()


@pytest.mark.parametrize(("variables", "values"), [({"a": 1}, 1), ({"a": [1, 2], "b": {"c": None}}, 5), ({"a": [[1]]}, 3)])
def test_variables_are_bounded_in_number(variables: dict[str, Any], values: int):
    assert fault_of("{a}", variables, max_variable_values=values) is None
    refusal = {"code": "TOO_COMPLEX", "bound": "variableValues", "limit": values - 1}
    assert fault_of("{a}", variables, max_variable_values=values - 1) == refusal


# --- Fragments ---


def bomb(levels: int) -> str:
    """Fragments that spread the next one twice: two to the power of ``levels`` fields in a few hundred bytes."""
    spreads = "".join(f" fragment F{n} on Query {{ a {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(levels))
    return "{ ...F0 }" + spreads + f" fragment F{levels} on Query {{ a }}"


def test_fragments_that_spread_one_another_are_measured_once():
    document = parse(bomb(60))
    found = Measure(document, costs_of(SCHEMA), None, {})
    extent = found.operation(document.definitions[0])  # type: ignore[arg-type]  # it is the operation
    assert extent.fields == extent.cost == MOST  # one by one they would be 2 to the 60th
    assert found.steps <= 200
    assert fault_of(bomb(60)) is not None
    assert fault_of(bomb(12)) == {"code": "TOO_COMPLEX", "bound": "fields", "limit": 600, "actual": 16_382}


def test_a_chain_of_fragments_is_no_deeper_than_the_stack():
    chain = "{ ...F0 }" + "".join(f" fragment F{n} on Query {{ ... {{ ...F{n + 1} }} }}" for n in range(5_000))
    assert (fault_of(chain) or {})["bound"] == "fragments"
    assert find_extent(parse(chain), SCHEMA).depth == 0


@pytest.mark.parametrize(
    "document",
    [
        "{ ...F } fragment F on Query { a { ...F } }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F a }",
        "{ ...F } fragment F on Query { a { ...F ...F b { ...F } } c { ...F } }",
        "{ ...Missing a { ...Missing } }",
        "{ ...F } fragment F on Missing { a }",
        "{ ...F } fragment F on Query { a } fragment F on Query { b }",
        "{ missing { missing { missing } } }",
        "{ workspaces { missing edges { missing { missing } } } }",
        "{ workspaces { edges } }",
        "{ viewer(first: 5) { user { id { id } } } }",
        "{ ... on ServiceInstance { replicas { index } } }",
        "fragment F on Query { a }",
        "type A { a: Int }",
        "mutation { missing } subscription { missing }",
    ],
)
def test_what_is_wrong_is_left_to_validation(document: str):
    parsed = parse(document)
    assert find_fault(parsed, find_extent(parsed, SCHEMA), None, SETTINGS) is None
    assert find_errors(SCHEMA, parsed, validation_rules(), 20)


def validation_rules() -> Any:
    return specified_rules


NAMES = st.sampled_from(["a", "b", "c"])
FRAGMENTS = ("F", "G", "H")


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Small documents whose fragments do not spread one another in a circle."""

    def selection(spreadable: tuple[str, ...], depth: int) -> str:
        kinds = ["field", *(["object", "inline"] if depth else []), *(["spread"] if spreadable else [])]
        parts = []
        for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3)):
            if kind == "spread":
                parts.append(f"...{draw(st.sampled_from(spreadable))}")
            elif kind == "inline":
                parts.append(f"... {selection(spreadable, depth - 1)}")
            else:
                parts.append(draw(NAMES) + (f" {selection(spreadable, depth - 1)}" if kind == "object" else ""))
        return "{" + " ".join(parts) + "}"

    defined = [f"fragment {name} on Query {selection(FRAGMENTS[number + 1 :], 2)}" for number, name in enumerate(FRAGMENTS)]
    return " ".join([selection(FRAGMENTS, 3), *draw(st.permutations(defined))])


def spread_out(document: DocumentNode) -> tuple[int, int]:
    """Depth and fields of the operation, fragments spread one by one."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}

    def look(selected: Any) -> tuple[int, int]:
        depth = fields = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                below, many = look(node.selection_set)
                below += 1
            elif isinstance(node, InlineFragmentNode):
                below, many = look(node.selection_set)
            else:
                below, many = look(fragments[node.name.value].selection_set)
            depth, fields = max(depth, below), fields + many + 1
        return depth, fields

    return look(next(node for node in document.definitions if isinstance(node, OperationDefinitionNode)).selection_set)


@given(documents())
def test_measuring_once_comes_to_the_same_as_spreading_out(source: str):
    document = parse(source)
    found = Measure(document, costs_of(SCHEMA), None, {})
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    extent = found.operation(operation)
    assert (extent.depth, extent.fields) == spread_out(document)


@given(from_schema(SCHEMA, custom_scalars=SCALARS))
@settings(max_examples=50, deadline=None)
def test_whatever_the_schema_allows_can_be_measured(source: str):
    extent = find_extent(parse(source), SCHEMA)
    assert 0 < extent.cost <= MOST
    assert extent.depth > 0


# --- Cost ---


def test_the_tables_fit_the_schema():
    """A new list of objects needs a length in SIZES (or an argument in COUNTED); what is gone has to go there too."""
    lists, known = set(), {"Query.__schema", "Query.__type"}
    for name, type_ in SCHEMA.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            for field, declared in type_.fields.items():
                known.add(f"{name}.{field}")
                if is_list_of_objects(declared):
                    lists.add(f"{name}.{field}")
                if get_named_type(declared.type).name.endswith("Connection"):
                    assert is_connection(declared), f"{name}.{field} takes neither first nor last"
    of_connections = {name for name in lists if name.split(".")[0].endswith("Connection")}
    assert lists - of_connections == SIZES.keys() | COUNTED.keys()
    assert all(name.endswith("Connection.edges") for name in of_connections)
    assert WEIGHTS.keys() <= known


def test_everything_that_can_be_asked_for_has_a_bound():
    for name, counted in COUNTED.items():
        type_, _, field = name.partition(".")
        arguments = SCHEMA.type_map[type_].fields[field].args  # type: ignore[attr-defined]  # it has fields: the test above
        assert counted.argument in arguments


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ __typename }", 1),
        ("{ viewer { user { name email } } }", 4),
        ("{ viewer { memberships { role } } }", 1 + 1 + 5),
        ("{ workspaces { totalCount } }", 11 + 1),
        ("{ workspaces { edges { node { id } } } }", 11 + 1 + 20 * 2),
        ("{ workspaces(first: 5) { totalCount edges { cursor node { id } } } }", 11 + 1 + 1 + 5 * 3),
        ("{ workspaces(last: 5) { edges { cursor } } }", 11 + 1 + 5),
        ("{ workspaces(first: 0) { edges { cursor } } }", 11 + 1),
        ("{ workspaces(first: -5) { edges { cursor } } }", 11 + 1),
        ("{ workspaces(first: 99999999999999999999) { edges { cursor } } }", 11 + 1 + 100),
        ("{ workspaces(first: " + "9" * 5_000 + ") { edges { cursor } } }", 11 + 1 + 100),
        ("{ workspaces(first: null) { edges { cursor } } }", 11 + 1 + 20),
        ('{ workspaces(first: "5") { edges { cursor } } }', 11 + 1 + 20),
        ("{ workspaces { ...F } } fragment F on WorkspaceConnection { edges { ...G } } fragment G on WorkspaceEdge { cursor }", 32),
        ("{ workspaces(first: 5) { ... { edges { cursor } } ...F } } fragment F on WorkspaceConnection { edges { cursor } }", 23),
        ("{ workspaces(first: 5) { edges { node { serviceInstances(first: 7) { edges { cursor } } } } } }", 12 + 5 * (1 + 12 + 7)),
        ('{ nodes(ids: ["a" "b" "c"]) { id } }', 1 + 3),
        ('{ nodes(ids: "a") { id } }', 1 + 1),
        ('{ serviceInstance(id: "a") { logs { message } } }', 1 + 51 + 100),
        ('{ serviceInstance(id: "a") { logs(lines: 3) { message } } }', 1 + 51 + 3),
        ('{ serviceInstance(id: "a") { logs(lines: 100000) { message } } }', 1 + 51 + 1_000),
        ("{ engine { kind } }", 51 + 1),
        ('mutation { startService(input: {serviceInstanceId: "a"}) { __typename } }', 51 + 1),
        ('subscription { serviceMetrics(serviceInstanceId: "a") { healthStatus } }', 51 + 1),
        ('{ __type(name: "Query") { name fields { name } } }', 201 + 3),
    ],
)
def test_costs(document: str, cost: int):
    assert cost_of(document) == cost


def test_numbers_come_from_variables_too():
    document = "query($n: Int = 7) { workspaces(first: $n) { edges { cursor } } }"
    assert cost_of(document) == 12 + 7
    assert cost_of(document, n=3) == 12 + 3
    for wrong in (None, "3", True, [3], {"a": 3}, 1.5):
        assert cost_of(document, n=wrong) == 12 + 20
    assert cost_of("query($n: Int) { workspaces(first: $n) { edges { cursor } } }") == 12 + 20
    assert cost_of("{ workspaces(first: $n) { edges { cursor } } }", n=3) == 12 + 3
    assert cost_of("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a"] * 50) == 1 + 50
    hidden = "query($n: Int = 90) { ...F } fragment F on Query { workspaces(first: $n) { edges { cursor } } }"
    assert cost_of(hidden) == 12 + 90 + 0


def test_only_the_operation_that_runs_costs():
    document = parse("query A { viewer { user { id } } } query B { __typename }")
    assert [find_extent(document, SCHEMA, None, name).cost for name in ("A", "B", None, "C")] == [3, 1, 3, 3]


def test_cost_grows_no_larger_than_it_can_be_written():
    nested = "parentService { events(first: 100) { edges { node { serviceInstance {" * 30
    document = '{ serviceInstance(id: "a") {' + nested + "id" + "}" * (5 * 30) + "}}"
    assert cost_of(document) == MOST
    assert (fault_of(document) or {})["bound"] == "depth"
    assert fault_of(document, max_depth=1_000) == {"code": "TOO_COMPLEX", "bound": "cost", "limit": 50_000, "actual": MOST}


def test_errors_of_validation_are_bounded_in_number():
    errors = find_errors(SCHEMA, parse("{" + " ".join(f"a{n}" for n in range(50)) + "}"), validation_rules(), 20)
    assert len(errors) == 21
    assert errors[-1].extensions == {"code": "TOO_MANY_ERRORS", "bound": "errors", "limit": 20}
    assert len(find_errors(SCHEMA, parse("{" + " ".join(f"a{n}" for n in range(20)) + "}"), validation_rules(), 20)) == 20
