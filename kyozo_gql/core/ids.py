"""Primary keys: UUIDv7, made by the application, so that they sort by time."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new time-ordered id (RFC 9562, version 7)."""
    return uuid7()
