from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kyozo_gql.accounts.members import set_member
from kyozo_gql.accounts.models import ApiToken, AuditEntry, IdempotencyKey, Role, Team, User
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer, authenticate
from kyozo_gql.core.clock import now
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.store import update_workspace
from tests.database import connected
from tests.schema.conftest import Client, client_of
from tests.schema.rows import make_service
from tests.schema.story import HIDDEN, all_mutations, perform, tell
from tests.schema.uploads import upload

ENTRY = """id createdAt action team { id } user { id email } userEmail tokenId tokenName tokenPrefix subjectType subjectId
  subjectName workspaceId details"""
OF_TEAM = f"""query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: AuditEntryFilter) {{
  team(id: $id) {{ name auditEntries(first: $first, after: $after, last: $last, before: $before, filter: $filter) {{
    totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} edges {{ cursor node {{ {ENTRY} }} }}
}} }} }}"""
OWN = f"{{ viewer {{ auditEntries(first: 100) {{ totalCount edges {{ node {{ {ENTRY} }} }} }} }} }}"


@pytest.fixture
def team_id(team: Team) -> str:
    return encode_id("Team", team.id)


async def entries_of(client: Client, team_id: str, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.ask(OF_TEAM, id=team_id, **given))["team"]["auditEntries"]
    return found


def nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def actions(connection: dict[str, Any]) -> list[str]:
    return [node["action"] for node in nodes(connection)]


async def test_every_accepted_mutation_leaves_one_entry(client: Client, owner: Viewer, team: Team):
    token = await ApiToken.get(user_id=owner.user.id)
    written: set[UUID] = {entry.id for entry in await AuditEntry.all()}
    done = set()

    async def do(name: str, fields: str, /, **input: Any) -> dict[str, Any]:
        answer = await perform(client, name, fields, **input)
        assert answer["__typename"].endswith("Payload"), (name, answer)
        (entry,) = [entry for entry in await AuditEntry.all() if entry.id not in written]
        assert entry.action == name
        written.add(entry.id)
        done.add(name)
        if name != "signIn":  # that is somebody else, with the token that it makes
            assert (entry.user_id, entry.user_email) == (owner.user.id, owner.user.email)
            assert (entry.token_id, entry.token_name, entry.token_prefix) == (token.id, token.name, token.prefix)
        if name not in ("signIn", "createTeam"):
            assert entry.team_id == team.id, name
        assert (entry.workspace_id is not None) == any(key in input for key in WITHIN_A_WORKSPACE) or name == "createWorkspace"
        assert entry.subject_name, name
        return answer

    await tell(do, owner)
    assert done == all_mutations()


WITHIN_A_WORKSPACE = ("workspaceId", "serviceInstanceId", "deploymentId", "topologyDetectionId")


async def test_no_secret_is_written_down(client: Client, owner: Viewer, database: str):
    hidden, asked = [*HIDDEN, client.token], ""

    async def do(name: str, fields: str, /, **input: Any) -> dict[str, Any]:
        nonlocal asked
        asked += str(input)
        answer = await perform(client, name, fields, **input)
        hidden.extend(answer[field] for field in ("token", "secret") if field in answer)
        return answer

    await tell(do, owner)
    assert len(hidden) == len(HIDDEN) + 3
    async with connected(database) as connection:
        kept = [
            str(row["whole"])
            for table in ("audit_entries", "idempotency_keys")
            for row in await connection.fetch(f"SELECT {table}::text AS whole FROM {table}")
        ]
    assert len(kept) >= len(all_mutations())
    for secret in hidden:
        assert not [row for row in kept if secret in row], secret
    for secret in HIDDEN:
        assert secret in asked or secret == HIDDEN[2], "this one proves nothing: it was never sent"  # that one is in an archive


async def test_what_is_asked_of_a_service_is_told_by_its_names(client: Client, owner: Viewer, team_id: str):
    async def do(name: str, fields: str, /, **input: Any) -> dict[str, Any]:
        return await perform(client, name, fields, **input)

    await tell(do, owner)
    (made,) = nodes(await entries_of(client, team_id, filter={"action": "createServiceInstance"}))
    assert made["details"] == {
        "folderPath": "web",
        "serviceType": "CONTAINERIZED",
        "deploymentConfig": {"image": "registry.example/web:1", "startCommand": "(not kept)", "buildArgs": ["TOKEN"]},
        "environmentVariables": ["PLAIN", "SEALED"],
        "healthCheckConfig": {"kind": "COMMAND", "command": "(not kept)"},
    }
    assert (made["subjectType"], made["subjectName"]) == ("ServiceInstance", "web")
    (scaled,) = nodes(await entries_of(client, team_id, filter={"action": "scaleService"}))
    assert scaled["details"] == {"replicaCount": 3}
    (joined,) = nodes(await entries_of(client, team_id, filter={"action": "setTeamMember"}))
    assert (joined["details"], joined["subjectName"]) == ({"role": "MEMBER", "formerRole": None}, "ada@example.org")
    assert joined["workspaceId"] is None


async def test_no_refused_mutation_leaves_one(client: Client, other_client: Client, owner: Viewer):
    """Before each accepted call: the same by who may only read, and by the owner of another team."""
    reader = await client_of(client.http, owner, Role.VIEWER)
    refused = set()

    async def do(name: str, fields: str, /, **input: Any) -> dict[str, Any]:
        before = {row["id"] for row in await AuditEntry.all().values("id")}
        if name not in NEED_NO_ROLE:
            strangers = await perform(other_client, name, fields, **input)
            assert strangers["__typename"] == "NotFound", (name, strangers)
            refused.add(name)
        if name not in {*NEED_NO_ROLE, "revokeApiToken"}:  # one's own tokens may always be ended
            readers = await perform(reader, name, fields, **input)
            assert readers["__typename"] == "Forbidden", (name, readers)
        assert {row["id"] for row in await AuditEntry.all().values("id")} == before, name
        return await perform(client, name, fields, **input)

    await tell(do, owner)
    assert refused == all_mutations() - NEED_NO_ROLE


NEED_NO_ROLE = {"signIn", "createTeam"}


async def test_what_the_state_of_things_does_not_allow_leaves_none(client: Client, workspace: Workspace, team_id: str):
    service = encode_id("ServiceInstance", (await make_service(workspace, "api")).id)
    workspace_id = encode_id("Workspace", workspace.id)
    await create_user("ada@example.org", "Ada", "correct horse")
    before = await AuditEntry.all().count()
    refused = [
        await client.do("signIn", "__typename", email="ada@example.org", password="wrong"),
        await client.do("createTeam", "__typename", name=" "),
        await client.do("createApiToken", "__typename", name="", teamId=team_id, role="VIEWER"),
        await client.do("setTeamMember", "__typename", teamId=team_id, email="owner@example.org", role="VIEWER"),
        await client.do("createWorkspace", "__typename", teamId=team_id, name="not a name"),
        await client.do("updateWorkspace", "__typename", workspaceId=workspace_id, name="not a name"),
        await client.do("writeFile", "__typename", workspaceId=workspace_id, path="../x", content=""),
        await client.do("deleteFile", "__typename", workspaceId=workspace_id, path="nothing"),
        await upload(client, b"no archive", workspaceId=workspace_id, folderPath=""),
        await client.do("analyzeTopology", "__typename", workspaceId=workspace_id, folderPath="nowhere"),
        await client.do("createServiceInstance", "__typename", workspaceId=workspace_id, folderPath="nowhere"),
        await client.do("createServiceInstance", "__typename", workspaceId=workspace_id, folderPath=""),
        await client.do("updateServiceInstance", "__typename", serviceInstanceId=service, name="not a name"),
        await client.do("startService", "__typename", serviceInstanceId=service),
        await client.do("restartService", "__typename", serviceInstanceId=service),
        await client.do("scaleService", "__typename", serviceInstanceId=service, replicaCount=2),
        await client.do("rollbackService", "__typename", serviceInstanceId=service),
    ]
    await Workspace.filter(id=workspace.id).update(container_enabled=False)
    refused.append(await client.do("deployService", "__typename", serviceInstanceId=service))
    refused.append(await client.do("deployWorkspaceServices", "__typename", workspaceId=workspace_id))
    assert {one["__typename"] for one in refused} == {"InvalidInput", "Conflict", "NotFound"}, refused
    assert await AuditEntry.all().count() == before
    assert not await IdempotencyKey.exists()


async def test_what_can_not_be_written_down_is_not_done(client: Client, database: str, workspace: Workspace, owner: Viewer):
    """At the very end, when all is to be committed."""
    async with connected(database) as connection:
        await connection.execute("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the disk is full''; END';
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON audit_entries DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION refuse()""")
        try:
            document = "mutation($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { __typename } }"
            error = await client.fail(document, input={"workspaceId": encode_id("Workspace", workspace.id), "name": "other"})
            with pytest.raises(Exception, match="the disk is full"):
                await set_member(owner, workspace.team_id, "new@example.org", Role.VIEWER)
        finally:
            await connection.execute("DROP FUNCTION refuse CASCADE")
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert (await Workspace.get(id=workspace.id)).name == "garden"
    assert not await User.exists(email="new@example.org")
    assert not await AuditEntry.filter(action__in=["updateWorkspace", "setTeamMember"]).exists()


async def test_the_trail_of_a_team(client: Client, owner: Viewer, workspace: Workspace, team: Team, team_id: str):
    service = await make_service(workspace, "api")
    id, workspace_id = encode_id("ServiceInstance", service.id), encode_id("Workspace", workspace.id)
    await client.do("deployService", "__typename", serviceInstanceId=id)
    await client.do("deleteServiceInstance", "__typename", serviceInstanceId=id)
    found = await entries_of(client, team_id)
    assert actions(found) == ["deleteServiceInstance", "deployService", "createWorkspace", "createApiToken", "createTeam"]
    assert found["totalCount"] == 5
    deleted, deployed, _, token, _ = nodes(found)
    used = await ApiToken.get(user_id=owner.user.id)
    assert deployed == deployed | {
        "team": {"id": team_id},
        "user": {"id": encode_id("User", owner.user.id), "email": "owner@example.org"},
        "userEmail": "owner@example.org",
        "tokenId": encode_id("ApiToken", used.id),
        "tokenName": "test",
        "tokenPrefix": used.prefix,
        "subjectType": "ServiceInstance",
        "subjectId": id,
        "subjectName": "api",
        "workspaceId": workspace_id,
        "details": {"number": 1},
    }
    assert (deleted["subjectId"], deleted["subjectName"], deleted["details"]) == (id, "api", {"folderPath": "api"})
    assert (token["tokenId"], token["tokenName"], token["tokenPrefix"]) == (None, None, None), "no token: it was no client"


async def test_what_is_gone_is_remembered(client: Client, member_as: Callable[[Role], Awaitable[Viewer]], team_id: str):
    member = await member_as(Role.MEMBER)
    theirs = await client_of(client.http, member, Role.MEMBER)
    await theirs.do("createWorkspace", "__typename", teamId=team_id, name="orphan")
    await User.filter(id=member.user.id).delete()
    (entry,) = nodes(await entries_of(client, team_id, filter={"action": "createWorkspace"}))
    assert (entry["user"], entry["userEmail"], entry["tokenName"]) == (None, member.user.email, "test")
    filtered = await entries_of(client, team_id, filter={"userId": encode_id("User", member.user.id)})
    assert actions(filtered) == ["createWorkspace", "createApiToken"]


async def test_only_admins_read_the_trail(
    client: Client, member_as: Callable[[Role], Awaitable[Viewer]], team_id: str, owner: Viewer
):
    admin = await client_of(client.http, await member_as(Role.ADMIN), Role.ADMIN)
    assert (await entries_of(admin, team_id))["totalCount"] == 3
    member = await client_of(client.http, await member_as(Role.MEMBER), Role.MEMBER)
    capped = [await client_of(client.http, owner, role) for role in (Role.VIEWER, Role.MEMBER)]
    for reader in (member, *capped):
        answer = (await reader.post(OF_TEAM, id=team_id)).json()
        assert answer["data"] == {"team": {"name": "Orchard", "auditEntries": None}}
        (error,) = answer["errors"]
        assert error["path"] == ["team", "auditEntries"]
        assert (error["extensions"]["code"], error["extensions"]["requiredRole"]) == ("FORBIDDEN", "ADMIN")


async def test_ones_own_entries(
    client: Client, owner: Viewer, member_as: Callable[[Role], Awaitable[Viewer]], team_id: str, workspace: Workspace
):
    member = await client_of(client.http, await member_as(Role.MEMBER), Role.MEMBER)
    await member.do("writeFile", "__typename", workspaceId=encode_id("Workspace", workspace.id), path="a", content="")
    own = (await member.ask(OWN))["viewer"]["auditEntries"]
    assert (own["totalCount"], actions(own)) == (2, ["writeFile", "createApiToken"])
    await client.do("createTeam", "__typename", name="Elsewhere")
    assert "createTeam" in actions((await client.ask(OWN))["viewer"]["auditEntries"])
    assert len(nodes((await client.ask(OWN))["viewer"]["auditEntries"])) == 3, "the token reaches one team"


async def test_what_concerns_no_team_is_for_tokens_that_reach_all(client: Client):
    await create_user("ada@example.org", "Ada", "correct horse")
    signed_in = await client.do("signIn", "token", email="ada@example.org", password="correct horse")
    ada = Client(client.http, signed_in["token"])
    team_id = (await ada.do("createTeam", "team { id }", name="Ada's"))["team"]["id"]
    own = (await ada.ask(OWN))["viewer"]["auditEntries"]
    assert actions(own) == ["createTeam", "signIn"]
    made, entered = nodes(own)
    assert (made["team"], entered["team"], entered["subjectType"]) == ({"id": team_id}, None, "User")
    assert entered["tokenId"] == (await authenticate_id(ada))
    narrow = await ada.do("createApiToken", "secret", name="ci", teamId=team_id, role="OWNER")
    theirs = (await Client(client.http, narrow["secret"]).ask(OWN))["viewer"]["auditEntries"]
    assert actions(theirs) == ["createApiToken", "createTeam"]


async def authenticate_id(client: Client) -> str:
    token = (await authenticate(client.token)).token
    assert token is not None
    return encode_id("ApiToken", token.id)


async def test_an_entry_is_found_by_its_id_where_it_may_be_read(
    client: Client, other_client: Client, owner: Viewer, member_as: Callable[[Role], Awaitable[Viewer]], team_id: str
):
    member = await client_of(client.http, await member_as(Role.MEMBER), Role.MEMBER)
    theirs = await AuditEntry.get(user_email="second-member@example.org")
    ours = await AuditEntry.get(action="createTeam", team_id=owner.team_ids[0])
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on AuditEntry { action } } }"
    ids = [encode_id("AuditEntry", one.id) for one in (theirs, ours)]
    told = [{"action": "createApiToken"}, {"action": "createTeam"}]
    assert (await client.ask(document, ids=ids))["nodes"] == told
    assert (await member.ask(document, ids=ids))["nodes"] == [told[0], None]
    assert (await other_client.ask(document, ids=ids))["nodes"] == [None, None]


async def test_filters(client: Client, owner: Viewer, workspace: Workspace, team_id: str):
    await update_workspace(owner, workspace.id, {"name": "other"})
    id = encode_id("Workspace", workspace.id)
    assert actions(await entries_of(client, team_id, filter={"subjectId": id})) == ["updateWorkspace", "createWorkspace"]
    assert actions(await entries_of(client, team_id, filter={"workspaceId": id})) == ["updateWorkspace", "createWorkspace"]
    assert actions(await entries_of(client, team_id, filter={"subjectId": encode_id("File", workspace.id)})) == []
    assert actions(await entries_of(client, team_id, filter={"action": "createTeam\x00"})) == []
    assert actions(await entries_of(client, team_id, filter={"userId": encode_id("User", uuid4())})) == []
    assert actions(await entries_of(client, team_id, filter={"userId": id})) == []
    entry = await AuditEntry.get(action="updateWorkspace")
    moment = entry.created_at.isoformat()
    assert "updateWorkspace" in actions(await entries_of(client, team_id, filter={"since": moment}))
    earlier = actions(await entries_of(client, team_id, filter={"until": moment}))
    assert "updateWorkspace" not in earlier
    assert "createWorkspace" in earlier
    error = await client.fail(OF_TEAM, id=team_id, filter={"subjectId": "x"})
    assert error["extensions"]["code"] == "BAD_ID"


async def test_pages_stay_put_while_entries_come(client: Client, owner: Viewer, workspace: Workspace, team_id: str):
    for number in range(5):
        await update_workspace(owner, workspace.id, {"name": f"n{number}"})
    everything = nodes(await entries_of(client, team_id))
    seen, after = [], None
    while True:
        page = await entries_of(client, team_id, first=3, after=after)
        seen += nodes(page)
        after = page["pageInfo"]["endCursor"]
        await update_workspace(owner, workspace.id, {"name": "later"})
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == everything
    oldest = await entries_of(client, team_id, last=2)
    assert nodes(oldest) == everything[-2:]
    assert oldest["pageInfo"]["hasPreviousPage"]
    before = await entries_of(client, team_id, last=2, before=oldest["pageInfo"]["startCursor"])
    assert nodes(before) == everything[-4:-2]
    assert json.dumps(everything) == json.dumps(sorted(everything, key=lambda node: node["createdAt"], reverse=True))
    error = await client.fail(OF_TEAM, id=team_id, first=101)
    assert error["extensions"]["code"] == "BAD_PAGE_SIZE"
    assert now() - timedelta(minutes=5) < (await AuditEntry.all().order_by("created_at").first()).created_at  # type: ignore[union-attr]  # there are some
