"""The composition root of the API: one Starlette app, whose lifespan opens and closes everything that it uses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Final

import structlog
import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from tortoise import connections
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kyozo_gql.core.broker import Broker
from kyozo_gql.core.database import open_database
from kyozo_gql.core.inforce import current_settings, using_settings
from kyozo_gql.core.installation import installation_id
from kyozo_gql.core.outbox import delivering
from kyozo_gql.core.queue import open_queue
from kyozo_gql.core.rates import Rates, using_rates
from kyozo_gql.engines.choice import open_engine
from kyozo_gql.engines.current import using_engine
from kyozo_gql.schema import graphiql
from kyozo_gql.schema.body_limit import BodyLimit
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.context import Resources
from kyozo_gql.schema.http import GraphQLView
from kyozo_gql.schema.manifest import read_documents
from kyozo_gql.schema.rate_limit import HEADERS, RateLimit
from kyozo_gql.schema.security_headers import SecurityHeaders
from kyozo_gql.schema.sessions import Sessions
from kyozo_gql.schema.socket_protocol import SocketProtocol
from kyozo_gql.schema.streams import Streams
from kyozo_gql.settings import Environment, Settings

log = structlog.get_logger(__name__)

_HEALTH_SECONDS: Final = 3.0
_PREFLIGHT_SECONDS: Final = 600
_DRAIN_SECONDS: Final = 5
_LOOK_SECONDS: Final = 0.02
_BACKLOG: Final = 2_048


def create_app(settings: Settings, development_token: str | None = None) -> Starlette:
    """The API. Its routes: /graphql (GET, POST, WebSocket), /healthz, and /graphiql where it is enabled.

    GraphiQL starts with ``development_token``, shown to this machine alone; never in production. Raises BadManifest.
    """
    schema = build_schema(introspection=settings.introspection_enabled, suggestions=settings.suggestions_enabled)
    schema.documents = read_documents(settings, schema._schema)  # noqa: SLF001 — graphql-core's, to validate by
    view = RateLimit(GraphQLView(schema, settings.allowed_origins), settings)
    routes: list[BaseRoute] = [Route("/graphql", view), WebSocketRoute("/graphql", view), Route("/healthz", answer_health)]
    if settings.graphiql_enabled:
        token = development_token if settings.environment is Environment.DEVELOPMENT else None
        routes += graphiql.routes(graphiql.GraphiQLConfig(token=token))
    middleware = [
        Middleware(SecurityHeaders),
        Middleware(BodyLimit, most_bytes=settings.max_body_bytes, most_upload_bytes=settings.max_upload_bytes),
    ]
    if settings.allowed_origins:
        middleware.insert(0, _cross_origin(settings.allowed_origins))
    if settings.trusted_proxies:
        middleware.insert(0, Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)))
    return Starlette(routes=routes, middleware=middleware, lifespan=partial(open_resources, settings=settings))


def _cross_origin(origins: Sequence[str]) -> Middleware:
    """For pages of other origins; the token is in a header that a page must know, no cookie is involved."""
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
        expose_headers=HEADERS,
        max_age=_PREFLIGHT_SECONDS,
    )


def export_schema() -> str:
    """The schema in GraphQL's own language, always in the same order."""
    return build_schema().as_str() + "\n"


class Server(uvicorn.Server):
    """uvicorn without signal handlers: whoever embeds it has its own."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends what would never end by itself, then waits for the rest."""
        self._streams.interrupt_all()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield


@asynccontextmanager
async def serving(app: Starlette, host: str, port: int) -> AsyncIterator[int]:
    """The app answers within; the value is its port (for 0: a free one). Raises OSError where it can't.

    The lifespan runs here, not in uvicorn, which ends the process when one fails.
    """
    with _listen(host, port) as listening:
        async with app.router.lifespan_context(app), _answering(app, listening):
            yield listening.getsockname()[1]


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise OSError(f"can't listen on {host}:{port}: {error.strerror}") from error


@asynccontextmanager
async def _answering(app: Starlette, listening: socket.socket) -> AsyncIterator[None]:
    settings = current_settings()
    config = uvicorn.Config(
        app,
        log_config=None,  # what it has to say goes where all else goes
        log_level="warning",
        access_log=False,  # a URL may hold variables
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        ws=SocketProtocol,
        ws_max_size=settings.max_message_bytes,
        ws_ping_interval=None,  # the handler pings, in messages: a browser answers for a page that hangs
        ws_ping_timeout=settings.ping_seconds,
        proxy_headers=False,  # the app looks at them itself, where the settings trust whoever sends them
    )
    server = Server(config, app.state.resources.streams)
    running = asyncio.create_task(server.serve([listening]), name="uvicorn")
    try:
        while not (server.started or running.done()):  # noqa: ASYNC110 — uvicorn sets a flag and tells nobody
            await asyncio.sleep(_LOOK_SECONDS)
        yield
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def open_resources(app: Starlette, settings: Settings) -> AsyncIterator[None]:
    """Within, everything answers that requests need; ``app.state.resources`` has it."""
    async with AsyncExitStack() as stack:
        stack.enter_context(using_settings(settings))
        await stack.enter_async_context(open_database(settings.database_url, settings.database_pool_size))
        redis = await stack.enter_async_context(Redis.from_url(settings.redis_url))
        stack.enter_context(using_rates(Rates(redis)))
        broker = Broker(redis)
        await stack.enter_async_context(broker.reading())
        queue = await stack.enter_async_context(open_queue(settings.redis_url))
        await stack.enter_async_context(delivering(queue.deliver))
        await stack.enter_async_context(delivering(broker.publish))
        engine = await open_engine(settings, await installation_id())
        stack.push_async_callback(engine.close)
        stack.enter_context(using_engine(engine))
        sessions = Sessions(settings, broker)
        await stack.enter_async_context(sessions.watching())
        app.state.redis, app.state.resources = redis, Resources(settings, broker, engine, redis, sessions)
        yield


async def answer_health(request: Request) -> Response:
    """200 when the database and Redis answer, else 503; says which does not."""
    found = {"database": await _answers(_ask_database()), "redis": await _answers(request.app.state.redis.ping())}
    return JSONResponse({"status": "ok" if all(found.values()) else "unavailable", **found}, 200 if all(found.values()) else 503)


async def _ask_database() -> None:
    await connections.get("default").execute_query("SELECT 1")


async def _answers(question: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(_HEALTH_SECONDS):
            await question
    except Exception as error:  # noqa: BLE001 — whatever it is, it is no answer
        log.warning("health_check_failed", error=str(error))
        return False
    return True
