"""Results over HTTP as they come: Server-Sent Events (graphql-sse, distinct connections), and Apollo's multipart protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from typing import Any, ClassVar, Final

from graphql import GraphQLError
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import JSONEncoder, MultipartSubscriptionTransport, SSETransport

from kyozo_gql.schema.body_limit import BodyTooLarge
from kyozo_gql.schema.negotiation import preferred
from kyozo_gql.schema.sessions import Ending, Session

_LAST_WORD_SECONDS: Final = 2.0
_UNBUFFERED: Final = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


class EventStream(SSETransport):
    """Server-Sent Events, for clients that would rather have them than anything else."""

    opening: ClassVar[str] = ""
    headers: ClassVar[Mapping[str, str]] = {"Content-Type": "text/event-stream; charset=utf-8", **_UNBUFFERED}

    def accepts(self, accept: str) -> bool:
        """Not where it is named as a last resort: queries of such clients get one answer."""
        wanted = preferred(accept)
        return wanted is not None and wanted.name == "text/event-stream"

    def encode_event(self, event: str, data: str | None = None) -> str:
        """One event; its lines end as every parser of events reads them."""
        return f"event: {event}\ndata: {data or ''}\n\n"

    def encode_comment(self, comment: str) -> str:
        """What keeps a connection open."""
        return f": {comment}\n\n"

    def encode_interruption(self, encode_json: JSONEncoder) -> str:  # noqa: ARG002 — the multipart protocol needs it
        """Nothing: without ``complete``, clients know that they have to come back."""
        return ""


class MultipartStream(MultipartSubscriptionTransport):
    """multipart/mixed with ``subscriptionSpec=1.0``; each part is followed by its boundary, so that it is read at once."""

    opening: ClassVar[str] = "\r\n--graphql"

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of the protocol."""
        return {"Content-Type": 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0', **_UNBUFFERED}

    def accepts(self, accept: str) -> bool:
        """Whether a client would rather have it than anything else."""
        wanted = preferred(accept)
        return wanted is not None and self.accepts_content_type(wanted.name, wanted.parameters)

    def allowed_operation_types(self, allowed_operation_types: Any) -> Any:
        """Queries and mutations too: they have one part."""
        return allowed_operation_types

    def encode_complete(self) -> str:
        """The end of the last boundary."""
        return "--\r\n"

    def encode_interruption(self, encode_json: JSONEncoder) -> str:
        """An error of the transport: clients know that this is not the end of what they follow."""
        error = {"message": "the server is shutting down", "extensions": {"code": "SERVICE_UNAVAILABLE"}}
        return self.encode_multipart_data({"payload": None, "errors": [error]}, encode_json) + self.encode_complete()


Transport = EventStream | MultipartStream


class Stream(StreamingResponse):
    """The answer to one operation whose results go out as they come, until it, its client, its rights or the server ends."""

    def __init__(
        self, results: AsyncGenerator[GraphQLHTTPResponse, None], transport: Transport, encode_json: JSONEncoder, among: Streams
    ) -> None:
        super().__init__((), headers=transport.headers)
        self._results = results
        self._transport = transport
        self._encode_json = encode_json
        self._among = among
        self._last_word: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def belongs_to(self, session: Session) -> None:
        """Has it end with an error when the session's rights have ended."""
        session.ending.add_done_callback(lambda ending: self._end(ending.result()))

    def interrupt(self) -> None:
        """Ends it because the server does: clients come back to another."""
        self._say_last(self._transport.encode_interruption(self._encode_json))

    def _end(self, ending: Ending) -> None:
        code = "FORBIDDEN" if ending in (Ending.MEMBERSHIP, Ending.ROLE) else "UNAUTHENTICATED"
        error = GraphQLError(ending.value, extensions={"code": code})
        last = self._transport.encode_next({"errors": [error.formatted]}, self._encode_json)
        self._say_last(last + self._transport.encode_complete())

    def _say_last(self, word: str) -> None:
        if not self._last_word.done():
            self._last_word.set_result(word)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it. When this returns, nothing of the operation is left."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await _write(send, "", more=False)
            return
        await _write(send, self._transport.opening)
        with self._among.holding(self):
            last = await self._run(receive, send)
        if last is None:
            await _write(send, "", more=False)
            return
        with suppress(TimeoutError):  # a client that reads nothing any more holds up nobody
            async with asyncio.timeout(_LAST_WORD_SECONDS):
                await _write(send, last, more=False)

    async def _run(self, receive: Receive, send: Send) -> str | None:
        """Until the operation has ended, or its client has gone; the last word where something else ended it."""
        work = asyncio.create_task(self._deliver(send), name="stream")
        gone = asyncio.create_task(_until_gone(receive), name="stream-client")
        beating = asyncio.create_task(self._beat(send), name="stream-heartbeat")
        ends: list[asyncio.Future[Any]] = [work, gone, self._last_word]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, gone, beating):
                task.cancel()
            await asyncio.wait({work, gone, beating})
        if not work.cancelled():
            work.result()
            return None
        return self._last_word.result() if self._last_word.done() else None

    async def _deliver(self, send: Send) -> None:
        if self._transport.send_initial_heartbeat:
            await _write(send, self._transport.heartbeat_message(self._encode_json))
        async with aclosing(self._results) as results:
            async for result in results:
                await _write(send, self._transport.encode_next(result, self._encode_json))
        await _write(send, self._transport.encode_complete())

    async def _beat(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._transport.heartbeat_interval)
            await _write(send, self._transport.heartbeat_message(self._encode_json))


class Streams:
    """Those of this process that are open."""

    def __init__(self) -> None:
        self._open: set[Stream] = set()

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def holding(self, stream: Stream) -> Iterator[None]:
        """Within, it is one of them."""
        self._open.add(stream)
        try:
            yield
        finally:
            self._open.discard(stream)

    def interrupt_all(self) -> None:
        """The server ends."""
        for stream in self._open:
            stream.interrupt()


async def _until_gone(receive: Receive) -> None:
    """A client that goes on sending is none that listens."""
    with suppress(BodyTooLarge):
        while (await receive())["type"] != "http.disconnect":
            pass


async def _write(send: Send, text: str, *, more: bool = True) -> None:
    if text or not more:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": more})
