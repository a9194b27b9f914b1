"""One accepted call of every mutation, in an order in which each is accepted: what tests that walk the schema walk along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import GlobalId, encode_id
from tests.schema.conftest import Client
from tests.schema.uploads import upload, zip_of

Do = Callable[..., Awaitable[dict[str, Any]]]

# What nobody must find again; each of them is in some input.
PASSWORD = "correct-horse-battery"
CONTENT, PACKED, PLAIN, SECRET, ARGUMENT, COMMAND = (
    f"hidden-{name}-4711" for name in ("file", "zip", "env", "secret", "arg", "sh")
)
HIDDEN = (PASSWORD, CONTENT, PACKED, PLAIN, SECRET, ARGUMENT, COMMAND)


def all_mutations() -> set[str]:
    mutation = build_schema()._schema.mutation_type
    assert mutation is not None
    return set(mutation.fields)


async def perform(client: Client, name: str, fields: str, /, **input: Any) -> dict[str, Any]:
    """What the API answers; an upload is a form."""
    if name == "uploadArchive":
        return await upload(client, input.pop("archive"), **input)
    return await client.do(name, fields, **input)


async def tell(do: Do, owner: Viewer) -> None:
    """Calls ``do(name, fields, **input)`` for every mutation."""
    team = encode_id("Team", owner.team_ids[0])
    await create_user("ada@example.org", "Ada", PASSWORD)
    await do("signIn", "token", email="ada@example.org", password=PASSWORD)
    await do("createTeam", "team { id }", name="Second")
    joined = await do("setTeamMember", "membership { user { id } }", teamId=team, email="ada@example.org", role="MEMBER")
    token = await do("createApiToken", "secret apiToken { id }", name="ci", teamId=team, role="VIEWER")
    await do("revokeApiToken", "apiToken { id }", apiTokenId=token["apiToken"]["id"])
    made = await do("createWorkspace", "workspace { id }", teamId=team, name="story")
    workspace = made["workspace"]["id"]
    await do("updateWorkspace", "workspace { name }", workspaceId=workspace, name="tale")
    await do("writeFile", "file { path }", workspaceId=workspace, path="web/notes.txt", content=CONTENT)
    archive = zip_of({"Dockerfile": f"FROM scratch\nLABEL a={PACKED}\n"})
    await do("uploadArchive", "fileCount", workspaceId=workspace, folderPath="web", archive=archive)
    await _topology(do, workspace)
    service = await _service(do, workspace)
    await _lifecycle(do, workspace, service)
    await do("deleteFile", "deletedPath", workspaceId=workspace, path="web/notes.txt")
    await do("deleteServiceInstance", "deletedServiceInstanceId", serviceInstanceId=service)
    await do("removeTeamMember", "team { id }", teamId=team, userId=joined["membership"]["user"]["id"])
    await do("deleteWorkspace", "deletedWorkspaceId", workspaceId=workspace)


async def _topology(do: Do, workspace: str) -> None:
    found = await do("analyzeTopology", "topologyDetection { id }", workspaceId=workspace, folderPath="web")
    detection = found["topologyDetection"]["id"]
    await do("reanalyzeTopology", "topologyDetection { id }", topologyDetectionId=detection)
    await do("deleteTopologyDetection", "deletedTopologyDetectionId", topologyDetectionId=detection)
    await do("analyzeWorkspaceTopology", "workspace { id }", workspaceId=workspace)


async def _service(do: Do, workspace: str) -> str:
    made = await do(
        "createServiceInstance",
        "serviceInstance { id }",
        workspaceId=workspace,
        folderPath="web",
        deploymentConfig={"image": "registry.example/web:1", "startCommand": COMMAND, "buildArgs": {"TOKEN": ARGUMENT}},
        environmentVariables=[{"name": "PLAIN", "value": PLAIN}, {"name": "SEALED", "value": SECRET, "isSecret": True}],
        healthCheckConfig={"kind": "COMMAND", "command": ["sh", "-c", COMMAND]},
    )
    id: str = made["serviceInstance"]["id"]
    variables = [{"name": "OTHER", "value": SECRET, "isSecret": True}]
    await do("updateServiceInstance", "serviceInstance { id }", serviceInstanceId=id, environmentVariables=variables)
    return id


async def _lifecycle(do: Do, workspace: str, service: str) -> None:
    started = await do("deployService", "serviceInstance { id } deployment { id }", serviceInstanceId=service)
    await do("cancelDeployment", "deployment { id }", deploymentId=started["deployment"]["id"])
    await do("deployWorkspaceServices", "deployments { id }", workspaceId=workspace)
    await do("stopWorkspaceServices", "serviceInstances { id }", workspaceId=workspace)
    await put_into_service(service)
    await do("startService", "serviceInstance { id }", serviceInstanceId=service)
    await do("restartService", "serviceInstance { id }", serviceInstanceId=service)
    await do("scaleService", "serviceInstance { id }", serviceInstanceId=service, replicaCount=3)
    await do("rollbackService", "serviceInstance { id } deployment { id }", serviceInstanceId=service)
    await do("stopService", "serviceInstance { id }", serviceInstanceId=service)


async def put_into_service(service_id: str) -> None:
    """As workers leave a service that was deployed twice: the second version is in service."""
    service = await ServiceInstance.get(id=GlobalId.parse(service_id).key)
    await Deployment.filter(service_instance_id=service.id).delete()
    config = {"service_type": "containerized", "folder_path": "web", "deployment_config": {"image": "registry.example/web:1"}}
    for number in (1, 2):
        done = await Deployment.create(
            service_instance_id=service.id, number=number, status="succeeded", config=config, finished_at=now()
        )
    service.current_deployment_id, service.target_deployment_id = done.id, None
    service.status, service.desired_status = "stopped", "stopped"
    await service.save()
