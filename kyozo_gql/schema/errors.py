"""The one translator: from the errors of the domain to members of a mutation's union, and to errors at the top of an answer."""

from __future__ import annotations

import re
from typing import Any, Final

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry import ID
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from kyozo_gql.accounts.models import Role
from kyozo_gql.core import errors
from kyozo_gql.core.ids import new_id
from kyozo_gql.schema.types.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound, UserError

log = structlog.get_logger(__name__)

_EXPECTED: Final = (GraphQLError, StrawberryInputCoercionError, CannotGetOperationTypeError, InvalidOperationTypeError)


def as_union_member(error: errors.KyozoError, given_id: str | None) -> UserError | None:
    """What a mutation answers for an error; ``given_id`` is the id that it was asked for. None: it is no answer of a mutation."""
    match error:
        case errors.NotFound():
            return NotFound(code=error.code, message=str(error), id=None if given_id is None else ID(given_id))
        case errors.InvalidInput(fields=fields):
            translated = [FieldError(path=client_path(field.path), message=field.message) for field in fields]
            message = "; ".join(f"{field.path}: {field.message}" for field in translated)
            return InvalidInput(code=error.code, message=message, fields=translated)
        case errors.Forbidden(required_role=role):
            return Forbidden(code=error.code, message=str(error), required_role=None if role is None else Role(role))
        case errors.Conflict() | errors.NotSupported():
            return Conflict(code=error.code, message=str(error))
    return None


def client_path(path: str) -> str:
    """A field's path as a client writes it: ``port_mappings.0.host_port`` is ``portMappings.0.hostPort``."""
    ours, of, theirs = path.partition("build_args.")  # what follows is a name that the client chose
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), ours + of) + theirs


def as_top_level(error: GraphQLError) -> GraphQLError:
    """An error as a client gets it: with a code, and without what is nobody's business. What was not expected is logged."""
    if error.extensions and "code" in error.extensions:
        return error
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, errors.Forbidden) and cause.required_role is not None:
        return _rewritten(error, str(cause), code=cause.code, requiredRole=Role(cause.required_role).name)
    if isinstance(cause, errors.KyozoError):
        return _rewritten(error, str(cause), code=cause.code, **_facts_of(cause))
    if cause is None or isinstance(cause, _EXPECTED):
        return _rewritten(error, error.message, code=_request_code(error, cause))
    incident = new_id().hex
    path = ".".join(map(str, error.path or ()))
    log.error("internal_error", incident=incident, path=path, exc_info=(type(cause), cause, cause.__traceback__))
    return _rewritten(error, "internal error", code="INTERNAL_SERVER_ERROR", id=incident)


def _facts_of(error: errors.KyozoError) -> dict[str, Any]:
    """What stands beside the code."""
    if isinstance(error, errors.InvalidInput):
        return {"fields": [{"path": client_path(field.path), "message": field.message} for field in error.fields]}
    return dict(error.facts)


def _request_code(error: GraphQLError, cause: BaseException | None) -> str:
    if isinstance(error, GraphQLSyntaxError) or isinstance(cause, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if isinstance(cause, CannotGetOperationTypeError | InvalidOperationTypeError):
        return "BAD_REQUEST"
    return "BAD_USER_INPUT" if error.message.startswith("Variable ") or error.path else "GRAPHQL_VALIDATION_FAILED"


def _rewritten(error: GraphQLError, message: str, **extensions: Any) -> GraphQLError:
    return GraphQLError(
        message, nodes=error.nodes, source=error.source, positions=error.positions, path=error.path, extensions=extensions
    )
