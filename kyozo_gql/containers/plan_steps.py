"""The steps that a plan is made of, and what it is told of besides: values alone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kyozo_gql.containers.models import ServiceStatus
from kyozo_gql.containers.situation import Seen, Version
from kyozo_gql.engines.engine import ObservedReplica


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a new replica may take to get ready, in seconds, longer where its version's start period is; and a job to end."""

    ready_timeout_seconds: float = 120.0
    job_timeout_seconds: float = 1_800.0

    def ready_within(self, version: Version) -> float:
        """How long the replicas of a version may take, in seconds."""
        return max(self.ready_timeout_seconds, version.start_period_seconds)


@dataclass(frozen=True, slots=True)
class Build:
    """Make the image of the target."""

    version: Version


@dataclass(frozen=True, slots=True)
class Run:
    """Create and start a replica, or start the one of that name. ``again``: it had ended by itself."""

    version: Version
    index: int
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """End a replica, keep what is left of it."""

    replica: ObservedReplica


@dataclass(frozen=True, slots=True)
class Remove:
    """End and remove a replica."""

    replica: ObservedReplica


@dataclass(frozen=True, slots=True)
class Promote:
    """The target is ready: it is the version in service from now on."""

    version: Version


@dataclass(frozen=True, slots=True)
class FailAttempt:
    """A replica of the target ended; its last words go with the reason. ``final``: it will not be tried again."""

    version: Version
    reason: str
    replica: ObservedReplica
    final: bool


@dataclass(frozen=True, slots=True)
class RevertRestart:
    """The replicas of a restart failed while the old ones still run: keep those."""

    version: Version
    reason: str


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing is left of a deployment that a later intent ended."""

    deployment_id: UUID


@dataclass(frozen=True, slots=True)
class Settle:
    """What is asked for is there, or can't be brought about now. ``recheck_seconds``: when to look again, unless told."""

    status: ServiceStatus
    reason: str | None = None
    recheck_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Forget:
    """Nothing is left of a deleted service: its row may go."""


Step = Build | Run | Stop | Remove | Promote | FailAttempt | RevertRestart | Close | Settle | Wait | Forget


def replica_name(service_id: UUID, version: Version, index: int) -> str:
    """The one name of a replica; whoever takes the step again finds what the first one made."""
    return f"kyozo-{service_id.hex[-12:]}-{version.number}-{version.revision}-{index}"


def how_it_ended(one: Seen, who: str = "it") -> str:
    """The end of a replica, in words; ``who`` begins them."""
    if one.replica.oom_killed:
        return f"{who} was ended because it used more memory than its limit"
    if one.replica.exit_code is None:
        return f"{who} ended"
    return f"{who} ended with exit code {one.replica.exit_code}"
