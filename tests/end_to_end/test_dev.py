from __future__ import annotations

import asyncio
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.server import answers_with, dev_server, do, eventually, make_service, service_state, settled

PYTHON = Path("examples/python-hello/main.py").read_text()


@pytest.fixture
def state(state_folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "state"


async def test_a_folder_becomes_a_service_that_answers(state: Path) -> None:
    async with dev_server(state, KYOZO_ENGINE="process") as server:
        assert stat.S_IMODE((state / "token").stat().st_mode) == 0o600
        _, service = await make_service(server, {"api/main.py": PYTHON}, "api")
        assert (await do(server, "deployService", service))["__typename"] == "DeployServicePayload"
        running = await settled(server, service, "RUNNING", 1)
        assert running["healthStatus"] == "HEALTHY"
        assert await answers_with(running["endpoints"][0]) == 200
        assert await server.stop() == 0
    assert await answers_with(running["endpoints"][0]) is None


async def test_a_second_start_finds_everything_again_after_kill_9_of_everything(state: Path) -> None:
    async with dev_server(state, KYOZO_ENGINE="process") as server:
        _, service = await make_service(server, {"api/main.py": PYTHON}, "api")
        await do(server, "deployService", service)
        before = await settled(server, service, "RUNNING", 1)
        token = server.token
        await server.kill_everything()
    async with dev_server(state, KYOZO_ENGINE="process") as server:
        assert server.token == token

        async def is_back() -> bool:
            found = await service_state(server, service)
            if found["status"] != "RUNNING" or not found["endpoints"]:
                return False
            status = await answers_with(found["endpoints"][0])
            return bool(status == 200)

        await eventually(is_back, "the service answers again")
        after = await service_state(server, service)
        assert after["deployments"] == before["deployments"]


async def test_two_servers_with_two_folders_live_side_by_side(state: Path) -> None:
    async with dev_server(state / "a") as one, dev_server(state / "b") as other:
        await make_service(one, {"api/main.py": PYTHON}, "api")
        for server, count in ((one, 1), (other, 0)):
            assert (await server.ask("{ serviceInstances { totalCount } }"))["serviceInstances"]["totalCount"] == count
        assert one.token != other.token


async def test_kill_9_of_the_worker_in_mid_deploy_ends_the_deployment_once(state: Path) -> None:
    async with dev_server(state) as server:
        files = {"api/Dockerfile": 'FROM busybox\nEXPOSE 8080\nCMD ["httpd"]\n'}
        config = {"deploymentConfig": {"buildArgs": {"SIMULATE_BUILD_SECONDS": "1.5"}}}
        _, service = await make_service(server, files, "api", **config)
        await do(server, "deployService", service)

        async def builds() -> bool:
            found = await service_state(server, service)
            return bool(found["deployments"]["edges"][0]["node"]["status"] == "BUILDING")

        await eventually(builds, "it is building")
        server.worker().kill()
        done = await settled(server, service, "RUNNING", 1)
        assert [edge["node"]["status"] for edge in done["deployments"]["edges"]] == ["SUCCEEDED"]
        events = [edge["node"]["eventType"] for edge in done["events"]["edges"]]
        assert sorted(events) == ["DEPLOYMENT_COMPLETED", "DEPLOYMENT_STARTED", "SERVICE_STARTED"]


async def test_a_port_that_is_taken_is_said(state: Path) -> None:
    async with dev_server(state / "a") as server:
        port = server.url.split(":")[2].split("/")[0]
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kyozo_gql.cli", "dev", "--port", port, "--state", str(state / "b"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, said = await asyncio.wait_for(second.communicate(), 60)
        assert second.returncode == 1
        assert f"127.0.0.1:{port}".encode() in said
        assert b"Traceback" not in said
