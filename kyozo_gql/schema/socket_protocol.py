"""uvicorn's side of a socket: nobody who does not read is waited for, or written to, without end.

uvicorn holds a sender back while its peer does not read, but for ever; it answers the pings of frames whether anybody takes the
answers or not; and it leaves a connection that it has closed to the peer. Here each of these has a bound.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

# Less than a server waits for its connections when it ends.
_CLOSE_SECONDS: Final = 3.0  # for what was sent to be taken, and for the peer's word that the socket is closed
_MOST_FRAGMENTS: Final = 1_024  # of one message: there is no bound on those that are empty


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection. A send that waits longer than uvicorn's ``ws_ping_timeout`` ends it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = _CLOSE_SECONDS
        self._abort_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer does not read: nothing is read from it either, for much of it asks for an answer."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer reads again."""
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    def shutdown(self) -> None:
        """The server ends: tells the peer, and waits for it no longer than for any other."""
        super().shutdown()
        self._abort_soon()

    async def receive(self) -> ASGIReceiveEvent:
        """The next message."""
        message = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        return message

    async def send(self, message: ASGISendEvent) -> None:
        """Sends a message once the peer has read enough of those before. Raises ClientDisconnected."""
        try:
            async with asyncio.timeout(self.config.ws_ping_timeout):
                while not self.writable.is_set():  # one that waited as well may have filled it again
                    await self.writable.wait()
        except TimeoutError:
            self.transport.abort()
        await super().send(message)

    async def run_asgi(self) -> None:
        """Serves the connection, and lets go of it whether the peer takes the rest or not."""
        await super().run_asgi()
        self._abort_soon()

    def handle_cont(self, event: Frame) -> None:
        """Takes a further part of a message."""
        if len(self.frames) < _MOST_FRAGMENTS:
            super().handle_cont(event)
        else:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"more than {_MOST_FRAGMENTS} fragments")

    def send_receive_event_to_app(self) -> None:
        """Hands a whole message on. What is no text is the peer's fault, and no news for the log."""
        if self.curr_msg_data_type == "text":
            try:
                self.frames = [b"".join(self.frames)]
                self.frames[0].decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "a text must be UTF-8")
                return
        super().send_receive_event_to_app()

    def _abort_soon(self) -> None:
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)

    def _fail(self, code: CloseCode, reason: str) -> None:
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()
