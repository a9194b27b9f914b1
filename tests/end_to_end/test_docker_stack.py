"""A Compose stack on a real Docker engine: each service answers with what its files, entry point and command make of it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.docker_engine import docker_socket, private_docker
from tests.end_to_end.server import DevServer, dev_server, do, eventually, make_service, settled

__all__ = ["docker_socket", "private_docker"]
pytestmark = pytest.mark.docker

COMPOSE = """
services:
  built:
    build:
      context: ./built
      target: run
    entrypoint: ["/bin/busybox", "httpd"]
    command: -f -p 8080 -h "/the site"
    user: "1000:1000"
    ports: ["8080"]
    volumes: ["./page.html:/the site/index.html:ro", "./more:/the site/more", "./kept:/kept"]
    healthcheck:
      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/index.html"]
      interval: 1s
      start_period: 20s
    depends_on: [plain]
  plain:
    image: busybox:latest
    command: ["httpd", "-f", "-p", "8081", "-h", "/srv"]
    ports: ["8081"]
    configs: [{source: text, target: /srv/index.html}]
  written:
    build:
      context: .
      dockerfile_inline: |
        FROM busybox:latest
        RUN mkdir /srv && echo inline > /srv/index.html
        CMD ["httpd", "-f", "-p", "8082", "-h", "/srv"]
    ports: ["8082"]
configs:
  text: {content: "said by ${WHO:-nobody}"}
"""
FILES = {
    "stack/compose.yaml": COMPOSE,
    "stack/.env": "WHO=the file\n",
    "stack/page.html": "page of the workspace\n",
    "stack/more/one.html": "one more\n",
    "stack/built/Dockerfile": "FROM busybox:latest AS run\nRUN echo run > /stage\nFROM busybox:latest AS other\nRUN false\n",
}


@pytest.fixture(scope="module")
async def server(state_folder: Path, docker_socket: Path) -> AsyncIterator[DevServer]:
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        async with dev_server(Path(folder) / "state", KYOZO_ENGINE="docker", DOCKER_SOCKET=str(docker_socket)) as started:
            yield started


async def children(server: DevServer, service: str) -> dict[str, str]:
    """The URL of each service of a stack, by the end of its name."""
    answer = await server.ask(
        "query ($s: ID!) { serviceInstance(id: $s) { childServices { name endpoints } } }",
        s=service,
    )
    found = answer["serviceInstance"]["childServices"]
    return {one["name"].rpartition("-")[2]: one["endpoints"][0] for one in found if one["endpoints"]}


async def page(url: str) -> str:
    async with httpx.AsyncClient(timeout=5) as client:
        return (await client.get(url)).text


async def test_every_service_is_what_its_file_says(server: DevServer) -> None:
    _, stack = await make_service(server, FILES, "stack")
    assert (await do(server, "deployService", stack))["__typename"] == "DeployServicePayload"
    await settled(server, stack, "RUNNING")

    async def all_there() -> dict[str, str] | None:
        found = await children(server, stack)
        return found if len(found) == 3 else None

    urls = await eventually(all_there, "three endpoints")
    assert await page(f"{urls['built']}/index.html") == "page of the workspace\n"
    assert await page(f"{urls['built']}/more/one.html") == "one more\n"
    assert await page(f"{urls['plain']}/index.html") == "said by the file"
    assert await page(f"{urls['written']}/index.html") == "inline\n"
    await do(server, "stopService", stack)
    await settled(server, stack, "STOPPED")
