"""What surrounds each operation: its own context, its limits, and the last word on its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from kyozo_gql.accounts.viewer import authenticate
from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.schema.context import Context
from kyozo_gql.schema.errors import as_top_level
from kyozo_gql.schema.limits import with_bound


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
        except Unauthenticated as error:
            self._fault = _fault(str(error), error.code)
        self.execution_context.context = shared.for_operation(viewer)
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuses who is nobody any more. A request has one answer: what is to be followed needs a socket."""
        operation, on_socket = self.execution_context, self.execution_context.context.secret is not None
        if operation.operation_type is OperationType.SUBSCRIPTION and not on_socket:
            self._fault = _fault("subscribe over a WebSocket, with the protocol graphql-transport-ws", "BAD_REQUEST")
        if self._fault is not None:
            operation.pre_execution_errors = [self._fault]
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
