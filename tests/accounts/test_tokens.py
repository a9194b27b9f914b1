from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from kyozo_gql.accounts.models import ApiToken, Membership, Role
from kyozo_gql.accounts.tokens import create_token, revoke_token, tokens_of
from kyozo_gql.accounts.viewer import authenticate
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from kyozo_gql.core.ids import new_id


async def test_a_secret_is_shown_once_and_only_its_hash_is_kept(owner, team):
    token, secret = await create_token(owner, team.id, " ci ", Role.MEMBER, None)
    assert secret.startswith("kyozo_")
    assert len(secret) >= 6 + 43
    assert (token.name, token.prefix) == ("ci", secret[:12])
    row = (await ApiToken.filter(id=token.id).values())[0]
    assert row["secret_hash"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(row)
    assert (await create_token(owner, team.id, "ci", Role.MEMBER, None))[1] != secret


async def test_a_token_stands_for_its_user_in_its_one_team_with_its_own_role(owner, other_owner, team):
    await Membership.create(user_id=owner.user.id, team_id=other_owner.team_ids[0], role=Role.ADMIN)
    _, secret = await create_token(owner, team.id, "ci", Role.VIEWER, None)
    viewer = await authenticate(secret)
    assert viewer.user == owner.user
    assert viewer.roles == {team.id: Role.VIEWER}
    viewer.require(team.id, Role.VIEWER, "Team")
    with pytest.raises(Forbidden, match="member") as refused:
        viewer.require(team.id, Role.MEMBER, "Team")
    assert refused.value.required_role == "member"
    with pytest.raises(NotFound, match="workspace not found"):
        viewer.require(other_owner.team_ids[0], Role.VIEWER, "Workspace")


async def test_a_token_can_do_no_more_than_its_user_can_now(owner, team):
    _, secret = await create_token(owner, team.id, "ci", Role.ADMIN, None)
    await Membership.filter(user_id=owner.user.id).update(role=Role.VIEWER)
    assert (await authenticate(secret)).roles == {team.id: Role.VIEWER}


@pytest.mark.parametrize("secret", ["", "kyozo_", "kyozo_" + "a" * 43, "\x00", "\ud800", "x" * 100_000])
async def test_an_unknown_secret_is_refused(database, secret):
    with pytest.raises(Unauthenticated):
        await authenticate(secret)


async def test_an_expired_token_is_refused(owner, team):
    token, secret = await create_token(owner, team.id, "ci", Role.MEMBER, now() + timedelta(hours=1))
    await authenticate(secret)
    await ApiToken.filter(id=token.id).update(expires_at=now())
    with pytest.raises(Unauthenticated):
        await authenticate(secret)


async def test_a_revoked_token_is_refused_and_no_longer_listed(owner, team):
    token, secret = await create_token(owner, team.id, "ci", Role.MEMBER, None)
    assert await tokens_of(owner) == [token]
    first = await revoke_token(owner, token.id)
    assert (await revoke_token(owner, token.id)).revoked_at == first.revoked_at
    assert await tokens_of(owner) == []
    with pytest.raises(Unauthenticated):
        await authenticate(secret)


async def test_the_token_of_someone_who_left_the_team_is_refused(owner, team):
    _, secret = await create_token(owner, team.id, "ci", Role.MEMBER, None)
    await Membership.filter(user_id=owner.user.id).delete()
    with pytest.raises(Unauthenticated, match="member"):
        await authenticate(secret)


async def test_use_is_noted_at_most_once_a_minute(owner, team):
    token, secret = await create_token(owner, team.id, "ci", Role.MEMBER, None)
    await authenticate(secret)
    first = await last_use(token)
    await authenticate(secret)
    assert await last_use(token) == first
    await ApiToken.filter(id=token.id).update(last_used_at=first - timedelta(minutes=1))
    await authenticate(secret)
    assert await last_use(token) > first


async def last_use(token: ApiToken) -> datetime:
    await token.refresh_from_db()
    assert token.last_used_at is not None
    return token.last_used_at


@pytest.mark.parametrize(("role", "asked", "required"), [
    (Role.VIEWER, Role.VIEWER, "member"),
    (Role.MEMBER, Role.ADMIN, "admin"),
    (Role.ADMIN, Role.OWNER, "owner"),
])  # fmt: skip
async def test_nobody_makes_a_token_above_the_own_role(member_as, team, role, asked, required):
    with pytest.raises(Forbidden) as refused:
        await create_token(await member_as(role), team.id, "ci", asked, None)
    assert refused.value.required_role == required
    assert not await ApiToken.exists()


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN, Role.OWNER])
async def test_everyone_from_member_up_makes_tokens_of_the_own_role(member_as, team, role):
    _, secret = await create_token(await member_as(role), team.id, "ci", role, None)
    assert (await authenticate(secret)).roles == {team.id: role}


async def test_a_token_makes_none_that_outlives_it(owner, team):
    end = now() + timedelta(hours=1)
    _, secret = await create_token(owner, team.id, "short", Role.MEMBER, end)
    viewer = await authenticate(secret)
    for expires_at in (None, end + timedelta(seconds=1)):
        with pytest.raises(InvalidInput, match="expiresAt"):
            await create_token(viewer, team.id, "long", Role.MEMBER, expires_at)
    await create_token(viewer, team.id, "as short", Role.MEMBER, end)
    with pytest.raises(Forbidden):
        await create_token(viewer, team.id, "strong", Role.ADMIN, end)


async def test_another_teams_tokens_do_not_exist(owner, other_owner, team):
    with pytest.raises(NotFound):
        await create_token(other_owner, team.id, "ci", Role.VIEWER, None)
    token, _ = await create_token(owner, team.id, "ci", Role.VIEWER, None)
    for id in (token.id, new_id()):
        with pytest.raises(NotFound):
            await revoke_token(other_owner, id)
    assert await tokens_of(other_owner) == []


async def test_the_tokens_of_others_are_revoked_by_admins_only(owner, member_as, team):
    token, _ = await create_token(owner, team.id, "ci", Role.VIEWER, None)
    with pytest.raises(Forbidden):
        await revoke_token(await member_as(Role.MEMBER), token.id)
    assert (await revoke_token(await member_as(Role.ADMIN), token.id)).revoked_at is not None


@pytest.mark.parametrize(("name", "expires_at", "field"), [
    ("", None, "name"),
    ("  ", None, "name"),
    ("x" * 101, None, "name"),
    ("a\nb", None, "name"),
    ("a\x00b", None, "name"),
    ("ci", datetime(2020, 1, 1, tzinfo=UTC), "expiresAt"),
    ("ci", datetime(2999, 1, 1), "expiresAt"),  # noqa: DTZ001 — a time without zone is the case
])  # fmt: skip
async def test_wrong_input_names_its_field(owner, team, name, expires_at, field):
    with pytest.raises(InvalidInput) as refused:
        await create_token(owner, team.id, name, Role.MEMBER, expires_at)
    assert [fault.path for fault in refused.value.fields] == [field]
