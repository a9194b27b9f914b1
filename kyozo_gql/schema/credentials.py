"""Where a client puts its token, and what may be asked for without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse

from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.core.inforce import current_settings

MISSING: Final = "send a token: Authorization: Bearer …"


def bearer_of(header: Any) -> str:
    """The secret in ``Bearer <secret>``. Raises Unauthenticated."""
    scheme, _, secret = header.partition(" ") if isinstance(header, str) else ("", "", "")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated(MISSING)
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


def only_signs_in(query: object) -> bool:
    """Whether a document is one mutation with ``signIn``, once, and nothing else."""
    try:
        document = parse(query, no_location=True, max_tokens=current_settings().max_tokens) if isinstance(query, str) else None
    except (GraphQLError, RecursionError):
        return False
    if document is None or len(document.definitions) != 1:
        return False
    operation = document.definitions[0]
    if not isinstance(operation, OperationDefinitionNode) or operation.operation is not OperationType.MUTATION:
        return False
    asked = operation.selection_set.selections
    return len(asked) == 1 and isinstance(asked[0], FieldNode) and asked[0].name.value == "signIn"
