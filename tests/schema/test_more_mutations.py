"""Workspaces, files, detections, rollbacks and cancellations through the API."""

from __future__ import annotations

import shutil

import pytest

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.engines.current import current_engine
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import TopologyDetection, Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.schema.conftest import Client
from tests.schema.rows import make_deployment, make_detection, make_service


@pytest.fixture
def id(workspace: Workspace) -> str:
    return encode_id("Workspace", workspace.id)


async def test_update_workspace(client: Client, id: str):
    fields = "workspace { name containerEnabled autoDeployEnabled containerRegistryUrl deploymentEnvironment }"
    changed = await client.do(
        "updateWorkspace", fields, workspaceId=id, name="shed", autoDeployEnabled=True, containerRegistryUrl="r.example:5000"
    )
    expected = {
        "name": "shed",
        "containerEnabled": True,
        "autoDeployEnabled": True,
        "containerRegistryUrl": "r.example:5000",
        "deploymentEnvironment": "DEVELOPMENT",
    }
    assert changed["workspace"] == expected
    assert (await client.do("updateWorkspace", fields, workspaceId=id))["workspace"] == expected
    cleared = await client.do(
        "updateWorkspace", fields, workspaceId=id, name=None, containerRegistryUrl=None, deploymentEnvironment="STAGING"
    )
    assert cleared["workspace"] == expected | {"containerRegistryUrl": None, "deploymentEnvironment": "STAGING"}
    wrong = await client.do("updateWorkspace", "__typename", workspaceId=id, name="no spaces", containerRegistryUrl="?")
    assert [field["path"] for field in wrong["fields"]] == ["name", "containerRegistryUrl"]
    read = await client.ask("query($id: ID!) { workspace(id: $id) { name } }", id=id)
    assert read == {"workspace": {"name": "shed"}}


async def test_delete_workspace(client: Client, id: str, workspace: Workspace, owner: Viewer):
    service = await make_service(workspace, "api")
    detection = await make_detection(workspace, "api")
    file = await write_file(owner, workspace.id, "a.txt", "a")
    deployment = await make_deployment(service, 1)
    deleted = await client.do("deleteWorkspace", "deletedWorkspaceId", workspaceId=id)
    assert deleted["deletedWorkspaceId"] == id
    ids = [
        id,
        encode_id("ServiceInstance", service.id),
        encode_id("TopologyDetection", detection.id),
        encode_id("File", file.id),
        encode_id("Deployment", deployment.id),
    ]
    assert await client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids) == {"nodes": [None] * 5}
    lists = "{ workspaces { totalCount } serviceInstances { totalCount } topologyDetections { totalCount } }"
    assert {found["totalCount"] for found in (await client.ask(lists)).values()} == {0}
    teams = await client.ask("{ viewer { memberships { team { workspaces { totalCount edges { cursor } } } } } }")
    assert teams["viewer"]["memberships"][0]["team"]["workspaces"] == {"totalCount": 0, "edges": []}
    again = await client.do("deleteWorkspace", "deletedWorkspaceId", workspaceId=id)
    assert (again["__typename"], again["id"]) == ("NotFound", id)


async def test_delete_file(client: Client, id: str, workspace: Workspace, owner: Viewer):
    await write_file(owner, workspace.id, "a/b.txt", "x")
    assert (await client.do("deleteFile", "deletedPath", workspaceId=id, path="a/./b.txt"))["deletedPath"] == "a/b.txt"
    assert not (workspace_folder(workspace.id) / "a/b.txt").exists()
    assert (await client.do("deleteFile", "__typename", workspaceId=id, path="a/b.txt"))["__typename"] == "NotFound"
    for path in ("../x", "", "a"):
        wrong = await client.do("deleteFile", "__typename", workspaceId=id, path=path)
        assert [field["path"] for field in wrong["fields"]] == ["path"]


async def test_a_detection_is_renewed_and_deleted(client: Client, id: str, workspace: Workspace, owner: Viewer):
    await write_file(owner, workspace.id, "api/notes.txt", "x")
    fields = "topologyDetection { id serviceType } changes { field before after }"
    first = (await client.do("analyzeTopology", fields, workspaceId=id, folderPath="api"))["topologyDetection"]
    assert first["serviceType"] is None
    await write_file(owner, workspace.id, "api/Dockerfile", 'FROM scratch\nCMD ["/serve"]\n')
    renewed = await client.do("reanalyzeTopology", fields, topologyDetectionId=first["id"])
    assert renewed["topologyDetection"] == {"id": first["id"], "serviceType": "CONTAINERIZED"}
    assert {"field": "serviceType", "before": None, "after": "containerized"} in renewed["changes"]
    assert (await client.do("analyzeTopology", fields, workspaceId=id, folderPath="api"))["changes"] == []
    service = await make_service(workspace, "api", topology_detection_id=(await TopologyDetection.get()).id)
    shutil.rmtree(workspace_folder(workspace.id) / "api")
    gone = await client.do("reanalyzeTopology", fields, topologyDetectionId=first["id"])
    assert (gone["__typename"], gone["code"]) == ("Conflict", "CONFLICT")
    deleted = await client.do("deleteTopologyDetection", "deletedTopologyDetectionId", topologyDetectionId=first["id"])
    assert deleted["deletedTopologyDetectionId"] == first["id"]
    assert not await TopologyDetection.exists()
    assert (await ServiceInstance.get(id=service.id)).topology_detection_id is None
    for mutation in ("reanalyzeTopology", "deleteTopologyDetection"):
        again = await client.do(mutation, "__typename", topologyDetectionId=first["id"])
        assert (again["__typename"], again["id"]) == ("NotFound", first["id"])


async def in_service(service: ServiceInstance, deployment: Deployment) -> None:
    service.current_deployment_id, service.status, service.desired_status, service.generation = (
        deployment.id,
        "running",
        "running",
        1,
    )
    await service.save()


async def test_rollback_service(client: Client, workspace: Workspace):
    service = await make_service(workspace, "api")
    config = {"service_type": "python", "folder_path": "api", "deployment_config": {"image": "registry.example/api:1"}}
    first = await make_deployment(service, 1, status="succeeded", config=config, finished_at=now())
    second = await make_deployment(service, 2, status="succeeded", config=config, image="kyozo/x:2", finished_at=now())
    await in_service(service, second)
    id = encode_id("ServiceInstance", service.id)
    fields = "serviceInstance { id status } deployment { number status rollbackOf { id number } triggeredBy { email } }"
    rolled = await client.do("rollbackService", fields, serviceInstanceId=id)
    assert rolled["serviceInstance"] == {"id": id, "status": "DEPLOYING"}
    assert rolled["deployment"] == {
        "number": 3,
        "status": "QUEUED",
        "rollbackOf": {"id": encode_id("Deployment", first.id), "number": 1},
        "triggeredBy": {"email": "owner@example.org"},
    }
    chosen = await client.do("rollbackService", fields, serviceInstanceId=id, deploymentId=encode_id("Deployment", first.id))
    assert chosen["deployment"]["number"] == 4
    built = {**config, "deployment_config": {}}
    await Deployment.filter(id=first.id).update(config=built, image="kyozo/gone:1")
    assert not await current_engine().has_image("kyozo/gone:1")
    gone = await client.do("rollbackService", fields, serviceInstanceId=id)
    assert (gone["__typename"], "gone" in gone["message"]) == ("Conflict", True)
    other = await make_service(workspace, "other")
    never = await client.do("rollbackService", fields, serviceInstanceId=encode_id("ServiceInstance", other.id))
    assert never["__typename"] == "Conflict"


async def test_cancel_deployment(client: Client, workspace: Workspace):
    service = await make_service(workspace, "api")
    accepted = await client.do("deployService", "deployment { id }", serviceInstanceId=encode_id("ServiceInstance", service.id))
    id = accepted["deployment"]["id"]
    fields = "deployment { id status serviceInstance { desiredStatus statusReason } }"
    cancelled = await client.do("cancelDeployment", fields, deploymentId=id)
    assert cancelled["deployment"] == {
        "id": id,
        "status": "QUEUED",
        "serviceInstance": {"desiredStatus": "STOPPED", "statusReason": "cancelling deployment 1"},
    }
    await Deployment.all().update(status="cancelled", finished_at=now())
    again = await client.do("cancelDeployment", fields, deploymentId=id)
    assert (again["__typename"], again["code"]) == ("Conflict", "CONFLICT")
