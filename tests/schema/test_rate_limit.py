"""Rates as a client meets them: headers, refusals, over HTTP and over sockets."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kyozo_gql.accounts.users import create_user
from kyozo_gql.api import create_app, serving
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.core.rates import Rates, using_rates
from kyozo_gql.schema.negotiation import GRAPHQL
from kyozo_gql.settings import Settings
from tests.end_to_end.server import eventually
from tests.schema.conftest import Client
from tests.schema.sockets import PROTOCOL, Socket

SIGN_IN = """mutation($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) {
    __typename
    ... on SignInPayload { token }
    ... on UserError { code message }
  }
}"""
PASSWORD = "correct horse"
_addresses = (f"10.0.{high}.{low}" for high, low in itertools.product(range(256), range(1, 255)))


@pytest.fixture
def address() -> str:
    """Of a client that nobody has met."""
    return next(_addresses)


@asynccontextmanager
async def limited(app: Starlette, settings: Settings, address: str, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The same API with other limits, for a client with this address."""
    changed = settings.model_copy(update=changes)
    other = create_app(changed)
    other.state.resources, other.state.redis = replace(app.state.resources, settings=changed), app.state.redis
    transport = httpx.ASGITransport(app=other, client=(address, 50_000))
    with using_settings(changed):
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield http


async def sign_in(http: httpx.AsyncClient, email: str, password: str, **headers: str) -> httpx.Response:
    body = {"query": SIGN_IN, "variables": {"email": email, "password": password}}
    return await http.post("/graphql", json=body, headers=headers)


async def test_every_authenticated_answer_says_where_one_stands(app: Starlette, settings: Settings, client: Client, address: str):
    async with limited(app, settings, address, rate_limit="10/minute", cost_limit="100/minute") as http:
        ask = Client(http, client.token)
        answer = await ask.post("{ viewer { user { id } } }")
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"requests";q=10;w=60, "cost";q=100;w=60'
        requests, cost = answer.headers["ratelimit"].split(", ")
        assert requests.startswith('"requests";r=9;t=')
        assert cost.startswith('"cost";r=97;t=')
        for document in ("{ nonsense", "{ nonsense }", "{ workspaces(first: 101) { totalCount } }"):
            assert "ratelimit" in (await ask.post(document)).headers
        wrong = await http.post("/graphql", content=b"{", headers={"Authorization": f"Bearer {client.token}"})
        assert wrong.status_code == 415
        assert "ratelimit" not in (await http.post("/graphql", json={"query": "{ __typename }"})).headers


async def test_too_many_requests_of_a_token(app: Starlette, settings: Settings, client: Client, other_client: Client, address: str):
    async with limited(app, settings, address, rate_limit="2/hour") as http:
        ask = Client(http, client.token)
        for _ in range(2):
            assert await ask.ask("{ __typename }") == {"__typename": "Query"}
        refused = await ask.post("{ __typename }")
        assert refused.status_code == 429
        (error,) = refused.json()["errors"]
        said = error["extensions"]
        assert (said["code"], said["bound"], said["limit"]) == ("RATE_LIMITED", "requests", 2)
        assert refused.headers["retry-after"] == str(said["retryAfterSeconds"])
        assert refused.headers["ratelimit"].startswith('"requests";r=0;')
        assert refused.headers["content-type"] == "application/json; charset=utf-8"
        assert "data" not in refused.json()
        headers = {"Authorization": f"Bearer {client.token}", "Accept": GRAPHQL}
        again = await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert (again.status_code, again.headers["content-type"]) == (429, f"{GRAPHQL}; charset=utf-8")
        assert await Client(http, other_client.token).ask("{ __typename }") == {"__typename": "Query"}


async def test_too_much_cost_of_a_token(app: Starlette, settings: Settings, client: Client, address: str):
    async with limited(app, settings, address, cost_limit="60/hour") as http:
        ask = Client(http, client.token)
        assert (await ask.post("{ engine { kind } }")).status_code == 200
        refused = await ask.post("{ engine { kind } }")
        assert refused.status_code == 429
        (error,) = refused.json()["errors"]
        assert (error["extensions"]["bound"], error["extensions"]["limit"]) == ("cost", 60)
        assert int(refused.headers["retry-after"]) > 0
        assert "data" not in refused.json()
        assert (await ask.post("{ viewer { user { id } } }")).status_code == 200  # what is left is enough for it
        assert (await ask.post("{ nonsense }")).status_code == 200  # what does not run costs nothing


async def test_requests_without_a_token_count_by_address(app: Starlette, settings: Settings, client: Client, address: str):
    async with limited(app, settings, address, anonymous_rate_limit="3/hour") as http:
        assert (await http.post("/graphql", json={"query": "{ __typename }"})).status_code == 401
        bad = {"Authorization": "Bearer nonsense"}
        assert (await http.post("/graphql", json={"query": "{ __typename }"}, headers=bad)).status_code == 401
        assert (await sign_in(http, "nobody@example.org", "wrong")).status_code == 200
        for headers in ({}, bad):
            refused = await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
            assert refused.status_code == 429
            assert refused.json()["errors"][0]["extensions"]["bound"] == "anonymous requests"
            assert "retry-after" in refused.headers
        assert await Client(http, client.token).ask("{ __typename }") == {"__typename": "Query"}
    async with limited(app, settings, next(_addresses), anonymous_rate_limit="3/hour") as elsewhere:
        assert (await elsewhere.post("/graphql", json={"query": "{ __typename }"})).status_code == 401


async def test_addresses_of_one_ipv6_network_are_one_client(app: Starlette, settings: Settings):
    for address, status in (("2001:db8:1::1", 401), ("2001:db8:1::ffff", 429), ("2001:db8:2::1", 401)):
        async with limited(app, settings, address, anonymous_rate_limit="1/day") as http:
            assert (await http.post("/graphql", json={"query": "{ __typename }"})).status_code == status


@pytest.mark.parametrize(("trusted", "statuses"), [((), [401, 429]), (("10.0.0.0/8",), [401, 401])])
async def test_a_proxy_is_believed_if_it_is_trusted(
    app: Starlette, settings: Settings, address: str, trusted: tuple[str, ...], statuses: list[int]
):
    async with limited(app, settings, address, anonymous_rate_limit="1/day", trusted_proxies=trusted) as http:
        answers = [
            await http.post("/graphql", json={"query": "{ __typename }"}, headers={"X-Forwarded-For": f"192.0.2.{number}"})
            for number in (1, 2)
        ]
    assert [answer.status_code for answer in answers] == statuses


async def test_pages_of_other_origins_may_read_the_headers(app: Starlette, settings: Settings, client: Client, address: str):
    async with limited(app, settings, address, allowed_origins=("https://app.example",)) as http:
        headers = {"Authorization": f"Bearer {client.token}", "Origin": "https://app.example"}
        answer = await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert answer.headers["access-control-expose-headers"] == "RateLimit-Policy, RateLimit, Retry-After"
    assert "ratelimit" in answer.headers


async def test_other_addresses_of_the_server_are_not_limited(app: Starlette, settings: Settings, address: str):
    async with limited(app, settings, address, anonymous_rate_limit="1/day", rate_limit="1/day") as http:
        for _ in range(3):
            assert (await http.get("/healthz")).status_code == 200
            assert (await http.get("/graphiql")).status_code == 200


async def test_without_redis_everything_is_let_through(app: Starlette, settings: Settings, client: Client, address: str):
    async with Redis(unix_socket_path="/nowhere/at/all") as gone:
        with using_rates(Rates(gone)):
            limits = {"rate_limit": "1/day", "cost_limit": "1/day", "anonymous_rate_limit": "1/day"}
            async with limited(app, settings, address, **limits) as http:
                for _ in range(3):
                    answer = await Client(http, client.token).post("{ viewer { user { id } } }")
                    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)
                    assert (await http.post("/graphql", json={"query": "{ __typename }"})).status_code == 401


# --- Sockets ---


@asynccontextmanager
async def served(app: Starlette, settings: Settings, **changes: Any) -> AsyncIterator[str]:
    changed = settings.model_copy(update=changes)
    built = create_app(changed)
    other = Starlette(routes=built.routes, middleware=built.user_middleware)
    other.state.resources, other.state.redis = replace(app.state.resources, settings=changed), app.state.redis
    async with serving(other, "127.0.0.1", 0) as port:
        yield f"ws://127.0.0.1:{port}/graphql"


async def ask(socket: Socket, id: str, query: str) -> dict[str, Any]:
    await socket.send({"type": "subscribe", "id": id, "payload": {"query": query}})
    return await socket.receive()


async def test_operations_of_a_socket_count_like_requests(app: Starlette, settings: Settings, client: Client, address: str):
    limits = {"rate_limit": "3/hour", "cost_limit": "60/hour"}
    async with served(app, settings, **limits) as url, connect(url, subprotocols=[PROTOCOL]) as opened:
        socket = Socket(opened)
        await socket.send({"type": "connection_init", "payload": {"token": client.token}})
        assert (await socket.receive())["type"] == "connection_ack"
        assert (await ask(socket, "1", "{ engine { kind } }"))["type"] == "next"
        assert (await socket.receive())["type"] == "complete"
        dear = await ask(socket, "2", "{ engine { kind } }")
        assert (dear["type"], dear["id"]) == ("error", "2")
        assert dear["payload"][0]["extensions"]["bound"] == "cost"
        async with limited(app, settings, address, **limits) as http:
            assert (await Client(http, client.token).post("{ __typename }")).status_code == 200
        often = await ask(socket, "3", "{ __typename }")
        assert (often["type"], often["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
        assert often["payload"][0]["extensions"]["bound"] == "requests"


async def test_sockets_without_a_token_that_holds_count_by_address(app: Starlette, settings: Settings):
    limits = {"anonymous_rate_limit": "2/day", "trusted_proxies": ("127.0.0.1",)}
    forwarded = {"X-Forwarded-For": next(_addresses)}
    async with served(app, settings, **limits) as url:
        for _ in range(2):
            async with connect(url, subprotocols=[PROTOCOL], additional_headers=forwarded) as opened:
                await Socket(opened).send({"type": "connection_init", "payload": {"token": "nonsense"}})
                with pytest.raises(ConnectionClosed):
                    await opened.recv()

        async def denial() -> Any:
            try:
                async with connect(url, subprotocols=[PROTOCOL], additional_headers=forwarded):
                    return None
            except InvalidStatus as error:
                return error.response

        response = await eventually(denial, "a refused handshake")  # the close is counted after it was sent
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) > 0
        async with connect(url, subprotocols=[PROTOCOL], additional_headers={"X-Forwarded-For": next(_addresses)}):
            pass


# --- Signing in ---


async def test_too_many_failures_for_an_account(app: Starlette, settings: Settings, database: str):
    await create_user("ada@example.org", "Ada", PASSWORD)
    answers: dict[str, list[Any]] = {"ada@example.org": [], "nobody@example.org": []}
    for email, seen in answers.items():
        for _ in range(4):  # from another address each time
            async with limited(app, settings, next(_addresses), sign_in_limit="2/day") as http:
                answer = await sign_in(http, f" {email.upper()}", "wrong")
                body = answer.json()
                for error in body.get("errors", ()):
                    del error["extensions"]["retryAfterSeconds"]
                    error["message"] = error["message"].partition(":")[0]
                seen.append((answer.status_code, "retry-after" in answer.headers, body))
    assert answers["ada@example.org"] == answers["nobody@example.org"]
    assert [status for status, *_ in answers["ada@example.org"]] == [200, 200, 429, 429]
    (error,) = answers["ada@example.org"][-1][2]["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "bound": "failed sign-ins", "limit": 2}
    async with limited(app, settings, next(_addresses), sign_in_limit="2/day") as http:
        assert (await sign_in(http, "ada@example.org", PASSWORD)).status_code == 429  # the right one does not open it either


async def test_too_many_failures_of_a_client(app: Starlette, settings: Settings, database: str, address: str):
    await create_user("eve@example.org", "Eve", PASSWORD)
    async with limited(app, settings, address, sign_in_limit="3/day") as http:
        for number in range(3):
            assert (await sign_in(http, f"{number}-{address}@example.org", "wrong")).status_code == 200
            if number < 2:  # a success of one's own takes back no failure about others
                signed_in = (await sign_in(http, "eve@example.org", PASSWORD)).json()
                assert signed_in["data"]["signIn"]["__typename"] == "SignInPayload"
        assert (await sign_in(http, f"another-{address}@example.org", "wrong")).status_code == 429


async def test_signing_in_often_is_no_failure(app: Starlette, settings: Settings, database: str, address: str):
    await create_user(f"{address}@often.example.org".replace("10.0.", "u"), "Often", PASSWORD)
    async with limited(app, settings, address, sign_in_limit="2/day") as http:
        for _ in range(4):
            answer = await sign_in(http, f"{address}@often.example.org".replace("10.0.", "u"), PASSWORD)
            assert answer.json()["data"]["signIn"]["__typename"] == "SignInPayload"


async def test_sign_in_is_throttled_without_redis_too(app: Starlette, settings: Settings, database: str, address: str):
    async with Redis(unix_socket_path="/nowhere/at/all") as gone:
        with using_rates(Rates(gone)):
            async with limited(app, settings, address, sign_in_limit="2/day") as http:
                statuses = [(await sign_in(http, "nobody@example.org", "wrong")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
