"""The commands for real servers: migrate, token create, serve, worker, doctor, workspace import."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from kyozo_gql.embedded import EmbeddedServers
from tests.database import scratch_database
from tests.end_to_end.server import eventually, free_port


@pytest.fixture
async def environment(servers: EmbeddedServers, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The settings of an installation of its own, whose database has no tables yet."""
    async with scratch_database(servers, "commands") as url:
        yield os.environ | {
            "DATABASE_URL": url,
            "REDIS_URL": servers.redis_url,
            "WORKSPACE_ROOT": str(tmp_path / "workspaces"),
            "KYOZO_STATE_DIR": str(tmp_path / "state"),
            "KYOZO_ENGINE": "simulated",
            "KYOZO_SETTLE_SECONDS": "0",
        }


async def call(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """A command's exit code, output and complaints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kyozo_gql.cli", *arguments,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), said.decode()


@asynccontextmanager
async def running(environment: dict[str, str], *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command that runs on; SIGTERM ends it well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kyozo_gql.cli", *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_an_installation_from_nothing_to_a_running_service(environment: dict[str, str]) -> None:
    code, _, said = await call(environment, "doctor")
    assert code == 1, said
    code, applied, _ = await call(environment, "migrate")
    assert code == 0
    assert "init.py" in applied
    assert (await call(environment, "migrate"))[1] == "nothing to do\n"
    code, report, _ = await call(environment, "doctor")
    assert code == 0
    assert "simulated" in report
    assert "**********" in report

    code, token, _ = await call(environment, "token", "create", "--email", "a@example.org", "--team", "Platform")
    assert code == 0
    code, _, _ = await call(environment, "workspace", "import", "examples", "--email", "a@example.org", "--team", "Platform")
    assert code == 0

    port = free_port()
    async with running(environment, "serve", "--port", str(port)) as server, running(environment, "worker"):
        assert server.stdout is not None
        assert await asyncio.wait_for(server.stdout.readline(), 60) == f"ready http://127.0.0.1:{port}/graphql\n".encode()
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token.strip()}"}, timeout=30) as http:

            async def ask(query: str, **variables: Any) -> Any:
                answer = (await http.post(f"http://127.0.0.1:{port}/graphql", json={"query": query, "variables": variables})).json()
                assert "errors" not in answer, answer
                return answer["data"]

            found = await ask("{ workspaces { edges { node { id name } } } }")
            workspace = found["workspaces"]["edges"][0]["node"]
            assert workspace["name"] == "examples"
            await ask(
                """mutation ($w: ID!) {
                     createServiceInstance(input: {workspaceId: $w, folderPath: "python-hello"}) { __typename } }""",
                w=workspace["id"],
            )
            await ask("mutation ($w: ID!) { deployWorkspaceServices(input: {workspaceId: $w}) { __typename } }", w=workspace["id"])

            async def is_running() -> bool:
                answer = await ask("{ serviceInstances { edges { node { status healthStatus } } } }")
                return bool(answer["serviceInstances"]["edges"][0]["node"] == {"status": "RUNNING", "healthStatus": "HEALTHY"})

            await eventually(is_running, "the service runs")


async def test_wrong_settings_are_named(environment: dict[str, str]) -> None:
    code, _, said = await call(environment | {"KYOZO_ENVIRONMENT": "production"}, "serve")
    assert code == 2
    assert "KYOZO_SECRET_KEY must be set in production" in said
    code, _, said = await call(environment | {"KYOZO_PORT_RANGE_START": "many"}, "doctor")
    assert code == 2
    assert "KYOZO_PORT_RANGE_START" in said
    assert "Traceback" not in said


async def test_a_manifest_is_looked_at_when_the_api_starts(environment: dict[str, str], tmp_path: Path) -> None:
    manifest = tmp_path / "operations.json"
    manifest.write_text('{"email": "{ nonsense }"}')
    registered = environment | {"KYOZO_OPERATIONS_MANIFEST": str(manifest), "KYOZO_REGISTERED_OPERATIONS_ONLY": "true"}
    code, _, said = await call(registered, "serve", "--port", str(free_port()))
    assert code == 1
    assert said.startswith(f"error: KYOZO_OPERATIONS_MANIFEST {manifest}: email: Cannot query field 'nonsense' on type 'Query'.")
    assert "Traceback" not in said
    assert "Cannot query field" in (await call(registered, "doctor"))[1]
    manifest.write_text('{"email": "{ viewer { user { email } } }"}')
    assert "operations: 1 registered, no others run" in (await call(registered, "doctor"))[1]
    code, _, said = await call(environment | {"KYOZO_REGISTERED_OPERATIONS_ONLY": "true"}, "serve")
    assert code == 2
    assert "KYOZO_REGISTERED_OPERATIONS_ONLY needs KYOZO_OPERATIONS_MANIFEST" in said


async def test_servers_that_do_not_answer_are_said(environment: dict[str, str], tmp_path: Path) -> None:
    code, _, said = await call(environment | {"DATABASE_URL": f"postgres://kyozo@/kyozo?host={tmp_path}"}, "migrate")
    assert code == 1
    assert said.startswith("error: ")
    assert "Traceback" not in said
