from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kyozo_gql.accounts.members import create_team, remove_member, set_member
from kyozo_gql.accounts.models import ApiToken, Membership, Role, User
from kyozo_gql.accounts.tokens import create_token, revoke_token
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import authenticate, viewer_of
from kyozo_gql.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated

OWNER = "owner@example.org"


async def role_of(team: Any, user: Any) -> Any:
    membership = await Membership.get_or_none(team_id=team.id, user_id=user.id)
    return membership and membership.role


async def test_adding_a_user_and_somebody_new(owner, team):
    known = await create_user("known@example.org", "Known")
    assert (await set_member(owner, team.id, "KNOWN@example.org", Role.MEMBER)).user_id == known.id
    membership = await set_member(owner, team.id, "new@example.org", Role.VIEWER)
    new = await User.get(id=membership.user_id)
    assert (new.name, new.email, new.password_hash, membership.role) == ("new", "new@example.org", None, Role.VIEWER)
    assert (await set_member(owner, team.id, "new@example.org", Role.ADMIN)).id == membership.id
    assert await role_of(team, new) is Role.ADMIN
    with pytest.raises(InvalidInput, match="email"):
        await set_member(owner, team.id, "nonsense", Role.VIEWER)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
async def test_whoever_is_no_admin_manages_nobody(owner, member_as, team, role):
    viewer = await member_as(role)
    with pytest.raises(Forbidden) as refused:
        await set_member(viewer, team.id, "new@example.org", Role.VIEWER)
    assert refused.value.required_role == "admin"
    with pytest.raises(Forbidden):
        await remove_member(viewer, team.id, owner.user.id)
    assert not await User.exists(email="new@example.org")


async def test_an_admin_manages_up_to_admin(owner, member_as, team):
    admin = await member_as(Role.ADMIN)
    await set_member(admin, team.id, "new@example.org", Role.ADMIN)
    await set_member(admin, team.id, "new@example.org", Role.VIEWER)
    for email, role in (("new@example.org", Role.OWNER), (OWNER, Role.MEMBER)):
        with pytest.raises(Forbidden) as refused:
            await set_member(admin, team.id, email, role)
        assert refused.value.required_role == "owner"
    with pytest.raises(Forbidden):
        await remove_member(admin, team.id, owner.user.id)
    new = await User.get(email="new@example.org")
    await remove_member(admin, team.id, new.id)
    assert await role_of(team, new) is None
    assert await role_of(team, owner.user) is Role.OWNER


async def test_an_admins_token_manages_no_owners_token(owner, member_as, team):
    token, _ = await create_token(owner, team.id, "ci", Role.OWNER, None)
    with pytest.raises(Forbidden) as refused:
        await revoke_token(await member_as(Role.ADMIN), token.id)
    assert refused.value.required_role == "owner"


async def test_the_last_owner_stays(owner, team):
    with pytest.raises(Conflict, match="owner"):
        await set_member(owner, team.id, OWNER, Role.ADMIN)
    with pytest.raises(Conflict, match="owner"):
        await remove_member(owner, team.id, owner.user.id)
    second = await set_member(owner, team.id, "second@example.org", Role.OWNER)
    await set_member(owner, team.id, OWNER, Role.ADMIN)
    assert await role_of(team, owner.user) is Role.ADMIN
    other = await viewer_of(await User.get(id=second.user_id))
    with pytest.raises(Conflict):
        await remove_member(other, team.id, second.user_id)


async def test_two_owners_who_leave_at_once_leave_one(owner, team):
    membership = await set_member(owner, team.id, "second@example.org", Role.OWNER)
    second = await viewer_of(await User.get(id=membership.user_id))
    results = await asyncio.gather(*[remove_member(one, team.id, one.user.id) for one in (owner, second)], return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Team"]
    assert await Membership.filter(team_id=team.id, role=Role.OWNER).count() == 1


@pytest.mark.parametrize("ways", [("demote", "demote"), ("demote", "leave"), ("demote", "remove"), ("remove", "remove")])
async def test_however_two_owners_go_at_once_one_stays(owner, team, ways):
    membership = await set_member(owner, team.id, "second@example.org", Role.OWNER)
    second = await viewer_of(await User.get(id=membership.user_id))

    async def go(way: str, viewer: Any, other: Any) -> Any:
        if way == "leave":
            return await remove_member(viewer, team.id, viewer.user.id)
        if way == "remove":
            return await remove_member(viewer, team.id, other.user.id)
        return await set_member(viewer, team.id, other.user.email, Role.VIEWER)

    results = await asyncio.gather(go(ways[0], owner, second), go(ways[1], second, owner), return_exceptions=True)
    assert await Membership.filter(team_id=team.id, role=Role.OWNER).count() == 1
    refused = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict | NotFound) for one in refused), results
    assert len(refused) == 1 or "leave" in ways, "who has left may be added again"


async def test_who_lost_the_role_at_the_same_moment_does_nothing_with_it(owner, team):
    for address in ("second@example.org", "third@example.org"):
        await set_member(owner, team.id, address, Role.OWNER)
    second = await viewer_of(await User.get(email="second@example.org"))  # as it was authenticated
    await set_member(owner, team.id, "second@example.org", Role.MEMBER)
    with pytest.raises(Conflict, match="ask again"):
        await set_member(second, team.id, OWNER, Role.VIEWER)
    await remove_member(owner, team.id, second.user.id)
    with pytest.raises(NotFound):
        await set_member(second, team.id, "new@example.org", Role.VIEWER)
    assert not await User.exists(email="new@example.org")
    assert await role_of(team, owner.user) is Role.OWNER


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.ADMIN])
async def test_everyone_may_leave_and_takes_the_tokens_along(owner, member_as, team, role):
    viewer = await member_as(role)
    token = await ApiToken.create(user_id=viewer.user.id, team_id=team.id, name="x", prefix="x", secret_hash="x", role=Role.VIEWER)
    assert await remove_member(viewer, team.id, viewer.user.id) == team
    assert await role_of(team, viewer.user) is None
    await token.refresh_from_db()
    assert token.revoked_at is not None


async def test_the_tokens_of_who_comes_back_do_not(owner, member_as, team):
    member = await member_as(Role.MEMBER)
    _, secret = await create_token(member, team.id, "ci", Role.MEMBER, None)
    await remove_member(owner, team.id, member.user.id)
    await set_member(owner, team.id, member.user.email, Role.MEMBER)
    with pytest.raises(Unauthenticated):
        await authenticate(secret)


async def test_a_token_that_may_do_less_does_not_leave(owner, member_as, team):
    member = await member_as(Role.MEMBER)
    _, secret = await create_token(member, team.id, "reader", Role.VIEWER, None)
    with pytest.raises(Forbidden) as refused:
        await remove_member(await authenticate(secret), team.id, member.user.id)
    assert refused.value.required_role == "member"


async def test_what_does_not_exist(owner, other_owner, team):
    stranger = await create_user("stranger@example.org", "Stranger")
    with pytest.raises(NotFound):
        await remove_member(owner, team.id, stranger.id)
    for attempt in (
        set_member(other_owner, team.id, "new@example.org", Role.VIEWER),
        remove_member(other_owner, team.id, owner.user.id),
        remove_member(other_owner, team.id, other_owner.user.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert not await User.exists(email="new@example.org")
    assert (await create_team(owner, "Another")).name == "Another"
