"""What one document may ask for, measured before anything expensive looks at it.

Fragments are measured once each: a few hundred bytes of fragments that spread one another would cost the limiters that come with
the library seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from strawberry.extensions import SchemaExtension

MOST_TOKENS: Final = 3_000
MOST_FIELDS: Final = 600  # what validation takes grows with its square: 0.2 s here
MOST_ROOT_FIELDS: Final = 50
DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class Size:
    """How deep a selection is, how many fields it has when its fragments are spread, how many of them at its top."""

    depth: int = 0
    fields: int = 0
    top: int = 0


class Limits(SchemaExtension):
    """Refuses documents that are too long, too deep or too wide."""

    def on_operation(self) -> Iterator[None]:
        """The parser stops at too many tokens."""
        self.execution_context.parse_options["max_tokens"] = MOST_TOKENS
        yield

    def on_validate(self) -> Iterator[None]:
        """Measures before the rules of validation run."""
        document = self.execution_context.graphql_document
        fault = None if document is None else find_fault(document)
        if fault is not None:
            self.execution_context.pre_execution_errors = [GraphQLError(fault, extensions={"code": "TOO_COMPLEX"})]
        yield


def find_fault(document: DocumentNode) -> str | None:
    """Why a document is refused, or None."""
    measure = _Measure({node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)})
    sizes = [measure.size(node.selection_set) for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if any(size.depth > DEEPEST for size in sizes):
        return f"the operation is more than {DEEPEST} levels deep"
    if sum(size.fields for size in sizes) > MOST_FIELDS:
        return f"the operation has more than {MOST_FIELDS} fields"
    if any(size.top > MOST_ROOT_FIELDS for size in sizes):
        return f"the operation has more than {MOST_ROOT_FIELDS} fields at its top"
    return None


class _Measure:
    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Size] = {}

    def size(self, selected: SelectionSetNode | None) -> Size:
        depth = fields = top = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                inner = self.size(node.selection_set)
                part = Size(inner.depth + 1, inner.fields + 1, 1)
            else:
                part = self._spread(node)
            depth, fields, top = max(depth, part.depth), fields + part.fields, top + part.top
        return Size(depth, fields, top)

    def _spread(self, node: SelectionNode) -> Size:
        if isinstance(node, InlineFragmentNode):
            return self.size(node.selection_set)
        return self._fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else Size()

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = Size()  # what spreads itself is refused by validation
            fragment = self._fragments.get(name)
            self._known[name] = self.size(fragment.selection_set if fragment else None)
        return self._known[name]
