"""Situations for the plan in few words, and its steps as text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from kyozo_gql.containers import plan_steps as steps
from kyozo_gql.containers.plan_steps import replica_name
from kyozo_gql.containers.situation import Desired, Seen, Version
from kyozo_gql.core.clock import now
from kyozo_gql.engines.engine import ObservedReplica, ReplicaState

NOW = now()
SERVICE = UUID(int=0xABC)
LIMITS = steps.Limits(ready_timeout_seconds=60)


def ago(seconds: float):
    return NOW - timedelta(seconds=seconds)


def version(number: int, revision: int = 0, **more: Any) -> Version:
    return Version(UUID(int=number), number, revision, **more)


def want(**more: Any) -> Desired:
    return Desired(SERVICE, running=more.pop("running", True), **more)


def replica(place: str, state: str = "running", **more: Any) -> Seen:
    """``place`` is number.revision.index. Running replicas are ready unless told, and were started 10 seconds ago."""
    number, revision, index = map(int, place.split("."))
    more.setdefault("ready", state == "running")
    told = {key: more.pop(key) for key in ("ready", "stopped", "crashes", "detail") if key in more}
    observed = ObservedReplica(
        container_id=place,
        name=replica_name(SERVICE, version(number, revision), index),
        index=index,
        service_id=SERVICE,
        workspace_id=UUID(int=1),
        deployment_id=UUID(int=number),
        image=f"image:{number}",
        state=ReplicaState(state),
        **{"started_at": None if state == "created" else ago(10), **more},
    )
    return Seen(observed, **told)


def told(step: steps.Step) -> str:  # noqa: C901, PLR0911 — a case for each kind of step
    """A step as a line."""
    match step:
        case steps.Build(one):
            return f"build {one.number}"
        case steps.Run(one, index, name, again):
            assert name == replica_name(SERVICE, one, index)
            return f"run {one.number}.{one.revision}.{index}{' again' if again else ''}"
        case steps.Stop(one):
            return f"stop {one.container_id}"
        case steps.Remove(one):
            return f"remove {one.container_id}"
        case steps.Promote(one):
            return f"promote {one.number}"
        case steps.FailAttempt(one, reason, found, final):
            return f"fail {one.number} {'for good' if final else 'once'} by {found.container_id}: {reason}"
        case steps.RevertRestart(_, reason):
            return f"revert: {reason}"
        case steps.Close(deployment_id):
            return f"close {deployment_id.int}"
        case steps.Settle(status, reason, _):
            return f"settle {status}{': ' + reason if reason else ''}"
        case steps.Wait(seconds):
            return f"wait {seconds:g}"
        case steps.Forget():
            return "forget"
