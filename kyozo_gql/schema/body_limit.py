"""A bound on the size of requests, before anything reads them."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyTooLarge(Exception):
    """More came than was allowed, or announced."""


class BodyLimit:
    """Answers 413 to requests with more than ``most_bytes`` in their body, whatever they announce."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        try:
            if announced.isdecimal() and int(announced) > self._most_bytes:
                raise BodyTooLarge
            await self._app(scope, self._counted(receive), send)
        except BodyTooLarge:
            error = {"message": f"the body is larger than {self._most_bytes} bytes", "extensions": {"code": "BODY_TOO_LARGE"}}
            # What is left of the body is not read: the connection can't be used again.
            await JSONResponse({"errors": [error]}, 413, headers={"Connection": "close"})(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most_bytes:
                raise BodyTooLarge
            return message

        return counted
