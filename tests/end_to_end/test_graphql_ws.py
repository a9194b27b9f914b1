"""A subscriber written with the npm package graphql-ws."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.server import DevServer, dev_server, do, eventually, make_service, settled

CLIENT = Path(__file__).parent / "client"
READY = shutil.which("node") is not None and (CLIENT / "node_modules").is_dir()
pytestmark = pytest.mark.skipif(not READY and "CI" not in os.environ, reason="needs node, and npm ci in tests/end_to_end/client")

EVENTS = """subscription ($s: ID!, $after: String) {
  deploymentEvents(serviceInstanceId: $s, after: $after) { cursor node { eventType } }
}"""
STATUSES = "subscription ($s: ID!) { serviceStatusChanged(serviceInstanceId: $s) { previousStatus status healthStatus } }"
ALL_EVENTS = "query ($s: ID!) { serviceInstance(id: $s) { events(first: 50) { edges { cursor node { eventType } } } } }"
BUILD = "subscription ($d: ID!) { buildLogs(deploymentId: $d) { message } }"
FILES = {"api/Dockerfile": 'FROM busybox\nEXPOSE 8080\nCMD ["httpd"]\n'}


class Followed:
    """What a client was told, by the name of the subscription."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def of(self, name: str, field: str) -> list[Any]:
        return [line["data"][field] for line in self.lines if line.get("name") == name and "data" in line]

    def has_ended(self, name: str) -> bool:
        return {"name": name, "done": True} in self.lines


@asynccontextmanager
async def following(server: DevServer, operations: dict[str, Any]) -> AsyncIterator[Followed]:
    process = await asyncio.create_subprocess_exec(
        "node", "follow.mjs", server.url.replace("http", "ws", 1), server.token,
        cwd=CLIENT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(operations).encode())
    process.stdin.close()
    followed = Followed()

    async def read() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            followed.lines.append(json.loads(line))

    reading = asyncio.create_task(read())
    try:
        yield followed
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def test_a_subscriber_follows_a_deploy_from_the_first_to_the_last_event(state_folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        async with dev_server(Path(folder) / "state") as server:
            _, service = await make_service(server, FILES, "api")
            operations = {
                "events": {"query": EVENTS, "variables": {"s": service}},
                "statuses": {"query": STATUSES, "variables": {"s": service}},
            }
            async with following(server, operations) as live:
                await _told(live, "statuses", "serviceStatusChanged", 1)
                await do(server, "deployService", service)
                await settled(server, service, "RUNNING", 1)
                await do(server, "stopService", service)
                await settled(server, service, "STOPPED", 0)
                await _told(live, "events", "deploymentEvents", 4)
                events = live.of("events", "deploymentEvents")
                assert [event["node"]["eventType"] for event in events] == [
                    "DEPLOYMENT_STARTED",
                    "DEPLOYMENT_COMPLETED",
                    "SERVICE_STARTED",
                    "SERVICE_STOPPED",
                ]
                await do(server, "deleteServiceInstance", service)
                await eventually(lambda: _true(live.has_ended("events") and live.has_ended("statuses")), "both end")
            statuses = [change["status"] for change in live.of("statuses", "serviceStatusChanged")]
            assert statuses == ["DEPLOYABLE", "DEPLOYING", "RUNNING", "RUNNING", "STOPPED"]


async def test_a_subscriber_that_comes_back_with_a_cursor_misses_nothing(state_folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        async with dev_server(Path(folder) / "state") as server:
            _, service = await make_service(server, FILES, "api")
            operations = {
                "events": {"query": EVENTS, "variables": {"s": service}},
                "statuses": {"query": STATUSES, "variables": {"s": service}},
            }
            async with following(server, operations) as first:
                await _told(first, "statuses", "serviceStatusChanged", 1)  # so the other one has begun, or is about to
                await do(server, "deployService", service)
                await _told(first, "events", "deploymentEvents", 1)
            cursor = first.of("events", "deploymentEvents")[0]["cursor"]
            await settled(server, service, "RUNNING", 1)
            await do(server, "scaleService", service, replicaCount=2)
            await settled(server, service, "RUNNING", 2)
            answer = await server.ask(ALL_EVENTS, s=service)
            every = [edge["node"]["eventType"] for edge in reversed(answer["serviceInstance"]["events"]["edges"])]
            assert every == ["DEPLOYMENT_STARTED", "DEPLOYMENT_COMPLETED", "SERVICE_STARTED", "SERVICE_SCALED"]
            cursors = [edge["cursor"] for edge in reversed(answer["serviceInstance"]["events"]["edges"])]
            missed = every[cursors.index(cursor) + 1 :]
            again = {"events": {"query": EVENTS, "variables": {"s": service, "after": cursor}}}
            async with following(server, again) as second:
                await _told(second, "events", "deploymentEvents", len(missed))
            assert [event["node"]["eventType"] for event in second.of("events", "deploymentEvents")] == missed


async def _told(followed: Followed, name: str, field: str, count: int) -> None:
    await eventually(lambda: _true(len(followed.of(name, field)) >= count), f"{count} deliveries of {name}: {followed.lines}")


async def _true(value: bool) -> bool:
    return value
