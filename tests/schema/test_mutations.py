from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import Deployment, DeploymentStatus, ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.schema.ids import GlobalId, encode_id
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import Workspace
from tests.schema.conftest import Client

PYTHON = "import http.server\n\nhttp.server.HTTPServer(('', 8000), http.server.SimpleHTTPRequestHandler).serve_forever()\n"


def key(id: str) -> UUID:
    return GlobalId.parse(id).key


@pytest.fixture
async def workspace_id(workspace: Workspace, owner: Viewer, settings: Settings) -> str:
    """A workspace with a folder that is a service, and one that is none."""
    await write_file(owner, workspace.id, "api/main.py", PYTHON)
    await write_file(owner, workspace.id, "api/requirements.txt", "flask\n")
    await write_file(owner, workspace.id, "notes/readme.txt", "hello\n")
    return encode_id("Workspace", workspace.id)


async def make(client: Client, workspace_id: str, **given: Any) -> str:
    made = await client.do(
        "createServiceInstance", "serviceInstance { id }", **{"workspaceId": workspace_id, "folderPath": "api"} | given
    )
    assert made["__typename"] == "CreateServiceInstancePayload", made
    id: str = made["serviceInstance"]["id"]
    return id


def paths(result: dict[str, Any]) -> list[str]:
    assert result["__typename"] == "InvalidInput", result
    assert result["code"] == "INVALID_INPUT"
    return [field["path"] for field in result["fields"]]


async def test_create_workspace(client: Client, owner: Viewer, settings: Settings):
    team = encode_id("Team", owner.team_ids[0])
    made = await client.do(
        "createWorkspace",
        "workspace { id name containerEnabled autoDeployEnabled containerRegistryUrl deploymentEnvironment team { id } }",
        teamId=team,
        name="shed",
        autoDeployEnabled=True,
        containerRegistryUrl="registry.example:5000/team",
        deploymentEnvironment="STAGING",
    )
    workspace = made["workspace"]
    assert workspace["name"] == "shed"
    assert workspace["autoDeployEnabled"] is True
    assert workspace["deploymentEnvironment"] == "STAGING"
    assert workspace["team"] == {"id": team}
    wrong = await client.do("createWorkspace", "__typename", teamId=team, name="no spaces", containerRegistryUrl="?")
    assert paths(wrong) == ["name", "containerRegistryUrl"]
    assert (await client.ask("{ workspaces { totalCount } }"))["workspaces"] == {"totalCount": 1}


async def test_write_file(client: Client, workspace_id: str):
    fields = "file { path sizeBytes content isServiceIndicator detectedTechnologies contentHash }"
    written = await client.do("writeFile", fields, workspaceId=workspace_id, path="web/./package.json", content="{}\n")
    file = written["file"]
    assert (file["path"], file["sizeBytes"], file["content"]) == ("web/package.json", 3, "{}\n")
    assert file["isServiceIndicator"] is True
    for path in ("../x", "/etc/passwd", "", "a\x00b", "web"):
        assert paths(await client.do("writeFile", "__typename", workspaceId=workspace_id, path=path, content="")) == ["path"]


async def test_analyze_topology(client: Client, workspace_id: str):
    fields = """topologyDetection { id folderPath serviceType confidenceScore analysisMetadata
      detectedPatterns { language framework packageManager runtimeVersion composeServices }
      serviceIndicators { path rule weight detail } dependencyMap { from to kind evidence }
      deploymentRecommendations { startCommand dockerfile portMappings { containerPort } environmentVariables { name value }
        resourceLimits { memory cpu storage } healthCheck { kind path intervalSeconds } } }"""
    found = (await client.do("analyzeTopology", fields, workspaceId=workspace_id, folderPath="api"))["topologyDetection"]
    assert (found["folderPath"], found["serviceType"]) == ("api", "PYTHON")
    assert 0.5 <= found["confidenceScore"] <= 1.0
    assert found["detectedPatterns"]["language"] == "python"
    assert found["serviceIndicators"]
    assert found["deploymentRecommendations"]["resourceLimits"] == {"memory": "512Mi", "cpu": "0.5", "storage": "1Gi"}
    none = (await client.do("analyzeTopology", fields, workspaceId=workspace_id, folderPath="notes"))["topologyDetection"]
    assert (none["serviceType"], none["deploymentRecommendations"]) == (None, None)
    for path in ("missing", "../..", "/"):
        wrong = await client.do("analyzeTopology", "__typename", workspaceId=workspace_id, folderPath=path)
        assert paths(wrong) == ["folderPath"]


async def test_analyze_workspace_topology(client: Client, workspace_id: str):
    accepted = await client.do(
        "analyzeWorkspaceTopology", "workspace { id serviceTopology { analyzedAt } }", workspaceId=workspace_id
    )
    assert accepted["workspace"] == {"id": workspace_id, "serviceTopology": {"analyzedAt": None}}


async def test_create_service_instance_takes_what_is_detected(client: Client, workspace_id: str):
    fields = """serviceInstance { id name folderPath serviceType status desiredStatus desiredReplicas deploymentStatus
      resourceLimits { memory } createdBy { email } topologyDetection { serviceType } workspace { id } }"""
    made = await client.do("createServiceInstance", fields, workspaceId=workspace_id, folderPath="api")
    service = made["serviceInstance"]
    assert (service["name"], service["serviceType"], service["status"]) == ("api", "PYTHON", "DEPLOYABLE")
    assert (service["desiredStatus"], service["desiredReplicas"], service["deploymentStatus"]) == ("STOPPED", 1, "none")
    assert service["createdBy"] == {"email": "owner@example.org"}
    assert service["topologyDetection"] == {"serviceType": "PYTHON"}
    again = await client.do("createServiceInstance", fields, workspaceId=workspace_id, folderPath="api")
    assert (again["__typename"], again["code"]) == ("Conflict", "CONFLICT")


async def test_create_service_instance_with_everything(client: Client, workspace_id: str):
    fields = """serviceInstance { name deploymentConfig { image startCommand buildArgs }
      environmentVariables { name value isSecret }
      portMappings { containerPort hostPort protocol } resourceLimits { memory cpu storage }
      scalingConfig { minReplicas maxReplicas } healthCheckConfig { kind command intervalSeconds retries } }"""
    made = await client.do(
        "createServiceInstance",
        fields,
        workspaceId=workspace_id,
        folderPath="notes",
        name="box",
        serviceType="CONTAINERIZED",
        deploymentConfig={"image": "registry.example/box:1", "startCommand": "run", "buildArgs": {"VERSION": "1"}},
        portMappings=[{"containerPort": 80, "hostPort": 18080}, {"containerPort": 53, "protocol": "UDP"}],
        environmentVariables=[{"name": "A", "value": "1"}, {"name": "B", "value": "s3cret", "isSecret": True}],
        resourceLimits={"memory": "1Gi", "cpu": 1.5},
        healthCheckConfig={"kind": "COMMAND", "command": ["true"], "intervalSeconds": 5},
        scalingConfig={"maxReplicas": 3},
    )
    service = made["serviceInstance"]
    assert service["deploymentConfig"] == {"image": "registry.example/box:1", "startCommand": "run", "buildArgs": {"VERSION": "1"}}
    assert {(p["containerPort"], p["hostPort"], p["protocol"]) for p in service["portMappings"]} == {
        (80, 18080, "TCP"),
        (53, None, "UDP"),
    }
    assert {(v["name"], v["value"], v["isSecret"]) for v in service["environmentVariables"]} == {
        ("A", "1", False),
        ("B", None, True),
    }
    assert service["resourceLimits"] == {"memory": "1Gi", "cpu": "1.5", "storage": "1Gi"}
    assert service["healthCheckConfig"] == {"kind": "COMMAND", "command": ["true"], "intervalSeconds": 5, "retries": 3}
    assert service["scalingConfig"] == {"minReplicas": 1, "maxReplicas": 3}
    kept = await ServiceInstance.get(name="box")
    assert "s3cret" not in str(kept.environment_variables)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"folderPath": "missing"}, ["folderPath"]),
        ({"folderPath": "../x"}, ["folderPath"]),
        ({"folderPath": "notes"}, ["serviceType"]),
        ({"name": "no spaces"}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "a" * 101}, ["name"]),
        ({"name": "a\n"}, ["name"]),
        ({"healthCheckConfig": {"kind": "NONE"}, "portMappings": [{"containerPort": 0}]}, ["portMappings.0.containerPort"]),
        (
            {
                "healthCheckConfig": {"kind": "NONE"},
                "portMappings": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 70_000}],
            },
            ["portMappings.1.hostPort"],
        ),
        ({"resourceLimits": {"memory": "1Gi\n"}}, ["resourceLimits.memory"]),
        ({"environmentVariables": [{"name": "A", "value": ""}, {"name": "1A", "value": ""}]}, ["environmentVariables.1.name"]),
        ({"resourceLimits": {"memory": "lots", "cpu": "-1"}}, ["resourceLimits.memory", "resourceLimits.cpu"]),
        ({"resourceLimits": {"memory": "0"}}, ["resourceLimits.memory"]),
        ({"deploymentConfig": {"buildArgs": {"1a_b": "x"}}}, ["deploymentConfig.buildArgs.1a_b"]),
        ({"deploymentConfig": {"buildArgs": [1]}}, ["deploymentConfig.buildArgs"]),
        ({"deploymentConfig": {"dockerfilePath": "../Dockerfile"}}, ["deploymentConfig.dockerfilePath"]),
        ({"healthCheckConfig": {"kind": "COMMAND"}}, ["healthCheckConfig.command"]),
        ({"healthCheckConfig": {"kind": "NONE", "timeoutSeconds": 0}}, ["healthCheckConfig.timeoutSeconds"]),
        ({"scalingConfig": {"minReplicas": 5, "maxReplicas": 2}}, ["scalingConfig.maxReplicas"]),
    ],
)
async def test_wrong_services_are_named_field_by_field(client: Client, workspace_id: str, given: dict[str, Any], wrong: list[str]):
    result = await client.do("createServiceInstance", "__typename", **{"workspaceId": workspace_id, "folderPath": "api"} | given)
    assert paths(result) == wrong
    assert not await ServiceInstance.exists()


async def test_update_service_instance(client: Client, workspace_id: str):
    service = await make(client, workspace_id, environmentVariables=[{"name": "B", "value": "s3cret", "isSecret": True}])
    fields = "serviceInstance { name resourceLimits { memory cpu } environmentVariables { name isSecret } }"
    sealed = (await ServiceInstance.get(id=key(service))).environment_variables["B"]["value"]
    changed = await client.do(
        "updateServiceInstance", fields, serviceInstanceId=service, name="renamed", resourceLimits={"memory": "256Mi"}
    )
    assert changed["serviceInstance"] == {
        "name": "renamed",
        "resourceLimits": {"memory": "256Mi", "cpu": "0.5"},
        "environmentVariables": [{"name": "B", "isSecret": True}],
    }
    assert (await ServiceInstance.get(id=key(service))).environment_variables["B"]["value"] == sealed
    wrong = await client.do("updateServiceInstance", "__typename", serviceInstanceId=service, resourceLimits={"cpu": "many"})
    assert paths(wrong) == ["resourceLimits.cpu"]
    emptied = await client.do("updateServiceInstance", fields, serviceInstanceId=service, environmentVariables=[])
    assert emptied["serviceInstance"]["environmentVariables"] == []


async def test_delete_service_instance(client: Client, workspace_id: str):
    service = await make(client, workspace_id)
    deleted = await client.do("deleteServiceInstance", "deletedServiceInstanceId", serviceInstanceId=service)
    assert deleted == {"__typename": "DeleteServiceInstancePayload", "deletedServiceInstanceId": service}
    assert await client.ask("query($id: ID!) { serviceInstance(id: $id) { id } }", id=service) == {"serviceInstance": None}
    again = await client.do("deleteServiceInstance", "deletedServiceInstanceId", serviceInstanceId=service)
    assert (again["__typename"], again["id"]) == ("NotFound", service)


async def test_deploy_service(client: Client, workspace_id: str):
    service = await make(client, workspace_id)
    fields = """serviceInstance { status deploymentStatus desiredStatus deployments { totalCount } }
      deployment { id number status triggeredBy { email } serviceInstance { id } rollbackOf { id } }"""
    for wrong in ("", "\x00", "a" * 201):
        refused = await client.do("deployService", fields, serviceInstanceId=service, idempotencyKey=wrong)
        assert [fault["path"] for fault in refused["fields"]] == ["idempotencyKey"]
    first = await client.do("deployService", fields, serviceInstanceId=service, idempotencyKey="a")
    assert first["serviceInstance"] == {
        "status": "DEPLOYING",
        "deploymentStatus": "queued",
        "desiredStatus": "RUNNING",
        "deployments": {"totalCount": 1},
    }
    assert (first["deployment"]["number"], first["deployment"]["status"]) == (1, "QUEUED")
    assert first["deployment"]["triggeredBy"] == {"email": "owner@example.org"}
    assert first["deployment"]["serviceInstance"] == {"id": service}
    again = await client.do("deployService", fields, serviceInstanceId=service, idempotencyKey="a")
    assert again["deployment"]["id"] == first["deployment"]["id"]
    second = await client.do("deployService", fields, serviceInstanceId=service)
    assert second["deployment"]["number"] == 2
    events = await client.ask(
        "query($id: ID!) { serviceInstance(id: $id) { events { edges { node { eventType deployment { number } } } } } }", id=service
    )
    found = [edge["node"] for edge in events["serviceInstance"]["events"]["edges"]]
    assert [(one["eventType"], one["deployment"]["number"]) for one in found] == [
        ("DEPLOYMENT_STARTED", 2),
        ("DEPLOYMENT_STARTED", 1),
    ]


async def test_deploy_where_containers_are_not_enabled(client: Client, workspace_id: str):
    service = await make(client, workspace_id)
    await Workspace.filter(id=key(workspace_id)).update(container_enabled=False)
    refused = await client.do("deployService", "__typename", serviceInstanceId=service)
    assert (refused["__typename"], refused["code"]) == ("Conflict", "CONFLICT")


@pytest.mark.parametrize(
    ("mutation", "given"), [("startService", {}), ("restartService", {}), ("scaleService", {"replicaCount": 2})]
)
async def test_before_any_deployment(client: Client, workspace_id: str, mutation: str, given: dict[str, Any]):
    service = await make(client, workspace_id)
    refused = await client.do(mutation, "__typename", serviceInstanceId=service, **given)
    assert (refused["__typename"], refused["code"]) == ("Conflict", "CONFLICT")
    assert "never deployed" in refused["message"]


@pytest.fixture
async def deployed(client: Client, workspace_id: str) -> str:
    """A service whose first deployment succeeded, as a worker would have left it."""
    id = await make(client, workspace_id)
    service = await ServiceInstance.get(id=key(id))
    deployment = await Deployment.create(
        service_instance_id=service.id, number=1, status=DeploymentStatus.SUCCEEDED, started_at=now(), finished_at=now()
    )
    service.current_deployment_id, service.status, service.desired_status = deployment.id, "running", "running"
    service.deployed_at, service.generation, service.settled_replicas = now() - timedelta(seconds=90), 1, 1
    await service.save()
    return id


async def test_scale_service(client: Client, deployed: str):
    scaled = await client.do(
        "scaleService", "serviceInstance { desiredReplicas status }", serviceInstanceId=deployed, replicaCount=3
    )
    assert scaled["serviceInstance"] == {"desiredReplicas": 3, "status": "SCALING"}
    for count in (0, 11, -1):
        assert paths(await client.do("scaleService", "__typename", serviceInstanceId=deployed, replicaCount=count)) == [
            "replicaCount"
        ]


async def test_stop_start_and_restart(client: Client, deployed: str):
    fields = "serviceInstance { desiredStatus uptimeSeconds }"
    restarted = await client.do("restartService", fields, serviceInstanceId=deployed)
    assert restarted["serviceInstance"]["desiredStatus"] == "RUNNING"
    stopped = await client.do("stopService", fields, serviceInstanceId=deployed)
    assert stopped["serviceInstance"]["desiredStatus"] == "STOPPED"
    started = await client.do("startService", fields, serviceInstanceId=deployed)
    assert started["serviceInstance"]["desiredStatus"] == "RUNNING"


async def test_deploy_and_stop_a_whole_workspace(client: Client, workspace_id: str, owner: Viewer, settings: Settings):
    await make(client, workspace_id)
    await write_file(owner, key(workspace_id), "web/main.py", PYTHON)
    await write_file(owner, key(workspace_id), "web/requirements.txt", "flask\n")
    await make(client, workspace_id, folderPath="web")
    deployed = await client.do(
        "deployWorkspaceServices", "deployments { number status serviceInstance { name } }", workspaceId=workspace_id
    )
    assert sorted(one["serviceInstance"]["name"] for one in deployed["deployments"]) == ["api", "web"]
    assert {(one["number"], one["status"]) for one in deployed["deployments"]} == {(1, "QUEUED")}
    stopped = await client.do("stopWorkspaceServices", "serviceInstances { name desiredStatus }", workspaceId=workspace_id)
    assert {(one["name"], one["desiredStatus"]) for one in stopped["serviceInstances"]} == {("api", "STOPPED"), ("web", "STOPPED")}


async def test_create_api_token(client: Client, owner: Viewer):
    team = encode_id("Team", owner.team_ids[0])
    made = await client.do(
        "createApiToken",
        "secret apiToken { id name prefix role expiresAt lastUsedAt }",
        name="ci",
        teamId=team,
        role="VIEWER",
        expiresAt=(now() + timedelta(days=1)).isoformat(),
    )
    assert made["apiToken"]["prefix"] == made["secret"][: len(made["apiToken"]["prefix"])]
    ci = Client(client.http, made["secret"])
    assert (await ci.ask("{ viewer { user { email } } }"))["viewer"]["user"]["email"] == "owner@example.org"
    refused = await ci.do("createWorkspace", "__typename", teamId=team, name="x")
    assert (refused["__typename"], refused["requiredRole"]) == ("Forbidden", "MEMBER")
    for wrong, path in (({"name": ""}, "name"), ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt")):
        given = {"name": "x", "teamId": team, "role": "VIEWER"} | wrong
        assert paths(await client.do("createApiToken", "__typename", **given)) == [path]


async def test_what_a_mutation_changed_is_seen_by_the_next_one_of_the_same_operation(client: Client, workspace_id: str):
    service = await make(client, workspace_id)
    document = """mutation($input: DeployServiceInput!) {
      a: deployService(input: $input) { ... on DeployServicePayload { serviceInstance { deployments { totalCount } } } }
      b: deployService(input: $input) { ... on DeployServicePayload { serviceInstance { deployments { totalCount } } } } }"""
    data = await client.ask(document, input={"serviceInstanceId": service})
    assert [data[name]["serviceInstance"]["deployments"]["totalCount"] for name in "ab"] == [1, 2]
