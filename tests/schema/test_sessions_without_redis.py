"""What was taken away while Redis was gone ends sessions all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.tokens import create_token, revoke_token
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.schema.sessions import Ending, Sessions
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.sockets import follow, serving_with, socket_to
from tests.valkey import Valkey, valkey_server


@pytest.fixture(scope="module")
async def valkey() -> AsyncIterator[Valkey]:
    async with valkey_server() as valkey:
        yield valkey


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings, valkey: Valkey) -> Settings:
    return api_settings.model_copy(update={"redis_url": valkey.url, "session_check_seconds": 60.0})


async def test_a_regular_look_finds_it(app: Starlette, valkey: Valkey, owner: Viewer, workspace: Workspace):
    resources = app.state.resources
    often = Sessions(resources.settings.model_copy(update={"session_check_seconds": 0.1}), resources.broker)
    token, secret = await create_token(owner, workspace.team_id, "test", Role.VIEWER, None)
    async with often.watching(), serving_with(app, often) as address, socket_to(address) as socket:
        await follow(socket, secret, workspace)
        await valkey.stop()
        try:
            await revoke_token(owner, token.id)
            assert await socket.closed() == 4403
            assert socket.reason == Ending.REVOKED
        finally:
            await valkey.start()


async def test_the_end_of_the_gap_tells(address: str, valkey: Valkey, owner: Viewer, workspace: Workspace):
    token, secret = await create_token(owner, workspace.team_id, "test", Role.VIEWER, None)
    async with socket_to(address) as socket:
        await follow(socket, secret, workspace)
        await valkey.stop()
        try:
            await revoke_token(owner, token.id)
        finally:
            await valkey.start()
        assert await socket.closed() == 4403
        assert socket.reason == Ending.REVOKED
