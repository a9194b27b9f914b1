"""What a document has as it is written, and what stands in it more than once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)


@dataclass(slots=True)
class Survey:
    """How many of each there are; ``variables`` of one operation, ``list_items`` in one list or object, at most."""

    operations: int = 0
    fragments: int = 0
    variables: int = 0
    aliases: int = 0
    directives: int = 0
    directives_per_node: int = 0
    list_items: int = 0
    _waiting: list[SelectionSetNode] = field(default_factory=list, repr=False, compare=False)

    def take_in(self, document: DocumentNode) -> None:
        """Counts what a document has."""
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                self.operations += 1
                self.variables = max(self.variables, len(node.variable_definitions or ()))
                for declared in node.variable_definitions or ():
                    self._directives(declared.directives)
                    self._value(declared.default_value)
            elif isinstance(node, FragmentDefinitionNode):
                self.fragments += 1
            else:
                continue  # no executable definition: validation refuses it
            self._directives(node.directives)
            self._waiting.append(node.selection_set)
        while self._waiting:
            for selection in self._waiting.pop().selections:
                self._selection(selection)

    def _selection(self, node: SelectionNode) -> None:
        self._directives(node.directives)
        if isinstance(node, FieldNode):
            self.aliases += node.alias is not None
            for argument in node.arguments or ():
                self._value(argument.value)
            if node.selection_set:
                self._waiting.append(node.selection_set)
        elif isinstance(node, InlineFragmentNode):
            self._waiting.append(node.selection_set)

    def _directives(self, nodes: tuple[DirectiveNode, ...] | None) -> None:
        self.directives += len(nodes or ())
        self.directives_per_node = max(self.directives_per_node, len(nodes or ()))
        for node in nodes or ():
            for argument in node.arguments or ():
                self._value(argument.value)

    def _value(self, node: ValueNode | None) -> None:
        if isinstance(node, ListValueNode):
            self.list_items = max(self.list_items, len(node.values))
            for value in node.values:
                self._value(value)
        elif isinstance(node, ObjectValueNode):
            self.list_items = max(self.list_items, len(node.fields))
            for one in node.fields:
                self._value(one.value)


def survey(document: DocumentNode) -> Survey:
    """What a document has."""
    found = Survey()
    found.take_in(document)
    return found


def count_repeats(document: DocumentNode, most_steps: int) -> int:
    """How many fields stand in a place where a field of the same name stands already, fragments spread.

    Validation compares them pair by pair, and what stands below them, so that it takes time with their square. At most
    ``most_steps`` selections are looked at: with fragments that spread one another in a circle there is no end.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    tops = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    places: list[_Place] = [([node.selection_set], frozenset()) for node in tops]
    unreached = dict(fragments)
    repeats = steps = 0
    while (places or unreached) and steps < most_steps:
        if not places:  # what nothing spreads is validated too
            name, fragment = unreached.popitem()
            places.append(([fragment.selection_set], frozenset({name})))
        fields, below, spread, looked_at = _merge(places.pop(), fragments)
        repeats += sum(fields.values()) - len(fields)
        steps += looked_at
        places += [(selected, spread) for selected in below]
        for name in spread:
            unreached.pop(name, None)
    return repeats


# Selections that make up one place of the answer, and the fragments that they and all above them are of.
_Place = tuple[list[SelectionSetNode], frozenset[str]]


def _merge(
    place: _Place, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[Counter[str], Iterable[list[SelectionSetNode]], frozenset[str], int]:
    """The fields of a place by name, what stands below each, the fragments up to here, and how many selections there are."""
    waiting, spread = list(place[0]), set(place[1])
    fields, below, steps = Counter[str](), defaultdict[str, list[SelectionSetNode]](list), 0
    while waiting:
        for node in waiting.pop().selections:
            steps += 1
            if isinstance(node, FieldNode):
                name = (node.alias or node.name).value
                fields[name] += 1
                if node.selection_set:
                    below[name].append(node.selection_set)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread and node.name.value in fragments:
                spread.add(node.name.value)
                waiting.append(fragments[node.name.value].selection_set)
    return fields, below.values(), frozenset(spread), steps
