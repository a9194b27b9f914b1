"""The process engine: for development on a machine without Docker, a service runs as a child process of nobody.

A build is a prepared copy of the folder; a replica is a folder with a keeper (``process_shim``) that starts the service, writes
down its lines and its end, and lives on when kyozo_gql ends. All state is in one folder; two engines on two folders never meet.
Isolation there is none: services run as the user that kyozo_gql runs as, so this engine is refused in production.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import shutil
import socket
import time
from collections.abc import AsyncGenerator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psutil

from kyozo_gql.core.errors import ConfigurationError, Conflict, NotSupported
from kyozo_gql.core.quantity import parse_bytes
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, PortProtocol, ServiceType
from kyozo_gql.engines.commands import run_captured
from kyozo_gql.engines.engine import (
    BuildLineSink,
    BuildSpec,
    CommandResult,
    EngineEvent,
    EngineEventKind,
    EngineInfo,
    EngineKind,
    EngineLogLine,
    ObservedReplica,
    ProbeResult,
    ReplicaSpec,
    ReplicaState,
    ReplicaStats,
)
from kyozo_gql.engines.probe import checked_port, probe_address, probe_by_command
from kyozo_gql.engines.process_build import Builds
from kyozo_gql.engines.process_environment import tool_path
from kyozo_gql.engines.process_logs import read_log
from kyozo_gql.engines.process_replica import ReplicaFolder, ReplicaFolders

_EVENT_SECONDS = 0.2
_CPU_SAMPLE_SECONDS = 0.1
_LOOPBACK = "127.0.0.1"
_TOOLS = {ServiceType.NODEJS: "node", ServiceType.PYTHON: "python3", ServiceType.GOLANG: "go", ServiceType.RUST: "cargo"}


class ProcessEngine:
    """The process engine over one state folder."""

    def __init__(self, state: Path) -> None:
        state = state.absolute()
        self._builds = Builds(state)
        self._replicas = ReplicaFolders(state / "replicas")

    @property
    def kind(self) -> EngineKind:
        """Process."""
        return EngineKind.PROCESS

    async def info(self) -> EngineInfo:
        """The version is that of the operating system."""
        return EngineInfo(EngineKind.PROCESS, f"{platform.system()} {platform.release()}")

    def refusal(self, service_type: ServiceType, *, image: str | None) -> str | None:
        """Refuses what needs containers, or a tool that this machine has not."""
        if image is not None:
            return "A ready-made image needs a container engine: start Docker, or deploy from the folder's own files."
        tool = _TOOLS.get(service_type)
        if tool is None:
            return f"A {service_type.value} service needs a container engine: start Docker and point DOCKER_SOCKET to it."
        if shutil.which(tool, path=tool_path()) is None:
            return f"A {service_type.value} service needs {tool} on PATH: install it, or start Docker."
        return None

    async def build(self, spec: BuildSpec, on_line: BuildLineSink) -> str:
        """Copies the context, without .git, node_modules and .venv, and runs the commands in the copy."""
        if spec.service_type not in _TOOLS:
            raise NotSupported(self.refusal(spec.service_type, image=None))
        return await self._builds.build(spec, on_line)

    async def pull(self, image: str, on_line: BuildLineSink) -> str:  # noqa: ARG002 — the protocol's
        """Raises NotSupported."""
        raise NotSupported(f"the image {image} needs a container engine")

    async def push(self, image: str, on_line: BuildLineSink) -> None:
        """There is no image to push: a build here is a folder."""

    async def has_image(self, image: str) -> bool:
        """Whether there is a whole build of that name."""
        return self._builds.find(image) is not None

    async def remove_images(self, service_id: UUID, keep: frozenset[str]) -> tuple[str, ...]:
        """Removes the builds of the service, unfinished ones too."""
        return await self._builds.remove(service_id, keep)

    async def remove_volumes(self, owner_id: UUID) -> tuple[str, ...]:  # noqa: ARG002 — the protocol's
        """There are none."""
        return ()

    async def run(self, spec: ReplicaSpec) -> ObservedReplica:
        """Starts the command of the specification in the image's folder. Raises NotSupported for a service with volumes.

        All services are on the one loopback of the machine: names within a workspace or a stack there are none.
        """
        if spec.volumes:
            raise NotSupported(f"the volume {spec.volumes[0].name} needs a container engine: start Docker")
        if spec.secret_files:
            raise NotSupported(f"the secret {next(iter(spec.secret_files))} needs a container engine: start Docker")
        folder = self._replicas.named(spec.name)
        if folder is not None:
            await self._start(folder)
            return folder.observe()
        build = self._builds.find(spec.image)
        if build is None:
            raise ConfigurationError(f"there is no build {spec.image}")
        folder = self._replicas.create(spec, build.app, build.start_command)
        try:
            await self._start(folder)
        except (ConfigurationError, Conflict):
            folder.remove()
            raise
        return folder.observe()

    async def start(self, container_id: str) -> None:
        """Starts a replica that does not run."""
        await self._start(self._replicas.get(container_id))

    async def _start(self, folder: ReplicaFolder) -> None:
        if folder.runs or (folder.spec.once and folder.state()):
            return
        for port in folder.spec.ports:
            _check_free(port)
        await folder.start()

    async def stop(self, container_id: str, grace_seconds: int) -> None:
        """SIGTERM to the process group; after the grace, or when the command has ended, the end of all its processes."""
        for folder in self._with_id(container_id):
            await folder.stop(grace_seconds)

    async def remove(self, container_id: str) -> None:
        """Ends a replica and removes its folder."""
        for folder in self._with_id(container_id):
            await folder.stop(0)
            folder.remove()

    def _with_id(self, container_id: str) -> list[ReplicaFolder]:
        return [folder for folder in self._replicas.all() if folder.container_id == container_id]

    async def observe(self, service_id: UUID | None = None) -> tuple[ObservedReplica, ...]:
        """The replicas as they are now."""
        found = (folder.observe() for folder in self._replicas.all() if service_id in (None, folder.spec.service_id))
        return tuple(sorted(found, key=lambda replica: replica.name))

    async def logs(
        self, container_id: str, *, tail: int | None = None, since: datetime | None = None, follow: bool = False
    ) -> AsyncGenerator[EngineLogLine]:
        """The lines of all starts of a replica; the newest 5 to 10 MiB are kept."""
        folder = self._replicas.get(container_id)
        lines = read_log(folder.path, tail=tail, since=since, follow=follow, runs=lambda: folder.runs)
        async with contextlib.aclosing(lines):
            async for line in lines:
                yield line

    async def stats(self, container_id: str) -> ReplicaStats | None:
        """The sum over all its processes, from two looks a moment apart."""
        folder = self._replicas.get(container_id)
        if not folder.runs:
            return None
        before, started = _cpu_seconds(folder), time.perf_counter()
        await asyncio.sleep(_CPU_SAMPLE_SECONDS)
        used, passed = _cpu_seconds(folder) - before, time.perf_counter() - started
        memory = sum(_resident_bytes(process) for process in _processes(folder))
        return ReplicaStats(max(0.0, 100 * used / passed), memory, parse_bytes(folder.spec.limits.memory))

    async def execute(self, container_id: str, command: tuple[str, ...], timeout_seconds: float) -> CommandResult:
        """Runs a command in the replica's folder with its environment. Raises Conflict where the replica does not run."""
        folder = self._replicas.get(container_id)
        if not folder.runs:
            raise Conflict("the replica does not run")
        return await run_captured(command, cwd=folder.app, environment=folder.environment(), seconds=timeout_seconds)

    async def probe(self, container_id: str, check: HealthCheckSpec) -> ProbeResult:
        """HTTP and TCP on 127.0.0.1 and the host port; a command runs in the replica's folder."""
        folder = self._replicas.get(container_id)
        if not folder.runs:
            return ProbeResult(False, None, "the service does not run")
        if check.kind is HealthCheckKind.NONE:
            return ProbeResult(True, None, "the service runs")
        if check.kind is HealthCheckKind.COMMAND:
            return await probe_by_command(self.execute, container_id, check)
        wanted = checked_port(check, folder.spec.ports)
        port = next((port.host_port for port in folder.spec.ports if port.container_port == wanted), None)
        if port is None:
            return ProbeResult(False, None, "the service has no published port to check")
        return await probe_address(_LOOPBACK, port, check)

    async def events(self) -> AsyncGenerator[EngineEvent]:
        """What changed between two looks at the folders."""
        seen = {replica.container_id: replica for replica in await self.observe()}
        yield EngineEvent(EngineEventKind.RESYNC)
        while True:
            await asyncio.sleep(_EVENT_SECONDS)
            found = {replica.container_id: replica for replica in await self.observe()}
            for container_id in seen.keys() | found.keys():
                for event in _changes(seen.get(container_id), found.get(container_id)):
                    yield event
            seen = found

    async def forget_workspace(self, workspace_id: UUID) -> None:
        """There is no network to remove."""

    async def close(self) -> None:
        """Nothing is held. What runs, runs on."""

    async def stop_all(self, grace_seconds: int = 5) -> None:
        """Ends every replica of this state folder; for the clean end of a development server. Their folders stay."""
        await asyncio.gather(*(folder.stop(grace_seconds) for folder in self._replicas.all()))


def _changes(before: ObservedReplica | None, after: ObservedReplica | None) -> list[EngineEvent]:
    was_up = before is not None and before.state is ReplicaState.RUNNING
    is_up = after is not None and after.state is ReplicaState.RUNNING
    started_anew = after is not None and after.started_at is not None and (before is None or before.started_at != after.started_at)
    kinds = []
    if (was_up and (not is_up or started_anew)) or (started_anew and not is_up):
        kinds += [EngineEventKind.OUT_OF_MEMORY] if after is not None and after.oom_killed else []
        kinds.append(EngineEventKind.DIED)
    if started_anew:
        kinds.insert(0 if not is_up and not was_up else len(kinds), EngineEventKind.STARTED)
    if after is None:
        kinds.append(EngineEventKind.REMOVED)
    replica = after or before
    return [EngineEvent(kind, replica.service_id, replica.container_id) for kind in kinds] if replica is not None else []


def _check_free(port: PortMapping) -> None:
    if port.host_port is None:
        return
    kind = socket.SOCK_STREAM if port.protocol is PortProtocol.TCP else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port.host_port))
        except OSError as error:
            raise Conflict(f"port {port.host_port} of the host is taken") from error


def _processes(folder: ReplicaFolder) -> list[psutil.Process]:
    keeper = folder.state().get("keeper")
    try:
        return psutil.Process(keeper).children(recursive=True) if folder.runs and keeper is not None else []
    except psutil.Error:
        return []


def _cpu_seconds(folder: ReplicaFolder) -> float:
    total = 0.0
    for process in _processes(folder):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _resident_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
