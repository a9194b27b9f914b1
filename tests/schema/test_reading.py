from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.config import EnvironmentVariable, ServiceConfig, columns_of
from kyozo_gql.containers.models import ServiceInstance, ServiceReplica, ServiceStatus
from kyozo_gql.core.clock import now
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.store import create_workspace
from tests.schema.conftest import Client
from tests.schema.rows import (
    make_build_lines,
    make_check,
    make_deployment,
    make_detection,
    make_event,
    make_replica,
    make_service,
)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The SQL statements that are run within, but for noting that the token was used."""
    statements: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if 'UPDATE "api_tokens"' not in (statement := record.getMessage()):
                statements.append(statement)

    logger, keeper, level = logging.getLogger("tortoise.db_client"), Keeper(), logging.getLogger("tortoise.db_client").level
    logger.addHandler(keeper)
    logger.setLevel(logging.DEBUG)
    try:
        yield statements
    finally:
        logger.setLevel(level)
        logger.removeHandler(keeper)


async def test_viewer(client: Client):
    viewer = (
        await client.ask(
            "{ viewer { user { id email name } memberships { role user { name } team { name } } apiTokens { name prefix role } } }"
        )
    )["viewer"]
    assert viewer["user"]["email"] == "owner@example.org"
    assert viewer["memberships"] == [{"role": "OWNER", "user": {"name": viewer["user"]["name"]}, "team": {"name": "Orchard"}}]
    assert viewer["apiTokens"] == [{"name": "test", "prefix": client.token[:12], "role": "OWNER"}]


async def test_engine(client: Client):
    engine = (await client.ask("{ engine { kind reachable version apiVersion nodeCount } }"))["engine"]
    assert (engine["kind"], engine["reachable"], engine["nodeCount"]) == ("SIMULATED", True, 1)


async def test_an_engine_that_does_not_answer(client: Client, app: Any):
    app.state.resources.engine.set_reachable(False)
    try:
        engine = (await client.ask("{ engine { kind reachable version nodeCount } }"))["engine"]
        assert engine == {"kind": "SIMULATED", "reachable": False, "version": None, "nodeCount": 0}
    finally:
        app.state.resources.engine.set_reachable(True)


async def test_a_service_with_everything(client: Client, workspace: Workspace, owner: Viewer, settings: Settings):
    config = ServiceConfig(
        ports=(PortMapping(8000, 18000),),
        environment=(EnvironmentVariable("MODE", "test"), EnvironmentVariable("KEY", "sealed", is_secret=True)),
        health_check=HealthCheckSpec(HealthCheckKind.HTTP, "/health"),
    )
    columns = columns_of(config) | {
        "status": "running",
        "memory_usage_mb": 256,
        "cpu_usage_percent": 25,
        "created_by_id": owner.user.id,
    }
    service = await make_service(workspace, "api", **columns)
    detection = await make_detection(workspace, "api", confidence_score=0.9)
    service.topology_detection_id = detection.id
    await service.save()
    deployment = await make_deployment(service, 1, status="succeeded", triggered_by_id=owner.user.id)
    await make_replica(service, deployment, 0, 18000)
    await make_check(service)
    document = """query($id: ID!) { serviceInstance(id: $id) {
      id name folderPath serviceType status statusReason containerId image healthStatus desiredStatus desiredReplicas
      deploymentConfig { image dockerfilePath buildArgs startCommand }
      portMappings { containerPort hostPort protocol }
      environmentVariables { name value isSecret }
      resourceLimits { memory cpu storage }
      healthCheckConfig { kind path port command intervalSeconds timeoutSeconds retries startPeriodSeconds }
      scalingConfig { minReplicas maxReplicas targetCpuPercent autoscale }
      deploymentStatus uptimeSeconds resourceUtilization { memoryPercent cpuPercent }
      replicas { index containerId status healthStatus node hostPorts { containerPort hostPort protocol } }
      endpoints workspace { name } team { name } createdBy { email } parentService { id } childServices { id } dependsOn { id }
      topologyDetection { folderPath serviceType confidenceScore serviceInstances { name } }
      health { healthStatus observedAt checks { healthStatus checkedAt responseTimeMs detail } }
      metrics { uptimeSeconds memoryUsageMb cpuUsagePercent healthStatus lastHealthCheckAt resourceUtilization { cpuPercent } }
      deployments { totalCount edges { node { number status triggeredBy { email } buildLog { totalCount } } } }
      logs(lines: 5) { message }
      createdAt
    } }"""
    found = (await client.ask(document, id=encode_id("ServiceInstance", service.id)))["serviceInstance"]
    assert found["serviceType"] == "PYTHON"
    assert sorted(found["environmentVariables"], key=lambda one: str(one["name"])) == [
        {"name": "KEY", "value": None, "isSecret": True},
        {"name": "MODE", "value": "test", "isSecret": False},
    ]
    assert found["portMappings"] == [{"containerPort": 8000, "hostPort": 18000, "protocol": "TCP"}]
    assert found["healthCheckConfig"]["kind"] == "HTTP"
    assert found["resourceUtilization"] == {"memoryPercent": 50.0, "cpuPercent": 50.0}
    assert found["endpoints"] == ["http://127.0.0.1:18000"]
    assert found["deploymentStatus"] == "succeeded"
    assert found["topologyDetection"]["confidenceScore"] == 0.9
    assert found["topologyDetection"]["serviceInstances"] == [{"name": "api"}]
    assert found["createdBy"] == {"email": "owner@example.org"}
    assert found["health"]["checks"][0]["responseTimeMs"] == 1.5
    assert found["deployments"]["edges"][0]["node"]["triggeredBy"] == {"email": "owner@example.org"}
    assert found["createdAt"].endswith("Z")
    assert found["logs"] == []


async def test_the_services_of_a_stack_are_in_the_graph(client: Client, workspace: Workspace):
    folder = {"service_type": "compose_stack", "name": "stack", "confidence_score": 0.9}
    part = {"service_type": "containerized", "name": "api", "confidence_score": 0.9, "part_of": "stack"}
    workspace.service_topology = {
        "services": [{**folder, "folder_path": "stack"}],
        "parts": [
            {**part, "key": "stack/api", "folder_path": "stack/api"},
            *({"key": f"stack/{name}", "name": name, "part_of": "stack", "compose_service": name} for name in ("api", "db")),
        ],
        "dependencies": [{"from": "stack/api", "to": "stack/db", "kind": "compose", "evidence": "compose.yaml:3"}],
    }
    await workspace.save()
    stack = await make_service(workspace, "stack", service_type="compose_stack")
    for name in ("api", "db"):
        await make_service(workspace, f"stack#{name}", name=f"stack-{name}", parent_service_id=stack.id)
    document = """query($id: ID!) { workspace(id: $id) { serviceTopology {
      nodes { key kind partOf folderPath serviceInstance { name } } } } }"""
    found = await client.ask(document, id=encode_id("Workspace", workspace.id))
    assert [tuple(node.values()) for node in found["workspace"]["serviceTopology"]["nodes"]] == [
        ("stack", "SERVICE", None, "stack", {"name": "stack"}),
        ("stack/api", "PART", "stack", "stack/api", {"name": "stack-api"}),
        ("stack/db", "PART", "stack", None, {"name": "stack-db"}),
    ]


async def test_a_workspace_with_everything(client: Client, workspace: Workspace, owner: Viewer, settings: Settings):
    await write_file(owner, workspace.id, "api/requirements.txt", "flask\n")
    await write_file(owner, workspace.id, "api/app.py", "x = 1\n")
    await write_file(owner, workspace.id, "web/package.json", "{}\n")
    workspace.service_topology = {
        "analyzed_at": "2026-01-01T00:00:00+00:00",
        "services": [{"folder_path": "api", "service_type": "python", "name": "api", "confidence_score": 0.9}],
        "dependencies": [{"from": "web", "to": "api", "kind": "http", "evidence": "API_URL"}],
    }
    await workspace.save()
    await make_service(workspace, "api", status="running", health_status="healthy")
    await make_service(workspace, "web")
    await make_detection(workspace, "web")
    document = """query($id: ID!) { workspace(id: $id) {
      name containerEnabled autoDeployEnabled containerRegistryUrl deploymentEnvironment
      team { name memberships { user { email } } workspaces { totalCount edges { node { name } } } }
      serviceTopology { analyzedAt services { folderPath serviceType name confidenceScore } dependencies { from to kind evidence }
        nodes { key name kind folderPath serviceType confidenceScore partOf
          topologyDetection { folderPath } serviceInstance { name } }
        edges { from to kind evidence } order cycles mermaid }
      serviceStatus { total byStatus { status count } byHealth { healthStatus count } services { name dependsOn { name } } }
      folders { path name serviceInstance { name } topologyDetection { folderPath } }
      api: folders(path: "api") { path }
      files(folderPath: "api") { totalCount edges { node { id path sizeBytes content isServiceIndicator detectedTechnologies } } }
      indicators: files(serviceIndicatorsOnly: true, technology: "nodejs") { edges { node { path } } }
      running: serviceInstances(filter: {status: [RUNNING]}) { totalCount edges { node { name } } }
      nothing: serviceInstances(filter: {status: []}) { totalCount edges { node { name } } }
      topologyDetections { edges { node { folderPath } } }
    } }"""
    found = (await client.ask(document, id=encode_id("Workspace", workspace.id)))["workspace"]
    assert found["deploymentEnvironment"] == "DEVELOPMENT"
    assert found["team"]["workspaces"]["edges"] == [{"node": {"name": "garden"}}]
    assert found["serviceTopology"]["analyzedAt"] == "2026-01-01T00:00:00.000000Z"
    assert found["serviceTopology"]["dependencies"] == [{"from": "web", "to": "api", "kind": "http", "evidence": "API_URL"}]
    graph = found["serviceTopology"]
    assert graph["edges"] == graph["dependencies"]
    assert [(node["key"], node["kind"], node["serviceInstance"], node["topologyDetection"]) for node in graph["nodes"]] == [
        ("api", "SERVICE", {"name": "api"}, None),
        ("web", "EXTERNAL", None, None),
    ]
    assert (graph["order"], graph["cycles"]) == (["api"], [])
    assert graph["mermaid"].startswith('flowchart LR\n  n0["api<br/>python"]\n')
    assert found["serviceStatus"]["total"] == 2
    counts = {one["status"]: one["count"] for one in found["serviceStatus"]["byStatus"]}
    assert counts == dict.fromkeys((status.name for status in ServiceStatus), 0) | {"DEPLOYABLE": 1, "RUNNING": 1}
    assert {one["healthStatus"]: one["count"] for one in found["serviceStatus"]["byHealth"]} == {
        "HEALTHY": 1,
        "UNHEALTHY": 0,
        "UNKNOWN": 1,
    }
    assert found["serviceStatus"]["services"] == [{"name": "api", "dependsOn": []}, {"name": "web", "dependsOn": [{"name": "api"}]}]
    assert [(one["path"], one["name"]) for one in found["folders"]] == [("", ""), ("api", "api"), ("web", "web")]
    assert found["folders"][1]["serviceInstance"] == {"name": "api"}
    assert found["folders"][2]["topologyDetection"] == {"folderPath": "web"}
    assert found["api"] == []
    assert [edge["node"]["path"] for edge in found["files"]["edges"]] == ["api/app.py", "api/requirements.txt"]
    assert found["files"]["edges"][1]["node"]["content"] == "flask\n"
    assert [edge["node"]["path"] for edge in found["indicators"]["edges"]] == ["web/package.json"]
    assert found["running"] == {"totalCount": 1, "edges": [{"node": {"name": "api"}}]}
    assert found["nothing"] == {"totalCount": 0, "edges": []}


async def test_folders_and_files_of_what_is_not_there(client: Client, owner: Viewer, workspace: Workspace):
    for path in ("a_b/x.py", "aXb/y.py", "web/package.json"):
        await write_file(owner, workspace.id, path, "")
    document = """query($id: ID!, $path: String, $technology: String) { workspace(id: $id) {
      folders(path: $path) { path } files(folderPath: $path, technology: $technology) { totalCount edges { node { path } } } } }"""
    id = encode_id("Workspace", workspace.id)

    async def found(**asked: Any) -> tuple[list[str], list[str]]:
        one = (await client.ask(document, id=id, **asked))["workspace"]
        return [folder["path"] for folder in one["folders"]], [edge["node"]["path"] for edge in one["files"]["edges"]]

    assert await found(path="missing") == ([], [])
    assert await found(path="web/package.json") == ([], []), "a file is no folder"
    assert await found(path="a_b") == ([], ["a_b/x.py"]), "a name is no pattern"
    assert (await found(path="./a_b/"))[1] == ["a_b/x.py"]
    assert (await found(path=""))[0] == ["aXb", "a_b", "web"]
    assert (await found(technology="Python"))[1] == ["aXb/y.py", "a_b/x.py"]
    for technology in ("pyth", "cobol", "", "%", "\x00"):
        assert (await found(technology=technology))[1] == []
    error = await client.fail(document, id=id, path="../..")
    assert error["path"] == ["workspace", "folders"]
    assert error["extensions"] == {"code": "INVALID_INPUT", "fields": [{"path": "path", "message": "must not hold '..'"}]}


async def test_uptime_is_that_of_the_replica_that_is_ready_for_the_longest(client: Client, workspace: Workspace):
    service = await make_service(workspace, "api", status="running", deployed_at=now() - timedelta(days=9))
    stack = await make_service(workspace, "stack", service_type="compose_stack", status="running")
    part = await make_service(workspace, "stack#db", parent_service_id=stack.id, status="running")
    document = "query($id: ID!) { serviceInstance(id: $id) { uptimeSeconds metrics { uptimeSeconds } } }"

    async def uptime(of: ServiceInstance) -> int | None:
        found = (await client.ask(document, id=encode_id("ServiceInstance", of.id)))["serviceInstance"]
        assert found["metrics"]["uptimeSeconds"] == found["uptimeSeconds"]
        seconds: int | None = found["uptimeSeconds"]
        return seconds

    assert await uptime(service) is None, "nothing of it is ready"
    deployment = await make_deployment(service, 1)
    for index, (seconds, is_ready) in enumerate([(50, True), (80, True), (500, False)]):
        replica = await make_replica(service, deployment, index)
        ready_at = replica.ready_at if is_ready else None
        await ServiceReplica.filter(id=replica.id).update(started_at=now() - timedelta(seconds=seconds), ready_at=ready_at)
    assert 80 <= (await uptime(service) or 0) < 500
    replica = await make_replica(part, await make_deployment(part, 1), 0)
    await ServiceReplica.filter(id=replica.id).update(started_at=now() - timedelta(seconds=1_000))
    assert 1_000 <= (await uptime(stack) or 0) < 2_000


async def test_a_stack_answers_where_its_services_do_and_they_need_one_another(client: Client, workspace: Workspace):
    stack = await make_service(workspace, "stack", service_type="compose_stack", status="running")
    needs = {"deployment_config": {"needs": ["db"]}}
    web = await make_service(workspace, "stack#web", parent_service_id=stack.id, **needs)
    database = await make_service(workspace, "stack#db", parent_service_id=stack.id)
    for part, port in ((web, 8001), (database, 8002)):
        await make_replica(part, await make_deployment(part, 1), 0, port)
    document = "query($id: ID!) { serviceInstance(id: $id) { endpoints dependsOn { folderPath } childServices { endpoints } } }"
    found = (await client.ask(document, id=encode_id("ServiceInstance", stack.id)))["serviceInstance"]
    assert found["endpoints"] == ["http://127.0.0.1:8002", "http://127.0.0.1:8001"]
    assert [one["endpoints"] for one in found["childServices"]] == [["http://127.0.0.1:8002"], ["http://127.0.0.1:8001"]]
    found = (await client.ask(document, id=encode_id("ServiceInstance", web.id)))["serviceInstance"]
    assert found["dependsOn"] == [{"folderPath": "stack#db"}]


async def test_filters_and_orders(client: Client, owner: Viewer, workspace: Workspace, settings: Settings):
    other = await create_workspace(owner, team_id=owner.team_ids[0], name="shed", container_enabled=False)
    for name, health in (("beta", "healthy"), ("alpha", "unhealthy"), ("gamma", "unknown")):
        await make_service(workspace, name, health_status=health, service_type="golang" if name == "gamma" else "python")
    await make_service(other, "delta")
    document = """query($filter: ServiceInstanceFilter, $orderBy: ServiceInstanceOrder) {
      serviceInstances(filter: $filter, orderBy: $orderBy) { totalCount edges { node { name } } } }"""

    async def names(filter: Any = None, order: Any = None) -> list[str]:
        found = (await client.ask(document, filter=filter, orderBy=order))["serviceInstances"]
        assert found["totalCount"] == len(found["edges"])
        return [edge["node"]["name"] for edge in found["edges"]]

    here = {"workspaceId": encode_id("Workspace", workspace.id)}
    assert await names() == ["beta", "alpha", "gamma", "delta"]
    assert await names(here, {"field": "NAME", "direction": "ASC"}) == ["alpha", "beta", "gamma"]
    assert await names(here, {"field": "CREATED_AT", "direction": "DESC"}) == ["gamma", "alpha", "beta"]
    assert await names({"healthStatus": ["HEALTHY", "UNHEALTHY"]} | here) == ["beta", "alpha"]
    assert await names({"serviceType": ["GOLANG"]}) == ["gamma"]
    assert await names({"search": "LPH"}) == ["alpha"]
    for pattern in ("%", "_", "a%a", "\\", "alph_"):
        assert await names({"search": pattern}) == [], "it is a text, no pattern"
    assert await names({"search": ""}) == await names()
    assert await names({"search": "\x00"}) == []
    assert await names({"teamId": encode_id("Team", owner.team_ids[0])}) == ["beta", "alpha", "gamma", "delta"]
    assert await names({"teamId": encode_id("Workspace", workspace.id)}) == []
    assert await names({"workspaceId": encode_id("Workspace", uuid4())}) == []
    workspaces = "query($filter: WorkspaceFilter) { workspaces(filter: $filter) { edges { node { name } } } }"
    for filter_, expected in (
        ({"containerEnabled": False}, ["shed"]),
        ({"search": "GARD"}, ["garden"]),
        ({"deploymentEnvironment": "PRODUCTION"}, []),
        ({"teamId": encode_id("Team", owner.team_ids[0])}, ["garden", "shed"]),
    ):
        found = await client.ask(workspaces, filter=filter_)
        assert [edge["node"]["name"] for edge in found["workspaces"]["edges"]] == expected
    await make_detection(workspace, "sure", confidence_score=0.9)
    await make_detection(workspace, "unsure", confidence_score=0.2, service_type=None)
    found = await client.ask(
        "{ topologyDetections(filter: {minConfidence: 0.5, serviceType: [PYTHON]}) { edges { node { folderPath } } } }"
    )
    assert [edge["node"]["folderPath"] for edge in found["topologyDetections"]["edges"]] == ["sure"]


async def test_events_are_newest_first_and_page_both_ways(client: Client, workspace: Workspace):
    service = await make_service(workspace, "api")
    for position in range(1, 8):
        await make_event(
            service, position, event_data={"n": position}, event_type="service_started" if position % 2 else "service_stopped"
        )
    document = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $types: [DeploymentEventType!]) {
      serviceInstance(id: $id) { events(first: $first, after: $after, last: $last, before: $before, types: $types) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { id eventType eventData } } } } }"""

    async def events(**arguments: Any) -> tuple[list[int], dict[str, Any]]:
        data = await client.ask(document, id=encode_id("ServiceInstance", service.id), **arguments)
        found = data["serviceInstance"]["events"]
        return [edge["node"]["eventData"]["n"] for edge in found["edges"]], found["pageInfo"]

    numbers, page = await events(first=3)
    assert numbers == [7, 6, 5]
    assert (page["hasNextPage"], page["hasPreviousPage"]) == (True, False)
    numbers, page = await events(first=3, after=page["endCursor"])
    assert numbers == [4, 3, 2]
    numbers, page = await events(last=2, before=page["startCursor"])
    assert numbers == [6, 5]
    assert (await events(types=["SERVICE_STOPPED"]))[0] == [6, 4, 2]
    error = await client.fail(document, id=encode_id("ServiceInstance", service.id), after=encode_id("Workspace", uuid4()))
    assert error["extensions"]["code"] == "BAD_CURSOR"


async def test_build_logs_page(client: Client, workspace: Workspace):
    service = await make_service(workspace, "api")
    deployment = await make_deployment(service, 1)
    await make_build_lines(deployment.id, 5)
    document = """query($id: ID!, $after: String) { deployment(id: $id) { number buildLog(first: 2, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { cursor node { cursor timestamp stream replica message } } } } }"""
    seen, after = [], None
    for _ in range(3):
        found = (await client.ask(document, id=encode_id("Deployment", deployment.id), after=after))["deployment"]["buildLog"]
        assert found["totalCount"] == 5
        assert all(edge["cursor"] == edge["node"]["cursor"] for edge in found["edges"])
        seen += [edge["node"]["message"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
    assert seen == [f"line {number}" for number in range(1, 6)]
    assert not found["pageInfo"]["hasNextPage"]


LIST = """{ serviceInstances(first: 100) { totalCount edges { node {
  name workspace { name team { name } } createdBy { name } replicas { index } endpoints deploymentStatus
  topologyDetection { folderPath } childServices { name } dependsOn { name } health { checks { detail } }
  deployments(first: 2) { totalCount
    edges { node { number triggeredBy { name } buildLog(first: 2) { edges { node { message } } } } } }
  events(first: 1) { edges { node { eventType deployment { number } serviceInstance { name } } } }
} } } }"""


async def _many(workspace: Workspace, owner: Viewer, start: int, count: int) -> None:
    for number in range(start, start + count):
        detection = await make_detection(workspace, f"s{number}")
        service = await make_service(workspace, f"s{number}", topology_detection_id=detection.id, created_by_id=owner.user.id)
        for attempt in (1, 2, 3):
            deployment = await make_deployment(service, attempt, triggered_by_id=owner.user.id)
            await make_build_lines(deployment.id, 2)
        await make_event(service, number, deployment_id=deployment.id)
        await make_replica(service, deployment, 0, 20_000 + number)
        await make_check(service)


async def test_a_list_of_services_costs_a_constant_number_of_queries(client: Client, workspace: Workspace, owner: Viewer):
    await _many(workspace, owner, 1, 2)
    with counting() as few:
        small = await client.ask(LIST)
    await _many(workspace, owner, 3, 18)
    with counting() as many:
        large = await client.ask(LIST)
    assert len(small["serviceInstances"]["edges"]) == 2
    assert len(large["serviceInstances"]["edges"]) == 20
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= 26
    last = large["serviceInstances"]["edges"][-1]["node"]
    assert [edge["node"]["number"] for edge in last["deployments"]["edges"]] == [3, 2]
    assert last["deployments"]["totalCount"] == 3
    assert last["endpoints"] == ["http://127.0.0.1:20020"]
    assert [len(edge["node"]["buildLog"]["edges"]) for edge in last["deployments"]["edges"]] == [2, 2]


async def test_workspaces_with_their_services_cost_a_constant_number_of_queries(client: Client, owner: Viewer, settings: Settings):
    document = """{ workspaces(first: 100) { edges { node { name team { name } serviceStatus { total } files { totalCount }
      serviceInstances(first: 3, orderBy: {field: NAME, direction: DESC}) { totalCount edges { node { name } } }
      topologyDetections { edges { node { folderPath } } } } } } }"""
    counts = []
    for start in (0, 2):
        for number in range(start, start + 2 + 4 * start):
            workspace = await create_workspace(owner, team_id=owner.team_ids[0], name=f"w{number}")
            for name in "abcd":
                await make_service(workspace, name)
        with counting() as statements:
            found = await client.ask(document)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    for edge in found["workspaces"]["edges"]:
        services = edge["node"]["serviceInstances"]
        assert ([one["node"]["name"] for one in services["edges"]], services["totalCount"]) == (["d", "c", "b"], 4)


async def test_counts_are_read_only_where_they_are_asked_for(client: Client, workspace: Workspace):
    with counting() as without:
        await client.ask("{ workspaces { edges { node { name } } } }")
    with counting() as with_count:
        await client.ask("{ workspaces { totalCount edges { node { name } } } }")
    assert len(with_count) == len(without) + 1


@pytest.mark.parametrize("lines", [-1, 1_001])
async def test_log_lines_are_bounded(client: Client, workspace: Workspace, lines: int):
    service = await make_service(workspace, "api")
    document = "query($id: ID!, $lines: Int) { serviceInstance(id: $id) { logs(lines: $lines) { message } } }"
    error = await client.fail(document, id=encode_id("ServiceInstance", service.id), lines=lines)
    assert error["extensions"]["code"] == "BAD_PAGE_SIZE"
