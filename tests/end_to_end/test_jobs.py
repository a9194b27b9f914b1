"""A stack with a job, through the API: it runs between the database that it needs and the web server that waits for its end."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docker_engine import docker_socket, private_docker
from tests.end_to_end.server import DevServer, dev_server, do, eventually, make_service, settled

__all__ = ["docker_socket", "private_docker"]

COMPOSE = """
services:
  db:
    image: busybox:latest
    command: sh -c "mkdir /srv && echo one row > /srv/rows && exec httpd -f -p 8081 -h /srv"
    expose: ["8081"]
  migrate:
    image: busybox:latest
    command: >
      sh -c "echo migrating; [ -z \\"$$FAIL\\" ] || { echo no such table; exit $$FAIL; };
      sleep 1; wget -qO- http://db:8081/rows >> /data/index.html && echo done"
    environment: {SIMULATE_LOG: migrating, SIMULATE_EXIT_CODE: "${FAIL:-0}", SIMULATE_ERROR_LOG: no such table, FAIL: "${FAIL:-}"}
    user: root
    volumes: ["data:/data"]
    depends_on: {db: {condition: service_healthy}}
  web:
    image: busybox:latest
    command: ["httpd", "-f", "-p", "8082", "-h", "/data"]
    ports: ["8082"]
    volumes: ["data:/data:ro"]
    depends_on: {migrate: {condition: service_completed_successfully}}
volumes:
  data: {}
"""
FILES = {"stack/compose.yaml": COMPOSE}
CHILDREN = """query ($id: ID!) { serviceInstance(id: $id) { status statusReason healthStatus childServices {
    id name isJob status desiredStatus statusReason healthStatus endpoints deploymentStatus logs(lines: 20) { message } } } }"""


@pytest.fixture(scope="module", params=["simulated", pytest.param("docker", marks=pytest.mark.docker)])
async def server(request: pytest.FixtureRequest, state_folder: Path) -> AsyncIterator[DevServer]:
    """A server on each engine in turn."""
    environment = {"KYOZO_ENGINE": request.param}
    if request.param == "docker":
        environment["DOCKER_SOCKET"] = str(request.getfixturevalue("docker_socket"))
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        async with dev_server(Path(folder) / "state", **environment) as started:
            yield started


async def parts(server: DevServer, stack: str) -> dict[str, Any]:
    answer = await server.ask(CHILDREN, id=stack)
    return {one["name"].rpartition("-")[2]: one for one in answer["serviceInstance"]["childServices"]}


async def is_docker(server: DevServer) -> bool:
    return bool((await server.ask("{ engine { kind } }"))["engine"]["kind"] == "DOCKER")


async def pages(server: DevServer, stack: str) -> str:
    async with httpx.AsyncClient(timeout=5) as client:
        return (await client.get((await parts(server, stack))["web"]["endpoints"][0])).text


async def test_the_job_runs_once_for_each_deployment_before_those_that_wait(server: DevServer) -> None:
    _, stack = await make_service(server, FILES, "stack")
    assert (await do(server, "deployService", stack))["__typename"] == "DeployServicePayload"
    await settled(server, stack, "RUNNING")
    found = await parts(server, stack)
    assert {name: one["isJob"] for name, one in found.items()} == {"db": False, "migrate": True, "web": False}
    assert {name: one["status"] for name, one in found.items()} == {"db": "RUNNING", "migrate": "STOPPED", "web": "RUNNING"}
    job = found["migrate"]
    assert (job["desiredStatus"], job["healthStatus"], job["deploymentStatus"]) == ("RUNNING", "UNKNOWN", "succeeded")
    assert job["statusReason"] == "the job of deployment 1 has completed, with exit code 0"
    assert "migrating" in [line["message"] for line in job["logs"]]
    whole = (await server.ask(CHILDREN, id=stack))["serviceInstance"]
    assert (whole["statusReason"], whole["healthStatus"]) == (None, "HEALTHY")
    if await is_docker(server):
        assert await pages(server, stack) == "one row\n"

    refused = await do(server, "scaleService", job["id"], replicaCount=2)
    assert (refused["__typename"], "a job is not scaled" in refused["message"]) == ("Conflict", True)

    assert (await do(server, "restartService", stack))["__typename"] == "RestartServicePayload"
    await settled(server, stack, "RUNNING")
    if await is_docker(server):
        assert await pages(server, stack) == "one row\n"

    await do(server, "deployService", stack)

    async def ran_again() -> bool:
        return "deployment 2" in str((await parts(server, stack))["migrate"]["statusReason"])

    await eventually(ran_again, "the job of deployment 2 completes")
    await settled(server, stack, "RUNNING")
    if await is_docker(server):
        assert await pages(server, stack) == "one row\none row\n"
    await do(server, "stopService", stack)
    await settled(server, stack, "STOPPED")


async def test_a_job_that_fails_fails_the_deployment_with_its_last_words(server: DevServer) -> None:
    _, stack = await make_service(server, FILES | {"stack/.env": "FAIL=7\n"}, "stack")
    await do(server, "deployService", stack)
    await settled(server, stack, "ERROR")
    found = await parts(server, stack)
    assert {name: one["status"] for name, one in found.items()} == {"db": "RUNNING", "migrate": "ERROR", "web": "DEPLOYABLE"}
    document = (
        "query ($id: ID!) { serviceInstance(id: $id) { statusReason deployments { edges { node { status errorMessage } } } } }"
    )
    answer = (await server.ask(document, id=stack))["serviceInstance"]
    (deployment,) = [edge["node"] for edge in answer["deployments"]["edges"]]
    assert deployment["status"] == "FAILED"
    assert deployment["errorMessage"].startswith("migrate: the job ended with exit code 7\n")
    assert deployment["errorMessage"].endswith("no such table")
    assert deployment["errorMessage"] in answer["statusReason"]
