"""Operations over a socket, against a real server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx import ASGITransport
from starlette.applications import Starlette

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.converge import converge
from kyozo_gql.containers.health import check_health
from kyozo_gql.containers.lifecycle import deploy_service, stop_service
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.core.broker import Broker
from kyozo_gql.core.clock import now
from kyozo_gql.core.ids import new_id
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.analysis import run_analysis
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import TopologyAnalysis, Workspace
from tests.schema.conftest import Client
from tests.schema.rows import make_service
from tests.schema.sockets import SECONDS, Socket, followers, socket_to, until


async def test_queries_and_mutations_too(socket: Socket):
    await socket.subscribe("{ viewer { user { email } } }")
    assert await socket.next() == {"viewer": {"user": {"email": "owner@example.org"}}}
    assert await socket.receive() == {"type": "complete", "id": "1"}


async def test_what_is_another_teams_is_not_found(address: str, other_client: Client, workspace: Workspace):
    service = await make_service(workspace, "api")
    async with socket_to(address) as socket:
        await socket.start(other_client.token)
        for field, argument, id in (
            ("serviceStatusChanged", "serviceInstanceId", encode_id("ServiceInstance", service.id)),
            ("workspaceServiceStatusChanged", "workspaceId", encode_id("Workspace", workspace.id)),
            ("deploymentEvents", "serviceInstanceId", encode_id("ServiceInstance", service.id)),
            ("deploymentEvents", "workspaceId", encode_id("Workspace", workspace.id)),
            ("serviceLogs", "serviceInstanceId", encode_id("ServiceInstance", service.id)),
            ("buildLogs", "deploymentId", encode_id("Deployment", service.id)),
        ):
            await socket.subscribe(f"subscription($id: ID!) {{ {field}({argument}: $id) {{ __typename }} }}", id=id)
            message = await socket.receive()
            assert message["type"] == "error"
            assert [error["extensions"]["code"] for error in message["payload"]] == ["NOT_FOUND"]


@pytest.fixture
async def service(workspace: Workspace, owner: Viewer, settings: Settings, client: Client) -> ServiceInstance:
    """A service that can be deployed; it writes lines to its log."""
    await write_file(owner, workspace.id, "api/main.py", "print('hello')\n")
    await write_file(owner, workspace.id, "api/requirements.txt", "flask\n")
    made = await client.do(
        "createServiceInstance",
        "serviceInstance { id }",
        workspaceId=encode_id("Workspace", workspace.id),
        folderPath="api",
        environmentVariables=[{"name": "SIMULATE_LOG", "value": "first\nsecond"}],
        healthCheckConfig={"kind": "NONE"},
    )
    assert made["__typename"] == "CreateServiceInstancePayload", made
    return await ServiceInstance.get(name="api")


async def settled(service: ServiceInstance, app: Starlette, settings: Settings) -> None:
    """Works on a service as a worker would, until nothing is left to do."""
    async with asyncio.timeout(SECONDS):
        while True:
            await converge(service.id, app.state.resources.engine, settings, "test")
            row = await ServiceInstance.get(id=service.id)
            if row.generation == row.observed_generation and row.status in ("running", "stopped", "error"):
                return
            await asyncio.sleep(0.01)


async def test_a_deployment_from_first_to_last_event(
    socket: Socket, service: ServiceInstance, owner: Viewer, app: Starlette, settings: Settings
):
    id = encode_id("ServiceInstance", service.id)
    status = """subscription($id: ID!) { serviceStatusChanged(serviceInstanceId: $id) {
      previousStatus status healthStatus reason timestamp serviceInstance { name status } } }"""
    await socket.subscribe(status, "status", id=id)
    first = (await socket.next("status"))["serviceStatusChanged"]
    assert (first["previousStatus"], first["status"]) == (None, "DEPLOYABLE")
    _, deployment = await deploy_service(owner, service.id)
    working = asyncio.create_task(settled(service, app, settings))
    statuses: list[str] = []
    while not statuses or statuses[-1] != "RUNNING":
        change = (await socket.next("status"))["serviceStatusChanged"]
        assert change["serviceInstance"]["name"] == "api"
        statuses.append(change["status"])
    await working
    assert statuses[0] == "DEPLOYING"

    await socket.send({"type": "complete", "id": "status"})
    events = """subscription($id: ID!, $after: String) { deploymentEvents(serviceInstanceId: $id, after: $after) {
      cursor node { eventType deployment { number status } serviceInstance { name } } } }"""
    before = await socket_events(socket, events, id, None, 0)
    assert before == []
    newest = "query($id: ID!) { serviceInstance(id: $id) { events(last: 1) { edges { cursor node { eventType } } } } }"
    await socket.subscribe(newest, "newest", id=id)
    oldest = (await socket.next("newest"))["serviceInstance"]["events"]["edges"][0]
    assert oldest["node"]["eventType"] == "DEPLOYMENT_STARTED"
    assert (await socket.receive())["type"] == "complete"
    replayed = await socket_events(socket, events, id, oldest["cursor"], 1)
    assert [one["node"]["eventType"] for one in replayed] == ["DEPLOYMENT_COMPLETED"]
    assert replayed[0]["node"]["deployment"] == {"number": 1, "status": "SUCCEEDED"}

    build = "subscription($id: ID!, $after: String) { buildLogs(deploymentId: $id, after: $after) { cursor message stream } }"
    lines = await all_of(socket, build, id=encode_id("Deployment", deployment.id))
    assert lines
    rest = await all_of(socket, build, id=encode_id("Deployment", deployment.id), after=lines[0]["buildLogs"]["cursor"])
    assert rest == lines[1:]


async def socket_events(socket: Socket, document: str, id: str, after: str | None, count: int) -> list[Any]:
    """That many events after a cursor; then the client leaves."""
    await socket.subscribe(document, "events", id=id, after=after)
    found = [(await socket.next("events"))["deploymentEvents"] for _ in range(count)]
    await socket.send({"type": "complete", "id": "events"})
    return found


async def all_of(socket: Socket, document: str, **variables: Any) -> list[dict[str, Any]]:
    """Everything that a subscription sends until it completes."""
    await socket.subscribe(document, "all", **variables)
    found = []
    while (message := await socket.receive())["type"] == "next":
        found.append(message["payload"]["data"])
    assert message == {"type": "complete", "id": "all"}
    return found


async def test_the_log_of_a_service(
    socket: Socket, service: ServiceInstance, owner: Viewer, app: Starlette, settings: Settings, client: Client
):
    await deploy_service(owner, service.id)
    await settled(service, app, settings)
    id = encode_id("ServiceInstance", service.id)
    # The engine's own lines come before the two of the service.
    document = "subscription($id: ID!) { serviceLogs(serviceInstanceId: $id, tail: 2) { message stream replica cursor timestamp } }"
    await socket.subscribe(document, id=id)
    lines = [(await socket.next())["serviceLogs"] for _ in range(2)]
    assert [(one["message"], one["stream"], one["replica"]) for one in lines] == [("first", "STDOUT", 0), ("second", "STDOUT", 0)]
    read = await client.ask("query($id: ID!) { serviceInstance(id: $id) { logs(lines: 1) { message cursor } } }", id=id)
    assert read["serviceInstance"]["logs"] == [{"message": "second", "cursor": lines[1]["cursor"]}]


async def test_a_workspace_is_followed_with_the_services_that_come_later(
    socket: Socket, service: ServiceInstance, owner: Viewer, workspace: Workspace
):
    document = """subscription($id: ID!) { workspaceServiceStatusChanged(workspaceId: $id) {
      status serviceInstance { name deployments { totalCount } } } }"""
    await socket.subscribe(document, id=encode_id("Workspace", workspace.id))
    first = (await socket.next())["workspaceServiceStatusChanged"]
    assert first == {"status": "DEPLOYABLE", "serviceInstance": {"name": "api", "deployments": {"totalCount": 0}}}
    await deploy_service(owner, service.id)
    second = (await socket.next())["workspaceServiceStatusChanged"]
    assert second == {"status": "DEPLOYING", "serviceInstance": {"name": "api", "deployments": {"totalCount": 1}}}
    await stop_service(owner, service.id)
    third = (await socket.next())["workspaceServiceStatusChanged"]
    assert third["serviceInstance"]["name"] == "api"


async def test_a_subscription_completes_when_its_service_is_deleted(socket: Socket, service: ServiceInstance, client: Client):
    id = encode_id("ServiceInstance", service.id)
    await socket.subscribe("subscription($id: ID!) { serviceStatusChanged(serviceInstanceId: $id) { status } }", id=id)
    await socket.next()
    await client.do("deleteServiceInstance", "__typename", serviceInstanceId=id)
    while (message := await socket.receive())["type"] == "next":
        pass
    assert message == {"type": "complete", "id": "1"}


async def test_nothing_is_left_when_the_client_leaves(address: str, client: Client, service: ServiceInstance, app: Starlette):
    broker: Broker = app.state.resources.broker
    assert followers(broker) == 0
    id = encode_id("ServiceInstance", service.id)
    document = "subscription($id: ID!) { serviceStatusChanged(serviceInstanceId: $id) { status } }"
    async with socket_to(address) as socket:
        await socket.start(client.token)
        await socket.subscribe(document, "a", id=id)
        await socket.next("a")
        await socket.subscribe(document, "b", id=id)
        await socket.next("b")
        assert followers(broker) == 2
        await socket.send({"type": "complete", "id": "a"})
        await until(lambda: followers(broker) == 1)
    await until(lambda: followers(broker) == 0)


METRICS = """subscription($id: ID!) { serviceMetrics(serviceInstanceId: $id) {
  memoryUsageMb cpuUsagePercent healthStatus lastHealthCheckAt uptimeSeconds resourceUtilization { memoryPercent cpuPercent } } }"""


async def test_metrics_come_with_each_health_check(
    socket: Socket, service: ServiceInstance, owner: Viewer, app: Starlette, settings: Settings, client: Client
):
    id = encode_id("ServiceInstance", service.id)
    await deploy_service(owner, service.id)
    await settled(service, app, settings)
    await socket.subscribe(METRICS, id=id)
    first = (await socket.next())["serviceMetrics"]
    assert (first["memoryUsageMb"], first["lastHealthCheckAt"], first["healthStatus"]) == (None, None, "HEALTHY")
    seen = []
    for _ in range(2):
        await ServiceInstance.filter(id=service.id).update(health_due_at=now())
        await check_health(service.id, app.state.resources.engine)
        measured = (await socket.next())["serviceMetrics"]
        assert measured["memoryUsageMb"] > 0
        assert measured["resourceUtilization"]["memoryPercent"] > 0
        seen.append(measured["lastHealthCheckAt"])
    assert seen[0] < seen[1]
    await client.do("deleteServiceInstance", "__typename", serviceInstanceId=id)
    assert await socket.receive() == {"type": "complete", "id": "1"}


async def test_detections_come_as_they_are_written(socket: Socket, workspace: Workspace, owner: Viewer, client: Client):
    id = encode_id("Workspace", workspace.id)
    for path in ("api", "web"):
        await write_file(owner, workspace.id, f"{path}/Dockerfile", 'FROM scratch\nCMD ["/serve"]\n')
    await client.do("analyzeTopology", "__typename", workspaceId=id, folderPath="api")
    await socket.subscribe(
        "subscription($id: ID!) { topologyAnalyzed(workspaceId: $id) { folderPath serviceType workspace { id } } }", id=id
    )
    await socket.subscribe("{ __typename }", "ready")
    assert (await socket.receive())["id"] == "ready"
    assert (await socket.receive()) == {"type": "complete", "id": "ready"}
    await until(lambda: followers(broker_of(client)) == 1)
    await client.do("analyzeTopology", "__typename", workspaceId=id, folderPath="web")
    expected = {"folderPath": "web", "serviceType": "CONTAINERIZED", "workspace": {"id": id}}
    assert (await socket.next())["topologyAnalyzed"] == expected
    await client.do("analyzeWorkspaceTopology", "__typename", workspaceId=id)
    await run_analysis((await TopologyAnalysis.get(workspace_id=workspace.id)).id, "test")
    found = [(await socket.next())["topologyAnalyzed"]["folderPath"] for _ in range(2)]
    assert found == ["api", "web"]
    await client.do("deleteWorkspace", "__typename", workspaceId=id)
    assert await socket.receive() == {"type": "complete", "id": "1"}


async def test_an_analysis_is_followed_to_its_end(socket: Socket, workspace: Workspace, owner: Viewer, client: Client):
    id = encode_id("Workspace", workspace.id)
    await write_file(owner, workspace.id, "api/Dockerfile", 'FROM scratch\nCMD ["/serve"]\n')
    await client.do("analyzeWorkspaceTopology", "__typename", workspaceId=id)
    fields = "status foldersAnalyzed foldersKnown servicesFound requestedAt startedAt finishedAt error"
    await socket.subscribe(f"subscription($id: ID!) {{ topologyAnalysisProgress(workspaceId: $id) {{ {fields} }} }}", id=id)
    first = (await socket.next())["topologyAnalysisProgress"]
    requested_at = first.pop("requestedAt")
    assert first == {
        "status": "QUEUED",
        "foldersAnalyzed": 0,
        "foldersKnown": None,
        "servicesFound": 0,
        "startedAt": None,
        "finishedAt": None,
        "error": None,
    }
    await run_analysis((await TopologyAnalysis.get(workspace_id=workspace.id)).id, "test")
    while (last := (await socket.next())["topologyAnalysisProgress"])["status"] != "SUCCEEDED":
        assert (last["status"], last["finishedAt"]) == ("RUNNING", None)
    assert (last["foldersAnalyzed"], last["foldersKnown"], last["servicesFound"], last["error"]) == (2, 2, 1, None)
    assert requested_at <= last["startedAt"] <= last["finishedAt"]
    assert await socket.receive() == {"type": "complete", "id": "1"}


@pytest.mark.parametrize(
    "field", ["workspaceServiceStatusChanged(workspaceId: $id) { status }", "deploymentEvents(workspaceId: $id) { cursor }"]
)
async def test_a_subscription_completes_when_its_workspace_is_deleted(
    socket: Socket, workspace: Workspace, client: Client, field: str
):
    id = encode_id("Workspace", workspace.id)
    await socket.subscribe(f"subscription($id: ID!) {{ {field} }}", id=id)
    await until(lambda: followers(broker_of(client)) == 1)
    await client.do("deleteWorkspace", "__typename", workspaceId=id)
    assert await socket.receive() == {"type": "complete", "id": "1"}


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("serviceMetrics(serviceInstanceId: $id) { healthStatus }", "ServiceInstance"),
        ("topologyAnalyzed(workspaceId: $id) { id }", "Workspace"),
    ],
)
async def test_another_teams_things_are_not_watched(
    address: str, other_client: Client, service: ServiceInstance, workspace: Workspace, field: str, name: str
):
    async with socket_to(address) as socket:
        await socket.start(other_client.token)
        for key in (service.id if name == "ServiceInstance" else workspace.id, new_id()):
            await socket.subscribe(f"subscription($id: ID!) {{ {field} }}", id=encode_id(name, key))
            message = await socket.receive()
            errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            assert [error["extensions"]["code"] for error in errors] == ["NOT_FOUND"]
            if message["type"] == "next":
                assert (await socket.receive())["type"] == "complete"


def broker_of(client: Client) -> Broker:
    transport = client.http._transport
    assert isinstance(transport, ASGITransport)
    broker: Broker = transport.app.state.resources.broker  # type: ignore[attr-defined]  # it is a Starlette
    return broker
