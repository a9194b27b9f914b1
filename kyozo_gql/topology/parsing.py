"""JSON, TOML and YAML out of files that nobody vouches for: what is no document is a ParseError, whatever it is made of."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import yaml

from kyozo_gql.topology.bounds import Bounds

_MAX_DOTS = 200  # a key of very many parts takes tomllib a time that grows with their square
_MAX_TEXT = 4_000  # no name, version, path or command that means something is longer
_MAX_NUMBER = 100
_DEFAULT = Bounds()
_UNFIT = re.compile("[\0\ud800-\udfff]")  # what neither UTF-8 nor a jsonb column can hold

_FAULTS = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)


class ParseError(ValueError):
    """The text is no such document; the message is a phrase."""


class TooLargeError(ParseError):
    """A document that is beyond a bound; ``bound`` is its field of Bounds."""

    def __init__(self, bound: str, detail: str) -> None:
        super().__init__(detail)
        self.bound = bound


def parse_json(text: str) -> dict[str, Any]:
    """The object that a JSON text holds. Raises ParseError."""
    try:
        return _demand_table(json.loads(text), "JSON")
    except _FAULTS as error:
        raise _parse_error("JSON", error) from error


def parse_toml(text: str, bounds: Bounds = _DEFAULT) -> dict[str, Any]:
    """The table that a TOML text holds. Raises ParseError."""
    if _is_larger(text, bounds.max_toml_bytes):
        raise TooLargeError("max_toml_bytes", f"TOML larger than {bounds.max_toml_bytes} bytes")
    if any(line.count(".") > _MAX_DOTS for line in text.splitlines()):
        raise ParseError("TOML with a line of too many dots")
    try:
        return tomllib.loads(text)
    except _FAULTS as error:
        raise _parse_error("TOML", error) from error


if TYPE_CHECKING or not yaml.__with_libyaml__:  # noqa: SIM108 — a class to derive from, for mypy too
    _Reader = yaml.SafeLoader
else:
    _Reader = yaml.CSafeLoader  # seven times as fast; it bounds how deep a document may be nested


class _Loader(_Reader):
    """YAML as Compose reads it: 22:22 is text, and so are yes, no and dates."""

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        """A number that is tagged as one (``!!int``), which may be as long as somebody likes, and takes the square of that."""
        if len(str(node.value)) > _MAX_NUMBER:
            raise yaml.constructor.ConstructorError(None, None, "a number of too many digits", node.start_mark)
        construct = self.construct_yaml_int if node.tag.endswith(":int") else self.construct_yaml_float
        return construct(node)


for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.construct_number)
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^(?:[-+]?(?:0|[1-9][0-9]{0,30})|0x[0-9a-fA-F]{1,16}|0o?[0-7]{1,20})$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]{1,30}\.[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?$", list("-+0123456789.")),
    ("merge", r"^<<$", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def parse_yaml(text: str, bounds: Bounds = _DEFAULT) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    """The mapping that a YAML text holds, and the line (from 1) of each key by its path. Raises ParseError.

    Aliases and merges are followed, but a document that they blow up beyond bounds is refused before it is built.
    """
    if _is_larger(text, bounds.max_yaml_bytes):
        raise TooLargeError("max_yaml_bytes", f"YAML larger than {bounds.max_yaml_bytes} bytes")
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise ParseError("an empty YAML document")
        _count_nodes(root, {}, bounds.max_yaml_nodes)
        lines: dict[tuple[str, ...], int] = {}
        _note_lines(root, (), lines)
        return _demand_table(loader.construct_document(root), "YAML"), lines
    except _FAULTS as error:
        raise _parse_error("YAML", error) from error


def yaml_roots(text: str, bounds: Bounds = _DEFAULT) -> tuple[list[yaml.Node], Callable[[yaml.Node], Any]]:
    """The roots of the documents of a YAML text, bounded as for ``parse_yaml``, and what makes a value of a scalar node.

    For readers that keep where each value stands. Tags are kept as they are. Raises ParseError.
    """
    if _is_larger(text, bounds.max_yaml_bytes):
        raise TooLargeError("max_yaml_bytes", f"YAML larger than {bounds.max_yaml_bytes} bytes")
    try:
        loader = _Loader(text)
        roots: list[yaml.Node] = []
        while loader.check_node() and (root := loader.get_node()) is not None:
            roots.append(root)
        known: dict[int, int] = {}
        most = bounds.max_yaml_nodes
        if sum(_count_nodes(root, known, most) for root in roots) > most:
            raise _too_many_nodes(most)
    except _FAULTS as error:
        raise _parse_error("YAML", error) from error
    return roots, loader.construct_object


def _count_nodes(node: yaml.Node, known: dict[int, int], most: int) -> int:
    """How many nodes there are once every alias is written out. Raises ParseError above the bound or for a cycle."""
    if id(node) in known:
        if known[id(node)] == 0:
            raise ParseError("a YAML alias that holds itself")
        return known[id(node)]
    known[id(node)] = 0
    total = 1
    if isinstance(node, yaml.MappingNode):
        total += sum(_count_nodes(key, known, most) + _count_nodes(value, known, most) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        total += sum(_count_nodes(item, known, most) for item in node.value)
    if total > most:
        raise _too_many_nodes(most)
    known[id(node)] = total
    return total


def _too_many_nodes(most: int) -> TooLargeError:
    return TooLargeError("max_yaml_nodes", f"YAML with more than {most} nodes, aliases written out")


def _is_larger(text: str, most: int) -> bool:
    """Whether a text takes more bytes in UTF-8."""
    return len(text) > most or (not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > most)


def _note_lines(node: yaml.Node, path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                lines[*path, key.value] = key.start_mark.line + 1
                _note_lines(value, (*path, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[*path, str(index)] = item.start_mark.line + 1
            _note_lines(item, (*path, str(index)), lines)


def _demand_table(value: Any, kind: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ParseError(f"{kind} that holds no mapping")
    return value


def _parse_error(kind: str, error: BaseException) -> ParseError:
    if isinstance(error, ParseError):
        return error
    if isinstance(error, RecursionError):
        return ParseError(f"{kind} nested too deeply")
    mark = getattr(error, "problem_mark", None)  # libyaml has a class of its own for them
    line = mark.line + 1 if mark else getattr(error, "lineno", None)
    return ParseError(f"no valid {kind}" + (f" (line {line})" if line else ""))


def as_table(value: object) -> dict[str, Any]:
    """The mapping with the text keys that ``value`` is; empty where it is none."""
    if not isinstance(value, dict) or not value:
        return {}
    return {key: item for key, item in value.items() if as_text(key) is not None}


def as_list(value: object) -> list[Any]:
    """The list that ``value`` is; empty where it is none."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """The text that ``value`` is; None where it is none, too long, or holds what can't be stored."""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return None
    fit = "\0" not in value if value.isascii() else not _UNFIT.search(value)
    return value if fit else None


def as_scalar(value: object) -> str | None:
    """The text of a string, a number or a boolean as YAML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else as_text(value)
