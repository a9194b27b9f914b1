"""What a plan is made from: what is asked for, and what is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kyozo_gql.core.spec import JobSpec
from kyozo_gql.engines.engine import ObservedReplica, ReplicaState


@dataclass(frozen=True, slots=True)
class Version:
    """A deployment as far as its replicas are concerned. ``revision`` grows with each restart.

    ``attempts`` counts the tries that failed, the last one at ``failed_at``. ``start_period_seconds``: how long its replicas may
    take to get ready, where that is longer than what all may. ``job``: it is one container that runs once, to success.
    """

    deployment_id: UUID
    number: int
    revision: int
    built: bool = True
    attempts: int = 0
    failed_at: datetime | None = None
    start_period_seconds: float = 0.0
    job: JobSpec | None = None

    @property
    def retry_at(self) -> datetime | None:
        """When the next attempt begins: 1, then 2 seconds after the one that failed."""
        if self.attempts == 0 or self.failed_at is None:
            return None
        return self.failed_at + timedelta(seconds=2.0 ** (self.attempts - 1))


@dataclass(frozen=True, slots=True)
class Desired:
    """What was asked for. ``current`` is the version in service, ``target`` the one to be put there, ``ending`` those to be ended.

    ``exclusive``: a fixed port of the host lets one version run at a time. ``failure`` says why the last deployment failed.
    """

    service_id: UUID
    running: bool
    replicas: int = 1
    deleted: bool = False
    exclusive: bool = False
    current: Version | None = None
    target: Version | None = None
    ending: tuple[UUID, ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A replica that is there. ``ready``: it has been found ready since it started; ``detail`` says why it is not.

    ``stopped``: it was ended on request. ``crashes``: how often it was started again after it had ended by itself.
    """

    replica: ObservedReplica
    ready: bool = False
    stopped: bool = False
    crashes: int = 0
    detail: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the engine runs it now."""
        return self.replica.state is ReplicaState.RUNNING

    @property
    def has_failed(self) -> bool:
        """Whether it ended by itself, or the engine had to start it again."""
        if self.stopped:
            return False
        return self.replica.state in (ReplicaState.EXITED, ReplicaState.RESTARTING) or self.replica.restart_count > 0

    @property
    def waits(self) -> bool:
        """Whether it is there to be started, by no fault of its own."""
        return self.replica.state is ReplicaState.CREATED or (self.stopped and self.replica.state is ReplicaState.EXITED)
