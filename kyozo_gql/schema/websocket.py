"""graphql-transport-ws: what the library's handler takes on trust is looked at first."""

from __future__ import annotations

from typing import Any, Final

from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from kyozo_gql.schema.context import Context
from kyozo_gql.schema.limits import asking

_LONGEST_REASON: Final = 123  # bytes: what a closing frame holds
_INVALID: Final = 4400


class Socket(ASGIWebSocketAdapter):
    """A socket whose closing never fails for the length of its reason."""

    async def close(self, code: int, reason: str) -> None:
        """Closes it."""
        await super().close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes a socket with 4400 for a message that is none."""

    async def handle_message(self, message: Any) -> None:
        """Handles a message, whatever it is."""
        fault = find_fault(message)
        if fault is None:
            payload = message.get("payload")
            with asking(payload.get("extensions") if isinstance(payload, dict) else None):  # the library drops them
                await super().handle_message(message)
        else:
            await self.handle_invalid_message(fault)


def find_fault(message: Any) -> str | None:
    """What is wrong with a message by the protocol, or None."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "a message is an object with a type"
    kind, payload = message["type"], message.get("payload")
    if kind in ("subscribe", "complete") and not (isinstance(message.get("id"), str) and message["id"]):
        return "id must be a text that is not empty"
    if kind == "subscribe":
        return _fault_of_payload(payload)
    if kind in ("connection_init", "ping", "pong") and not isinstance(payload, dict | None):
        return "payload must be an object"
    return None


def _fault_of_payload(payload: Any) -> str | None:
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        return "payload.query must be a text"
    if not isinstance(payload.get("variables"), dict | None) or not isinstance(payload.get("extensions"), dict | None):
        return "payload.variables and payload.extensions must be objects"
    return None if isinstance(payload.get("operationName"), str | None) else "payload.operationName must be a text"
