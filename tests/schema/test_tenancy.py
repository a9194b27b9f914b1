from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from kyozo_gql.accounts.models import ApiToken, AuditEntry, Role, Team
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import GlobalId, encode_id
from kyozo_gql.schema.visible import VISIBLE
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.store import create_workspace
from tests.schema.conftest import Client, client_of
from tests.schema.rows import make_deployment, make_detection, make_event, make_service
from tests.schema.uploads import upload, zip_of


@pytest.fixture
async def ids(owner: Viewer, team: Team, workspace: Workspace, settings: Settings, client: Client) -> dict[str, str]:
    """An id of each type, of the owner's team."""
    service = await make_service(workspace, "api")
    token = await ApiToken.get(user_id=owner.user.id)
    keys = {
        "ApiToken": token.id,
        "AuditEntry": (await AuditEntry.get(action="createWorkspace")).id,
        "Deployment": (await make_deployment(service, 1)).id,
        "DeploymentEvent": (await make_event(service, 1)).id,
        "File": (await write_file(owner, workspace.id, "a.txt", "a")).id,
        "ServiceInstance": service.id,
        "Team": team.id,
        "TopologyDetection": (await make_detection(workspace, "api")).id,
        "User": owner.user.id,
        "Workspace": workspace.id,
    }
    return {name: encode_id(name, key) for name, key in keys.items()}


def test_every_type_has_its_bounds(ids: dict[str, str]):
    assert ids.keys() == VISIBLE.keys()


async def test_ones_own_things_are_found_by_id(client: Client, ids: dict[str, str]):
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    found = (await client.ask(document, ids=list(ids.values())))["nodes"]
    assert {one["__typename"]: one["id"] for one in found} == ids
    assert [one["id"] for one in found] == list(ids.values())
    for name, id in ids.items():
        assert await client.ask("query($id: ID!) { node(id: $id) { __typename id } }", id=id) == {
            "node": {"__typename": name, "id": id}
        }


async def test_another_teams_things_do_not_exist(other_client: Client, client: Client, ids: dict[str, str]):
    found = await other_client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=list(ids.values()))
    assert found == {"nodes": [None] * len(ids)}
    for field, name in (
        ("team", "Team"),
        ("workspace", "Workspace"),
        ("serviceInstance", "ServiceInstance"),
        ("topologyDetection", "TopologyDetection"),
        ("deployment", "Deployment"),
    ):
        document = f"query($id: ID!) {{ {field}(id: $id) {{ id }} }}"
        assert await other_client.ask(document, id=ids[name]) == {field: None}
        assert await client.ask(document, id=ids[name]) == {field: {"id": ids[name]}}
        wrong_type = ids["User"]
        assert await client.ask(document, id=wrong_type) == {field: None}
        assert await client.ask(document, id=encode_id(name, uuid4())) == {field: None}
    lists = "workspaces { totalCount } serviceInstances { totalCount } topologyDetections { totalCount }"
    assert await other_client.ask(f"{{ {lists} }}") == {
        name: {"totalCount": 0} for name in ("workspaces", "serviceInstances", "topologyDetections")
    }
    filtered = "query($id: ID!) { serviceInstances(filter: {workspaceId: $id}) { totalCount } }"
    assert await other_client.ask(filtered, id=ids["Workspace"]) == {"serviceInstances": {"totalCount": 0}}


async def test_a_deleted_service_does_not_exist(client: Client, workspace: Workspace):
    service = await make_service(workspace, "api", deleted_at="2026-01-01T00:00:00Z")
    deployment = await make_deployment(service, 1)
    event = await make_event(service, 1)
    ids = [encode_id("ServiceInstance", service.id), encode_id("Deployment", deployment.id), encode_id("DeploymentEvent", event.id)]
    assert await client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids) == {"nodes": [None] * 3}
    data = await client.ask("{ workspaces { edges { node { serviceStatus { total } serviceInstances { totalCount } } } } }")
    assert data["workspaces"]["edges"][0]["node"] == {"serviceStatus": {"total": 0}, "serviceInstances": {"totalCount": 0}}


def attempts(ids: dict[str, str]) -> dict[str, dict[str, object]]:
    """What every mutation but those of NEED_NO_ROLE is asked for; an upload is a form, and is asked for elsewhere."""
    service, workspace, team = ids["ServiceInstance"], ids["Workspace"], ids["Team"]
    return {
        "createApiToken": {"name": "x", "teamId": team, "role": "VIEWER"},
        "setTeamMember": {"teamId": team, "email": "x@example.org", "role": "VIEWER"},
        "removeTeamMember": {"teamId": team, "userId": ids["User"]},
        "createWorkspace": {"teamId": team, "name": "x"},
        "updateWorkspace": {"workspaceId": workspace, "name": "x"},
        "deleteWorkspace": {"workspaceId": workspace},
        "writeFile": {"workspaceId": workspace, "path": "x", "content": ""},
        "deleteFile": {"workspaceId": workspace, "path": "a.txt"},
        "analyzeTopology": {"workspaceId": workspace, "folderPath": ""},
        "reanalyzeTopology": {"topologyDetectionId": ids["TopologyDetection"]},
        "deleteTopologyDetection": {"topologyDetectionId": ids["TopologyDetection"]},
        "analyzeWorkspaceTopology": {"workspaceId": workspace},
        "createServiceInstance": {"workspaceId": workspace, "folderPath": ""},
        "updateServiceInstance": {"serviceInstanceId": service},
        "deleteServiceInstance": {"serviceInstanceId": service},
        "deployService": {"serviceInstanceId": service},
        "startService": {"serviceInstanceId": service},
        "stopService": {"serviceInstanceId": service},
        "restartService": {"serviceInstanceId": service},
        "scaleService": {"serviceInstanceId": service, "replicaCount": 2},
        "rollbackService": {"serviceInstanceId": service},
        "cancelDeployment": {"deploymentId": ids["Deployment"]},
        "deployWorkspaceServices": {"workspaceId": workspace},
        "stopWorkspaceServices": {"workspaceId": workspace},
        "revokeApiToken": {"apiTokenId": ids["ApiToken"]},
    }


# Who has no token signs in; a team is made in none; one's own token may always be ended.
NEED_NO_ROLE = {"signIn", "createTeam"}
UPLOADS = {"uploadArchive"}


def test_the_walks_leave_out_no_mutation(ids: dict[str, str]):
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    assert mutation.fields.keys() == attempts(ids).keys() | NEED_NO_ROLE | UPLOADS


async def test_every_mutation_refuses_a_viewer(member_as: Callable[[Role], Awaitable[Viewer]], client: Client, ids: dict[str, str]):
    member = await member_as(Role.MEMBER)
    reader = await client_of(client.http, member, Role.VIEWER)
    for name, given in attempts(ids).items():
        refused = await reader.do(name, "__typename", **given)
        assert (refused["__typename"], refused["code"]) == ("Forbidden", "FORBIDDEN"), name
        assert refused["requiredRole"] in ("MEMBER", "ADMIN", "OWNER"), name
    refused = await upload(reader, zip_of({"a.txt": ""}), workspaceId=ids["Workspace"], folderPath="")
    assert (refused["__typename"], refused["requiredRole"]) == ("Forbidden", "MEMBER")
    refused = await reader.do("removeTeamMember", "__typename", teamId=ids["Team"], userId=encode_id("User", member.user.id))
    assert (refused["__typename"], refused["requiredRole"]) == ("Forbidden", "MEMBER")
    assert not await Deployment.filter(end_requested__not_isnull=True).exists()
    assert await Workspace.filter(deleted_at=None, name="garden").exists()


async def test_an_upload_to_another_team(other_client: Client, ids: dict[str, str]):
    refused = await upload(other_client, zip_of({"a.txt": ""}), workspaceId=ids["Workspace"], folderPath="")
    assert (refused["__typename"], refused["id"]) == ("NotFound", ids["Workspace"])


async def test_a_rollback_to_another_teams_deployment(client: Client, ids: dict[str, str], other_owner: Viewer):
    elsewhere = await create_workspace(other_owner, team_id=other_owner.team_ids[0], name="elsewhere")
    foreign = await make_deployment(await make_service(elsewhere, "api"), 1, status="succeeded")
    service = await ServiceInstance.get(id=GlobalId.parse(ids["ServiceInstance"]).key)
    service.current_deployment_id = GlobalId.parse(ids["Deployment"]).key
    await service.save()
    for id in (encode_id("Deployment", foreign.id), encode_id("Deployment", uuid4())):
        given = {"serviceInstanceId": ids["ServiceInstance"], "deploymentId": id}
        assert (await client.do("rollbackService", "__typename", **given))["__typename"] == "NotFound"


async def test_mutations_of_another_teams_things_are_not_found(other_client: Client, ids: dict[str, str]):
    asked_of = {f"{name[0].lower()}{name[1:]}Id": name for name in ids}
    for name, given in attempts(ids).items():
        id_field = next(field for field in given if field.endswith("Id"))
        asked = str(given[id_field])
        foreign = await other_client.do(name, "__typename", **given)
        assert (foreign["__typename"], foreign["code"], foreign["id"]) == ("NotFound", "NOT_FOUND", asked), name
        missing_id = encode_id(asked_of[id_field], uuid4())
        missing = await other_client.do(name, "__typename", **given | {id_field: missing_id})
        assert missing | {"id": asked} == foreign, "what is another team's can't be told from what does not exist"
        other_type = await other_client.do(name, "__typename", **given | {id_field: ids["DeploymentEvent"]})
        assert (other_type["__typename"], other_type["id"]) == ("NotFound", ids["DeploymentEvent"])
        document = f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        error = await other_client.fail(document, input=given | {id_field: "x"})
        assert error["extensions"]["code"] == "BAD_ID"


async def test_a_viewer_reads_and_changes_nothing(
    member_as: Callable[[Role], Awaitable[Viewer]], client: Client, ids: dict[str, str]
):
    reader = await client_of(client.http, await member_as(Role.MEMBER), Role.VIEWER)
    assert (await reader.ask("{ workspaces { totalCount } }"))["workspaces"] == {"totalCount": 1}
    for name, given in (
        ("stopService", {"serviceInstanceId": ids["ServiceInstance"]}),
        ("writeFile", {"workspaceId": ids["Workspace"], "path": "x", "content": ""}),
        ("createWorkspace", {"teamId": ids["Team"], "name": "x"}),
    ):
        refused = await reader.do(name, "__typename", **given)
        assert (refused["__typename"], refused["code"], refused["requiredRole"]) == ("Forbidden", "FORBIDDEN", "MEMBER")
    refused = await reader.do("deleteServiceInstance", "__typename", serviceInstanceId=ids["ServiceInstance"])
    assert refused["requiredRole"] == "ADMIN"
