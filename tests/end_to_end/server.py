"""A development server as its users start it: the command, its ready line, its token, its API."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

PATIENCE = 60.0


class DevServer:
    """One run of ``kyozo-gql dev``."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, state: Path) -> None:
        self.process = process
        self.state = state
        self.url = f"http://127.0.0.1:{port}/graphql"
        self.token = (state / "token").read_text().strip()
        self._http = httpx.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, timeout=30)

    async def ask(self, document: str, **variables: Any) -> Any:
        """The data of an operation; errors at the top fail the test."""
        response = await self._http.post(self.url, json={"query": document, "variables": variables})
        answer = response.json()
        assert "errors" not in answer, answer
        return answer["data"]

    def worker(self) -> psutil.Process:
        """The worker that this server has started."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "worker" in child.cmdline())

    async def stop(self) -> int:
        """Ends it as Ctrl-C does; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        await self._http.aclose()
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def kill_everything(self) -> None:
        """kill -9 of the server, its worker, its databases, and what runs for services."""
        marked = [process for process in psutil.process_iter() if self._is_ours(process)]
        for process in [psutil.Process(self.process.pid), *marked]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await self.process.wait()
        await self._http.aclose()

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return any(str(self.state) in part for part in (*process.cmdline(), process.cwd(), *process.environ().values()))
        return False


@asynccontextmanager
async def dev_server(state: Path, **environment: str) -> AsyncIterator[DevServer]:
    """A server on a free port, with its data in ``state``; stopped at the end."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kyozo_gql.cli", "dev", "--port", str(port), "--state", str(state),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"KYOZO_ENGINE": "simulated", "KYOZO_SETTLE_SECONDS": "0", "KYOZO_LEASE_SECONDS": "2"} | environment,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
        assert line == f"ready http://127.0.0.1:{port}/graphql\n"
        server = DevServer(process, port, state)
        try:
            yield server
        finally:
            await server.stop()
    finally:
        if process.returncode is None:  # it never got ready, or does not end
            process.kill()
            await process.wait()


def free_port() -> int:
    """A port of the loopback address that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def eventually(condition: Callable[[], Awaitable[Any]], what: str) -> Any:
    """The first truthy answer."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"never: {what}"
        await asyncio.sleep(0.05)
    return answer


async def answers_with(url: str) -> int | None:
    """The status that a URL answers with; None where nothing answers."""
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            return (await client.get(url)).status_code
    except httpx.HTTPError:
        return None


async def make_service(server: DevServer, files: dict[str, str], folder: str, **input: Any) -> tuple[str, str]:
    """The ids of a new workspace with these files and of a service of one of its folders."""
    viewer = await server.ask("{ viewer { memberships { team { id } } } }")
    made = await server.ask(
        """mutation ($t: ID!) { createWorkspace(input: {teamId: $t, name: "shop"}) {
             ... on CreateWorkspacePayload { workspace { id } } } }""",
        t=viewer["viewer"]["memberships"][0]["team"]["id"],
    )
    workspace = made["createWorkspace"]["workspace"]["id"]
    for path, content in files.items():
        await server.ask(
            "mutation ($i: WriteFileInput!) { writeFile(input: $i) { __typename ... on UserError { message } } }",
            i={"workspaceId": workspace, "path": path, "content": content},
        )
    answer = await server.ask(
        """mutation ($i: CreateServiceInstanceInput!) { createServiceInstance(input: $i) {
             ... on CreateServiceInstancePayload { serviceInstance { id } } ... on UserError { message } } }""",
        i={"workspaceId": workspace, "folderPath": folder, **input},
    )
    return workspace, answer["createServiceInstance"]["serviceInstance"]["id"]


async def do(server: DevServer, mutation: str, service: str, **input: Any) -> dict[str, Any]:
    """What a mutation on a service answers, with the name of its type."""
    name = mutation[0].upper() + mutation[1:]
    answer = await server.ask(
        f"mutation ($i: {name}Input!) {{ {mutation}(input: $i) {{ __typename ... on UserError {{ code message }} }} }}",
        i={"serviceInstanceId": service, **input},
    )
    found: dict[str, Any] = answer[mutation]
    return found


async def service_state(server: DevServer, service: str) -> dict[str, Any]:
    """A service as the API shows it now."""
    answer = await server.ask(
        """query ($s: ID!) { serviceInstance(id: $s) {
             status statusReason healthStatus endpoints containerId replicas { index containerId status }
             events(first: 50) { edges { node { eventType } } } deployments(first: 20) { edges { node { number status } } } } }""",
        s=service,
    )
    found: dict[str, Any] = answer["serviceInstance"]
    return found


async def settled(server: DevServer, service: str, status: str, replicas: int | None = None) -> dict[str, Any]:
    """A service once it has that status, and that many replicas that run."""

    async def look() -> dict[str, Any] | None:
        found = await service_state(server, service)
        running = [one for one in found["replicas"] if one["status"] == "running"]
        fits = found["status"] == status and (replicas is None or len(running) == replicas)
        assert status == "ERROR" or found["status"] != "ERROR", found
        return found if fits else None

    answer: dict[str, Any] = await eventually(look, f"{status} with {replicas} replicas")
    return answer
