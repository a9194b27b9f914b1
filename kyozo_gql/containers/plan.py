"""What to do next for one service: a pure function of what is asked for, what is there, and the time.

``plan`` answers steps; another module takes them and looks again. It ends in one of three ways: the service is settled, it has to
be looked at again after a while, or it is gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from kyozo_gql.containers.models import ServiceStatus
from kyozo_gql.containers.plan_job import keep_done, run_job
from kyozo_gql.containers.plan_steps import (
    Build,
    Close,
    FailAttempt,
    Forget,
    Limits,
    Promote,
    Remove,
    RevertRestart,
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

POLL_SECONDS = 0.5
RECHECK_SECONDS = 60.0
MAX_ATTEMPTS = 3
RESTART_FAILED = "the restart failed"
_LONGEST_BACKOFF_SECONDS = 60.0


def plan(desired: Desired, seen: tuple[Seen, ...], now: datetime, limits: Limits = Limits()) -> tuple[Step, ...]:
    """The next steps, in order."""
    if desired.deleted:
        return _remove(seen) or (Forget(),)
    if desired.ending:
        left = tuple(one for one in seen if one.replica.deployment_id in desired.ending)
        return (*_remove(left), *(Close(deployment_id) for deployment_id in desired.ending))
    if not desired.running:
        return _stop(desired, seen)
    if desired.target is not None:
        return _deploy(desired, desired.target, seen, now, limits)
    if desired.current is not None:
        return _keep_running(desired, desired.current, seen, now, limits)
    return _remove(seen) or (Settle(ServiceStatus.ERROR, desired.failure),)


def _stop(desired: Desired, seen: tuple[Seen, ...]) -> tuple[Step, ...]:
    if desired.current is not None and desired.current.job:
        return keep_done(desired, desired.current, seen)
    _, surplus = _sort(desired, desired.current, seen)
    steps = (*_remove(surplus), *(Stop(one.replica) for one in seen if one not in surplus and _may_run(one)))
    return steps or (Settle(ServiceStatus.STOPPED, desired.failure),)


def _deploy(desired: Desired, target: Version, seen: tuple[Seen, ...], now: datetime, limits: Limits) -> tuple[Step, ...]:
    if target.retry_at is not None and now < target.retry_at:
        return _remove(_failed_before(target, seen)) or (Wait((target.retry_at - now).total_seconds()),)
    if not target.built:
        return (Build(target),)
    if leftovers := _failed_before(target, seen):
        return _remove(leftovers)
    return (run_job if target.job else _put_into_service)(desired, target, seen, now, limits)


def _put_into_service(desired: Desired, target: Version, seen: tuple[Seen, ...], now: datetime, limits: Limits) -> tuple[Step, ...]:
    wanted, others = _sort(desired, target, seen)
    fault = _find_fault(target, wanted, now, limits)
    if fault is not None:
        return (fault, *_remove(tuple(one for one in wanted.values() if one)))
    missing = _run_missing(desired, target, wanted, others)
    if missing:
        return missing
    return (Promote(target),) if all(one and one.ready for one in wanted.values()) else (Wait(POLL_SECONDS),)


def _failed_before(target: Version, seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """The replicas of an attempt that is counted already: whoever counted it was killed before they were removed."""
    moment = target.failed_at
    mine = [one for one in seen if one.replica.deployment_id == target.deployment_id]
    return tuple(one for one in mine if moment and one.replica.started_at and one.replica.started_at < moment)


def _find_fault(target: Version, wanted: dict[str, Seen | None], now: datetime, limits: Limits) -> FailAttempt | None:
    """The replica for which the attempt has failed: it ended, or took too long."""
    for one in filter(None, wanted.values()):
        if one.has_failed:
            return FailAttempt(target, how_it_ended(one), one.replica, final=target.attempts + 1 >= MAX_ATTEMPTS)
        if _is_late(one, target, now, limits):
            return FailAttempt(target, _how_late(one, target, limits), one.replica, final=True)
    return None


def _keep_running(desired: Desired, current: Version, seen: tuple[Seen, ...], now: datetime, limits: Limits) -> tuple[Step, ...]:
    if current.job:
        return keep_done(desired, current, seen)
    wanted, surplus = _sort(desired, current, seen)
    there = tuple(one for one in wanted.values() if one)
    failed = [one for one in there if one.replica.state is ReplicaState.EXITED and not one.stopped]
    late = [one for one in there if one.is_running and _is_late(one, current, now, limits)]
    fallen = [*failed, *(one for one in there if one.replica.state is ReplicaState.RESTARTING)]
    if (fallen or late) and _still_serves(desired, current, surplus):
        how = how_it_ended(fallen[0]) if fallen else _how_late(late[0], current, limits)
        return (RevertRestart(current, f"{RESTART_FAILED}: {how}"), *_remove(there))
    missing = _run_missing(desired, current, wanted, surplus)
    if missing:
        return missing
    again_in = min((_backoff_left(one, now) for one in failed), default=None)
    if again_in is not None and again_in <= 0:
        return tuple(
            Run(current, one.replica.index, one.replica.name, again=True) for one in failed if _backoff_left(one, now) <= 0
        )
    if any(one.is_running and not one.ready and one not in late for one in there):
        return (Wait(POLL_SECONDS),)
    return _remove(surplus) or (_verdict(desired, wanted, again_in),)


def _still_serves(desired: Desired, current: Version, surplus: tuple[Seen, ...]) -> bool:
    """Whether a replica from before a restart is in service."""
    before = [one for one in surplus if one.replica.deployment_id == current.deployment_id and one.is_running and one.ready]
    return any(one.replica.name != replica_name(desired.service_id, current, one.replica.index) for one in before)


def _verdict(desired: Desired, wanted: dict[str, Seen | None], again_in: float | None) -> Settle:
    """The status of a service whose replicas are all there, running or waiting to be started again."""
    recheck = RECHECK_SECONDS if again_in is None else again_in
    bad = [one for one in wanted.values() if one and not (one.is_running and one.ready)]
    if not bad:
        return Settle(ServiceStatus.RUNNING, desired.failure, recheck)
    reason = how_it_ended(bad[0]) if bad[0].has_failed else f"not ready: {bad[0].detail}"
    if len(bad) < len(wanted):
        return Settle(ServiceStatus.RUNNING, f"{len(wanted) - len(bad)} of {len(wanted)} replicas run; {reason}", recheck)
    return Settle(ServiceStatus.ERROR, reason, min(recheck, 5.0))


def _sort(desired: Desired, version: Version | None, seen: tuple[Seen, ...]) -> tuple[dict[str, Seen | None], tuple[Seen, ...]]:
    """The replicas that a version should have, by name (None: missing), and all others."""
    by_name = {one.replica.name: one for one in seen}
    names = [] if version is None else [replica_name(desired.service_id, version, index) for index in range(desired.replicas)]
    return {name: by_name.get(name) for name in names}, tuple(one for one in seen if one.replica.name not in names)


def _run_missing(desired: Desired, version: Version, wanted: dict[str, Seen | None], others: tuple[Seen, ...]) -> tuple[Step, ...]:
    """Starts what is missing or was stopped on request; a version that needs the port alone first ends the other one."""
    runs = tuple(Run(version, index, name) for index, (name, one) in enumerate(wanted.items()) if one is None or one.waits)
    stops = tuple(Stop(one.replica) for one in others if _may_run(one)) if runs and desired.exclusive else ()
    return (*stops, *runs)


def _remove(seen: tuple[Seen, ...]) -> tuple[Step, ...]:
    return tuple(Remove(one.replica) for one in seen)


def _may_run(one: Seen) -> bool:
    return one.replica.state in (ReplicaState.RUNNING, ReplicaState.RESTARTING)


def _is_late(one: Seen, version: Version, now: datetime, limits: Limits) -> bool:
    started = one.replica.started_at
    return not one.ready and started is not None and now - started > timedelta(seconds=limits.ready_within(version))


def _backoff_left(one: Seen, now: datetime) -> float:
    """Seconds until a replica that ended by itself is started again: at once the first time, then 2, 4, 8 … 60 after its end."""
    ended = one.replica.finished_at or now
    pause = min(2.0**one.crashes, _LONGEST_BACKOFF_SECONDS) if one.crashes else 0.0
    return pause - (now - ended).total_seconds()


def _how_late(one: Seen, version: Version, limits: Limits) -> str:
    return f"not ready within {limits.ready_within(version):g} seconds: {one.detail}"
