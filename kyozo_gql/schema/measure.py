"""What a document asks for, measured before anything expensive looks at it.

Each fragment is measured once, those that it spreads before it: a few hundred bytes of fragments that spread one another would
otherwise stand for billions of fields, and a long chain of them would be deeper than Python's stack. Nothing here trusts the
document: what it names need not exist, and what spreads itself counts as nothing. Validation says so afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from kyozo_gql.core.paging import default_page, largest_page
from kyozo_gql.schema.cost import Costs, Counted, FieldCost

MOST: Final = 2**53 - 1  # where counting stops: the largest whole number that every reader of JSON keeps


@dataclass(frozen=True, slots=True)
class Extent:
    """A selection with its fragments spread.

    ``depth``: levels of fields. ``fields``: how many of them and of fragments, ``root_fields`` at its top. ``cost``: points.
    ``per_element``: points for each element of the connection that the selection is on.
    """

    depth: int = 0
    fields: int = 0
    root_fields: int = 0
    cost: int = 0
    per_element: int = 0

    def __add__(self, other: Extent) -> Extent:
        return Extent(
            max(self.depth, other.depth),
            min(self.fields + other.fields, MOST),
            min(self.root_fields + other.root_fields, MOST),
            min(self.cost + other.cost, MOST),
            min(self.per_element + other.per_element, MOST),
        )


NOTHING: Final = Extent()
_ONE: Final = Extent(fields=1)


def measure(document: DocumentNode, costs: Costs, variables: Mapping[str, Any] | None, operation_name: str | None) -> Extent:
    """The extent of a document: of all its operations together, but the cost of the one that is to run."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in operations if node.name and node.name.value == operation_name]
    runs = next(iter(named or operations), None)
    found = Measure(document, costs, runs, variables or {})
    extents = {id(node): found.operation(node) for node in operations}
    whole = sum((*extents.values(), *found.unused()), NOTHING)
    root_fields = max((one.root_fields for one in extents.values()), default=0)
    return Extent(whole.depth, whole.fields, root_fields, extents[id(runs)].cost if runs else 0)


class Measure:
    """The measuring of one document, with the variables of the operation that ``runs``.

    ``steps`` counts the selections that were looked at.
    """

    def __init__(
        self, document: DocumentNode, costs: Costs, runs: OperationDefinitionNode | None, variables: Mapping[str, Any]
    ) -> None:
        self._costs = costs
        self._variables = variables
        declared = (runs.variable_definitions or ()) if runs else ()
        self._defaults = {one.variable.name.value: one.default_value for one in declared}
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._known: dict[str, Extent] = {}
        self._used: set[str] = set()
        self.steps = 0
        for name in _innermost_first(self._fragments):
            node = self._fragments[name]
            self._known[name] = self._selection(node.selection_set, costs.types.get(node.type_condition.name.value))

    def operation(self, node: OperationDefinitionNode) -> Extent:
        """The extent of an operation."""
        return self._selection(node.selection_set, self._costs.roots[node.operation.value])

    def unused(self) -> Iterable[Extent]:
        """The extents of fragments that nothing spreads: they are validated like all others."""
        return [extent for name, extent in self._known.items() if name not in self._used]

    def _selection(self, selected: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Extent:
        extent = NOTHING
        for node in selected.selections if selected else ():
            self.steps += 1
            if isinstance(node, FieldNode):
                extent += self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                on = self._costs.types.get(node.type_condition.name.value) if node.type_condition else parent
                extent += self._selection(node.selection_set, on) + _ONE
            elif isinstance(node, FragmentSpreadNode):
                self._used.add(node.name.value)
                extent += self._known.get(node.name.value, NOTHING) + _ONE
        return extent

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Extent:
        cost = self._costs.fields.get(parent.name, {}).get(node.name.value) if parent else None
        below = self._selection(node.selection_set, cost.type if cost else None)
        depth, fields = below.depth + 1, min(below.fields + 1, MOST)
        if cost is None:  # `__typename`, a field of the introspection, or none that there is
            return Extent(depth, fields, 1, min(below.cost + 1, MOST))
        if cost.per_element:
            return Extent(depth, fields, 1, cost.own, below.cost)
        elements = min(self._page(node) * below.per_element, MOST) if cost.paged else default_page() * below.per_element
        return Extent(depth, fields, 1, min(cost.own + self._times(node, cost) * (below.cost + elements), MOST))

    def _times(self, node: FieldNode, cost: FieldCost) -> int:
        return cost.size if cost.counted is None else self._count(node, cost.counted)

    def _page(self, node: FieldNode) -> int:
        for name in ("first", "last"):
            wanted = self._value(node, name)
            if isinstance(wanted, int) and not isinstance(wanted, bool):
                return min(max(wanted, 0), largest_page())
        return default_page()

    def _count(self, node: FieldNode, counted: Counted) -> int:
        wanted = self._value(node, counted.argument)
        if isinstance(wanted, list | tuple):
            return len(wanted)
        if not isinstance(wanted, int) or isinstance(wanted, bool):
            return counted.default
        return max(wanted, 0) if counted.most is None else min(max(wanted, 0), counted.most)

    def _value(self, node: FieldNode, argument: str) -> Any:
        """A number, a list (of whatever), or None for anything else."""
        given: ValueNode | None = next((one.value for one in node.arguments or () if one.name.value == argument), None)
        if isinstance(given, VariableNode):
            name = given.name.value
            if name in self._variables:
                return self._variables[name]
            given = self._defaults.get(name)
        if isinstance(given, ListValueNode):
            return given.values
        # Python does not read numbers of thousands of digits; one of nine is more than enough here.
        return int(given.value[:10]) if isinstance(given, IntValueNode) else None


def _innermost_first(fragments: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """The names of fragments, each after those that it spreads, as far as they do not spread one another in a circle."""
    order: list[str] = []
    seen: set[str] = set()
    waiting = [(name, False) for name in fragments]
    while waiting:
        name, done = waiting.pop()
        if done:
            order.append(name)
        elif name in fragments and name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(spread, False) for spread in _spread_in(fragments[name].selection_set)]
    return order


def _spread_in(selected: SelectionSetNode) -> Iterable[str]:
    found: dict[str, None] = {}  # in order, so that the same document is always measured alike
    waiting = [selected]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FragmentSpreadNode):
                found[node.name.value] = None
            elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                waiting.append(node.selection_set)
    return found
