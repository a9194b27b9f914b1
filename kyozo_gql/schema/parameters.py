"""The parameters of a request, by GraphQL over HTTP: what is not of its type is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cross_web import HTTPException
from strawberry.http import GraphQLRequestData, GraphQLRequestProtocol

from kyozo_gql.schema.persisted import Asked, DocumentRefused

_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"


@dataclass
class Parameters(GraphQLRequestData):
    """Those of one operation, and how it names its document."""

    document: Asked = field(default_factory=Asked)


def check_content_type(content_type: str | None) -> bool:
    """Whether a body is JSON; else it is a form with files. Raises HTTPException for any other."""
    media_type, _, parameters = (content_type or "").lower().partition(";")
    is_json = media_type.strip() == _JSON and _is_utf8(parameters)
    if not is_json and media_type.strip() != _FORM:
        raise HTTPException(415, "send application/json in UTF-8, or multipart/form-data with files")
    return is_json


def read_parameters(given: Any, protocol: GraphQLRequestProtocol) -> Parameters:
    """The parameters in a body or a URL. Raises HTTPException."""
    if not isinstance(given, Mapping):
        raise HTTPException(400, "the request must be a JSON object")
    for name in ("query", "operationName"):
        if not isinstance(given.get(name), str | None):
            raise HTTPException(400, f"{name} must be a text or null, if provided")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise HTTPException(400, f"{name} must be an object or null, if provided")
    try:
        document = Asked.of(given)
    except DocumentRefused as error:
        raise HTTPException(error.status, str(error)) from error
    return Parameters(
        query=document.query,
        variables=given.get("variables"),
        operation_name=given.get("operationName"),
        extensions=given.get("extensions"),
        protocol=protocol,
        document=document,
    )


def _is_utf8(parameters: str) -> bool:
    name, _, value = parameters.strip().partition("=")
    return name.strip() != "charset" or value.strip(' "') in ("utf-8", "utf8")
