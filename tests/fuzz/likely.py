"""Makes a generated operation one that gets somewhere: where an id, a path or a number is asked for, often one that fits."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from graphql import (
    ArgumentNode,
    FieldNode,
    IntValueNode,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

_CHANCE: Final = 0.75
_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = {
    "folderPath": ("app", "", "app/deeper", "missing"),
    "path": ("app/main.py", "app/requirements.txt", "app", "../outside", "app/new.txt"),
    "email": ("owner@localhost", "new@example.org"),
    "dockerfilePath": ("Dockerfile", "app/Dockerfile"),
}
_NUMBERS: Final[Mapping[str, tuple[int, ...]]] = {
    "first": (0, 1, 5, 100),
    "last": (0, 1, 5, 100),
    "lines": (0, 1, 1_000),
    "replicaCount": (0, 1, 3, 1_000_000),
    "containerPort": (80, 8_000, 0, 65_535),
    "hostPort": (0, 1, 65_535),
}


def likely(source: str, ids: Mapping[str, str], random: Random) -> str:
    """The operation with fitting values in most places; ``ids`` are by what names them (``workspaceId``, ``workspace``).

    Mutations tell the type of what they answer.
    """
    return print_ast(visit(parse(source), _Likely(ids, random)))


class _Likely(Visitor):
    def __init__(self, ids: Mapping[str, str], random: Random) -> None:
        super().__init__()
        self._ids = ids
        self._random = random
        self._fields: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self._fields.append(node.name.value)

    def leave_field(self, *_: Any) -> None:
        self._fields.pop()

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        wanted = self._fields[-1] if node.name.value == "id" else node.name.value
        value = self._value(wanted)
        return None if value is None else ArgumentNode(name=node.name, value=value)

    def leave_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode | None:
        value = self._value(node.name.value)
        return None if value is None else ObjectFieldNode(name=node.name, value=value)

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> OperationDefinitionNode | None:
        if node.operation is not OperationType.MUTATION:
            return None
        named = FieldNode(name=NameNode(value="__typename"), directives=(), arguments=())
        fields = [
            FieldNode(
                alias=field.alias,
                name=field.name,
                arguments=field.arguments,
                directives=field.directives,
                selection_set=SelectionSetNode(selections=(named, *field.selection_set.selections)),
            )
            for field in node.selection_set.selections
            if isinstance(field, FieldNode) and field.selection_set
        ]
        return OperationDefinitionNode(
            operation=node.operation,
            name=node.name,
            variable_definitions=node.variable_definitions,
            directives=node.directives,
            selection_set=SelectionSetNode(selections=tuple(fields)),
        )

    def _value(self, name: str) -> ValueNode | None:
        if self._random.random() > _CHANCE:
            return None
        if name in self._ids:
            return StringValueNode(value=self._ids[name])
        if name in _BY_NAME:
            return StringValueNode(value=self._random.choice(_BY_NAME[name]))
        return IntValueNode(value=str(self._random.choice(_NUMBERS[name]))) if name in _NUMBERS else None
