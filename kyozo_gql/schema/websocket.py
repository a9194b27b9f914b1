"""graphql-transport-ws, to the letter: what the library's handler takes on trust, or leaves to its user, is done here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final, cast

import structlog
from graphql import GraphQLError
from starlette.websockets import WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    CompleteMessage,
    ConnectionInitMessage,
    Message,
    PingMessage,
    SubscribeMessage,
    SubscribeMessagePayload,
)

from kyozo_gql.core.errors import TooManyConnections, Unauthenticated
from kyozo_gql.core.ids import new_id
from kyozo_gql.schema.context import Context
from kyozo_gql.schema.credentials import secret_in
from kyozo_gql.schema.limits import asking
from kyozo_gql.schema.persisted import Asked, DocumentRefused, Documents
from kyozo_gql.schema.sessions import Session
from kyozo_gql.schema.socket_messages import find_fault

log = structlog.get_logger(__name__)

_LONGEST_REASON: Final = 123  # bytes: what a closing frame holds

# The protocol's own codes.
_INVALID: Final = 4400
_UNAUTHORIZED: Final = 4401
_FORBIDDEN: Final = 4403
_TIMED_OUT: Final = 4408
_TAKEN: Final = 4409
_INITIALISED_TWICE: Final = 4429
# Ours: clients take either for a reason to come back later.
_TRY_AGAIN_LATER: Final = 1013
_SILENT: Final = 4499


class Socket(ASGIWebSocketAdapter):
    """A socket that can be written to and closed at any time: what comes too late, or is too long, does no harm."""

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it here."""
        return self.ws.application_state is WebSocketState.CONNECTED

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Sends a message, as long as there is somebody to send it to."""
        if not self.is_open:
            return
        try:
            await super().send_json(message)
        except (WebSocketDisconnected, RuntimeError):  # the latter: it was closed while this waited for its turn
            if self.is_open:
                raise

    async def close(self, code: int, reason: str) -> None:
        """Closes it."""
        if not self.is_open:
            return
        try:
            await super().close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))
        except (OSError, RuntimeError):
            if self.is_open:
                raise


class SocketOperation(Operation[Context, None]):
    """An operation that is heard only as long as it is the one that its id stands for."""

    __slots__ = ("payload",)

    def __init__(self, handler: SocketHandler, id: str, payload: Mapping[str, Any]) -> None:
        super().__init__(handler, id, "", payload.get("variables"), payload.get("operationName"))
        self.payload = payload

    async def send_operation_message(self, message: Message) -> None:
        """Sends a message, unless the client has completed the operation."""
        if self.handler.operations.get(self.id) is self:
            await super().send_operation_message(message)


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One socket: from its acceptance to the end of the last of its operations."""

    websocket: Socket
    session: Session

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = self.context.resources.settings
        self.documents: Documents = self.schema.documents  # type: ignore[attr-defined]  # it is ours
        self._tasks: set[asyncio.Task[None]] = set()  # of operations, also of those that the client has completed
        self._watch: asyncio.Task[None] | None = None
        self._last_heard = 0.0

    async def handle(self) -> None:
        """Serves the socket until it is closed, by whomever."""
        try:
            with self.context.resources.sessions.open() as self.session:
                self.context.session = self.session
                self.session.ending.add_done_callback(self._cancel_operations)
                await super().handle()
        except TooManyConnections as error:
            await self.websocket.close(_TRY_AGAIN_LATER, str(error))

    async def shutdown(self) -> None:
        """Ends everything that the socket has started."""
        self.session.ending.remove_done_callback(self._cancel_operations)
        self._cancel_operations()
        others = {task for task in (self.connection_init_timeout_task, self._watch) if task is not None}
        for task in others:
            task.cancel()
        if tasks := self._tasks | others:
            await asyncio.wait(tasks)

    async def handle_connection_init_timeout(self) -> None:
        """Closes a socket whose client does not say who it is."""
        await asyncio.sleep(self.settings.connection_init_seconds)
        await self.websocket.close(_TIMED_OUT, "Connection initialisation timeout")

    async def handle_message(self, message: Any) -> None:
        """Handles a message, whatever it is."""
        self._last_heard = asyncio.get_running_loop().time()
        if not self.websocket.is_open:
            return
        fault = find_fault(message)
        if fault is None:
            payload = message.get("payload")
            with asking(payload.get("extensions") if isinstance(payload, dict) else None):  # the library drops them
                await super().handle_message(message)
        else:
            await self.handle_invalid_message(fault)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Lets in whoever has a token that holds."""
        if self.connection_init_received:
            await self.websocket.close(_INITIALISED_TWICE, "Too many initialisation requests")
            return
        self.connection_init_received = True
        if self.connection_init_timeout_task is not None:
            self.connection_init_timeout_task.cancel()
        try:
            self.context.secret = secret_in(message.get("payload"))
            async with asyncio.timeout(self.settings.connection_init_seconds):
                await self.session.identify(self.context.secret)
        except Unauthenticated:
            await self.websocket.close(_FORBIDDEN, "Forbidden")
        except TooManyConnections as error:
            await self.websocket.close(_TRY_AGAIN_LATER, str(error))
        except Exception:
            log.exception("connection_init_failed")
            await self.websocket.close(_TRY_AGAIN_LATER, "internal error")
        else:
            await self.send_message({"type": "connection_ack"})
            self.connection_acknowledged = True
            self._watch = asyncio.create_task(self._watch_over(), name="socket-watch")

    async def handle_ping(self, message: PingMessage) -> None:
        """Answers a ping with what came with it."""
        payload = message.get("payload")
        await self.send_message({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Starts an operation."""
        id, bound = message["id"], self.settings.max_operations_per_socket
        if not self.connection_acknowledged:
            await self.websocket.close(_UNAUTHORIZED, "Unauthorized")
        elif id in self.operations:
            await self.websocket.close(_TAKEN, f"Subscriber for {id} already exists")
        elif len(self.operations) >= bound:
            refusal = GraphQLError(
                f"too many operations on this socket, at most {bound} at once",
                extensions={"code": "TOO_MANY_OPERATIONS", "bound": bound},
            )
            await self.send_message({"id": id, "type": "error", "payload": [refusal.formatted]})
        else:
            while len(self._tasks) >= bound:  # some that the client has completed are not gone yet: they count as well
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            self._start(id, message["payload"])

    def _start(self, id: str, payload: SubscribeMessagePayload) -> None:
        if self.session.ending.done() or not self.websocket.is_open:
            return
        operation = SocketOperation(self, id, cast("Mapping[str, Any]", payload))
        self.operations[id] = operation
        operation.task = asyncio.create_task(self.run_operation(operation), name="socket-operation")
        self._tasks.add(operation.task)
        operation.task.add_done_callback(self._tasks.discard)

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Runs an operation to its end. Its failure is its own."""
        payload = cast("SocketOperation", operation).payload
        try:
            results = await self.schema.stream(
                await self.documents.find(Asked.of(payload), self.context.resources.redis, keep=True),
                variable_values=operation.variables,
                context_value=self.context,
                root_value=self.root_value,
                operation_name=operation.operation_name,
            )
            async with aclosing(results):
                await self._send_result_stream(operation, results)
            await operation.send_operation_message(CompleteMessage(id=operation.id, type="complete"))
        except DocumentRefused as refusal:
            await operation.send_initial_errors([refusal.as_result()])
        except Exception:
            incident = new_id().hex
            log.exception("operation_failed", incident=incident)
            error = GraphQLError("internal error", extensions={"code": "INTERNAL_SERVER_ERROR", "id": incident})
            await operation.send_initial_errors([error])

    async def _watch_over(self) -> None:
        """Closes the socket when its session has to end, or when its client does not answer pings any more."""
        seconds, loop = self.settings.ping_seconds, asyncio.get_running_loop()
        pinged = waits = self._last_heard = loop.time()
        while not (await asyncio.wait({self.session.ending}, timeout=seconds))[0]:
            was_away = loop.time() - waits > 1.25 * seconds  # this process itself: the answer may lie there unread
            if self._last_heard < pinged and not was_away:
                await self.websocket.close(_SILENT, f"no answer to a ping within {seconds:g} s")
                return
            pinged = loop.time()
            await self.send_message({"type": "ping"})
            waits = loop.time()
        await self.websocket.close(_FORBIDDEN, self.session.ending.result())

    def _cancel_operations(self, _ending: object = None) -> None:
        self.operations.clear()
        for task in self._tasks:
            task.cancel()

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004 — the library's
        """A document that can't be parsed is an error of its operation, not of the socket."""
        return None
