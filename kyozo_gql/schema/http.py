"""GraphQL over HTTP, and the door to the WebSocket."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from types import MappingProxyType
from typing import Any, Final, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.streaming import HTTPStreamTransport
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError, SubscriptionExecutionResult

from kyozo_gql.accounts.viewer import authenticate
from kyozo_gql.core.errors import KyozoError, TooManyConnections, Unauthenticated
from kyozo_gql.schema.body_limit import BodyTooLarge
from kyozo_gql.schema.build import Schema
from kyozo_gql.schema.context import Context
from kyozo_gql.schema.credentials import MISSING, bearer_of, only_signs_in
from kyozo_gql.schema.json import read_json
from kyozo_gql.schema.negotiation import GRAPHQL, negotiate
from kyozo_gql.schema.parameters import Parameters, check_content_type, read_parameters
from kyozo_gql.schema.persisted import DocumentRefused
from kyozo_gql.schema.rate_limit import count_request
from kyozo_gql.schema.refusals import ALLOWED, admit_failure, refuse, refuse_request, refuse_stranger
from kyozo_gql.schema.sessions import Session
from kyozo_gql.schema.streams import EventStream, MultipartStream, Stream, Transport
from kyozo_gql.schema.websocket import Socket, SocketHandler

_PROTOCOLS: Final = (GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL)

Result = ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult


class GraphQLView(GraphQL[Context, None]):
    """POST and GET of JSON, POST of forms with files, streams, graphql-transport-ws. All but a sign-in brings its token."""

    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = Socket
    stream_transport_classes_by_protocol: Mapping[str, type[HTTPStreamTransport]] = MappingProxyType(
        {
            GRAPHQL_SSE_PROTOCOL: EventStream,
            MULTIPART_SUBSCRIPTION_PROTOCOL: MultipartStream,
        }
    )

    def __init__(self, schema: Schema, allowed_origins: Sequence[str] = ()) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=_PROTOCOLS,
            multipart_uploads_enabled=True,
            allowed_origins=allowed_origins,
        )
        self.documents = schema.documents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request or a socket. HEAD is answered like GET; what sends the answer leaves its body out."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={"Allow": ALLOWED})(scope, receive, send)
        else:
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            request = Request({**scope, "method": method}, receive)
            async with AsyncExitStack() as request.state.until_answered:
                request.state.until_answered.push_async_callback(request.close)
                response = await self._answer(request)
                if response is not None:
                    await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """The answer; None for a client that went away while it sent its request.

        What is known by name is left to whoever surrounds the view.
        """
        try:
            return await self.run(request)
        except Unauthenticated as error:
            return refuse_stranger(request, error)
        except TooManyConnections as error:
            return refuse(request, 429, str(error), {"code": error.code, "bound": error.bound})
        except HTTPException as error:
            return refuse_request(request, error)
        except ClientDisconnect:
            return None
        except (BodyTooLarge, KyozoError):
            raise
        except Exception as error:  # noqa: BLE001 — the last word on what nobody expected
            return admit_failure(request, error)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002 — the library's
        """Who asks, and what this process has opened. A socket says who it is when it is initialised.

        Raises Unauthenticated, RateLimited.
        """
        resources = request.app.state.resources
        if isinstance(request, WebSocket) or request.headers.get("authorization") is None:
            return Context(resources)
        return Context(resources, await count_request(await authenticate(bearer_of(request.headers.get("authorization")))))

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ARG002 — the library's
        """GraphiQL has an address of its own."""
        return False

    def decode_json(self, data: str | bytes) -> object:
        """What a client sent. Raises JSONDecodeError."""
        return read_json(data)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Where the answer's media type and status are kept until there is an answer. Raises HTTPException."""
        media_type = negotiate(request.headers.get("accept"))
        if media_type is None and self._get_stream_transport_from_headers(request.headers) is None:
            raise HTTPException(406, "this answers application/graphql-response+json, application/json or text/event-stream")
        answer = await super().get_sub_response(request)
        answer.media_type = media_type
        return answer

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        """The operation that is asked for. Raises HTTPException, and Unauthenticated for what needs a token and has none."""
        is_json = request.method == "POST" and check_content_type(request.content_type)
        if request.headers.get("authorization") is None and not is_json:
            raise Unauthenticated(MISSING)
        if request.method == "GET":
            named = {name: value for name, value in request.query_params.items() if value != ""}
            given = self.parse_query_params(named)
        else:
            given = self.parse_json(await request.get_body()) if is_json else await self.parse_multipart(request)
        transport = self._get_stream_transport_from_headers(request.headers)
        return read_parameters(given, "http" if transport is None else transport.protocol)

    async def parse_multipart(self, request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
        """The operation of a form, its files in their places. Raises HTTPException."""
        try:
            return await super().parse_multipart(request)
        except (StarletteHTTPException, AttributeError, LookupError, TypeError, ValueError) as error:
            raise HTTPException(400, "the form is no GraphQL multipart request") from error

    async def execute_operation(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Context,
        root_value: None,
        sub_response: Response,
    ) -> Result:
        """Runs what is asked for, once its text is known. Raises HTTPException, TooManyConnections, Unauthenticated."""
        asked = cast("Parameters", request_data)
        context.follows = asked.protocol != "http"
        try:
            asked.query = await self.documents.find(asked.document, context.resources.redis, keep=context.known_viewer is not None)
        except DocumentRefused as error:
            sub_response.status_code = error.status
            refused = PreExecutionError(None, [error.as_result()])
            return cast("Result", only(refused)) if context.follows else refused
        if context.known_viewer is None and not only_signs_in(asked.query):
            raise Unauthenticated(MISSING)
        if context.follows and context.known_viewer is not None:
            opened = context.resources.sessions.opened_by(bearer_of(request.headers["authorization"]))
            context.session = request.state.session = await request.state.until_answered.enter_async_context(opened)
        return await super().execute_operation(request, request_adapter, asked, context, root_value, sub_response)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """A result as it is sent: one that never was executed has no ``data``."""
        answer = await super().process_result(request, result)
        never_began = isinstance(result, PreExecutionError) or (
            result.data is None and not any(e.path for e in result.errors or ())
        )
        if never_began and result.errors:
            del answer["data"]
        return answer

    def create_response(self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response) -> Response:
        """The answer. An operation that could not be executed is a 400, where the client knows the media type that says so."""
        wrong = sub_response.media_type == GRAPHQL and "data" not in response_data
        status = sub_response.status_code or (400 if wrong else 200)
        return Response(self.encode_json(response_data), status, media_type=f"{sub_response.media_type}; charset=utf-8")

    async def _create_streaming_response(
        self,
        request: Request,
        result: SubscriptionExecutionResult,
        protocol: str,
        sub_response: Response,  # noqa: ARG002 — the library's
    ) -> Response:
        transport = cast("Transport", self._get_stream_transport(protocol))
        streams = request.app.state.resources.streams
        stream = Stream(self._processed(request, cast("Any", result)), transport, self.encode_json_string, streams)
        session: Session | None = getattr(request.state, "session", None)
        if session is not None:
            stream.belongs_to(session)
        return stream

    async def _processed(
        self, request: Request, results: AsyncGenerator[ExecutionResult, None]
    ) -> AsyncGenerator[GraphQLHTTPResponse, None]:
        async with aclosing(results):
            async for result in results:
                yield await self.process_result(request, result)


async def only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    """A stream of one result."""
    yield result
