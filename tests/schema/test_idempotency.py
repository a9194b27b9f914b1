from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType

from kyozo_gql.accounts.members import set_member
from kyozo_gql.accounts.models import AuditEntry, IdempotencyKey, Membership, Role, Team, User
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import GlobalId, encode_id
from kyozo_gql.workspaces.models import TopologyAnalysis, Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.database import connected
from tests.schema.conftest import Client, client_of
from tests.schema.rows import make_service
from tests.schema.story import perform, put_into_service, tell
from tests.schema.uploads import upload, zip_of

WITH_A_KEY = {
    "analyzeWorkspaceTopology", "cancelDeployment", "createServiceInstance", "createTeam", "createWorkspace", "deployService",
    "deployWorkspaceServices", "restartService", "rollbackService", "scaleService", "startService", "stopService",
    "stopWorkspaceServices", "uploadArchive",
}  # fmt: skip
DEPLOY = "serviceInstance { id status } deployment { id number status }"


@pytest.fixture
async def service(client: Client, workspace: Workspace) -> str:
    return encode_id("ServiceInstance", (await make_service(workspace, "api")).id)


@pytest.fixture
def workspace_id(workspace: Workspace) -> str:
    return encode_id("Workspace", workspace.id)


def key_of(id: str) -> UUID:
    return GlobalId.parse(id).key


async def everything(database: str) -> dict[str, str]:
    """All rows of all tables, but for when a token was last used."""
    async with connected(database) as connection:
        tables = [row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        told = {}
        for table in set(tables) - {"api_tokens"}:
            rows = await connection.fetch(f'SELECT "{table}"::text AS whole FROM "{table}" ORDER BY 1')
            told[table] = "\n".join(row["whole"] for row in rows)
    return told


def test_what_starts_work_or_makes_something_takes_a_key():
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    found = set()
    for name, field in mutation.fields.items():
        asked = field.args["input"].type.of_type
        assert isinstance(asked, GraphQLInputObjectType)
        if "idempotencyKey" in asked.fields:
            found.add(name)
    assert found == WITH_A_KEY


async def test_each_of_them_is_done_once(client: Client, owner: Viewer, database: str):
    done = set()

    async def do(name: str, fields: str, /, **input: Any) -> dict[str, Any]:
        if name not in WITH_A_KEY:
            return await perform(client, name, fields, **input)
        given = input | {"idempotencyKey": f"key of {name}"}
        first = await perform(client, name, fields, **given)
        assert first["__typename"].endswith("Payload"), (name, first)
        before = await everything(database)
        assert await perform(client, name, fields, **given) == first, name
        assert await everything(database) == before, name
        done.add(name)
        return first

    await tell(do, owner)
    assert done == WITH_A_KEY


async def test_the_answer_is_the_same_things_as_they_are_now(client: Client, service: str):
    given = {"serviceInstanceId": service, "idempotencyKey": "k"}
    first = await client.do("deployService", DEPLOY, **given)
    await Deployment.filter(id=key_of(first["deployment"]["id"])).update(status="building")
    await client.do("deployService", DEPLOY, serviceInstanceId=service)
    again = await client.do("deployService", DEPLOY, **given)
    assert again["deployment"] == first["deployment"] | {"status": "BUILDING"}
    cancel = {"deploymentId": again["deployment"]["id"], "idempotencyKey": "c"}
    await client.do("cancelDeployment", "__typename", **cancel)
    await Deployment.all().update(status="cancelled", finished_at=now())
    ended = await client.do("cancelDeployment", "deployment { status }", **cancel)
    assert ended["deployment"] == {"status": "CANCELLED"}, "without the key it would be a Conflict"


@pytest.mark.parametrize("mutation", ["deployService", "createWorkspace", "stopService"])
async def test_several_at_the_same_moment(client: Client, service: str, workspace: Workspace, team: Team, mutation: str):
    fields, given = {
        "deployService": (DEPLOY, {"serviceInstanceId": service}),
        "createWorkspace": ("workspace { id name }", {"teamId": encode_id("Team", team.id), "name": "twice"}),
        "stopService": ("serviceInstance { id }", {"serviceInstanceId": service}),
    }[mutation]
    await ServiceInstance.all().update(generation=1)
    answers = await asyncio.gather(*[client.do(mutation, fields, **given, idempotencyKey="k") for _ in range(8)])
    assert answers[0]["__typename"].endswith("Payload")
    assert answers == [answers[0]] * 8
    assert await AuditEntry.filter(action=mutation, token_id__not_isnull=True).count() == 1
    assert await Deployment.all().count() == (mutation == "deployService")
    assert await Workspace.all().count() == 1 + (mutation == "createWorkspace")
    assert (await ServiceInstance.get()).generation == 1 + (mutation != "createWorkspace")


async def test_another_request_with_the_same_key(client: Client, service: str, workspace: Workspace, database: str):
    await client.do("deployService", DEPLOY, serviceInstanceId=service, idempotencyKey="k")
    other = encode_id("ServiceInstance", (await make_service(workspace, "other")).id)
    before = await everything(database)
    for name, given in (("deployService", {"serviceInstanceId": other}), ("stopService", {"serviceInstanceId": service})):
        refused = await client.do(name, "__typename", **given, idempotencyKey="k")
        assert (refused["__typename"], refused["code"]) == ("Conflict", "CONFLICT")
        assert "idempotency key" in refused["message"]
    assert await everything(database) == before


async def test_a_secret_is_part_of_the_input(client: Client, workspace: Workspace, workspace_id: str):
    folder = workspace_folder(workspace.id) / "web"
    folder.mkdir()
    (folder / "Dockerfile").write_text('FROM scratch\nCMD ["/web"]\n')
    given = {"workspaceId": workspace_id, "folderPath": "web", "idempotencyKey": "k"}
    variable = {"name": "A", "value": "one", "isSecret": True}
    fields = "serviceInstance { id }"
    first = await client.do("createServiceInstance", fields, **given, environmentVariables=[variable])
    (folder / "Dockerfile").unlink()
    folder.rmdir()
    assert await client.do("createServiceInstance", fields, **given, environmentVariables=[variable]) == first
    changed = await client.do("createServiceInstance", fields, **given, environmentVariables=[variable | {"value": "two"}])
    assert changed["__typename"] == "Conflict"


async def test_an_archive_is_part_of_the_input(client: Client, workspace: Workspace, workspace_id: str):
    given = {"workspaceId": workspace_id, "folderPath": "web", "idempotencyKey": "k"}
    first = await upload(client, zip_of({"a": "1", "b": "2"}), **given)
    place = workspace_folder(workspace.id) / "web" / "a"
    place.write_text("changed since")
    assert await upload(client, zip_of({"a": "1", "b": "2"}), **given) == first
    assert (await upload(client, zip_of({"a": "1", "b": "3"}), **given))["__typename"] == "Conflict"
    assert place.read_text() == "changed since"


async def test_a_new_deployment_after_a_day(client: Client, service: str):
    given = {"serviceInstanceId": service, "idempotencyKey": "k"}
    await client.do("deployService", DEPLOY, **given)
    await IdempotencyKey.all().update(created_at=now() - timedelta(days=1))
    assert (await client.do("deployService", DEPLOY, **given))["deployment"]["number"] == 2
    assert (await client.do("deployService", DEPLOY, **given))["deployment"]["number"] == 2


async def test_what_was_refused_may_be_asked_again(client: Client, service: str):
    given = {"serviceInstanceId": service, "idempotencyKey": "k"}
    await Workspace.all().update(container_enabled=False)
    assert (await client.do("deployService", DEPLOY, **given))["__typename"] == "Conflict"
    assert not await IdempotencyKey.exists()
    await Workspace.all().update(container_enabled=True)
    assert (await client.do("deployService", DEPLOY, **given))["deployment"]["number"] == 1


@pytest.mark.parametrize("key", ["", "k" * 201, "\n"])
async def test_what_is_no_key(client: Client, service: str, workspace_id: str, key: str):
    for refused in (
        await client.do("deployService", DEPLOY, serviceInstanceId=service, idempotencyKey=key),
        await upload(client, zip_of({"a": ""}), workspaceId=workspace_id, folderPath="", idempotencyKey=key),
    ):
        assert (refused["__typename"], refused["fields"][0]["path"]) == ("InvalidInput", "idempotencyKey")
    assert not await Deployment.exists()


async def test_who_lost_the_right_is_refused_with_the_key_as_without(
    client: Client, owner: Viewer, service: str, workspace_id: str, team: Team, member_as: Callable[[Role], Awaitable[Viewer]]
):
    viewer = await member_as(Role.MEMBER)
    member = await client_of(client.http, viewer, Role.MEMBER)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("deployService", {"serviceInstanceId": service}),
        ("stopService", {"serviceInstanceId": service}),
        ("createWorkspace", {"teamId": encode_id("Team", team.id), "name": "theirs"}),
        ("deployWorkspaceServices", {"workspaceId": workspace_id}),
        ("analyzeWorkspaceTopology", {"workspaceId": workspace_id}),
    ]
    for name, given in asked:
        done = await member.do(name, "__typename", **given, idempotencyKey=name)
        assert done["__typename"].endswith("Payload"), done
    uploaded = await upload(member, zip_of({"a": ""}), workspaceId=workspace_id, folderPath="", idempotencyKey="upload")
    assert uploaded["fileCount"] == 1
    await set_member(owner, team.id, viewer.user.email, Role.VIEWER)
    for name, given in asked:
        refused = await member.do(name, "__typename", **given, idempotencyKey=name)
        assert (refused["__typename"], refused["requiredRole"]) == ("Forbidden", "MEMBER"), name
    refused = await upload(member, zip_of({"a": ""}), workspaceId=workspace_id, folderPath="", idempotencyKey="upload")
    assert refused["__typename"] == "Forbidden"


async def test_what_was_answered_is_gone(client: Client, workspace: Workspace, workspace_id: str, team: Team, service: str):
    second = encode_id("ServiceInstance", (await make_service(workspace, "second")).id)
    given = {"teamId": encode_id("Team", team.id), "name": "short-lived", "idempotencyKey": "w"}
    made = await client.do("createWorkspace", "workspace { id }", **given)
    await client.do("deployWorkspaceServices", "deployments { id }", workspaceId=workspace_id, idempotencyKey="d")
    await client.do("stopWorkspaceServices", "serviceInstances { id }", workspaceId=workspace_id, idempotencyKey="s")
    await client.do("deployService", DEPLOY, serviceInstanceId=second, idempotencyKey="one")
    await client.do("deleteWorkspace", "__typename", workspaceId=made["workspace"]["id"])
    await client.do("deleteServiceInstance", "__typename", serviceInstanceId=second)
    for gone in (
        await client.do("createWorkspace", "workspace { id }", **given),
        await client.do("deployWorkspaceServices", "deployments { id }", workspaceId=workspace_id, idempotencyKey="d"),
        await client.do("stopWorkspaceServices", "serviceInstances { id }", workspaceId=workspace_id, idempotencyKey="s"),
        await client.do("deployService", DEPLOY, serviceInstanceId=second, idempotencyKey="one"),
    ):
        assert gone["__typename"] == "NotFound", gone
    assert not await Workspace.filter(name="short-lived", deleted_at=None).exists()


async def test_a_team_that_was_left_is_gone(client: Client):
    await create_user("ada@example.org", "Ada", "correct horse")
    signed_in = await client.do("signIn", "token", email="ada@example.org", password="correct horse")
    ada = Client(client.http, signed_in["token"])
    made = await ada.do("createTeam", "team { id }", name="Ada's", idempotencyKey="k")
    assert await ada.do("createTeam", "team { id }", name=" Ada's ", idempotencyKey="k") == made
    await Membership.filter(user_id=(await User.get(email="ada@example.org")).id).delete()
    assert (await ada.do("createTeam", "team { id }", name="Ada's", idempotencyKey="k"))["__typename"] == "NotFound"


async def test_a_rollback_whose_image_is_gone_meanwhile(client: Client, service: str):
    await put_into_service(service)
    given = {"serviceInstanceId": service, "idempotencyKey": "k"}
    first = await client.do("rollbackService", DEPLOY, **given)
    assert first["deployment"]["number"] == 3
    frozen = {"service_type": "containerized", "folder_path": "web", "deployment_config": {}}
    await Deployment.filter(number=1).update(config=frozen, image="kyozo/gone:1")
    assert await client.do("rollbackService", DEPLOY, **given) == first
    assert (await client.do("rollbackService", DEPLOY, serviceInstanceId=service))["__typename"] == "Conflict"


async def test_an_analysis_that_was_asked_for_is_not_asked_for_again(client: Client, workspace_id: str):
    given = {"workspaceId": workspace_id, "idempotencyKey": "k"}
    await client.do("analyzeWorkspaceTopology", "__typename", **given)
    await TopologyAnalysis.all().update(status="succeeded", finished_at=now())
    await client.do("analyzeWorkspaceTopology", "__typename", **given)
    assert await TopologyAnalysis.all().count() == 1


async def test_keys_are_each_users_own(
    client: Client, other_client: Client, service: str, member_as: Callable[[Role], Awaitable[Viewer]]
):
    given = {"serviceInstanceId": service, "idempotencyKey": "k"}
    member = await client_of(client.http, await member_as(Role.MEMBER), Role.MEMBER)
    numbers = [(await one.do("deployService", DEPLOY, **given))["deployment"]["number"] for one in (client, member, client)]
    assert numbers == [1, 2, 1]
    assert (await other_client.do("deployService", DEPLOY, **given))["__typename"] == "NotFound"
