from __future__ import annotations

from uuid import uuid4

import pytest

from kyozo_gql.accounts.models import ApiToken, Team
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.visible import VISIBLE
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import Workspace
from tests.schema.attempts import attempt, attempts, make_ids
from tests.schema.conftest import Client
from tests.schema.rows import make_deployment, make_detection, make_entry, make_event, make_service


@pytest.fixture
async def ids(owner: Viewer, team: Team, workspace: Workspace, settings: Settings, client: Client) -> dict[str, str]:
    """An id of each type, of the owner's team."""
    service = await make_service(workspace, "api")
    token = await ApiToken.get(user_id=owner.user.id)
    keys = {
        "ApiToken": token.id,
        "AuditEntry": (await make_entry(team.id, owner.user, "a.txt")).id,
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


async def test_ids_of_another_type_and_what_is_no_id(client: Client, owner: Viewer, workspace: Workspace):
    ids = await make_ids(owner)
    event = ids["DeploymentEvent"]
    for name, given in attempts(ids).items():
        for field in [field for field in given if field.endswith("Id")]:
            missing = encode_id(field[0].upper() + field[1:].removesuffix("Id"), uuid4())
            answers = [await attempt(client, name, given | {field: id}) | {"id": None} for id in (event, missing)]
            assert answers[0] == answers[1], f"{name}: what is of another type does not exist"
            assert answers[0]["__typename"] == "NotFound"
            document = f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ __typename }} }}"
            if name != "uploadArchive":
                error = await client.fail(document, input=given | {field: "x"})
                assert error["extensions"]["code"] == "BAD_ID"
