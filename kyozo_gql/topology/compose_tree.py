"""A Compose document whose every value knows where it stands: the file, the line, and the folder that its paths count from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import yaml

from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.interpolation import Interpolation, InterpolationError
from kyozo_gql.topology.parsing import ParseError, as_scalar, yaml_roots

_KIND = re.compile(r"^!(reset|override)$")
_MERGE = "tag:yaml.org,2002:merge"
_MAX_PROBLEMS = 50  # that are told of one stack
_MAX_DEPTH = 60  # no Compose file is nested deeper, and Python's stack is not without end


@dataclass(frozen=True, slots=True)
class Place:
    """``file`` and ``base`` (the folder that relative paths count from) are relative to the root of the tree; lines from 1."""

    file: str
    line: int
    base: str


@dataclass(frozen=True, slots=True)
class Node:
    """A value: a mapping or a list of nodes, or a scalar. ``tag`` is ``reset`` or ``override`` where Compose's tag says so."""

    value: Any
    place: Place
    tag: str = ""

    @property
    def entries(self) -> dict[str, Node]:
        """The entries of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """A scalar as text; None for null and for what is none."""
        return as_scalar(self.value)

    def get(self, *path: str) -> Node | None:
        """What stands below a mapping."""
        node: Node | None = self
        for key in path:
            node = node.entries.get(key) if node else None
        return node

    def with_entries(self, **entries: Node | None) -> Node:
        """The mapping with these entries instead; None takes one out."""
        merged = {**self.entries, **entries}
        return replace(self, value={key: item for key, item in merged.items() if item is not None})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a Compose file that is not as it should be. ``field`` is dotted; ``blocking``: the stack can't be run so."""

    place: Place
    field: str
    detail: str
    blocking: bool = False


@dataclass(slots=True)
class Problems:
    """What was wrong with the files of a stack, in order, bounded in number."""

    found: list[Problem] = field(default_factory=list)

    def note(self, node: Node | Place, path: str, detail: str, *, blocking: bool = False) -> None:
        """Adds a problem, each once."""
        place = node.place if isinstance(node, Node) else node
        problem = Problem(place, path[:200], detail[:300], blocking)
        if problem not in self.found and len(self.found) < _MAX_PROBLEMS:
            self.found.append(problem)


def parse_documents(text: str, file: str, base: str, problems: Problems, bounds: Bounds) -> list[Node]:
    """The documents of a Compose file. Raises ParseError where it is no YAML, or holds no mapping."""
    roots, scalar = yaml_roots(text, bounds)
    reader = _Reader(file, base, problems, scalar)
    try:
        documents = [reader.read(root, ()) for root in roots]
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, yaml.YAMLError) as error:
        raise ParseError("no valid YAML") from error
    if not documents or any(not isinstance(document.value, dict) for document in documents):
        raise ParseError("YAML that holds no mapping" if documents else "an empty YAML document")
    return documents


@dataclass(slots=True)
class _Reader:
    file: str
    base: str
    problems: Problems
    scalar: Callable[[yaml.Node], Any]

    def read(self, node: yaml.Node, path: tuple[str, ...]) -> Node:
        if len(path) > _MAX_DEPTH:
            raise ParseError("YAML nested too deeply")
        kind = _KIND.match(node.tag)
        place = Place(self.file, node.start_mark.line + 1, self.base)
        value: Any
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            value = [self.read(item, (*path, str(index))) for index, item in enumerate(node.value)]
        else:
            value = None if kind else self.scalar(node)
        return Node(value, place, kind[1] if kind else "")

    def _mapping(self, node: yaml.MappingNode, path: tuple[str, ...]) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                place = Place(self.file, key.start_mark.line + 1, self.base)
                self.problems.note(place, ".".join(path), "a key that is no text")
                continue
            if key.tag == _MERGE:
                for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    if isinstance(source, yaml.MappingNode):
                        merged = {**self._mapping(source, path), **merged}
                continue
            read = self.read(value, (*path, key.value))
            read = replace(read, place=replace(read.place, line=key.start_mark.line + 1))
            if key.value in own:
                detail = f"is there twice: also in line {own[key.value].place.line}; the last one counts"
                self.problems.note(read, ".".join((*path, key.value)), detail)
            own[key.value] = read
        return {**merged, **own}


def fill_variables(node: Node, interpolation: Interpolation, problems: Problems, path: tuple[str, ...] = ()) -> Node:
    """The document with its variables filled in; what can't be filled in is a problem, and stays as it is written."""
    if isinstance(node.value, dict):
        filled: Any = {key: fill_variables(item, interpolation, problems, (*path, key)) for key, item in node.value.items()}
        return replace(node, value=filled)
    if isinstance(node.value, list):
        filled = [fill_variables(item, interpolation, problems, (*path, str(at))) for at, item in enumerate(node.value)]
        return replace(node, value=filled)
    if not isinstance(node.value, str) or "$" not in node.value:
        return node
    try:
        return replace(node, value=interpolation.fill(node.value))
    except InterpolationError as error:
        problems.note(node, ".".join(path), str(error), blocking=True)
        return replace(node, value=error.rest) if error.rest is not None else node


def plain(node: Node | None) -> Any:
    """The value without its places."""
    if node is None:
        return None
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def walk(node: Node) -> Iterator[Node]:
    """Every node of a tree, itself first."""
    yield node
    below = node.value.values() if isinstance(node.value, dict) else node.items
    for item in below:
        yield from walk(item)


@dataclass(frozen=True)
class ServiceNode:
    """One service of a stack: its node in the long form, and the whole application, whose main file is ``main``."""

    name: str
    node: Node
    application: Node
    main: str

    @cached_property
    def table(self) -> dict[str, Any]:
        """The service as plain values."""
        value = plain(self.node)
        return value if isinstance(value, dict) else {}

    def place(self, key: str) -> Place | None:
        """Where a key of the service stands; dotted, list items by their number; the nearest one above it that is there."""
        node, place = self.node, None
        for part in key.split("."):
            items = node.items
            below = items[int(part)] if part.isdecimal() and int(part) < len(items) else node.entries.get(part)
            if below is None:
                break
            node, place = below, below.place
        return place

    def base(self, key: str) -> str:
        """The folder that a path written there counts from."""
        place = self.place(key) or self.node.place
        return place.base

    def say(self, key: str, why: str) -> str:
        """A sentence about a key, with its line, and its file where that is another one than the main file."""
        place = self.place(key)
        file = f"{place.file}, " if place and place.file != self.main else ""
        where = f" ({file}line {place.line})" if place else ""
        return f"services.{self.name}.{key}{where}: {why}"
