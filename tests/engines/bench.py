"""What the contract suite needs of every engine alike: services that behave in a known way, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from kyozo_gql.core.ids import new_id
from kyozo_gql.core.spec import PortMapping, ResourceLimits, ServiceType
from kyozo_gql.engines.engine import BuildSpec, Engine, EngineEvent, EngineKind, EngineLogLine, ObservedReplica, ReplicaSpec

BASE_IMAGE = "busybox:latest"
WEB_PORT = 8080


@dataclass(frozen=True)
class Behaviour:
    """A service: as a shell script for the engines that run it, and as variables for the one that simulates it."""

    script: str
    simulated: dict[str, str] = field(default_factory=dict)


_STAY = "trap 'exit 0' TERM; while :; do sleep 0.05; done"
STEADY = Behaviour(
    f"echo one; echo two; sleep 0.1; echo three >&2; {_STAY}", {"SIMULATE_LOG": "one\ntwo", "SIMULATE_ERROR_LOG": "three"}
)
TICKING = Behaviour(
    "trap 'exit 0' TERM; n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.05; done", {"SIMULATE_TICK_SECONDS": "0.05"}
)
SUCCEEDS = Behaviour("echo done; exit 0", {"SIMULATE_EXIT_CODE": "0", "SIMULATE_LOG": "done"})
FAILS_LATER = Behaviour("sleep 0.3; exit 3", {"SIMULATE_EXIT_CODE": "3", "SIMULATE_EXIT_SECONDS": "0.3"})
DEAF = Behaviour("trap '' TERM; echo up; while :; do sleep 0.05; done", {"SIMULATE_STOP_SECONDS": "60", "SIMULATE_LOG": "up"})
WEB = Behaviour(
    "echo hello > index.html; if command -v python3 >/dev/null; then exec python3 -m http.server --bind 127.0.0.1 $PORT; fi;"
    f" exec httpd -f -p {WEB_PORT}"
)
GREEDY = Behaviour("sleep 0.3; x=$(head -c 1000000 /dev/zero | tr '\\0' x); while :; do x=$x$x; done", {"SIMULATE_MEMORY": "1Gi"})


class Bench:
    """One engine, one workspace, one service."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.service_id = new_id()
        self.workspace_id = new_id()
        self.deployment_id = new_id()
        self.lines: list[EngineLogLine] = []

    async def on_line(self, line: EngineLogLine) -> None:
        self.lines.append(line)

    def messages(self) -> list[str]:
        return [line.message for line in self.lines]

    def build_spec(self, *commands: tuple[str, ...], service_id: UUID | None = None, **changes: Any) -> BuildSpec:
        context = self.folder / "context"
        context.mkdir(exist_ok=True)
        (context / "hello.txt").write_text("hello\n")
        runs = "".join(f"RUN {json.dumps(command)}\n" for command in commands)
        values: dict[str, Any] = {
            "image": f"kyozo-test/{self.service_id}:{len(list(self.folder.iterdir()))}-{new_id()}",
            "context": context,
            "service_type": ServiceType.PYTHON,
            "service_id": service_id or self.service_id,
            "workspace_id": self.workspace_id,
            "deployment_id": self.deployment_id,
            "dockerfile": f"FROM {BASE_IMAGE}\nWORKDIR /app\nCOPY . /app\n{runs}",
            "commands": commands,
        }
        return BuildSpec(**(values | changes))

    async def image(self) -> str:
        spec = self.build_spec()
        await self.engine.build(spec, self.on_line)
        return spec.image

    async def replica_spec(self, behaviour: Behaviour, **changes: Any) -> ReplicaSpec:
        index = changes.get("index", 0)
        values: dict[str, Any] = {
            "name": f"kyozo-test-{self.service_id}-{index}",
            "alias": "web",
            "image": changes.get("image") or await self.image(),
            "index": index,
            "service_id": self.service_id,
            "workspace_id": self.workspace_id,
            "deployment_id": self.deployment_id,
            "command": ("sh", "-c", behaviour.script),
            "environment": behaviour.simulated | changes.pop("environment", {}),
            "limits": ResourceLimits(memory="256Mi"),
        }
        return ReplicaSpec(**(values | changes))

    async def run(self, behaviour: Behaviour, **changes: Any) -> ObservedReplica:
        return await self.engine.run(await self.replica_spec(behaviour, **changes))

    async def run_web(self, **changes: Any) -> tuple[ObservedReplica, int]:
        port = free_port()
        return await self.run(WEB, ports=(PortMapping(WEB_PORT, port),), **changes), port

    async def observe(self) -> ObservedReplica:
        (replica,) = await self.engine.observe(self.service_id)
        return replica

    async def until(self, holds: Callable[[ObservedReplica], bool], seconds: float = 15) -> ObservedReplica:
        deadline = time.monotonic() + seconds
        while not holds(replica := await self.observe()):
            assert time.monotonic() < deadline, replica
            await asyncio.sleep(0.02)
        return replica

    async def read_logs(self, container_id: str, **options: Any) -> list[EngineLogLine]:
        return [line async for line in self.engine.logs(container_id, **options)]

    async def until_logged(self, container_id: str, *messages: str) -> list[EngineLogLine]:
        deadline = time.monotonic() + 10
        while True:
            lines = await self.read_logs(container_id)
            if set(messages) <= {line.message for line in lines}:
                return lines
            assert time.monotonic() < deadline, lines
            await asyncio.sleep(0.02)

    async def clear(self) -> None:
        for replica in await self.engine.observe():
            if replica.workspace_id == self.workspace_id:
                await self.engine.remove(replica.container_id)
        await self.engine.remove_images(self.service_id, frozenset())
        await self.engine.forget_workspace(self.workspace_id)

    @property
    def is_simulated(self) -> bool:
        return self.engine.kind is EngineKind.SIMULATED


class News:
    """The events of an engine, collected from RESYNC on."""

    def __init__(self, engine: Engine) -> None:
        self.seen: list[EngineEvent] = []
        self._events = engine.events()

    async def __aenter__(self) -> Self:
        self.seen.append(await asyncio.wait_for(anext(self._events), 10))
        self._task = asyncio.create_task(self._collect())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._events.aclose()

    async def _collect(self) -> None:
        async for event in self._events:
            self.seen.append(event)

    async def idle(self) -> None:
        """Lets the stream look around a few times without hearing anything."""
        await asyncio.sleep(0.2)

    async def until(self, *wanted: EngineEvent) -> None:
        deadline = time.monotonic() + 15
        while not is_subsequence(wanted, self.seen):
            assert time.monotonic() < deadline, self.seen
            await asyncio.sleep(0.02)


def is_subsequence(wanted: Sequence[Any], seen: Sequence[Any]) -> bool:
    rest = iter(seen)
    return all(item in rest for item in wanted)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def first(lines: AsyncGenerator[EngineLogLine], count: int) -> list[EngineLogLine]:
    async with contextlib.aclosing(lines):
        found = []
        async with asyncio.timeout(15):
            async for line in lines:
                found.append(line)
                if len(found) == count:
                    break
        return found
