"""The bounds of one operation: what is beyond them is refused before it is validated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from graphql import ASTValidationRule, DocumentNode, GraphQLError, GraphQLSchema, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from kyozo_gql.schema.cost import costs_of
from kyozo_gql.schema.measure import MOST, Extent, measure
from kyozo_gql.schema.survey import count_repeats, survey
from kyozo_gql.settings import Settings

TOO_COMPLEX: Final = "TOO_COMPLEX"
_TOO_MANY_TOKENS: Final = re.compile(r"more than (\d+) tokens")

# What a client asks for besides its operation, where the transport does not hand it on itself.
_asked: ContextVar[Mapping[str, Any] | None] = ContextVar("asked", default=None)


@contextmanager
def asking(extensions: Mapping[str, Any] | None) -> Iterator[None]:
    """Within, operations that are started ask for these ``extensions`` (such as ``{"cost": true}``)."""
    token = _asked.set(extensions)
    try:
        yield
    finally:
        _asked.reset(token)


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound of a document: its name in errors, the setting (a field of Settings) that has it, and what it counts.

    Where it is ``open``, counting stops at the bound.
    """

    name: str
    setting: str
    counts: str
    open: bool = False


BOUNDS: Final = {
    bound.name: bound
    for bound in (
        Bound("tokens", "max_tokens", "tokens", open=True),
        Bound("operations", "max_operations", "operations"),
        Bound("fragments", "max_fragments", "fragments"),
        Bound("variables", "max_variables", "variables in one operation"),
        Bound("variableValues", "max_variable_values", "values in its variables", open=True),
        Bound("variablesBytes", "max_variables_bytes", "bytes of variables"),
        Bound("aliases", "max_aliases", "aliases"),
        Bound("directives", "max_directives", "directives"),
        Bound("directivesPerNode", "max_directives_per_node", "directives in one place"),
        Bound("listItems", "max_list_items", "elements in one list or object"),
        Bound("depth", "max_depth", "levels"),
        Bound("rootFields", "max_root_fields", "fields at the top of one operation"),
        Bound("fields", "max_fields", "fields and fragments, where they are spread"),
        Bound("repeats", "max_repeats", "fields that repeat another one"),
        Bound("cost", "max_cost", "points of cost"),
    )
}


class Limits(SchemaExtension):
    """Refuses what is beyond a bound; says what an operation costs where ``extensions: {"cost": true}`` asks for it."""

    extent: Extent | None = None
    _told = False

    @property
    def _settings(self) -> Settings:
        settings: Settings = self.execution_context.context.resources.settings
        return settings

    def on_operation(self) -> Iterator[None]:
        """The parser stops at too many tokens."""
        self.execution_context.parse_options["max_tokens"] = self._settings.max_tokens
        yield

    def on_validate(self) -> Iterator[None]:
        """Measures the document, and validates it where it is within the bounds."""
        operation = self.execution_context
        document, schema = operation.graphql_document, operation.schema._schema  # noqa: SLF001 — there is no other way to it
        if document is not None and not operation.pre_execution_errors:
            self.extent = find_extent(document, schema, operation.variables, operation.operation_name)
            operation.context.cost = self.extent.cost
            fault = find_fault(document, self.extent, operation.variables, self._settings)
            rules = (*operation.validation_rules, MaybeNullValidationRule, OneOfInputValidationRule)  # as the library's own
            suggests = not operation.schema.config.disable_field_suggestions
            operation.pre_execution_errors = (
                [fault] if fault else find_errors(schema, document, rules, self._settings.max_errors, suggests=suggests)
            )
        yield

    def on_stream_result(self, result: Any) -> Iterator[None]:  # noqa: ARG002 — the library's
        """The first result of a subscription has told it."""
        yield
        self._told = True

    def get_results(self) -> dict[str, Any]:
        """What goes out as ``extensions`` of the answer."""
        asked = getattr(self.execution_context, "operation_extensions", None) or _asked.get() or {}
        if self.extent is None or self._told or asked.get("cost") is not True:
            return {}
        return {"cost": {"requested": self.extent.cost, "limit": self._settings.max_cost}}


def find_extent(
    document: DocumentNode, schema: GraphQLSchema, variables: Mapping[str, Any] | None = None, operation_name: str | None = None
) -> Extent:
    """What a document asks for, by the costs of its schema."""
    return measure(document, costs_of(schema), variables, operation_name)


def find_fault(
    document: DocumentNode, extent: Extent, variables: Mapping[str, Any] | None, settings: Settings
) -> GraphQLError | None:
    """Why a document is refused, or None."""
    for name, actual in _counted(document, extent, variables, settings):
        bound = BOUNDS[name]
        limit: int = getattr(settings, bound.setting)
        if actual > limit:
            return _beyond(bound, limit, None if bound.open else actual)
    return None


def _counted(
    document: DocumentNode, extent: Extent, variables: Mapping[str, Any] | None, settings: Settings
) -> Iterator[tuple[str, int]]:
    """What is bounded, the cheapest to find out first: `repeats` takes for granted that `fields` holds."""
    found = survey(document)
    yield "operations", found.operations
    yield "fragments", found.fragments
    yield "variables", found.variables
    yield "aliases", found.aliases
    yield "directives", found.directives
    yield "directivesPerNode", found.directives_per_node
    yield "listItems", found.list_items
    yield "depth", extent.depth
    yield "rootFields", extent.root_fields
    yield "fields", extent.fields
    yield "cost", extent.cost
    yield "repeats", count_repeats(document, 2 * settings.max_fields)
    yield "variableValues", _count_values(variables, settings.max_variable_values)
    yield "variablesBytes", _size_of(variables)


def find_errors(
    schema: GraphQLSchema, document: DocumentNode, rules: Sequence[type[ASTValidationRule]], most: int, *, suggests: bool = False
) -> list[GraphQLError]:
    """What the rules of validation find, up to a number: each error takes time too, as it quotes the document."""
    errors = validate(schema, document, rules, max_errors=most, hide_suggestions=not suggests)
    if len(errors) > most:
        errors[most:] = [_too_many_errors(most)]
    return errors


def _count_values(variables: Mapping[str, Any] | None, most: int) -> int:
    """How many values there are, lists and objects included; little more than ``most`` where there are more than that."""
    waiting, count = list((variables or {}).values()), 0
    while waiting and count + len(waiting) <= most:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return count + len(waiting)


def _size_of(variables: Mapping[str, Any] | None) -> int:
    """Bytes of JSON; files count as their names. What nests too deeply to be written is as large as can be."""
    try:
        return len(json.dumps(variables, ensure_ascii=False, default=str).encode(errors="replace")) if variables else 0
    except RecursionError:
        return MOST


def with_bound(error: GraphQLError) -> GraphQLError:
    """The parser's own error about too many tokens, as that of any other bound; all others as they are."""
    found = _TOO_MANY_TOKENS.search(error.message) if error.message.startswith("Syntax Error") else None
    return error if found is None else _beyond(BOUNDS["tokens"], int(found[1]))


def _beyond(bound: Bound, limit: int, actual: int | None = None) -> GraphQLError:
    said = {"code": TOO_COMPLEX, "bound": bound.name, "limit": limit} | ({} if actual is None else {"actual": actual})
    has = "" if actual is None else f" (this has {actual})"
    return GraphQLError(f"a document may have at most {limit} {bound.counts}{has}", extensions=said)


def _too_many_errors(limit: int) -> GraphQLError:
    said = {"code": "TOO_MANY_ERRORS", "bound": "errors", "limit": limit}
    return GraphQLError(f"there are more than {limit} errors; these are the first", extensions=said)
