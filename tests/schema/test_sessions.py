"""A session ends when the rights that it began with end: by its clock, by news, and without news."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from tortoise import connections

from kyozo_gql.accounts.members import remove_member, set_member
from kyozo_gql.accounts.models import ApiToken, Membership, Role, Team, User
from kyozo_gql.accounts.sign_in import sign_in
from kyozo_gql.accounts.tokens import create_token, revoke_token
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer, viewer_of
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.sessions import Ending, Sessions
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.sockets import SECONDS, follow, followers, serving_with, socket_to, until

SELDOM, OFTEN = 60.0, 0.1


@pytest.fixture(scope="module")
def api_settings(api_settings: Settings) -> Settings:
    """No regular look that a test would live to see: what ends here ends by the news."""
    return api_settings.model_copy(update={"session_check_seconds": SELDOM, "max_connections_per_token": 3, "max_connections": 5})


class Member:
    """A member of the owner's team, with a token for it and one for all teams."""

    def __init__(self, viewer: Viewer, team: Team, token: ApiToken, secret: str, sign_in_secret: str) -> None:
        self.viewer, self.team, self.token, self.secret, self.sign_in_secret = viewer, team, token, secret, sign_in_secret

    @property
    def user_id(self):
        return self.viewer.user.id


@pytest.fixture
async def member(owner: Viewer, team: Team, settings: Settings) -> Member:
    user = await create_user("member@example.org", "Mia Member", "a long password")
    await Membership.create(user_id=user.id, team_id=team.id, role=Role.ADMIN)
    viewer = await viewer_of(user)
    token, secret = await create_token(viewer, team.id, "test", Role.ADMIN, None)
    _, _, sign_in_secret = await sign_in("member@example.org", "a long password")
    return Member(viewer, team, token, secret, sign_in_secret)


Change = Callable[[Viewer, Member], Awaitable[object]]

WITH_NEWS: dict[str, tuple[Ending, Change]] = {
    "revoked": (Ending.REVOKED, lambda owner, member: revoke_token(owner, member.token.id)),
    "removed": (Ending.REVOKED, lambda owner, member: remove_member(owner, member.team.id, member.user_id)),
    "left": (Ending.REVOKED, lambda _, member: remove_member(member.viewer, member.team.id, member.user_id)),
    "lowered": (Ending.ROLE, lambda owner, member: set_member(owner, member.team.id, "member@example.org", Role.MEMBER)),
}
WITHOUT_NEWS: dict[str, tuple[Ending, Change]] = {
    "revoked": (Ending.REVOKED, lambda _, member: ApiToken.filter(id=member.token.id).update(revoked_at=now())),
    "deleted": (Ending.REVOKED, lambda _, member: ApiToken.filter(id=member.token.id).delete()),
    "expired": (Ending.EXPIRED, lambda _, member: ApiToken.filter(id=member.token.id).update(expires_at=now())),
    "removed": (Ending.MEMBERSHIP, lambda _, member: Membership.filter(user_id=member.user_id).delete()),
    "lowered": (Ending.ROLE, lambda _, member: Membership.filter(user_id=member.user_id).update(role=Role.VIEWER)),
    "capped": (Ending.ROLE, lambda _, member: ApiToken.filter(id=member.token.id).update(role=Role.VIEWER)),
    "user": (Ending.REVOKED, lambda _, member: User.filter(id=member.user_id).delete()),
    "team": (Ending.REVOKED, lambda _, member: Team.filter(id=member.team.id).delete()),
}


@pytest.mark.parametrize("way", WITH_NEWS)
async def test_news_end_a_socket(address: str, owner: Viewer, member: Member, workspace: Workspace, app: Starlette, way: str):
    ending, change = WITH_NEWS[way]
    async with socket_to(address) as socket:
        await follow(socket, member.secret, workspace)
        await change(owner, member)
        assert await socket.closed() == 4403
        assert socket.reason == ending
    await until(lambda: followers(app.state.resources.broker) == 0)


async def test_news_end_a_socket_that_signed_in(address: str, owner: Viewer, member: Member, workspace: Workspace):
    async with socket_to(address) as socket:
        await follow(socket, member.sign_in_secret, workspace)
        await remove_member(owner, member.team.id, member.user_id)
        assert await socket.closed() == 4403
        assert socket.reason == Ending.MEMBERSHIP


@pytest.mark.parametrize("way", WITHOUT_NEWS)
async def test_a_regular_look_ends_a_socket_that_no_news_was_heard_of(
    app: Starlette, owner: Viewer, member: Member, workspace: Workspace, way: str
):
    resources = app.state.resources
    often = Sessions(resources.settings.model_copy(update={"session_check_seconds": OFTEN}), resources.broker)
    async with often.watching(), serving_with(app, often) as address, socket_to(address) as socket:
        await follow(socket, member.secret, workspace)
        ending, change = WITHOUT_NEWS[way]
        await change(owner, member)
        assert await socket.closed() == 4403
        assert socket.reason == ending


async def test_a_socket_ends_when_its_token_expires(address: str, owner: Viewer, team: Team, workspace: Workspace):
    end = now() + timedelta(seconds=1)
    _, secret = await create_token(owner, team.id, "test", Role.VIEWER, end)
    async with socket_to(address) as socket:
        await follow(socket, secret, workspace)
        assert now() < end
        assert await socket.closed() == 4403
        assert socket.reason == Ending.EXPIRED
        assert now() >= end


async def test_more_rights_end_nothing(
    address: str, owner: Viewer, member: Member, team: Team, workspace: Workspace, app: Starlette
):
    await Membership.filter(user_id=member.user_id).update(role=Role.VIEWER)
    rename = """mutation($id: ID!) { updateWorkspace(input: {workspaceId: $id, name: "new"}) {
      __typename } }"""
    async with socket_to(address) as socket:
        await follow(socket, member.secret, workspace)
        await socket.subscribe(rename, "a", id=encode_id("Workspace", workspace.id))
        assert await socket.next("a") == {"updateWorkspace": {"__typename": "Forbidden"}}
        assert await socket.receive() == {"type": "complete", "id": "a"}
        await set_member(owner, team.id, "member@example.org", Role.MEMBER)
        await app.state.resources.sessions.look()
        await socket.subscribe(rename, "b", id=encode_id("Workspace", workspace.id))
        assert await socket.next("b") == {"updateWorkspace": {"__typename": "UpdateWorkspacePayload"}}
        assert await socket.receive() == {"type": "complete", "id": "b"}
        # What was gained meanwhile and used is lost as well as what was there at the start.
        await set_member(owner, team.id, "member@example.org", Role.VIEWER)
        assert await socket.closed() == 4403
        assert socket.reason == Ending.ROLE


async def test_a_loss_that_an_operation_sees_ends_the_socket(address: str, owner: Viewer, member: Member, workspace: Workspace):
    async with socket_to(address) as socket:
        await follow(socket, member.secret, workspace)
        await Membership.filter(user_id=member.user_id).update(role=Role.VIEWER)
        await socket.subscribe("{ __typename }", "2")
        assert await socket.closed() == 4403
        assert socket.reason == Ending.ROLE


async def test_another_users_loss_ends_nothing(address: str, owner: Viewer, member: Member, workspace: Workspace, app: Starlette):
    _, secret = await create_token(owner, member.team.id, "owner", Role.OWNER, None)
    async with socket_to(address) as socket, socket_to(address) as other:
        await follow(socket, secret, workspace)
        await follow(other, member.secret, workspace)
        await revoke_token(owner, member.token.id)
        assert await other.closed() == 4403
        await app.state.resources.sessions.look()
        await socket.subscribe("{ __typename }", "2")
        await socket.next("2")


async def test_too_many_with_one_token(address: str, owner: Viewer, member: Member, app: Starlette):
    sessions: Sessions = app.state.resources.sessions
    async with socket_to(address) as first, socket_to(address) as second:
        for socket in (first, second):
            await socket.start(member.secret)
        async with socket_to(address) as third:
            await third.start(member.secret)
            async with socket_to(address) as fourth:
                await fourth.initialise(member.secret)
                assert await fourth.closed() == 1013
                assert fourth.reason == "too many connections with this token, at most 3"
            async with socket_to(address) as another:
                await another.start(member.sign_in_secret)
        await until(lambda: len(sessions) == 2)
        async with socket_to(address) as third:
            await third.start(member.secret)
    await until(lambda: len(sessions) == 0)
    assert not sessions._tokens


async def test_too_many_at_all(address: str, member: Member, app: Starlette):
    sessions: Sessions = app.state.resources.sessions
    async with AsyncExitStack() as stack:
        strangers = [await stack.enter_async_context(socket_to(address)) for _ in range(5)]
        await until(lambda: len(sessions) == 5)
        async with socket_to(address) as refused:
            assert await refused.closed() == 1013
            assert refused.reason == "too many connections to this server, at most 5"
        await strangers[0].connection.close()
        await until(lambda: len(sessions) == 4)
        async with socket_to(address) as socket:
            await socket.start(member.secret)
    await until(lambda: len(sessions) == 0)


async def test_a_session_that_is_no_socket(app: Starlette, owner: Viewer, member: Member):
    sessions: Sessions = app.state.resources.sessions
    with pytest.raises(Unauthenticated):
        async with sessions.opened_by("nonsense"):
            pass
    assert len(sessions) == 0
    async with sessions.opened_by(member.secret) as session:
        assert (session.user_id, session.token_id) == (member.user_id, member.token.id)
        await revoke_token(owner, member.token.id)
        async with asyncio.timeout(SECONDS):
            assert await session.ending is Ending.REVOKED
    assert len(sessions) == 0


async def test_a_look_while_the_database_is_away_is_taken_again(app: Starlette, owner: Viewer, member: Member):
    resources = app.state.resources
    often = Sessions(resources.settings.model_copy(update={"session_check_seconds": OFTEN}), resources.broker)
    database = connections.get("default")
    async with often.opened_by(member.secret) as session:
        await database.execute_query("ALTER TABLE api_tokens RENAME TO elsewhere")
        try:
            async with often.watching():
                with capture_logs() as logs:
                    await until(lambda: len(logs) > 1)
                assert {entry["event"] for entry in logs} == {"sessions_not_checked"}
                assert not session.ending.done()
                await database.execute_query("ALTER TABLE elsewhere RENAME TO api_tokens")
                await ApiToken.filter(id=member.token.id).delete()
                async with asyncio.timeout(SECONDS):
                    assert await session.ending is Ending.REVOKED
        finally:
            await database.execute_query("ALTER TABLE IF EXISTS elsewhere RENAME TO api_tokens")
