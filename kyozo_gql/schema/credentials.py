"""Where a client puts its token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kyozo_gql.core.errors import Unauthenticated


def bearer_of(header: Any) -> str:
    """The secret in ``Bearer <secret>``. Raises Unauthenticated."""
    scheme, _, secret = header.partition(" ") if isinstance(header, str) else ("", "", "")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated("send a token: Authorization: Bearer …")
    return secret.strip()


def secret_in(params: Mapping[str, Any] | None) -> str:
    """The secret in what a socket was initialised with: ``Authorization`` like the header, or ``token`` alone.

    Raises Unauthenticated.
    """
    given = params or {}
    token = given.get("token")
    if isinstance(token, str) and token.strip():
        return token.strip()
    return bearer_of(given.get("Authorization") or given.get("authorization"))
