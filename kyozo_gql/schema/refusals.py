"""Answers to requests that never became an operation: they have a body like any other answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cross_web import HTTPException
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from strawberry.schema.exceptions import InvalidOperationTypeError

from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.schema.errors import as_top_level
from kyozo_gql.schema.negotiation import JSON, negotiate

ALLOWED: Final = "GET, HEAD, POST, OPTIONS"
_CODES: Final = {
    400: "BAD_REQUEST",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}


def refuse(
    request: Request, status: int, message: str, extensions: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """An answer with one error; ``extensions`` has its ``code``."""
    body = {"errors": [{"message": message, "extensions": dict(extensions)}]}
    media_type = negotiate(request.headers.get("accept")) or JSON
    return JSONResponse(body, status, headers=headers, media_type=f"{media_type}; charset=utf-8")


def refuse_stranger(request: Request, error: Unauthenticated) -> Response:
    """401: no token, or none that holds."""
    return refuse(request, 401, str(error), {"code": error.code}, {"WWW-Authenticate": "Bearer"})


def refuse_request(request: Request, error: HTTPException) -> Response:
    """A request that is none by GraphQL over HTTP; 405 says what is allowed."""
    status, headers = error.status_code, {}
    if isinstance(error.__cause__, InvalidOperationTypeError):
        status, headers = 405, {"Allow": "POST"}
    elif status == 405:  # noqa: PLR2004 — the number is the name
        headers = {"Allow": ALLOWED}
    return refuse(request, status, error.reason, {"code": _CODES.get(status, "BAD_REQUEST")}, headers)


def admit_failure(request: Request, error: Exception) -> Response:
    """500: ours. What it was is in the log, under the id that the client sees."""
    masked = as_top_level(GraphQLError(str(error), original_error=error))
    return refuse(request, 500, masked.message, masked.extensions or {})
