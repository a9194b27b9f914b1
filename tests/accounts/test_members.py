from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from kyozo_gql.accounts.members import bootstrap_owner, create_team, memberships_of
from kyozo_gql.accounts.models import Membership, Role, Team, User
from kyozo_gql.accounts.tokens import create_token
from kyozo_gql.accounts.users import check_email, create_user
from kyozo_gql.accounts.viewer import authenticate, viewer_of
from kyozo_gql.core.errors import Conflict, InvalidInput


async def test_an_address_is_kept_in_lower_case_and_a_password_as_argon2(database):
    user = await create_user(" Ada@Example.ORG ", "Ada", "correct horse")
    assert user.email == "ada@example.org"
    assert user.password_hash is not None
    assert user.password_hash.startswith("$argon2id$")
    assert PasswordHasher().verify(user.password_hash, "correct horse")
    with pytest.raises(Conflict):
        await create_user("ada@example.org", "Another Ada")
    assert (await create_user("bob@localhost", "Bob")).password_hash is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "a b@example.org",
        "ada@-x.org",
        "ada@x..org",
        "a@b@c",
        "é@example.org",
        "ada@x.org\n.",
        "a" * 65 + "@x.org",
    ],
)
def test_what_is_no_address_is_refused(email):
    with pytest.raises(InvalidInput, match="email"):
        check_email(email)


@pytest.mark.parametrize("password", ["", "short77", "x" * 1_025])
async def test_a_password_has_bounds(database, password):
    with pytest.raises(InvalidInput, match="password"):
        await create_user("ada@example.org", "Ada", password)
    assert not await User.exists()


async def test_a_team_begins_with_its_owner(owner):
    team = await create_team(owner, "Second")
    assert (await viewer_of(owner.user)).roles == {owner.team_ids[0]: Role.OWNER, team.id: Role.OWNER}
    with pytest.raises(InvalidInput, match="name"):
        await create_team(owner, " ")


async def test_memberships_are_those_of_the_teams_in_sight(owner, other_owner, team):
    await Membership.create(user_id=owner.user.id, team_id=other_owner.team_ids[0], role=Role.VIEWER)
    everywhere = await memberships_of(await viewer_of(owner.user))
    assert [(one.team.name, one.user.email, one.role) for one in everywhere] == [
        ("Orchard", "owner@example.org", Role.OWNER),
        ("Office", "owner@example.org", Role.VIEWER),
    ]
    _, secret = await create_token(owner, team.id, "ci", Role.VIEWER, None)
    assert [one.team_id for one in await memberships_of(await authenticate(secret))] == [team.id]


async def test_bootstrap_finds_again_what_it_made_also_when_several_start_at_once(database):
    made = await asyncio.gather(*(bootstrap_owner("Dev@localhost", "Dev", "Development") for _ in range(5)))
    assert len({(user.id, team.id) for user, team in made}) == 1
    assert await bootstrap_owner("dev@localhost", "Other name", "Development") == made[0]
    _, second = await bootstrap_owner("dev@localhost", "Dev", "Another")
    assert second != made[0][1]
    assert (await User.all().count(), await Team.all().count(), await Membership.all().count()) == (1, 2, 2)


async def test_bootstrap_does_not_take_a_team_of_somebody_else(owner):
    user, team = await bootstrap_owner("thief@example.org", "Thief", "Orchard")
    assert team.id not in owner.team_ids
    assert (await viewer_of(user)).team_ids == (team.id,)
