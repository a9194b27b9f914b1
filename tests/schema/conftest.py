"""The API as a client meets it: the whole app over a real database, Valkey and the simulated engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.tokens import create_token
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.api import create_app, open_resources
from kyozo_gql.embedded import EmbeddedServers
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.sessions import Sessions
from kyozo_gql.settings import EngineChoice, Settings
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import Workspace
from tests.schema.sockets import SIZE, Socket, address_of, socket_to


class Client:
    """Asks as one viewer."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.token = token

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        return await self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers={"Authorization": f"Bearer {self.token}"}
        )

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def fail(self, query: str, **variables: Any) -> dict[str, Any]:
        """The one error of an answer."""
        (error,) = (await self.post(query, **variables)).json()["errors"]
        found: dict[str, Any] = error
        return found

    async def do(self, name: str, fields: str, /, **input: Any) -> dict[str, Any]:
        """The result of a mutation: ``__typename``, what every error has, and these fields of the payload."""
        document = f"""mutation($input: {name[0].upper()}{name[1:]}Input!) {{
          {name}(input: $input) {{
            __typename
            ... on {name[0].upper()}{name[1:]}Payload {{ {fields} }}
            ... on UserError {{ code message }}
            ... on NotFound {{ id }}
            ... on InvalidInput {{ fields {{ path message }} }}
            ... on Forbidden {{ requiredRole }}
          }}
        }}"""
        data = await self.ask(document, input=input)
        found: dict[str, Any] = data[name]
        return found


@pytest.fixture(scope="module")
def api_settings(migrated_url: str, servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("api")
    return Settings(
        database_url=migrated_url,
        redis_url=servers.redis_url,
        workspace_root=folder / "workspaces",
        state_dir=folder / "state",
        engine=EngineChoice.SIMULATED,
        settle_seconds=0,
    )


@pytest.fixture(scope="module")
async def app(api_settings: Settings) -> AsyncIterator[Starlette]:
    """The app of a module's tests; each of them begins with an empty database."""
    app = create_app(api_settings)
    async with open_resources(app, settings=api_settings):
        yield app


@pytest.fixture
async def http(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def client_of(http: httpx.AsyncClient, viewer: Viewer, role: Role = Role.OWNER) -> Client:
    _, secret = await create_token(viewer, viewer.team_ids[0], "test", role, None)
    return Client(http, secret)


@pytest.fixture
def database(app: Starlette, database_url: str) -> str:
    """The app has opened it; ``database_url`` empties it."""
    return database_url


@pytest.fixture
def settings(app: Starlette, api_settings: Settings) -> Settings:
    """The app's, in force."""
    return api_settings


@pytest.fixture
async def client(http: httpx.AsyncClient, owner: Viewer) -> Client:
    return await client_of(http, owner)


@pytest.fixture
async def other_client(http: httpx.AsyncClient, other_owner: Viewer) -> Client:
    """The owner of another team."""
    return await client_of(http, other_owner)


@pytest.fixture(scope="module")
async def address(app: Starlette) -> AsyncIterator[str]:
    """Where the app answers on a real port."""
    async with address_of(app) as address:
        yield address


@pytest.fixture
async def socket(address: str, client: Client) -> AsyncIterator[Socket]:
    """A socket of the client that was let in."""
    async with socket_to(address) as socket:
        await socket.start(client.token)
        yield socket


@pytest.fixture
def sessions(app: Starlette) -> Sessions:
    found: Sessions = app.state.resources.sessions
    return found


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """However a socket ends: it is no news for the log."""
    with capture_logs() as ours:
        yield
    assert [entry for entry in ours if entry["log_level"] in ("warning", "error")] == []
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.fixture
async def much(owner: Viewer, workspace: Workspace) -> str:
    """The id of a file whose content soon fills what lies between a server and a client."""
    return encode_id("File", (await write_file(owner, workspace.id, "much.txt", "x" * SIZE)).id)
