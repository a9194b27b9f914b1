"""What surrounds each operation: its own context, its limits, and the last word on its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from kyozo_gql.accounts.viewer import authenticate
from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.schema.context import Context
from kyozo_gql.schema.errors import as_top_level
from kyozo_gql.schema.limits import with_bound
from kyozo_gql.schema.persisted import NOT_REGISTERED, Documents

_HOW_TO_SUBSCRIBE: Final = (
    "subscribe over a WebSocket (graphql-transport-ws), or ask for a stream: Accept: text/event-stream, "
    "or multipart/mixed;subscriptionSpec=1.0"
)


class OwnContext(SchemaExtension):
    """Gives each operation loaders of its own.

    All operations of a socket share one context; and its token may have ended, or lost its rights, since the socket was opened.
    """

    _fault: GraphQLError | None = None

    async def on_operation(self) -> AsyncIterator[None]:
        """Replaces the context before anything is resolved."""
        shared: Context = self.execution_context.context
        viewer = shared.known_viewer
        try:
            viewer = viewer if shared.secret is None else await authenticate(shared.secret)
            if shared.session is not None and viewer is not None:
                shared.session.saw(viewer)
        except Unauthenticated as error:
            self._fault = _fault(str(error), error.code)
        self.execution_context.context = shared.for_operation(viewer)
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuses who is nobody any more, and what is to be followed where there is one answer."""
        operation, context = self.execution_context, self.execution_context.context
        has_one_answer = context.secret is None and not context.follows
        if operation.operation_type is OperationType.SUBSCRIPTION and has_one_answer:
            self._fault = _fault(_HOW_TO_SUBSCRIBE, "BAD_REQUEST")
        if self._fault is not None:
            operation.pre_execution_errors = [self._fault]
        yield


class OneOperation(SchemaExtension):
    """Refuses a document of several operations where none is named: the library would take the first."""

    def on_validate(self) -> Iterator[None]:
        """Before anything is validated."""
        operation = self.execution_context
        definitions = operation.graphql_document.definitions if operation.graphql_document else ()
        count = sum(isinstance(definition, OperationDefinitionNode) for definition in definitions)
        if count > 1 and operation._provided_operation_name is None:  # noqa: SLF001 — the property answers with the first one's
            operation.pre_execution_errors = [_fault("name the operation: the document has several", "BAD_REQUEST")]
        yield


class Registered(SchemaExtension):
    """The last word on which texts may run, however they came here."""

    def on_validate(self) -> Iterator[None]:
        """Refuses before anything is validated."""
        operation = self.execution_context
        documents: Documents = getattr(operation.schema, "documents")  # noqa: B009 — Strawberry's type of it knows nothing of ours
        if not documents.permits(operation.query):
            operation.pre_execution_errors = [_fault(NOT_REGISTERED, "OPERATION_NOT_REGISTERED")]
        yield


class ReportedErrors(SchemaExtension):
    """Gives every error its code, and masks what nobody expected."""

    def on_operation(self) -> Iterator[None]:
        """After a query or mutation."""
        yield
        _report(self.execution_context.result)

    def on_stream_result(self, result: Any) -> Iterator[None]:
        """Before each result that goes out over a socket."""
        _report(result)
        yield


def _fault(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _report(result: Any) -> None:
    if result is not None and result.errors:
        result.errors = [as_top_level(with_bound(error)) for error in result.errors]
