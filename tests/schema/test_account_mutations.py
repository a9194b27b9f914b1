from __future__ import annotations

from typing import Any

import httpx
import pytest

from kyozo_gql.accounts.members import create_team
from kyozo_gql.accounts.models import ApiToken, Team
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer, viewer_of
from kyozo_gql.schema.ids import encode_id
from tests.schema.conftest import Client

SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
  __typename ... on SignInPayload { token user { id email name } } ... on UserError { code message }
  ... on InvalidInput { fields { path } } } }"""


async def sign_in(http: httpx.AsyncClient, email: str, password: str) -> dict[str, Any]:
    response = await http.post("/graphql", json={"query": SIGN_IN, "variables": {"input": {"email": email, "password": password}}})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["data"]["signIn"]
    return found


async def test_signing_in(http: httpx.AsyncClient, database: str):
    user = await create_user("ada@example.org", "Ada", "correct horse")
    team = await create_team(await viewer_of(user), "First")
    signed_in = await sign_in(http, "Ada@example.org", "correct horse")
    assert signed_in["user"] == {"id": encode_id("User", user.id), "email": "ada@example.org", "name": "Ada"}
    client = Client(http, signed_in["token"])
    viewer = await client.ask("{ viewer { memberships { team { id } role } apiTokens { name team { id } role expiresAt } } }")
    assert viewer["viewer"]["memberships"] == [{"team": {"id": encode_id("Team", team.id)}, "role": "OWNER"}]
    (token,) = viewer["viewer"]["apiTokens"]
    assert (token["name"], token["team"], token["role"]) == ("sign-in", None, "OWNER")
    assert token["expiresAt"] is not None
    made = (await client.do("createTeam", "team { id name memberships { role } }", name=" Second "))["team"]
    assert (made["name"], made["memberships"]) == ("Second", [{"role": "OWNER"}])
    assert (await client.ask("query($id: ID!) { team(id: $id) { id } }", id=made["id"]))["team"] == {"id": made["id"]}
    assert (await client.do("createWorkspace", "workspace { name }", teamId=made["id"], name="w"))["workspace"] == {"name": "w"}


async def test_refusals_are_all_the_same(http: httpx.AsyncClient, database: str):
    await create_user("ada@example.org", "Ada", "correct horse")
    known, unknown = [await sign_in(http, email, "wrong") for email in ("ada@example.org", "nobody@example.org")]
    assert known == unknown
    assert (known["__typename"], known["code"], known["fields"]) == ("InvalidInput", "INVALID_INPUT", [{"path": "password"}])


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { user { id } } }",
        "{ engine { kind } }",
        "query signIn { __typename }",
        "mutation { __typename }",
        'mutation { createTeam(input: {name: "x"}) { __typename } }',
        'mutation { signIn: createTeam(input: {name: "x"}) { __typename } }',
        'mutation { signIn(input: {email: "a", password: "b"}) { __typename } createTeam(input: {name: "x"}) { __typename } }',
        (
            'mutation { a: signIn(input: {email: "a", password: "b"}) { __typename } '
            'b: signIn(input: {email: "a", password: "b"}) { __typename } }'
        ),
        'mutation { ...F } fragment F on Mutation { signIn(input: {email: "a", password: "b"}) { __typename } }',
        'mutation A { signIn(input: {email: "a", password: "b"}) { __typename } } query B { engine { kind } }',
        "subscription { signIn }",
        "mutation { signIn",
        "{" * 2_000,
    ],
)
async def test_nothing_else_is_done_without_a_token(http: httpx.AsyncClient, database: str, document: str):
    response = await http.post("/graphql", json={"query": document})
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert response.headers["www-authenticate"] == "Bearer"
    assert not await Team.exists()


async def test_members(client: Client, owner: Viewer, team: Team):
    id = encode_id("Team", team.id)
    fields = "membership { role user { id email name } team { id } }"
    added = (await client.do("setTeamMember", fields, teamId=id, email="new@example.org", role="MEMBER"))["membership"]
    assert (added["role"], added["user"]["name"], added["team"]) == ("MEMBER", "new", {"id": id})
    changed = (await client.do("setTeamMember", fields, teamId=id, email="new@example.org", role="ADMIN"))["membership"]
    assert changed == added | {"role": "ADMIN"}
    wrong = await client.do("setTeamMember", "__typename", teamId=id, email="x", role="ADMIN")
    assert wrong["fields"][0]["path"] == "email"
    last = await client.do("setTeamMember", "__typename", teamId=id, email=owner.user.email, role="ADMIN")
    assert (last["__typename"], last["code"]) == ("Conflict", "CONFLICT")
    removed = await client.do("removeTeamMember", "team { memberships { role } }", teamId=id, userId=added["user"]["id"])
    assert removed["team"]["memberships"] == [{"role": "OWNER"}]
    again = await client.do("removeTeamMember", "__typename", teamId=id, userId=added["user"]["id"])
    assert again["__typename"] == "NotFound"
    last = await client.do("removeTeamMember", "__typename", teamId=id, userId=encode_id("User", owner.user.id))
    assert last["__typename"] == "Conflict"


async def test_a_team_needs_a_name(client: Client):
    assert (await client.do("createTeam", "__typename", name=" "))["fields"][0]["path"] == "name"


async def test_revoking_ones_own_token(client: Client, owner: Viewer, team: Team):
    made = await client.do("createApiToken", "secret apiToken { id }", name="ci", teamId=encode_id("Team", team.id), role="VIEWER")
    ci = Client(client.http, made["secret"])
    revoked = await ci.do("revokeApiToken", "apiToken { id name }", apiTokenId=made["apiToken"]["id"])
    assert revoked["apiToken"] == {"id": made["apiToken"]["id"], "name": "ci"}
    assert (await ci.post("{ __typename }")).status_code == 401
    assert (await client.do("revokeApiToken", "apiToken { name }", apiTokenId=made["apiToken"]["id"]))["apiToken"] == {"name": "ci"}
    assert await ApiToken.filter(revoked_at=None).count() == 1
