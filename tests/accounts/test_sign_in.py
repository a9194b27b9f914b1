from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from kyozo_gql.accounts.members import create_team
from kyozo_gql.accounts.models import ApiToken, Membership, Role
from kyozo_gql.accounts.sign_in import _decoy, sign_in
from kyozo_gql.accounts.tokens import SIGN_IN_LASTS, create_token, revoke_token, tokens_of
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import authenticate, viewer_of
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import InvalidInput, NotFound, Unauthenticated

PASSWORD = "correct horse"


@pytest.fixture
async def ada(database: Any) -> Any:
    return await create_user("ada@example.org", "Ada", PASSWORD)


async def refusal(email: Any, password: Any) -> Any:
    with pytest.raises(InvalidInput) as refused:
        await sign_in(email, password)
    return [(fault.path, fault.message) for fault in refused.value.fields]


async def test_a_password_gives_a_token_for_all_teams_that_ends(ada, other_owner):
    team = await create_team(await viewer_of(ada), "First")
    user, token, secret = await sign_in(" ADA@example.org", PASSWORD)
    assert user == ada
    assert secret not in str((await ApiToken.filter(id=token.id).values())[0])
    assert token.expires_at is not None
    assert now() < token.expires_at <= now() + SIGN_IN_LASTS
    assert (await authenticate(secret)).roles == {team.id: Role.OWNER}
    later = await create_team(await viewer_of(ada), "Later")
    await Membership.create(user_id=ada.id, team_id=other_owner.team_ids[0], role=Role.VIEWER)
    roles = (await authenticate(secret)).roles
    assert roles == {team.id: Role.OWNER, later.id: Role.OWNER, other_owner.team_ids[0]: Role.VIEWER}


async def test_whoever_belongs_to_no_team_signs_in_too(ada):
    _, _, secret = await sign_in("ada@example.org", PASSWORD)
    assert (await authenticate(secret)).roles == {}


async def test_every_refusal_is_the_same(ada):
    await create_user("tokens-only@example.org", "Bob")
    wrong = [
        ("ada@example.org", "wrong"),
        ("ada@example.org", ""),
        ("ada@example.org", PASSWORD + "x" * 2_000),
        ("ada@example.org", "\ud800"),
        ("nobody@example.org", PASSWORD),
        ("tokens-only@example.org", PASSWORD),
        ("", ""),
        ("\x00", "\x00"),
        ("\ud800@example.org", PASSWORD),
    ]
    assert {str(await refusal(*pair)) for pair in wrong} == {str([("password", "the address or the password is wrong")])}
    assert not await ApiToken.exists()


async def test_an_unknown_user_takes_as_long_as_a_wrong_password(ada):
    async def least(email: Any) -> Any:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            await refusal(email, "wrong password")
            times.append(time.perf_counter() - begin)
        return min(times)

    await refusal("nobody@example.org", "warm up")
    known, unknown = await least("ada@example.org"), await least("nobody@example.org")
    assert 0.5 < known / unknown < 2.0


async def test_the_decoy_is_made_whoever_comes_first(ada):
    _decoy.cache_clear()
    await sign_in("ada@example.org", PASSWORD)
    assert _decoy.cache_info().currsize == 1


async def test_tokens_of_sign_ins_that_have_ended_are_cleared_away(ada):
    _, old, secret = await sign_in("ada@example.org", PASSWORD)
    await ApiToken.filter(id=old.id).update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        await authenticate(secret)
    _, new, _ = await sign_in("ada@example.org", PASSWORD)
    assert await ApiToken.all().values_list("id", flat=True) == [new.id]


async def test_a_token_for_one_team_sees_none_of_those_for_all(ada):
    team = await create_team(await viewer_of(ada), "First")
    _, token, secret = await sign_in("ada@example.org", PASSWORD)
    signed_in = await authenticate(secret)
    bound, bound_secret = await create_token(signed_in, team.id, "ci", Role.OWNER, None)
    assert bound.expires_at is None  # a sign-in's own end is no bound
    assert {one.id for one in await tokens_of(signed_in)} == {token.id, bound.id}
    ci = await authenticate(bound_secret)
    assert await tokens_of(ci) == [bound]
    with pytest.raises(NotFound):
        await revoke_token(ci, token.id)
    assert (await revoke_token(signed_in, token.id)).revoked_at is not None
    with pytest.raises(Unauthenticated):
        await authenticate(secret)


async def test_the_sign_in_of_another_user_does_not_exist(ada, owner):
    _, token, _ = await sign_in("ada@example.org", PASSWORD)
    with pytest.raises(NotFound):
        await revoke_token(owner, token.id)
