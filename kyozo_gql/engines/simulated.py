"""The simulated engine: everything an engine does, but nothing runs.

For tests and dry runs. Its state is in SQLite, so that an API and a worker process share it and that it outlives both. Services are
told to misbehave by their environment variables, builds by their arguments: see ``simulated_behaviour``. An image whose reference
contains ``missing`` can't be pulled. Of commands, ``echo``, ``sleep``, ``true`` and ``false`` do what they say; any other succeeds.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncGenerator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from kyozo_gql import __version__
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import BuildFailed, ConfigurationError, Conflict, EngineUnreachable, NotFound
from kyozo_gql.core.quantity import parse_bytes
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, ServiceType
from kyozo_gql.engines.engine import (
    BuildLineSink,
    BuildSpec,
    CommandResult,
    EngineEvent,
    EngineEventKind,
    EngineInfo,
    EngineKind,
    EngineLogLine,
    LogStream,
    ObservedReplica,
    ProbeResult,
    ReplicaSpec,
    ReplicaState,
    ReplicaStats,
)
from kyozo_gql.engines.probe import checked_port, judge_command
from kyozo_gql.engines.simulated_behaviour import Behaviour
from kyozo_gql.engines.simulated_build import simulate_build
from kyozo_gql.engines.simulated_state import SimulatedState, line_of, load_spec, microseconds, observed

_POLL_SECONDS = 0.03


class SimulatedEngine:
    """The simulated engine over one file, or over memory where ``path`` is None."""

    def __init__(self, path: Path | None = None) -> None:
        self._state = SimulatedState(path)

    @property
    def kind(self) -> EngineKind:
        """Simulated."""
        return EngineKind.SIMULATED

    async def info(self) -> EngineInfo:
        """The version is that of kyozo_gql."""
        self._answer()
        return EngineInfo(EngineKind.SIMULATED, __version__)

    def refusal(self, service_type: ServiceType, *, image: str | None) -> str | None:  # noqa: ARG002 — the protocol's
        """Everything can be simulated."""
        return None

    async def build(self, spec: BuildSpec, on_line: BuildLineSink) -> str:
        """Reads the context and the Dockerfile, says what a build would do, and remembers the image."""
        self._answer()
        image = self._state.row("SELECT content_id FROM images WHERE image = ?", spec.image)
        if image is not None:
            await on_line(EngineLogLine(now(), LogStream.STDOUT, f"{spec.image} is there already"))
            return str(image["content_id"])
        content_id = await simulate_build(spec, on_line)
        self._add_image(spec.image, content_id, spec.service_id)
        return content_id

    async def pull(self, image: str, on_line: BuildLineSink) -> str:
        """Remembers the image, unless its reference contains ``missing``."""
        self._answer()
        if "missing" in image:
            raise ConfigurationError(f"the image {image} can't be pulled: there is no such image")
        await on_line(EngineLogLine(now(), LogStream.STDOUT, f"pulled {image}"))
        content_id = f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
        self._add_image(image, content_id, None)
        return content_id

    def _add_image(self, image: str, content_id: str, service_id: UUID | None) -> None:
        with self._state.changing() as connection:
            values = (image, content_id, service_id and str(service_id))
            connection.execute("INSERT OR IGNORE INTO images (image, content_id, service_id) VALUES (?, ?, ?)", values)

    async def push(self, image: str, on_line: BuildLineSink) -> None:
        """Says that it pushed. Raises BuildFailed where there is no such image."""
        self._answer()
        if not self._has(image):
            raise BuildFailed(f"the image {image} can't be pushed: there is no such image")
        await on_line(EngineLogLine(now(), LogStream.STDOUT, f"pushed {image}"))

    async def has_image(self, image: str) -> bool:
        """Whether it was built or pulled."""
        self._answer()
        return self._has(image)

    def _has(self, image: str) -> bool:
        return self._state.row("SELECT 1 FROM images WHERE image = ?", image) is not None

    async def remove_images(self, service_id: UUID, keep: frozenset[str]) -> tuple[str, ...]:
        """Forgets what was built for the service; pulled images belong to nobody."""
        self._answer()
        with self._state.changing() as connection:
            rows = self._state.rows("SELECT image FROM images WHERE service_id = ? ORDER BY image", str(service_id))
            images = tuple(row["image"] for row in rows if row["image"] not in keep)
            connection.executemany("DELETE FROM images WHERE image = ?", [(image,) for image in images])
        return images

    async def remove_volumes(self, owner_id: UUID) -> tuple[str, ...]:
        """Forgets the volumes that no replica has; of a volume nothing but its name is kept."""
        self._answer()
        return self._state.remove_volumes(owner_id)

    async def run(self, spec: ReplicaSpec) -> ObservedReplica:
        """Adds a replica and starts it. Host ports conflict with those of other simulated replicas only."""
        self._answer()
        with self._state.changing():
            row = self._state.row("SELECT id FROM replicas WHERE name = ?", spec.name)
            replica_id = row["id"] if row else self._create(spec)
            there = self._state.replica(replica_id)
            if not (spec.once and there["state"] != ReplicaState.CREATED):
                self._check_ports(load_spec(there), replica_id)
                self._state.start(replica_id)
        return observed(self._state.replica(replica_id))

    def _create(self, spec: ReplicaSpec) -> str:
        if not self._has(spec.image):
            raise ConfigurationError(f"there is no image {spec.image}; build or pull it first")
        failure = Behaviour(spec.environment).run_failure
        if failure is not None:
            raise ConfigurationError(failure)
        replica_id = secrets.token_hex(16)
        self._state.add_replica(replica_id, spec, ReplicaState.CREATED.value)
        return replica_id

    def _check_ports(self, spec: ReplicaSpec, replica_id: str) -> None:
        wanted = {(port.host_port, port.protocol) for port in spec.ports if port.host_port is not None}
        for row in self._state.rows("SELECT * FROM replicas WHERE state = 'running' AND id != ?", replica_id):
            for port in load_spec(row).ports:
                if (port.host_port, port.protocol) in wanted:
                    raise Conflict(f"port {port.host_port} of the host is taken")

    async def start(self, container_id: str) -> None:
        """Starts a replica that does not run."""
        self._answer()
        with self._state.changing():
            self._check_ports(load_spec(self._state.replica(container_id)), container_id)
            self._state.start(container_id)

    async def stop(self, container_id: str, grace_seconds: int) -> None:
        """Ends a replica as its behaviour says: exit code 0 within the grace, else 137."""
        self._answer()
        try:
            end = Behaviour(load_spec(self._state.replica(container_id)).environment).stop(grace_seconds)
            self._state.end_at(container_id, microseconds() + end.after_us, end.exit_code)
            while self._state.replica(container_id)["state"] == "running":  # noqa: ASYNC110 — another process may end it
                await asyncio.sleep(_POLL_SECONDS)
        except NotFound:
            return

    async def remove(self, container_id: str) -> None:
        """Removes a replica and its lines."""
        self._answer()
        self._state.remove(container_id)

    async def observe(self, service_id: UUID | None = None) -> tuple[ObservedReplica, ...]:
        """The replicas as they are now."""
        self._answer()
        self._state.settle()
        chosen = "SELECT * FROM replicas WHERE service_id = ifnull(?, service_id) ORDER BY name"
        return tuple(map(observed, self._state.rows(chosen, service_id and str(service_id))))

    async def logs(
        self, container_id: str, *, tail: int | None = None, since: datetime | None = None, follow: bool = False
    ) -> AsyncGenerator[EngineLogLine]:
        """The lines of all starts of a replica."""
        self._answer()
        self._state.replica(container_id)
        after = -1 if since is None else int(since.timestamp() * 1_000_000)
        newest = "SELECT * FROM log_lines WHERE replica_id = ? AND at > ? ORDER BY id DESC LIMIT ?"
        rows = self._state.rows(newest, container_id, after, -1 if tail is None else tail)[::-1]
        position = rows[-1]["id"] if rows else self._last_id("log_lines")
        for row in rows:
            yield line_of(row)
        while follow:
            # The state is looked at before the lines: what was written until the end is still told.
            try:
                follow = self._state.replica(container_id)["state"] == "running"
            except NotFound:
                return
            for row in self._state.rows(
                "SELECT * FROM log_lines WHERE replica_id = ? AND id > ? ORDER BY id", container_id, position
            ):
                position = row["id"]
                yield line_of(row)
            if follow:
                await asyncio.sleep(_POLL_SECONDS)

    async def stats(self, container_id: str) -> ReplicaStats | None:
        """What its environment says that it uses."""
        self._answer()
        row = self._state.replica(container_id)
        if row["state"] != "running":
            return None
        spec = load_spec(row)
        behaviour = Behaviour(spec.environment)
        return ReplicaStats(behaviour.cpu_percent, behaviour.memory_bytes, parse_bytes(spec.limits.memory))

    async def execute(self, container_id: str, command: tuple[str, ...], timeout_seconds: float) -> CommandResult:
        """Does what ``echo``, ``sleep``, ``true`` and ``false`` say; any other command succeeds. Conflict where it does not run."""
        self._answer()
        if self._state.replica(container_id)["state"] != "running":
            raise Conflict("the replica does not run")
        program, *arguments = command
        if program == "sleep" and arguments:
            async with asyncio.timeout(timeout_seconds):
                await asyncio.sleep(float(arguments[0]))
        output = " ".join(arguments) + "\n" if program == "echo" else ""
        return CommandResult(1 if program == "false" else 0, output)

    async def probe(self, container_id: str, check: HealthCheckSpec) -> ProbeResult:
        """Healthy where the replica runs, has had its time to start and was not told to be unhealthy."""
        self._answer()
        started = time.perf_counter()
        row = self._state.replica(container_id)
        spec = load_spec(row)
        if row["state"] != "running":
            return ProbeResult(False, None, "the replica does not run")
        ready_after = Behaviour(spec.environment).ready_after_us() if row["health"] is None else row["health"]
        if ready_after is None or microseconds() < row["started_at"] + ready_after:
            return ProbeResult(False, None, "simulated: the service does not answer")
        if check.kind is HealthCheckKind.COMMAND:
            result = await self.execute(container_id, check.command or ("true",), check.timeout_seconds)
            return judge_command(result, time.perf_counter() - started)
        if check.kind is not HealthCheckKind.NONE and checked_port(check, spec.ports) is None:
            return ProbeResult(False, None, "the service has no port to check")
        return ProbeResult(True, (time.perf_counter() - started) * 1000, "simulated: the service answers")

    async def events(self) -> AsyncGenerator[EngineEvent]:
        """The news of all processes on the same state."""
        position: int | None = None
        while True:
            if not self._reachable():
                position = None
            elif position is None:
                position = self._last_id("events")
                yield EngineEvent(EngineEventKind.RESYNC)
            else:
                self._state.settle()
                rows = self._state.rows("SELECT * FROM events WHERE id > ? ORDER BY id", position)
                if rows and rows[0]["id"] > position + 1:
                    yield EngineEvent(EngineEventKind.RESYNC)
                for row in rows:
                    position = row["id"]
                    yield EngineEvent(EngineEventKind(row["kind"]), UUID(row["service_id"]), row["replica_id"])
            await asyncio.sleep(_POLL_SECONDS)

    async def forget_workspace(self, workspace_id: UUID) -> None:  # noqa: ARG002 — the protocol's
        """There is no network to remove."""
        self._answer()

    async def close(self) -> None:
        """Closes the state; what is in a file stays."""
        self._state.close()

    def kill(self, container_id: str, exit_code: int = 137) -> None:
        """Ends a replica as a crash would."""
        self._state.end_at(container_id, microseconds(), exit_code)
        self._state.settle()

    def set_reachable(self, reachable: bool) -> None:
        """Whether the engine answers, for every process on the same state; while it does not, calls raise EngineUnreachable."""
        with self._state.changing() as connection:
            statement = "DELETE FROM switches WHERE name = ?" if reachable else "INSERT OR IGNORE INTO switches VALUES (?)"
            connection.execute(statement, ("unreachable",))

    def set_healthy(self, container_id: str, healthy: bool) -> None:
        """Whether a replica's checks pass from now on, whatever its environment says."""
        with self._state.changing() as connection:
            connection.execute("UPDATE replicas SET health = ? WHERE id = ?", (0 if healthy else 1 << 60, container_id))

    def _reachable(self) -> bool:
        return self._state.row("SELECT 1 FROM switches WHERE name = 'unreachable'") is None

    def _answer(self) -> None:
        if not self._reachable():
            raise EngineUnreachable("the simulated engine was told not to answer")

    def _last_id(self, table: str) -> int:
        row = self._state.row("SELECT seq FROM sqlite_sequence WHERE name = ?", table)
        return int(row["seq"]) if row else 0
