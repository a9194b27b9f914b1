"""The protocol that every engine implements, and the values it speaks in.

An engine knows images and replicas, nothing of desired states: it is told one step at a time, and each step may be told again
(after a crash, by another worker) and then finds its work done. Replicas and images carry the ids that they belong to, so that
what runs can always be found from the engine alone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from kyozo_gql.core.spec import HealthCheckSpec, PortMapping, ResourceLimits, ServiceType, VolumeMount


class EngineKind(StrEnum):
    """The engines there are."""

    DOCKER = "docker"
    SWARM = "swarm"
    PROCESS = "process"
    SIMULATED = "simulated"


class LogStream(StrEnum):
    """Where a line was written."""

    STDOUT = "stdout"
    STDERR = "stderr"


class ReplicaState(StrEnum):
    """What an engine says of a replica. RESTARTING: it failed, and the engine starts it again by itself, a few times."""

    CREATED = "created"
    RUNNING = "running"
    RESTARTING = "restarting"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What answers: ``version`` of the engine, ``api_version`` where it has one, how many nodes it runs on."""

    kind: EngineKind
    version: str
    api_version: str | None = None
    node_count: int = 1


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """How to make an image out of a folder.

    ``context`` is an absolute folder that stays unchanged while the build runs. ``dockerfile`` is the text of the Dockerfile (the
    service's own or a generated one; it need not exist in the context). ``dockerfile_path`` is where the service's own one is in
    the context, for messages. ``commands`` are the argument vectors that prepare a copy of the folder to be run without
    containers (install, compile), and ``start_command`` is the line for ``sh -c`` that such a copy is then run with, unless the
    replica brings its own. ``target`` is the stage of the Dockerfile that is the image; None: the last one. ``image`` is the
    reference to give: deterministic, a repeated build finds it.
    """

    image: str
    context: Path
    service_type: ServiceType
    service_id: UUID
    workspace_id: UUID
    deployment_id: UUID
    dockerfile: str | None = None
    dockerfile_path: str | None = None
    commands: tuple[tuple[str, ...], ...] = ()
    start_command: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None


@dataclass(frozen=True, slots=True)
class ReplicaSpec:
    """One replica to run. ``name`` is deterministic and unique: a replica of that name that is there already is adopted.

    ``alias`` is the DNS name in the workspace's network (the service's name). ``ports`` have their host ports chosen already;
    a mapping whose ``host_port`` is None is not published. ``command`` takes the place of the image's own (its
    CMD, in Docker's words: an ENTRYPOINT stays); None: the image's own, or that of the build. ``entrypoint`` takes the place of the
    image's ENTRYPOINT and of its CMD; empty: there shall be none. ``user`` and ``working_dir`` take the place of the image's.

    ``stack_id`` is the stack that the service is a part of, within which it is known as ``stack_alias`` besides: a name that
    services of other stacks may have too, and that means the stack's own service to everything in the stack; ``stack_aliases`` are
    further such names. ``secret_files`` are texts
    by the absolute path that they are put at before the start; no image holds them. ``volumes`` belong to
    ``owner_id``; one that is not there yet is created, empty.

    ``once``: it is started one time and no more (a job). No end makes the engine start it again, and ``run`` adopts one that was
    started before as it is, also where it has ended.
    """

    name: str
    alias: str
    image: str
    index: int
    service_id: UUID
    workspace_id: UUID
    deployment_id: UUID
    command: tuple[str, ...] | None = None
    ports: tuple[PortMapping, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: ResourceLimits = field(default_factory=ResourceLimits)
    stack_id: UUID | None = None
    stack_alias: str | None = None
    volumes: tuple[VolumeMount, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    user: str | None = None
    working_dir: str | None = None
    stack_aliases: tuple[str, ...] = ()
    secret_files: Mapping[str, str] = field(default_factory=dict)
    once: bool = False

    @property
    def owner_id(self) -> UUID:
        """Whose the volumes are: the stack's, all of whose services share them, or the service's."""
        return self.stack_id or self.service_id


@dataclass(frozen=True, slots=True)
class ObservedReplica:
    """A replica as the engine sees it now. ``container_id`` names it in every other call.

    ``address`` is where its container ports answer from the engine's host without being published, where there is such a place.
    ``restart_count`` counts the engine's own restarts. ``oom_killed``: the memory limit ended it.
    """

    container_id: str
    name: str
    index: int
    service_id: UUID
    workspace_id: UUID
    deployment_id: UUID
    image: str
    state: ReplicaState
    ports: tuple[PortMapping, ...] = ()
    address: str | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    restart_count: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class ReplicaStats:
    """What a replica uses now: ``cpu_percent`` of one core (200.0: two cores busy), memory in bytes, limit None: unlimited."""

    cpu_percent: float
    memory_bytes: int
    memory_limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class EngineLogLine:
    """One line of a replica or a build, without its line end."""

    timestamp: datetime
    stream: LogStream
    message: str


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command in a replica ended; ``output`` is at most 4 KiB of both streams."""

    exit_code: int
    output: str


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one health check of one replica found. ``response_time_ms`` is None where nothing answered; ``detail`` is a sentence."""

    healthy: bool
    response_time_ms: float | None
    detail: str


class EngineEventKind(StrEnum):
    """The news of an engine that matter to convergence."""

    STARTED = "started"
    DIED = "died"
    OUT_OF_MEMORY = "out_of_memory"
    REMOVED = "removed"
    RESYNC = "resync"


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something happened to a replica. RESYNC (``service_id`` None): events may have been missed, look at everything."""

    kind: EngineEventKind
    service_id: UUID | None = None
    container_id: str | None = None


BuildLineSink = Callable[[EngineLogLine], Awaitable[None]]


class Engine(Protocol):
    """What every engine does. Any call may raise EngineUnreachable; errors are those of ``core.errors``."""

    @property
    def kind(self) -> EngineKind:
        """Which engine this is."""
        ...

    async def info(self) -> EngineInfo:
        """Who answers."""
        ...

    def refusal(self, service_type: ServiceType, *, image: str | None) -> str | None:
        """Why this engine can't run such a service (a sentence for its owner), or None where it can."""
        ...

    async def build(self, spec: BuildSpec, on_line: BuildLineSink) -> str:
        """Builds ``spec.image`` and answers its content id; an image that is there already is not built again.

        Each line goes to ``on_line`` in order. When the calling task is cancelled, the build is confirmed ended before the
        CancelledError goes on. Raises BuildFailed, ConfigurationError (the Dockerfile or a command is wrong), NotSupported.
        """
        ...

    async def pull(self, image: str, on_line: BuildLineSink) -> str:
        """Makes a ready-made image present and answers its content id.

        Raises ConfigurationError where there is no such image, NotSupported.
        """
        ...

    async def push(self, image: str, on_line: BuildLineSink) -> None:
        """Brings an image that was built to the registry that its reference names; what is there already is not sent again.

        An engine without images has nothing to do. Raises BuildFailed with the registry's words, also where none answers.
        """
        ...

    async def has_image(self, image: str) -> bool:
        """Whether the image is there to be run."""
        ...

    async def remove_images(self, service_id: UUID, keep: frozenset[str]) -> tuple[str, ...]:
        """Removes the images that were built for a service but for those to ``keep``; answers which. Never other people's."""
        ...

    async def remove_volumes(self, owner_id: UUID) -> tuple[str, ...]:
        """Removes the volumes of a service or a stack for good; answers their names in order. Never other people's.

        This is for the deletion of the service or stack itself: volumes outlive every replica, restart and deployment. One that a
        replica still uses stays.
        """
        ...

    async def run(self, spec: ReplicaSpec) -> ObservedReplica:
        """Creates and starts a replica, or adopts and starts the one of that name; one to be run once only where it never started.

        Raises ConfigurationError (no such image or program), Conflict (a host port is taken), NotSupported. A replica that
        could not be started is not left behind.
        """
        ...

    async def start(self, container_id: str) -> None:
        """Starts a replica that is not running; nothing to do where it runs. Raises NotFound."""
        ...

    async def stop(self, container_id: str, grace_seconds: int) -> None:
        """SIGTERM, SIGKILL after the grace; returns when it has ended. A replica that is gone or ended is fine."""
        ...

    async def remove(self, container_id: str) -> None:
        """Removes a replica, ending it if need be; returns when it is gone. One that is gone is fine."""
        ...

    async def observe(self, service_id: UUID | None = None) -> tuple[ObservedReplica, ...]:
        """The replicas that are there (of one service, or all of ours), running or not, ordered by name."""
        ...

    def logs(
        self, container_id: str, *, tail: int | None = None, since: datetime | None = None, follow: bool = False
    ) -> AsyncGenerator[EngineLogLine]:
        """The lines of a replica, oldest first: the last ``tail`` of those strictly after ``since``.

        With ``follow`` on until it is removed or stops for good. Closing the iterator frees what it holds. Raises NotFound on the
        first step.
        """
        ...

    async def stats(self, container_id: str) -> ReplicaStats | None:
        """What a replica uses now; None where it does not run."""
        ...

    async def execute(self, container_id: str, command: tuple[str, ...], timeout_seconds: float) -> CommandResult:
        """Runs a command in a replica. Raises NotFound, TimeoutError."""
        ...

    async def probe(self, container_id: str, check: HealthCheckSpec) -> ProbeResult:
        """Asks for a replica's health once, within the check's time-out; the engine knows how the check reaches the replica.

        A service that is down, slow or wrong is a result, never an exception; one that does not run is not healthy. Kind NONE:
        healthy for as long as it runs. Raises NotFound.
        """
        ...

    def events(self) -> AsyncGenerator[EngineEvent]:
        """The engine's news, for ever; begins with RESYNC, and says RESYNC again after each gap. Survives the engine's restart."""
        ...

    async def forget_workspace(self, workspace_id: UUID) -> None:
        """Removes what the workspace's replicas share and none needs now (networks). Fine at any time, also where nothing is."""
        ...

    async def close(self) -> None:
        """Frees the connections. What runs, runs on."""
        ...
