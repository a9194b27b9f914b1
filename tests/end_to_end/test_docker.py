"""The whole path on a real Docker engine; what ``docker ps`` says agrees with what the API says."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.docker_engine import docker_socket, private_docker
from tests.docker_images import make_python_image
from tests.end_to_end.server import DevServer, answers_with, dev_server, do, eventually, make_service, service_state, settled

__all__ = ["docker_socket", "private_docker"]
pytestmark = pytest.mark.docker

EXAMPLES = Path("examples")


@pytest.fixture(scope="module")
async def server(state_folder: Path, docker_socket: Path) -> AsyncIterator[DevServer]:
    make_python_image(docker_socket, "python:3.13-slim")
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        async with dev_server(Path(folder) / "state", KYOZO_ENGINE="docker", DOCKER_SOCKET=str(docker_socket)) as started:
            yield started


def files_of(name: str) -> dict[str, str]:
    """An example as what a client writes."""
    return {str(path.relative_to(EXAMPLES)): path.read_text() for path in (EXAMPLES / name).rglob("*") if path.is_file()}


async def running(socket: Path) -> set[str]:
    """The ids of the containers that the engine itself says are running."""
    process = await asyncio.create_subprocess_exec(
        "docker", "-H", f"unix://{socket}", "ps", "--no-trunc", "--format", "{{json .}}", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return {json.loads(line)["ID"] for line in out.splitlines()}


async def agrees(server: DevServer, service: str, socket: Path) -> bool:
    """Whether API and engine name the same containers."""
    found = await service_state(server, service)
    return {one["containerId"] for one in found["replicas"] if one["status"] == "running"} == await running(socket)


async def test_docker_ps_agrees_with_the_api_through_a_whole_life(server: DevServer, docker_socket: Path) -> None:
    _, service = await make_service(server, files_of("dockerfile-hello"), "dockerfile-hello")
    await do(server, "deployService", service)
    first = await settled(server, service, "RUNNING", 1)
    assert await answers_with(first["endpoints"][0]) == 200
    assert first["containerId"] in await running(docker_socket)
    assert await agrees(server, service, docker_socket)

    await do(server, "scaleService", service, replicaCount=3)
    scaled = await settled(server, service, "RUNNING", 3)
    assert await agrees(server, service, docker_socket)
    assert [await answers_with(url) for url in scaled["endpoints"]] == [200, 200, 200]

    before = await running(docker_socket)
    await do(server, "restartService", service)

    async def is_restarted() -> bool:
        now = await running(docker_socket)
        return len(now) == 3 and not now & before

    await eventually(is_restarted, "three other containers")
    await settled(server, service, "RUNNING", 3)
    assert await agrees(server, service, docker_socket)

    await do(server, "stopService", service)
    await settled(server, service, "STOPPED", 0)
    assert await running(docker_socket) == set()

    await do(server, "startService", service)
    await settled(server, service, "RUNNING", 3)
    assert await agrees(server, service, docker_socket)

    await do(server, "deleteServiceInstance", service)
    await eventually(lambda: _is_empty(docker_socket), "no container is left")


async def test_a_stack_is_deployed_in_order_and_its_services_find_each_other(server: DevServer, docker_socket: Path) -> None:
    _, stack = await make_service(server, files_of("compose-guestbook"), "compose-guestbook")
    answer = await do(server, "deployService", stack)
    assert answer["__typename"] == "DeployServicePayload", answer
    await settled(server, stack, "RUNNING")
    answer = await server.ask(
        "query ($s: ID!) { serviceInstance(id: $s) { healthStatus childServices { name status endpoints } } }", s=stack
    )
    children = {child["name"]: child for child in answer["serviceInstance"]["childServices"]}
    assert {name: child["status"] for name, child in children.items()} == {
        "compose-guestbook-counter": "RUNNING",
        "compose-guestbook-web": "RUNNING",
    }
    assert await answers_with(children["compose-guestbook-web"]["endpoints"][0]) == 200
    await do(server, "deleteServiceInstance", stack)
    await eventually(lambda: _is_empty(docker_socket), "no container is left")


async def test_a_generated_dockerfile_builds_and_runs(server: DevServer, docker_socket: Path) -> None:
    _, service = await make_service(server, files_of("python-hello"), "python-hello")
    await do(server, "deployService", service)
    found = await settled(server, service, "RUNNING", 1)
    assert await answers_with(found["endpoints"][0]) == 200
    await do(server, "deleteServiceInstance", service)
    await eventually(lambda: _is_empty(docker_socket), "no container is left")


async def _is_empty(socket: Path) -> bool:
    return not await running(socket)
