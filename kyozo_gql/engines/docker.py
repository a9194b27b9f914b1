"""The Docker engine: a container for each replica, networks for each workspace and stack, volumes; all found again by labels.

The limit of storage is in force where the engine's storage driver can hold it (overlay2 on xfs with quotas, btrfs, zfs), and
ignored elsewhere. An image that is present is not pulled again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aiodocker

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import ConfigurationError, Conflict, EngineError, KyozoError, NotFound, NotSupported
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, ServiceType
from kyozo_gql.engines import docker_labels
from kyozo_gql.engines.docker_build import ImageBuild
from kyozo_gql.engines.docker_commands import run_command
from kyozo_gql.engines.docker_connection import DockerConnection, ask, is_conflict, is_missing, translated
from kyozo_gql.engines.docker_events import follow_events
from kyozo_gql.engines.docker_images import image_id, pull_image, push_image, remove_images
from kyozo_gql.engines.docker_logs import follow_lines, read_past
from kyozo_gql.engines.docker_network import ensure_network, is_network_unsettled, join_networks, networks_of, remove_networks
from kyozo_gql.engines.docker_replica import container_config, observed, read_ports
from kyozo_gql.engines.docker_secrets import put_secrets
from kyozo_gql.engines.docker_stats import read_stats
from kyozo_gql.engines.docker_volumes import remove_volumes
from kyozo_gql.engines.engine import (
    BuildLineSink,
    BuildSpec,
    CommandResult,
    EngineEvent,
    EngineInfo,
    EngineKind,
    EngineLogLine,
    LogStream,
    ObservedReplica,
    ProbeResult,
    ReplicaSpec,
    ReplicaStats,
)
from kyozo_gql.engines.probe import checked_port, probe_address, probe_by_command, probe_proxied

_LEAST_API = "1.41"
_STOP_MARGIN_SECONDS = 30.0
_REMOVAL_SECONDS = 30.0
_JOINS = 6
_JOIN_SECONDS = 0.2


class DockerEngine:
    """The engine that listens on ``socket``; ``installation`` tells our containers from those of another kyozo_gql on it.

    ``api_version`` is the least version of the API that it has to speak; 1.41 at least, whatever it says.
    """

    def __init__(
        self, socket: Path, *, installation: str, publish_address: str = "127.0.0.1", api_version: str = _LEAST_API
    ) -> None:
        self._connection = DockerConnection(socket)
        self._installation = installation
        self._publish_address = publish_address
        self._least_api = max(api_version, _LEAST_API, key=_comparable)
        self._limits_storage = True
        self._reaches_containers: bool | None = None

    @property
    def kind(self) -> EngineKind:
        """Docker."""
        return EngineKind.DOCKER

    async def info(self) -> EngineInfo:
        """Raises NotSupported for an engine whose API is older than what is needed."""
        with translated():
            version = await self._connection.control.version()
        if _comparable(version["ApiVersion"]) < _comparable(self._least_api):
            raise NotSupported(f"the Docker engine speaks API {version['ApiVersion']}; {self._least_api} is needed at least")
        return EngineInfo(EngineKind.DOCKER, version["Version"], version["ApiVersion"])

    def refusal(self, service_type: ServiceType, *, image: str | None) -> str | None:  # noqa: ARG002 — the protocol's
        """Everything runs in containers."""
        return None

    async def build(self, spec: BuildSpec, on_line: BuildLineSink) -> str:
        """Builds with the engine's own builder; what only BuildKit can do is a ConfigurationError that says so."""
        found = await image_id(self._connection, spec.image)
        if found is not None:
            await on_line(EngineLogLine(now(), LogStream.STDOUT, f"{spec.image} is there already"))
            return found
        labels = docker_labels.image_labels(self._installation, spec.service_id)
        return await ImageBuild(self._connection, spec, labels, on_line).run()

    async def pull(self, image: str, on_line: BuildLineSink) -> str:
        """Pulls what is not present."""
        found = await image_id(self._connection, image)
        if found is None:
            await pull_image(self._connection, image, on_line)
            found = await image_id(self._connection, image)
        if found is None:
            raise ConfigurationError(f"the image {image} was pulled but is not there")
        return found

    async def push(self, image: str, on_line: BuildLineSink) -> None:
        """Pushes without credentials: the registry is to take what comes from this engine."""
        await push_image(self._connection, image, on_line)

    async def has_image(self, image: str) -> bool:
        """Whether it is present."""
        return await image_id(self._connection, image) is not None

    async def remove_images(self, service_id: UUID, keep: frozenset[str]) -> tuple[str, ...]:
        """Removes by our labels alone; an image that a container uses stays."""
        return await remove_images(self._connection, self._installation, service_id, keep)

    async def remove_volumes(self, owner_id: UUID) -> tuple[str, ...]:
        """Removes by our labels alone; a volume that a container uses stays."""
        return await remove_volumes(self._connection, self._installation, owner_id)

    async def run(self, spec: ReplicaSpec) -> ObservedReplica:
        """Creates and starts a container. Host ports are published on the configured address only."""
        there = await self._adopt(spec)
        if there is not None:
            container_id = str(there["Id"])
            if not (spec.once and there["State"]["Status"] != "created"):
                await self._start_joined(container_id, spec)
        else:
            container_id = await self._create(spec)
            try:
                await self._start_joined(container_id, spec)
            except KyozoError:
                await self.remove(container_id)
                raise
        return observed(await self._inspect(container_id))

    async def _start_joined(self, container_id: str, spec: ReplicaSpec) -> None:
        """Starts a container in its networks.

        Nothing holds a network that is empty, or keeps two of a name apart: where others make and remove them meanwhile, again.
        """
        networks = networks_of(spec, self._installation)
        await put_secrets(self._connection, container_id, spec.secret_files)
        for attempt in range(_JOINS):
            await asyncio.sleep(attempt * _JOIN_SECONDS)
            await join_networks(self._connection, container_id, networks)
            try:
                await self.start(container_id)
            except EngineError as error:
                if not is_network_unsettled(error):
                    raise
            else:
                return
        await self.start(container_id)

    async def _adopt(self, spec: ReplicaSpec) -> dict[str, Any] | None:
        record = await self._connection.inspect(spec.name)
        if record is None:
            return None
        if record["Config"]["Labels"].get(docker_labels.INSTANCE) != self._installation:
            raise Conflict(f"a container named {spec.name} is there that is not ours")
        return record

    async def _create(self, spec: ReplicaSpec) -> str:
        network_id = await ensure_network(self._connection, networks_of(spec, self._installation)[0])
        storage = self._limits_storage  # another start may find out meanwhile that it can't
        config = container_config(
            spec,
            installation=self._installation,
            network_id=network_id,
            publish_address=self._publish_address,
            storage=storage,
        )
        with translated():
            try:
                container = await self._connection.control.containers.create(config, name=spec.name)
            except aiodocker.DockerError as error:
                if storage and "storage" in error.message.lower():
                    self._limits_storage = False
                    return await self._create(spec)
                if is_missing(error):
                    raise ConfigurationError(f"there is no image {spec.image}: {error.message}") from error
                raise
        return container.id

    async def _inspect(self, container_id: str) -> dict[str, Any]:
        record = await self._connection.inspect(container_id)
        if record is None:
            raise NotFound("replica", container_id)
        return record

    async def start(self, container_id: str) -> None:
        """Starts a container that does not run."""
        with translated(container_id):
            await self._connection.control.containers.container(container_id).start()

    async def stop(self, container_id: str, grace_seconds: int) -> None:
        """The engine's own stop, after which it does not restart the container."""
        with translated():
            timeout = grace_seconds + _STOP_MARGIN_SECONDS
            try:
                async with asyncio.timeout(timeout):
                    await ask(self._connection.streams, "POST", f"containers/{container_id}/stop", params={"t": grace_seconds})
            except aiodocker.DockerError as error:
                if not is_missing(error):
                    raise

    async def remove(self, container_id: str) -> None:
        """Kills and removes a container with its anonymous volumes."""
        with translated():
            async with asyncio.timeout(_REMOVAL_SECONDS):
                while await self._delete(container_id):  # noqa: ASYNC110 — the engine tells no end of a removal
                    await asyncio.sleep(0.05)

    async def _delete(self, container_id: str) -> bool:
        """Whether the removal has to be asked for again: another one is under way."""
        try:
            await self._connection.control.containers.container(container_id).delete(force=True, v=True)
        except aiodocker.DockerError as error:
            if is_conflict(error):
                return True
            if not is_missing(error):
                raise
        return False

    async def observe(self, service_id: UUID | None = None) -> tuple[ObservedReplica, ...]:
        """What carries our labels."""
        filters = json.dumps({"label": docker_labels.replica_filters(self._installation, service_id)})
        with translated():
            containers = await self._connection.control.containers.list(all=True, filters=filters)
        records = await asyncio.gather(*(self._connection.inspect(container.id) for container in containers))
        return tuple(sorted((observed(record) for record in records if record is not None), key=lambda replica: replica.name))

    async def logs(
        self, container_id: str, *, tail: int | None = None, since: datetime | None = None, follow: bool = False
    ) -> AsyncGenerator[EngineLogLine]:
        """The lines of all starts of a container; Docker keeps the newest 30 MB."""
        await self._inspect(container_id)
        past = await read_past(self._connection, container_id, tail=None if tail is None else max(tail, 1), since=since)
        for line in past if tail != 0 else []:
            yield line
        if follow:
            lines = follow_lines(self._connection, container_id, since=past[-1].timestamp if past else since)
            async with aclosing(lines):
                async for line in lines:
                    yield line

    async def stats(self, container_id: str) -> ReplicaStats | None:
        """From two looks a moment apart; memory without what the kernel would give back (inactive page cache)."""
        record = await self._inspect(container_id)
        return await read_stats(self._connection, container_id) if record["State"]["Running"] else None

    async def execute(self, container_id: str, command: tuple[str, ...], timeout_seconds: float) -> CommandResult:
        """Runs a command as the container's user."""
        return await run_command(self._connection, container_id, command, timeout_seconds)

    async def probe(self, container_id: str, check: HealthCheckSpec) -> ProbeResult:
        """HTTP and TCP on the container's own address where this machine reaches it, else on the published port."""
        record = await self._inspect(container_id)
        if not record["State"]["Running"] or record["State"]["Restarting"]:
            return ProbeResult(False, None, "the service does not run")
        if check.kind is HealthCheckKind.NONE:
            return ProbeResult(True, None, "the service runs")
        if check.kind is HealthCheckKind.COMMAND:
            return await probe_by_command(self.execute, container_id, check)
        ports = read_ports(record)
        port, address = checked_port(check, ports), observed(record).address
        if port is None:
            return ProbeResult(False, None, "the service has no port to check")
        if address is not None and await self._is_near():
            return await probe_address(address, port, check)
        return await self._probe_published(port, ports, check)

    async def _probe_published(self, port: int, ports: tuple[PortMapping, ...], check: HealthCheckSpec) -> ProbeResult:
        host_port = next((mapping.host_port for mapping in ports if mapping.container_port == port), None)
        if host_port is None:
            return ProbeResult(False, None, f"port {port} is not published")
        host = "127.0.0.1" if self._publish_address in ("0.0.0.0", "::") else self._publish_address  # noqa: S104 — compared, not bound
        return await probe_proxied(host, host_port, check)

    async def _is_near(self) -> bool:
        """Whether the addresses of containers are reached from here: not with Docker in a virtual machine or without root."""
        if self._reaches_containers is None:
            with translated():
                info = await self._connection.control.system.info()
            far = "name=rootless" in info.get("SecurityOptions", []) or info.get("OperatingSystem") == "Docker Desktop"
            self._reaches_containers = sys.platform == "linux" and not far
        return self._reaches_containers

    async def events(self) -> AsyncGenerator[EngineEvent]:
        """The engine's own stream of events, opened again whenever it breaks."""
        events = follow_events(self._connection, self._installation)
        async with aclosing(events):
            async for event in events:
                yield event

    async def forget_workspace(self, workspace_id: UUID) -> None:
        """Removes the networks of the workspace and its stacks that no container is in."""
        await remove_networks(self._connection, self._installation, workspace_id)

    async def close(self) -> None:
        """Closes the connections."""
        await self._connection.close()


def _comparable(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
