"""GraphQL over HTTP, and the door to the WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import strawberry
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from kyozo_gql.accounts.viewer import authenticate
from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.schema.context import Context
from kyozo_gql.schema.credentials import MISSING, bearer_of, only_signs_in, secret_in
from kyozo_gql.schema.json import read_json
from kyozo_gql.schema.negotiation import GRAPHQL, negotiate
from kyozo_gql.schema.rate_limit import count_request
from kyozo_gql.schema.websocket import Socket, SocketHandler

_CODES: Final = {
    400: "BAD_REQUEST",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
_INIT_TIMEOUT: Final = timedelta(seconds=10)
_MOST_OPERATIONS: Final = 100  # under way at once on one socket


class GraphQLView(GraphQL[Context, None]):
    """POST and GET of JSON, POST of forms with files, graphql-transport-ws. Every request but a sign-in brings its token."""

    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = Socket

    def __init__(self, schema: strawberry.Schema, allowed_origins: Sequence[str] = ()) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=_INIT_TIMEOUT,
            max_subscriptions_per_connection=_MOST_OPERATIONS,
            multipart_uploads_enabled=True,
            allowed_origins=allowed_origins,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request or a socket. Refusals have a body like any other answer."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            async with closing(request):
                response = await self.run(request)
        except Unauthenticated as error:
            response = _refuse(request, 401, str(error), error.code, {"WWW-Authenticate": "Bearer"})
        except HTTPException as error:
            response = _refuse_request(request, error)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002 — the library's
        """Who asks, and what this process has opened. A socket says who it is when it is initialised.

        Raises Unauthenticated, RateLimited.
        """
        resources = request.app.state.resources
        if isinstance(request, WebSocket) or request.headers.get("authorization") is None:
            return Context(resources)
        return Context(resources, await count_request(await authenticate(bearer_of(request.headers.get("authorization")))))

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Lets a socket in, or closes it with 4403."""
        try:
            context.secret = secret_in(context.connection_params)
            await authenticate(context.secret)
        except Unauthenticated as error:
            raise ConnectionRejectionError from error
        no_payload: UnsetType = UNSET
        return no_payload

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ARG002 — the library's
        """GraphiQL has an address of its own."""
        return False

    def decode_json(self, data: str | bytes) -> object:
        """What a client sent. Raises JSONDecodeError."""
        return read_json(data)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Where the answer's media type is kept until there is an answer. Raises HTTPException."""
        media_type = negotiate(request.headers.get("accept"))
        if media_type is None:
            raise HTTPException(406, "this answers application/graphql-response+json or application/json")
        answer = await super().get_sub_response(request)
        answer.media_type = media_type
        return answer

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        """The operation that is asked for. Raises HTTPException, and Unauthenticated for what needs a token and has none."""
        media_type, _, parameters = (request.content_type or "").lower().partition(";")
        is_json = request.method == "POST" and media_type.strip() == "application/json"
        is_anonymous = request.headers.get("authorization") is None
        if is_anonymous and not is_json:
            raise Unauthenticated(MISSING)
        if request.method == "POST" and media_type.strip() != "multipart/form-data":
            if not (is_json and _is_utf8(parameters)):
                raise HTTPException(415, "send application/json in UTF-8, or multipart/form-data with files")
            if not isinstance(self.parse_json(await request.get_body()), dict):
                raise HTTPException(400, "the body must be a JSON object")
        data = await super().parse_http_body(request)
        if is_anonymous and not (isinstance(data, GraphQLRequestData) and only_signs_in(data.query)):
            raise Unauthenticated(MISSING)
        if isinstance(data, GraphQLRequestData) and not isinstance(data.operation_name, str | None):
            raise HTTPException(400, "operationName must be a text or null, if provided")
        return data

    async def parse_multipart(self, request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
        """The operation of a form, its files in their places. Raises HTTPException."""
        try:
            operation: Any = await super().parse_multipart(request)
        except (StarletteHTTPException, AttributeError, LookupError, TypeError, ValueError) as error:
            raise HTTPException(400, "the form is no GraphQL multipart request") from error
        if not isinstance(operation, dict):
            raise HTTPException(400, "operations must be a JSON object")
        return operation

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """A result as it is sent: one that never was executed has no ``data``."""
        answer = await super().process_result(request, result)
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            del answer["data"]
        return answer

    def create_response(self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response) -> Response:
        """The answer. An operation that could not be executed is a 400, where the client knows the media type that says so."""
        wrong = sub_response.media_type == GRAPHQL and "data" not in response_data
        content = self.encode_json(response_data)
        return Response(content, 400 if wrong else 200, media_type=f"{sub_response.media_type}; charset=utf-8")


@asynccontextmanager
async def closing(request: Request) -> AsyncIterator[None]:
    """Within, the files of a form are there."""
    try:
        yield
    finally:
        await request.close()


def _is_utf8(parameters: str) -> bool:
    name, _, value = parameters.strip().partition("=")
    return name.strip() != "charset" or value.strip(' "') in ("utf-8", "utf8")


def _refuse_request(request: Request, error: HTTPException) -> Response:
    if isinstance(error.__cause__, InvalidOperationTypeError):
        return _refuse(request, 405, error.reason, _CODES[405], {"Allow": "POST"})
    headers = {"Allow": "GET, POST"} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else None
    return _refuse(request, error.status_code, error.reason, _CODES.get(error.status_code, "BAD_REQUEST"), headers)


def _refuse(request: Request, status: int, message: str, code: str, headers: dict[str, str] | None = None) -> Response:
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    media_type = negotiate(request.headers.get("accept")) or "application/json"
    return JSONResponse(body, status, headers=headers, media_type=f"{media_type}; charset=utf-8")
