"""A bound on the size of requests, before anything reads them."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINGER_BYTES: Final = 16 * 2**20
_LINGER_SECONDS: Final = 2.0


class BodyTooLarge(Exception):
    """More came than was allowed, or announced."""


class BodyLimit:
    """Answers 413 to requests with more than ``most_bytes`` in their body, whatever they announce; forms may bring files."""

    def __init__(self, app: ASGIApp, most_bytes: int, most_upload_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._most_upload_bytes = most_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "")
        is_form = headers.get("content-type", "").lower().startswith("multipart/form-data")
        most_bytes = self._most_upload_bytes if is_form else self._most_bytes
        try:
            if announced.isdecimal() and int(announced) > most_bytes:
                raise BodyTooLarge
            await self._app(scope, _counted(receive, most_bytes), send)
        except BodyTooLarge:
            whole = "expect" not in headers and await _discard(receive)
            error = {"message": f"the body is larger than {most_bytes} bytes", "extensions": {"code": "BODY_TOO_LARGE"}}
            # Where something is left of the body, the connection can't be used again.
            await JSONResponse({"errors": [error]}, 413, headers=None if whole else {"Connection": "close"})(scope, receive, send)


async def _discard(receive: Receive) -> bool:
    """Reads the rest of a body, within bounds; answers whether there is nothing more.

    A client that is still sending when the connection is closed would never see the answer.
    """
    seen, more = 0, True
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while more and seen < _LINGER_BYTES:
                message = await receive()
                seen, more = seen + len(message.get("body", b"")), message.get("more_body", False)
    except TimeoutError:
        return False
    return not more


def _counted(receive: Receive, most_bytes: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most_bytes:
            raise BodyTooLarge
        return message

    return counted
