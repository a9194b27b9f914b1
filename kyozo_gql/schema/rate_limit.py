"""How often a client may ask: counted for each request and for each operation of a socket, said in headers, refused with 429.

``RateLimit`` surrounds the view and knows the client's address; the view tells it whose token a request brings with
``count_request``; ``Rated`` counts what happens inside: operations of sockets, and what each operation costs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from graphql import GraphQLError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.extensions import SchemaExtension

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.rates import Quota, RateLimited, Rates, Standing, current_rates
from kyozo_gql.schema.context import Context
from kyozo_gql.schema.negotiation import negotiate
from kyozo_gql.settings import Settings

HEADERS: Final = ("RateLimit-Policy", "RateLimit", "Retry-After")
_UNAUTHENTICATED: Final = 401
_TOO_MANY_REQUESTS: Final = 429
_REJECTED: Final = frozenset({4401, 4403})  # the closing codes of sockets that show no token that holds
_IPV6_NETWORK: Final = 64  # bits: what one customer has


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of the settings in force."""

    requests: Quota
    cost: Quota
    anonymous: Quota

    @classmethod
    def of(cls, settings: Settings) -> Quotas:
        """Read once."""
        return cls(
            Quota.of("requests", settings.rate_limit),
            Quota.of("cost", settings.cost_limit),
            Quota.of("anonymous requests", settings.anonymous_rate_limit),
        )


@dataclass(slots=True)
class Caller:
    """Who is behind a request or a socket: the client's address; of a request also its token, and whether it was refused."""

    quotas: Quotas
    rates: Rates | None
    address: str | None
    is_socket: bool
    token: str | None = None
    refused_for: int | None = None  # seconds

    async def take(self, quota: Quota, key: str | None, amount: int = 1) -> None:
        """Takes that much of a quota. Raises RateLimited."""
        if self.rates is not None and key is not None:
            await self.rates.take(quota, key, amount)

    async def headers(self) -> dict[str, str]:
        """What a client is told of its quotas, as in draft-ietf-httpapi-ratelimit-headers."""
        said: list[Standing] = []
        if self.rates is not None and self.token is not None:
            for quota in (self.quotas.requests, self.quotas.cost):
                said += await self.rates.standings(quota, self.token)
        headers = {}
        if said:
            headers["RateLimit-Policy"] = ", ".join(f'"{one.name}";q={one.limit};w={one.window_seconds}' for one in said)
            headers["RateLimit"] = ", ".join(f'"{one.name}";r={one.remaining};t={one.reset_seconds}' for one in said)
        if self.refused_for is not None:
            headers["Retry-After"] = str(self.refused_for)
        return headers


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


def client_address() -> str | None:
    """The address of the client that is being served; a network where it stands for one client. None: unknown."""
    caller = _caller.get()
    return None if caller is None else caller.address


async def count_request(viewer: Viewer) -> Viewer:
    """Counts a request of a token. Raises RateLimited."""
    caller = _caller.get()
    if caller is not None and viewer.token is not None:
        caller.token = str(viewer.token.id)
        await caller.take(caller.quotas.requests, caller.token)
    return viewer


class RateLimit:
    """ASGI: counts requests without a token, or with a bad one, by their address; tells the others where they stand."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._quotas = Quotas.of(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request or a socket."""
        caller = Caller(self._quotas, current_rates(), _address(scope), is_socket=scope["type"] == "websocket")
        token = _caller.set(caller)
        try:
            await (self._serve_socket if caller.is_socket else self._serve_request)(caller, scope, receive, send)
        finally:
            _caller.reset(token)

    async def _serve_request(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        is_anonymous = Headers(scope=scope).get("authorization") is None

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == _UNAUTHENTICATED and not is_anonymous:
                    await caller.take(self._quotas.anonymous, caller.address)
                if caller.refused_for is not None:
                    message["status"] = _TOO_MANY_REQUESTS
                MutableHeaders(scope=message).update(await caller.headers())
            await send(message)

        try:
            if is_anonymous:
                await caller.take(self._quotas.anonymous, caller.address)
            await self._app(scope, receive, sending)
        except RateLimited as error:
            await (await _refuse(caller, scope, error))(scope, receive, send)

    async def _serve_socket(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """A socket that shows no token that holds counts; when there were too many, the next one is not let in."""

        async def sending(message: Message) -> None:
            await send(message)
            if message["type"] == "websocket.close" and message.get("code") in _REJECTED:
                with suppress(RateLimited):
                    await caller.take(self._quotas.anonymous, caller.address)

        try:
            if caller.rates is not None and caller.address is not None:
                await caller.rates.check(self._quotas.anonymous, caller.address)
        except RateLimited as error:
            await WebSocket(scope, receive, send).send_denial_response(await _refuse(caller, scope, error))
        else:
            await self._app(scope, receive, sending)


class Rated(SchemaExtension):
    """Counts the operations of a socket, which is one request only, and what each operation costs."""

    _refusal: GraphQLError | None = None

    async def on_operation(self) -> AsyncIterator[None]:
        """Once it is known who asks; at the end, the request is told where it was refused."""
        caller, viewer = _caller.get(), self._context.known_viewer
        if caller is not None and caller.is_socket and viewer is not None and viewer.token is not None:
            await self._take(caller, caller.quotas.requests, str(viewer.token.id))
        yield
        result = self.execution_context.result
        refused = [seconds for error in (result and result.errors) or () if (seconds := _refused_for(error)) is not None]
        if caller is not None and refused:
            caller.refused_for = max(refused)

    async def on_validate(self) -> AsyncIterator[None]:
        """Once it is known what the operation costs."""
        caller, viewer, operation = _caller.get(), self._context.known_viewer, self.execution_context
        is_fine = self._refusal is None and not operation.pre_execution_errors
        if is_fine and caller is not None and viewer is not None and viewer.token is not None:
            await self._take(caller, caller.quotas.cost, str(viewer.token.id), self._context.cost)
        if self._refusal is not None:
            operation.pre_execution_errors = [self._refusal]
        yield

    @property
    def _context(self) -> Context:
        context: Context = self.execution_context.context
        return context

    async def _take(self, caller: Caller, quota: Quota, key: str, amount: int = 1) -> None:
        try:
            await caller.take(quota, key, amount)
        except RateLimited as error:
            self._refusal = GraphQLError(str(error), extensions=error.extensions)


def _refused_for(error: GraphQLError) -> int | None:
    said = error.extensions or {}
    return said.get("retryAfterSeconds") if said.get("code") == RateLimited.code else None


async def _refuse(caller: Caller, scope: Scope, error: RateLimited) -> Response:
    caller.refused_for = error.retry_after_seconds
    body = {"errors": [{"message": str(error), "extensions": error.extensions}]}
    media_type = negotiate(Headers(scope=scope).get("accept")) or "application/json"
    return JSONResponse(body, _TOO_MANY_REQUESTS, await caller.headers(), media_type=f"{media_type}; charset=utf-8")


def _address(scope: Scope) -> str | None:
    host = (scope.get("client") or (None,))[0]
    try:
        address = ip_address(host or "")
    except ValueError:
        return host
    return str(ip_network((address, _IPV6_NETWORK), strict=False)) if isinstance(address, IPv6Address) else host
