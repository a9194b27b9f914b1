"""What to do next for a job: one container for each deployment, which runs once, to success. Pure, as the rest of the plan.

A job is told by its deployment, not by its container: once the deployment has succeeded nothing runs it again, whatever became of
the container. Until then the container is found by its deployment: whoever comes after a crash goes on with the one there is.
"""

from __future__ import annotations

from datetime import datetime

from kyozo_gql.containers.models import ServiceStatus
from kyozo_gql.containers.plan_steps import (
    FailAttempt,
    Limits,
    Promote,
    Remove,
    Run,
    Settle,
    Step,
    Stop,
    Wait,
    how_it_ended,
    replica_name,
)
from kyozo_gql.containers.situation import Desired, Seen, Version
from kyozo_gql.engines.engine import ReplicaState

POLL_SECONDS = 2.0  # the engine tells the end of a container at once


def run_job(desired: Desired, target: Version, seen: tuple[Seen, ...], now: datetime, limits: Limits) -> tuple[Step, ...]:
    """The next steps of a job whose image is there."""
    ours = [one for one in seen if one.replica.deployment_id == target.deployment_id]
    mine = next((one for one in ours if one.replica.state is not ReplicaState.CREATED), ours[0] if ours else None)
    if mine is None:
        return (Run(target, 0, replica_name(desired.service_id, target, 0)),)
    if mine.replica.state is ReplicaState.CREATED:
        return (Run(target, mine.replica.index, mine.replica.name),)
    if mine.stopped:  # ended on request: that is no end of its own
        return (Remove(mine.replica),)
    if not mine.is_running:
        return _judge(target, mine)
    left = _seconds_left(mine, now, limits)
    if left > 0:
        return (Wait(min(left, POLL_SECONDS)),)
    reason = f"the job did not end within {limits.job_timeout_seconds:g} seconds"
    return (FailAttempt(target, reason, mine.replica, final=True), Stop(mine.replica), Remove(mine.replica))


def keep_done(desired: Desired, current: Version, seen: tuple[Seen, ...]) -> tuple[Step, ...]:
    """A job that has completed: its container stays for its log, what is of other deployments goes.

    An ERROR where its last deployment failed, though an earlier one had completed: nothing of that is in service.
    """
    surplus = tuple(Remove(one.replica) for one in seen if one.replica.deployment_id != current.deployment_id)
    awake = () if desired.running else tuple(Stop(one.replica) for one in seen if one.is_running)  # somebody else started it
    if surplus or awake:
        return surplus or awake
    status = ServiceStatus.ERROR if desired.failure and desired.running else ServiceStatus.STOPPED
    return (Settle(status, desired.failure or completed(current)),)


def completed(current: Version) -> str:
    """What is said of a job that has completed."""
    return f"the job of deployment {current.number} has completed, with exit code 0"


def _judge(target: Version, mine: Seen) -> tuple[Step, ...]:
    if mine.replica.exit_code == 0:
        return (Promote(target),)
    attempts = target.job.attempts if target.job else 1
    final = target.attempts + 1 >= attempts
    return (FailAttempt(target, how_it_ended(mine, "the job"), mine.replica, final), Remove(mine.replica))


def _seconds_left(mine: Seen, now: datetime, limits: Limits) -> float:
    started = mine.replica.started_at or now
    return limits.job_timeout_seconds - (now - started).total_seconds()
