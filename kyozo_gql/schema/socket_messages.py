"""The messages of graphql-transport-ws, as a client sends them."""

from __future__ import annotations

from typing import Any


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
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str if _has_no_other_name(payload) else str | None):
        return "payload.query must be a text"
    if not isinstance(payload.get("variables"), dict | None) or not isinstance(payload.get("extensions"), dict | None):
        return "payload.variables and payload.extensions must be objects"
    return None if isinstance(payload.get("operationName"), str | None) else "payload.operationName must be a text"


def _has_no_other_name(payload: dict[str, Any]) -> bool:
    """Whether only a text can say what is asked for: no hash, no registered id."""
    extensions = payload.get("extensions")
    has_hash = isinstance(extensions, dict) and "persistedQuery" in extensions
    return not has_hash and payload.get("documentId") is None and payload.get("id") is None
