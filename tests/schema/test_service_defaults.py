"""A service is made with what its folder was found to be, for every type; its owner is told what it still asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kyozo_gql.containers.config import config_of
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.schema.conftest import Client
from tests.topology.trees import write_tree

CHECK = "kind path port command intervalSeconds timeoutSeconds retries startPeriodSeconds"
CONFIG = """portMappings { containerPort hostPort protocol } environmentVariables { name value }
  resourceLimits { memory cpu storage }"""
SERVICE = f"""serviceInstance {{ id name serviceType {CONFIG} healthCheckConfig {{ {CHECK} }} missingEnvironment
  deploymentConfig {{ dockerfilePath }} childServices {{ name }} topologyDetection {{
    serviceType deploymentRecommendations {{ {CONFIG} startCommand healthCheck {{ {CHECK} }} }} }} }}"""

NODE = {
    "package.json": {"name": "web", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}},
    "server.js": "require('express')().get('/health', (q, r) => r.end()).listen(process.env.PORT || 3000)\n",
    ".env.example": "COLOUR=red\nSESSION_SECRET=\nAPI_KEY=<your key>\n",
}
PYTHON = {"requirements.txt": "fastapi\nuvicorn\n", "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
GO = {
    "go.mod": "module example.org/a\n\ngo 1.22\n",
    "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
}
RUST = {
    "Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\n\n[dependencies]\naxum = "0.8"\n',
    "src/main.rs": 'fn main() { let l = std::net::TcpListener::bind("0.0.0.0:3000"); }\n',
}
DOCKER = {
    "Dockerfile": "FROM busybox\nENV GREETING=hi\nEXPOSE 8080 9090/udp\n"
    'HEALTHCHECK --interval=7s --timeout=3s --retries=5 CMD ["true"]\nCMD ["httpd", "-f"]\n'
}
COMPOSE = {
    "compose.yaml": "services:\n  web:\n    image: nginx:1.27\n    ports: ['8088:80']\n    environment:\n"
    "      PASSWORD: ${PASSWORD:?needed}\n"
}
PROXY = {"nginx.conf": "events {}\nhttp { server { listen 8090; location / { proxy_pass http://web:3000; } } }\n"}
KINDS: dict[str, dict[str, Any]] = {
    "NODEJS": NODE, "PYTHON": PYTHON, "GOLANG": GO, "RUST": RUST, "CONTAINERIZED": DOCKER, "COMPOSE_STACK": COMPOSE, "PROXY": PROXY,
}  # fmt: skip


@pytest.fixture
def root(workspace: Workspace) -> Path:
    return workspace_folder(workspace.id)


async def make(client: Client, workspace: Workspace, path: str, **given: Any) -> dict[str, Any]:
    id = encode_id("Workspace", workspace.id)
    made = await client.do("createServiceInstance", SERVICE, workspaceId=id, folderPath=path, **given)
    service: dict[str, Any] = made["serviceInstance"]
    return service


@pytest.mark.parametrize("kind", KINDS)
async def test_a_folder_of_each_kind(client: Client, workspace: Workspace, root: Path, kind: str):
    write_tree(root / "thing", KINDS[kind])
    service = await make(client, workspace, "thing")
    advice = service["topologyDetection"]["deploymentRecommendations"]
    assert (service["name"], service["serviceType"], service["topologyDetection"]["serviceType"]) == ("thing", kind, kind)
    if kind == "COMPOSE_STACK":  # it runs nothing itself; its services are made when it is deployed, of the files as they are then
        assert (service["portMappings"], service["environmentVariables"], service["childServices"]) == ([], [], [])
        assert service["missingEnvironment"] == ["PASSWORD"]
        return
    assert service["healthCheckConfig"] == advice["healthCheck"]
    assert {field: service[field] for field in ("portMappings", "environmentVariables", "resourceLimits")} == {
        field: advice[field] for field in ("portMappings", "environmentVariables", "resourceLimits")
    }
    assert service["portMappings"], "or there is nothing to compare"
    assert advice["startCommand"] or kind in ("CONTAINERIZED", "PROXY"), "what is deployed is started with it"


async def test_a_dockerfile_says_how_its_health_is_asked_for(client: Client, workspace: Workspace, root: Path):
    write_tree(root / "thing", DOCKER)
    check = (await make(client, workspace, "thing"))["healthCheckConfig"]
    assert (check["kind"], check["command"], check["intervalSeconds"], check["timeoutSeconds"], check["retries"]) == (
        "COMMAND", ["true"], 7, 3, 5,
    )  # fmt: skip


async def test_a_member_of_a_workspace_is_built_from_its_root(client: Client, workspace: Workspace, root: Path):
    member = {"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"shared": "workspace:*"}}
    write_tree(
        root,
        {
            "package.json": {"name": "all", "private": True, "packageManager": "pnpm@10.0.0"},
            "pnpm-workspace.yaml": "packages: ['apps/*', 'packages/*']\n",
            "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
            "apps/api/package.json": member,
            "apps/api/server.js": "require('http').createServer().listen(3000)\n",
            "packages/shared/package.json": {"name": "shared", "main": "index.js"},
        },
    )
    service = await make(client, workspace, "apps/api")
    assert service["serviceType"] == "NODEJS"
    assert config_of(await ServiceInstance.get(name=service["name"])).deployment.context_path == ""


async def test_what_a_folder_asks_for_is_missing_until_it_is_given(client: Client, workspace: Workspace, root: Path):
    write_tree(root / "thing", NODE)
    service = await make(client, workspace, "thing")
    assert service["missingEnvironment"] == ["API_KEY", "SESSION_SECRET"]
    assert {"name": "COLOUR", "value": "red"} in service["environmentVariables"]
    given = [{"name": "SESSION_SECRET", "value": "s3cret", "isSecret": True}, {"name": "API_KEY", "value": ""}]
    changed = await client.do(
        "updateServiceInstance",
        "serviceInstance { missingEnvironment }",
        serviceInstanceId=service["id"],
        environmentVariables=given,
    )
    assert changed["serviceInstance"]["missingEnvironment"] == ["API_KEY"]


@pytest.mark.parametrize("other", [{"deploymentConfig": {"image": "redis:7"}}, {"serviceType": "CONTAINERIZED"}], ids=str)
async def test_who_runs_something_else_misses_nothing(client: Client, workspace: Workspace, root: Path, other: dict[str, Any]):
    write_tree(root / "thing", NODE)
    assert (await make(client, workspace, "thing", **other))["missingEnvironment"] == []
