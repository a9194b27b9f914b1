"""Everything that a server writes while secrets pass through it, at its most talkative."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.tokens import create_token
from kyozo_gql.accounts.users import create_user
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.embedded import EmbeddedServers
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.models import Workspace
from tests.end_to_end.server import PATIENCE, free_port
from tests.schema.rows import make_service

SECRET = "hush-9f2c"
PORTS = "{ serviceInstances { edges { node { portMappings { containerPort } } } } }"
CREATE = """mutation ($input: CreateServiceInstanceInput!) { createServiceInstance(input: $input) {
  __typename ... on UserError { code message } } }"""
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on SignInPayload { token } } }"
STATUS = "subscription ($id: ID!) { serviceStatusChanged(serviceInstanceId: $id) { status } }"


@asynccontextmanager
async def serving(log: Path, **environment: str) -> AsyncIterator[str]:
    """The URL of ``kyozo-gql serve``; all that it writes goes to ``log``."""
    port = free_port()
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kyozo_gql.cli", "serve", "--port", str(port),
            stdout=output, stderr=output, env=os.environ | environment,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE):
                while b"ready" not in log.read_bytes():
                    assert process.returncode is None, log.read_text()
                    await asyncio.sleep(0.05)
            yield f"http://127.0.0.1:{port}/graphql"
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), PATIENCE)


@pytest.mark.parametrize("format", ["console", "json"])
async def test_no_secret_is_written(
    database_url: str, servers: EmbeddedServers, owner: Viewer, workspace: Workspace, tmp_path: Path, format: str
):
    await create_user("ada@example.org", "Ada", f"password-{SECRET}")
    _, token = await create_token(owner, owner.team_ids[0], "test", Role.OWNER, None)
    service = await make_service(workspace, "broken")
    await ServiceInstance.filter(id=service.id).update(port_mappings={"no number/tcp": {"host_port": None}})
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": servers.redis_url,
        "WORKSPACE_ROOT": str(tmp_path / "workspaces"),
        "KYOZO_STATE_DIR": str(tmp_path / "state"),
        "KYOZO_SECRET_KEY": f"key-{SECRET}",
        "KYOZO_ENGINE": "simulated",
        "KYOZO_LOG_LEVEL": "debug",
        "KYOZO_LOG_FORMAT": format,
    }
    log = tmp_path / "log"
    async with serving(log, **environment) as url, httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        incident = await provoke(http, url)
        await whisper(http, url, workspace)
        await follow(http, url, token, encode_id("ServiceInstance", service.id))
    written = log.read_text()
    assert incident in written, "this is where it would stand"
    assert "no number" in written
    assert SECRET not in written
    assert token not in written
    assert database_url not in written


async def provoke(http: httpx.AsyncClient, url: str) -> str:
    """An error that nobody expected, with a secret in every place; its id."""
    body = {"query": f"{PORTS} # {SECRET}", "variables": {"secret": SECRET}, "extensions": {"secret": SECRET}}
    answer = await http.post(url, json=body, headers={"X-Secret": SECRET}, params={"secret": SECRET})
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    incident: str = error["extensions"]["id"]
    return incident


async def whisper(http: httpx.AsyncClient, url: str, workspace: Workspace) -> None:
    """Requests with secrets, those that go well and those that do not."""
    variables = {
        "input": {
            "workspaceId": encode_id("Workspace", workspace.id),
            "folderPath": "api",
            "environmentVariables": [{"name": "PASSWORD", "value": SECRET, "secret": True}],
        }
    }
    signing = {"input": {"email": "ada@example.org", "password": f"password-{SECRET}"}}
    wrong = {"input": {"email": "ada@example.org", "password": f"wrong-{SECRET}"}}
    for body in (
        {"query": CREATE, "variables": variables},
        {"query": CREATE, "variables": {"input": SECRET}},
        {"query": SIGN_IN, "variables": signing},
        {"query": SIGN_IN, "variables": wrong},
        {"query": f"{{ {SECRET.replace('-', '_')} }}"},
        {"query": f'{{ node(id: "{SECRET}") {{ id }} }}'},
        {"query": f'{{ "{SECRET}'},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": SECRET}}},
        {"query": SECRET, "variables": SECRET},
    ):
        answer = await http.post(url, json=body)
        assert answer.status_code in (200, 400), answer.text
    for content, kind in (
        (f'{{"query": "{SECRET}', "application/json"),
        (SECRET, "text/plain"),
        (SECRET * 500_000, "application/json"),
    ):
        assert (await http.post(url, content=content, headers={"Content-Type": kind})).status_code in (400, 413, 415)
    for params in (
        {"query": "query ($a: ID!) { node(id: $a) { id } }", "variables": json.dumps({"a": SECRET})},
        {"query": f"mutation {{ x_{SECRET} }}"},
        {"variables": SECRET, "query": "{ __typename }"},
    ):
        await http.get(url, params=params)
    assert (await http.get(url, headers={"Authorization": f"Bearer {SECRET}"})).status_code == 401
    assert (await http.get(url.replace("/graphql", f"/{SECRET}"), params={"token": SECRET})).status_code == 404
    files: dict[str, Any] = {"operations": (None, SECRET), "map": (None, SECRET), "0": (SECRET, SECRET.encode(), "text/plain")}
    assert (await http.post(url, files=files)).status_code == 400


async def follow(http: httpx.AsyncClient, url: str, token: str, service: str) -> None:
    """Streams and sockets with secrets."""
    for id in (service, SECRET):
        body = {"query": STATUS, "variables": {"id": id, "secret": SECRET}}
        async with http.stream("POST", url, json=body, headers={"Accept": "text/event-stream"}) as response:
            assert response.status_code == 200
            await anext(response.aiter_text())
    for params in ({"token": token}, {"token": SECRET}):
        async with connect(
            url.replace("http", "ws") + f"?secret={SECRET}", subprotocols=[Subprotocol("graphql-transport-ws")]
        ) as ws:
            await ws.send(json.dumps({"type": "connection_init", "payload": params}))
            payload: dict[str, Any] = {"query": STATUS, "variables": {"id": SECRET}}
            await ws.send(json.dumps({"type": "subscribe", "id": SECRET, "payload": payload}))
            await ws.send(f'{{"{SECRET}')
            await ws.wait_closed()
