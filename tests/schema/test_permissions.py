"""Every mutation declares what it is in the table of permissions, and every role gets what the table says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from kyozo_gql.accounts.models import ApiToken, Role, Team
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer, hash_secret
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.mutation import ALLOWS
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.attempts import NEED_NO_ROLE, attempt, attempts, make_ids
from tests.schema.conftest import Client

Member = Callable[[Role], Awaitable[Viewer]]

_TYPE = build_schema()._schema.mutation_type
assert _TYPE is not None
DECLARED: dict[str, dict[str, Any]] = {
    name: field.extensions["strawberry-definition"].metadata for name, field in _TYPE.fields.items()
}
ALLOWED = sorted((name, given[ALLOWS]) for name, given in DECLARED.items() if name not in NEED_NO_ROLE)
# In the order of what they may do.
ROLES = sorted(Role, key=lambda role: role.rank)

CAN = """query($team: ID!, $workspace: ID!, $service: ID!, $deployment: ID!) {
  team(id: $team) { viewerCan { edit operate delete createTokens manageMembers manageOwners } }
  workspace(id: $workspace) { viewerCan { edit operate delete } }
  serviceInstance(id: $service) { viewerCan { edit operate delete } }
  deployment(id: $deployment) { viewerCan { operate } }
}"""


@pytest.fixture
async def ids(owner: Viewer, workspace: Workspace, settings: Settings, database: str) -> dict[str, str]:
    return await make_ids(owner)


async def client_as(client: Client, viewer: Viewer, role: Role) -> Client:
    """With a token that no viewer could make: a viewer signs in with a password."""
    secret = f"{viewer.user.email} as {role}"
    await ApiToken.create(
        user_id=viewer.user.id, team_id=viewer.team_ids[0], name="x", prefix="x", secret_hash=hash_secret(secret), role=role
    )
    return Client(client.http, secret)


def test_every_mutation_says_what_it_is():
    assert [name for name, given in DECLARED.items() if ALLOWS not in given] == []
    assert {name for name, given in DECLARED.items() if given[ALLOWS] is None} == NEED_NO_ROLE


def test_the_walk_leaves_out_no_mutation():
    assert DECLARED.keys() == attempts(defaultdict(str)).keys() | NEED_NO_ROLE


@pytest.mark.parametrize(("name", "action"), ALLOWED)
def test_every_description_says_which_role_it_needs(name: str, action: Action):
    assert _TYPE is not None
    assert f"Needs the role {LEAST_ROLE[action].name}" in str(_TYPE.fields[name].description)


async def check(client: Client, name: str, action: Action, role: Role, ids: dict[str, str]) -> None:
    answer = await attempt(client, name, attempts(ids)[name])
    if role.rank >= LEAST_ROLE[action].rank:
        assert answer["__typename"] not in ("Forbidden", "NotFound"), answer
    else:
        assert (answer["__typename"], answer["requiredRole"]) == ("Forbidden", LEAST_ROLE[action].name), answer


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "action"), ALLOWED)
async def test_a_members_role_counts(client: Client, member_as: Member, ids: dict[str, str], name: str, action: Action, role: Role):
    member = await member_as(role)
    await check(await client_as(client, member, role), name, action, role, ids)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "action"), ALLOWED)
async def test_a_tokens_role_caps_its_users(
    client: Client, owner: Viewer, ids: dict[str, str], name: str, action: Action, role: Role
):
    await check(await client_as(client, owner, role), name, action, role, ids)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(NEED_NO_ROLE))
async def test_what_needs_no_role(client: Client, member_as: Member, name: str, role: Role):
    given = {"signIn": {"email": "nobody@example.org", "password": "x"}, "createTeam": {"name": "x"}}[name]
    answer = await attempt(await client_as(client, await member_as(role), role), name, given)
    assert answer["__typename"] == {"signIn": "InvalidInput", "createTeam": "CreateTeamPayload"}[name]


async def what_can(client: Client, ids: dict[str, str]) -> dict[str, dict[str, bool]]:
    data = await client.ask(
        CAN, team=ids["Team"], workspace=ids["Workspace"], service=ids["ServiceInstance"], deployment=ids["Deployment"]
    )
    return {name: one["viewerCan"] for name, one in data.items()}


def held(actions: Iterable[Action], role: Role) -> dict[str, bool]:
    return {_camel(action): role.rank >= LEAST_ROLE[action].rank for action in actions}


def _camel(action: Action) -> str:
    first, *rest = action.value.split("_")
    return first + "".join(part.title() for part in rest)


@pytest.mark.parametrize("role", ROLES)
async def test_viewer_can_is_what_mutations_answer(
    client: Client, owner: Viewer, member_as: Member, ids: dict[str, str], role: Role
):
    of_things = (Action.EDIT, Action.OPERATE, Action.DELETE)
    expected = {
        "team": held((*of_things, Action.CREATE_TOKENS, Action.MANAGE_MEMBERS, Action.MANAGE_OWNERS), role),
        "workspace": held(of_things, role),
        "serviceInstance": held(of_things, role),
        "deployment": held((Action.OPERATE,), role),
    }
    for viewer in (owner, await member_as(role)):  # the one by the token, the other by the membership
        asking = await client_as(client, viewer, role)
        can = await what_can(asking, ids)
        assert can == expected
        if role is Role.VIEWER:
            # What is refused changes nothing, so that everything can be tried; the tests above try what is accepted.
            for name, action in ALLOWED:
                assert (await attempt(asking, name, attempts(ids)[name]))["__typename"] == "Forbidden", name
                assert not can["team"][_camel(action)]


@pytest.mark.parametrize("role", ROLES)
async def test_owners_are_managed_by_owners(client: Client, member_as: Member, team: Team, owner: Viewer, role: Role):
    asking = await client_as(client, await member_as(role), role)
    team_id = encode_id("Team", team.id)
    may = (await asking.ask("query($id: ID!) { team(id: $id) { viewerCan { manageOwners } } }", id=team_id))["team"]["viewerCan"]
    for name, given in (
        ("setTeamMember", {"teamId": team_id, "email": "x@example.org", "role": "OWNER"}),
        ("setTeamMember", {"teamId": team_id, "email": owner.user.email, "role": "VIEWER"}),
    ):
        answer = await attempt(asking, name, given)
        assert (answer["__typename"] != "Forbidden") == may["manageOwners"], answer
        if role is Role.ADMIN:
            assert answer["requiredRole"] == "OWNER"


@pytest.mark.parametrize("role", ROLES)
async def test_no_token_may_do_more_than_who_makes_it(client: Client, member_as: Member, team: Team, role: Role):
    asking = await client_as(client, await member_as(role), role)
    for wanted in ROLES:
        answer = await asking.do("createApiToken", "__typename", teamId=encode_id("Team", team.id), name="x", role=wanted.name)
        fits = role.rank >= max(wanted.rank, LEAST_ROLE[Action.CREATE_TOKENS].rank)
        assert answer["__typename"] == ("CreateApiTokenPayload" if fits else "Forbidden")
