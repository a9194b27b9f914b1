"""A migrated, empty database for each test, and who and what most tests begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from kyozo_gql.accounts.members import bootstrap_owner
from kyozo_gql.accounts.models import Membership, Role, Team
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer, viewer_of
from kyozo_gql.core.database import migrate, open_database
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.core.outbox import Message, delivering
from kyozo_gql.embedded import EmbeddedServers
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.store import create_workspace


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def scratch_database(servers: EmbeddedServers, name: str) -> AsyncIterator[str]:
    """The URL of a new database without tables, dropped at the end."""
    async with connected(servers.database_url) as server:
        await server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield servers.database_url.replace("/kyozo?", f"/{name}?")
    finally:
        async with connected(servers.database_url) as server:
            await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
async def migrated_url(servers: EmbeddedServers) -> AsyncIterator[str]:
    async with scratch_database(servers, "migrated") as url:
        await migrate(url)
        yield url


@pytest.fixture
async def database_url(migrated_url: str) -> str:
    """A migrated database without rows, not opened: for what opens it itself."""
    async with connected(migrated_url) as connection:
        await connection.execute("DELETE FROM teams; DELETE FROM users; DELETE FROM audit_entries")  # all others hang on these
    return migrated_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """The same, and the models answer."""
    async with open_database(database_url):
        yield database_url


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings in force, with folders of the test's own."""
    with using_settings(Settings(workspace_root=tmp_path / "workspaces", state_dir=tmp_path / "state")) as settings:
        yield settings


@pytest.fixture
async def posted() -> AsyncIterator[list[Message]]:
    """What transactions post, in order."""
    messages: list[Message] = []

    async def keep(sent: Sequence[Message]) -> None:
        messages.extend(sent)

    async with delivering(keep):
        yield messages


@pytest.fixture
async def owner(database: str) -> Viewer:
    user, _ = await bootstrap_owner("owner@example.org", "Olive Owner", "Orchard")
    return await viewer_of(user)


@pytest.fixture
async def other_owner(database: str) -> Viewer:
    """The owner of another team."""
    user, _ = await bootstrap_owner("other@example.org", "Oscar Other", "Office")
    return await viewer_of(user)


@pytest.fixture
async def team(owner: Viewer) -> Team:
    return await Team.get(id=owner.team_ids[0])


@pytest.fixture
def member_as(team: Team) -> Callable[[Role], Awaitable[Viewer]]:
    """Makes another user of the owner's team with a role."""

    async def make(role: Role) -> Viewer:
        user = await create_user(f"second-{role}@example.org", role.title())
        await Membership.create(user_id=user.id, team_id=team.id, role=role)
        return await viewer_of(user)

    return make


@pytest.fixture
async def workspace(owner: Viewer, settings: Settings) -> Workspace:
    """An empty workspace of the owner's team."""
    return await create_workspace(owner, team_id=owner.team_ids[0], name="garden")
