"""The plan, one row a situation: what is asked for, what is there, what is to be done."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.containers.plan import POLL_SECONDS, RECHECK_SECONDS, plan
from kyozo_gql.containers.plan_steps import Forget, Promote, Remove, Run, Settle, Step, Stop, Wait
from kyozo_gql.containers.situation import Desired, Seen
from kyozo_gql.core.spec import JobSpec
from kyozo_gql.engines.engine import ReplicaState
from tests.containers.situations import LIMITS, NOW, SERVICE, ago, replica, told, version, want

V1, V2 = version(1), version(2)
FIRST = want(target=V1)
SECOND = want(current=V1, target=V2)
SERVING = want(current=V1)
RESTART = want(current=version(1, 1))
FIXED = {"exclusive": True}

SITUATIONS = {
    # A first deployment.
    "it begins with the build": (want(target=version(1, built=False)), [], ["build 1"]),
    "a built one runs": (FIRST, [], ["run 1.0.0"]),
    "each of its replicas runs": (want(target=V1, replicas=2), [], ["run 1.0.0", "run 1.0.1"]),
    "what is missing runs": (want(target=V1, replicas=2), [replica("1.0.0")], ["run 1.0.1"]),
    "what was created only is started": (FIRST, [replica("1.0.0", "created")], ["run 1.0.0"]),
    "what was stopped on request is started": (FIRST, [replica("1.0.0", "exited", stopped=True)], ["run 1.0.0"]),
    "not ready yet: wait": (FIRST, [replica("1.0.0", ready=False)], ["wait 0.5"]),
    "ready: it goes into service": (FIRST, [replica("1.0.0")], ["promote 1"]),
    "one of two ready: wait": (want(target=V1, replicas=2), [replica("1.0.0"), replica("1.0.1", ready=False)], ["wait 0.5"]),
    # A deployment that fails.
    "what may take longer is waited for": (
        want(target=version(1, start_period_seconds=300)),
        [replica("1.0.0", ready=False, started_at=ago(299))],
        ["wait 0.5"],
    ),
    "but not for ever": (
        want(target=version(1, start_period_seconds=300)),
        [replica("1.0.0", ready=False, started_at=ago(301), detail="no answer")],
        ["fail 1 for good by 1.0.0: not ready within 300 seconds: no answer", "remove 1.0.0"],
    ),
    "a short start period takes nothing away": (
        want(target=version(1, start_period_seconds=5)),
        [replica("1.0.0", ready=False, started_at=ago(59))],
        ["wait 0.5"],
    ),
    "it ended": (
        FIRST,
        [replica("1.0.0", "exited", exit_code=3)],
        ["fail 1 once by 1.0.0: it ended with exit code 3", "remove 1.0.0"],
    ),
    "it ended, nobody knows how": (FIRST, [replica("1.0.0", "exited")], ["fail 1 once by 1.0.0: it ended", "remove 1.0.0"]),
    "it was out of memory": (
        FIRST,
        [replica("1.0.0", "exited", exit_code=137, oom_killed=True)],
        ["fail 1 once by 1.0.0: it was ended because it used more memory than its limit", "remove 1.0.0"],
    ),
    "the engine restarts it": (FIRST, [replica("1.0.0", "restarting")], ["fail 1 once by 1.0.0: it ended", "remove 1.0.0"]),
    "the engine restarted it": (FIRST, [replica("1.0.0", restart_count=1)], ["fail 1 once by 1.0.0: it ended", "remove 1.0.0"]),
    "one failed: all of them go": (
        want(target=V1, replicas=2),
        [replica("1.0.0"), replica("1.0.1", "exited", exit_code=1)],
        ["fail 1 once by 1.0.1: it ended with exit code 1", "remove 1.0.0", "remove 1.0.1"],
    ),
    "the third attempt is the last": (
        want(target=version(1, attempts=2, failed_at=ago(30))),
        [replica("1.0.0", "exited", exit_code=1)],
        ["fail 1 for good by 1.0.0: it ended with exit code 1", "remove 1.0.0"],
    ),
    "never ready: that is final": (
        FIRST,
        [replica("1.0.0", ready=False, started_at=ago(61), detail="answers 500")],
        ["fail 1 for good by 1.0.0: not ready within 60 seconds: answers 500", "remove 1.0.0"],
    ),
    "just in time": (FIRST, [replica("1.0.0", ready=False, started_at=ago(59))], ["wait 0.5"]),
    "after a failed build: wait": (want(target=version(1, built=False, attempts=1, failed_at=ago(0.25))), [], ["wait 0.75"]),
    "after the second: longer": (want(target=version(1, built=False, attempts=2, failed_at=ago(0.5))), [], ["wait 1.5"]),
    "then build again": (want(target=version(1, built=False, attempts=1, failed_at=ago(1))), [], ["build 1"]),
    "then run again": (want(target=version(1, attempts=2, failed_at=ago(2))), [], ["run 1.0.0"]),
    "what an attempt left behind is not counted again": (
        want(target=version(1, attempts=1, failed_at=ago(5))),
        [replica("1.0.0", "exited", exit_code=1)],
        ["remove 1.0.0"],
    ),
    "nor while the next one waits": (
        want(target=version(1, attempts=1, failed_at=ago(0.5))),
        [replica("1.0.0", "exited", exit_code=1)],
        ["remove 1.0.0"],
    ),
    "failed, nothing in service": (want(failure="deployment 1 failed"), [], ["settle error: deployment 1 failed"]),
    "failed, its replicas go first": (want(failure="no"), [replica("1.0.0")], ["remove 1.0.0"]),
    # A second deployment.
    "the old one runs during the build": (want(current=V1, target=version(2, built=False)), [replica("1.0.0")], ["build 2"]),
    "the new one comes besides": (SECOND, [replica("1.0.0")], ["run 2.0.0"]),
    "the old one stays until the new one is ready": (SECOND, [replica("1.0.0"), replica("2.0.0", ready=False)], ["wait 0.5"]),
    "then the new one goes into service": (SECOND, [replica("1.0.0"), replica("2.0.0")], ["promote 2"]),
    "only then the old one goes": (want(current=V2), [replica("1.0.0"), replica("2.0.0")], ["remove 1.0.0"]),
    "and all is well": (want(current=V2), [replica("2.0.0")], ["settle running"]),
    "the new one fails: the old one is left alone": (
        SECOND,
        [replica("1.0.0"), replica("2.0.0", "exited", exit_code=1)],
        ["fail 2 once by 2.0.0: it ended with exit code 1", "remove 2.0.0"],
    ),
    "after the failure the old one serves": (
        want(current=V1, failure="deployment 2 failed"),
        [replica("1.0.0")],
        ["settle running: deployment 2 failed"],
    ),
    # A fixed port of the host: one version at a time.
    "fixed port: build first": (want(current=V1, target=version(2, built=False), **FIXED), [replica("1.0.0")], ["build 2"]),
    "fixed port: the old one makes room": (want(current=V1, target=V2, **FIXED), [replica("1.0.0")], ["stop 1.0.0", "run 2.0.0"]),
    "fixed port: it is kept until the new one is ready": (
        want(current=V1, target=V2, **FIXED),
        [replica("1.0.0", "exited", stopped=True), replica("2.0.0", ready=False)],
        ["wait 0.5"],
    ),
    "fixed port: promote": (
        want(current=V1, target=V2, **FIXED),
        [replica("1.0.0", "exited", stopped=True), replica("2.0.0")],
        ["promote 2"],
    ),
    "fixed port: the new one failed": (
        want(current=V1, target=V2, **FIXED),
        [replica("1.0.0", "exited", stopped=True), replica("2.0.0", "exited", exit_code=1)],
        ["fail 2 once by 2.0.0: it ended with exit code 1", "remove 2.0.0"],
    ),
    "fixed port: the old one comes back": (
        want(current=V1, failure="no", **FIXED),
        [replica("1.0.0", "exited", stopped=True)],
        ["run 1.0.0"],
    ),
    "fixed port: a leftover of the new one makes room": (
        want(current=V1, **FIXED),
        [replica("1.0.0", "exited", stopped=True), replica("2.0.0")],
        ["stop 2.0.0", "run 1.0.0"],
    ),
    # Scaling.
    "up": (want(current=V1, replicas=3), [replica("1.0.0")], ["run 1.0.1", "run 1.0.2"]),
    "down": (want(current=V1, replicas=1), [replica(f"1.0.{index}") for index in range(3)], ["remove 1.0.1", "remove 1.0.2"]),
    "down while the last one is not ready: wait": (
        want(current=V1, replicas=1),
        [replica("1.0.0", ready=False), replica("1.0.1")],
        ["wait 0.5"],
    ),
    "down while the last one has crashed: start it": (
        want(current=V1, replicas=1),
        [replica("1.0.0", "exited", finished_at=ago(1)), replica("1.0.1")],
        ["run 1.0.0 again"],
    ),
    # Restarting.
    "new replicas come besides": (RESTART, [replica("1.0.0")], ["run 1.1.0"]),
    "the old ones stay until the new are ready": (RESTART, [replica("1.0.0"), replica("1.1.0", ready=False)], ["wait 0.5"]),
    "then the old ones go": (RESTART, [replica("1.0.0"), replica("1.1.0")], ["remove 1.0.0"]),
    "a restart that ends is taken back": (
        RESTART,
        [replica("1.0.0"), replica("1.1.0", "exited", exit_code=2)],
        ["revert: the restart failed: it ended with exit code 2", "remove 1.1.0"],
    ),
    "a restart that the engine restarts is taken back": (
        RESTART,
        [replica("1.0.0"), replica("1.1.0", "restarting")],
        ["revert: the restart failed: it ended", "remove 1.1.0"],
    ),
    "a restart that never gets ready is taken back": (
        RESTART,
        [replica("1.0.0"), replica("1.1.0", ready=False, started_at=ago(61), detail="no answer")],
        ["revert: the restart failed: not ready within 60 seconds: no answer", "remove 1.1.0"],
    ),
    "a restart of what may take longer is waited for": (
        want(current=version(1, 1, start_period_seconds=300)),
        [replica("1.0.0"), replica("1.1.0", ready=False, started_at=ago(299), detail="no answer")],
        ["wait 0.5"],
    ),
    "where nothing serves it is not taken back": (
        RESTART,
        [replica("1.0.0", "exited"), replica("1.1.0", "exited", finished_at=ago(1))],
        ["run 1.1.0 again"],
    ),
    "fixed port: the old ones make room": (
        want(current=version(1, 1), **FIXED),
        [replica("1.0.0")],
        ["stop 1.0.0", "run 1.1.0"],
    ),
    # Crashes.
    "a crash: at once": (SERVING, [replica("1.0.0", "exited", finished_at=ago(0.1))], ["run 1.0.0 again"]),
    "a crash nobody timed: at once": (SERVING, [replica("1.0.0", "exited")], ["run 1.0.0 again"]),
    "a second crash: later": (
        SERVING,
        [replica("1.0.0", "exited", exit_code=1, finished_at=ago(1), crashes=1)],
        ["settle error: it ended with exit code 1"],
    ),
    "two seconds later": (SERVING, [replica("1.0.0", "exited", finished_at=ago(2), crashes=1)], ["run 1.0.0 again"]),
    "a fifth crash: after half a minute": (
        SERVING,
        [replica("1.0.0", "exited", finished_at=ago(31), crashes=5)],
        ["settle error: it ended"],
    ),
    "at most after a minute": (SERVING, [replica("1.0.0", "exited", finished_at=ago(60), crashes=50)], ["run 1.0.0 again"]),
    "the engine restarts one": (SERVING, [replica("1.0.0", "restarting")], ["settle error: it ended"]),
    "one of two": (
        want(current=V1, replicas=2),
        [replica("1.0.0"), replica("1.0.1", "exited", exit_code=1, finished_at=ago(1), crashes=1)],
        ["settle running: 1 of 2 replicas run; it ended with exit code 1"],
    ),
    "only those whose time has come": (
        want(current=V1, replicas=2),
        [
            replica("1.0.0", "exited", finished_at=ago(1), crashes=1),
            replica("1.0.1", "exited", finished_at=ago(1)),
        ],
        ["run 1.0.1 again"],
    ),
    "one is gone": (SERVING, [], ["run 1.0.0"]),
    "started again, not ready yet": (SERVING, [replica("1.0.0", ready=False)], ["wait 0.5"]),
    "started again, never ready": (
        SERVING,
        [replica("1.0.0", ready=False, started_at=ago(61), detail="no answer")],
        ["settle error: not ready: no answer"],
    ),
    # Stopping.
    "stop": (want(running=False, current=V1), [replica("1.0.0")], ["stop 1.0.0"]),
    "what the engine restarts is stopped": (want(running=False, current=V1), [replica("1.0.0", "restarting")], ["stop 1.0.0"]),
    "stopped": (want(running=False, current=V1), [replica("1.0.0", "exited", stopped=True)], ["settle stopped"]),
    "what crashed is stopped too": (want(running=False, current=V1), [replica("1.0.0", "exited")], ["settle stopped"]),
    "another version goes": (
        want(running=False, current=V2),
        [replica("1.0.0"), replica("2.0.0")],
        ["remove 1.0.0", "stop 2.0.0"],
    ),
    "start again": (SERVING, [replica("1.0.0", "exited", stopped=True)], ["run 1.0.0"]),
    "never deployed": (want(running=False), [], ["settle stopped"]),
    "never deployed, something is left": (want(running=False), [replica("1.0.0")], ["remove 1.0.0"]),
    "stopped after a failure": (want(running=False, failure="no"), [], ["settle stopped: no"]),
    # A later intent.
    "stop during the build": (want(running=False, ending=(V1.deployment_id,)), [], ["close 1"]),
    "closed after its replicas are gone": (
        want(running=False, current=V1, ending=(V2.deployment_id,)),
        [replica("1.0.0"), replica("2.0.0")],
        ["remove 2.0.0", "close 2"],
    ),
    "a deploy supersedes another": (
        want(current=V1, target=version(3, built=False), ending=(V2.deployment_id,)),
        [replica("1.0.0"), replica("2.0.0")],
        ["remove 2.0.0", "close 2"],
    ),
    # Deleting.
    "delete": (
        want(running=False, deleted=True, current=V1),
        [replica("1.0.0"), replica("2.0.0")],
        ["remove 1.0.0", "remove 2.0.0"],
    ),
    "deleted during a deployment": (
        want(deleted=True, target=V1, ending=(V1.deployment_id,)),
        [replica("1.0.0")],
        ["remove 1.0.0"],
    ),
    "forget": (want(running=False, deleted=True, current=V1), [], ["forget"]),
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_what_is_to_be_done(situation):
    desired, seen, expected = situation
    assert [told(step) for step in plan(desired, tuple(seen), NOW, LIMITS)] == expected


@pytest.mark.parametrize(
    ("found", "seconds"),
    [
        (replica("1.0.0"), RECHECK_SECONDS),
        (replica("1.0.0", "exited", finished_at=ago(0.5), crashes=1), 1.5),
        (replica("1.0.0", ready=False, started_at=ago(61)), 5.0),
    ],
    ids=["all is well", "a crash", "never ready"],
)
def test_when_to_look_again(found, seconds):
    (step,) = plan(SERVING, (found,), NOW, LIMITS)
    assert isinstance(step, Settle)
    assert step.recheck_seconds == pytest.approx(seconds)


def test_a_stopped_service_is_not_looked_at_again():
    (step,) = plan(want(running=False, current=V1), (), NOW, LIMITS)
    assert isinstance(step, Settle)
    assert step.recheck_seconds is None


def test_a_name_is_one_replica_of_one_version():
    names = {one.name for one in _runs(plan(want(target=version(n, r), replicas=2), (), NOW) for n in (1, 2) for r in (0, 1))}
    assert len(names) == 8
    assert all(SERVICE.hex[-12:] in name for name in names)


def _runs(plans: Iterable[tuple[Step, ...]]) -> list[Run]:
    return [step for steps in plans for step in steps if isinstance(step, Run)]


times = st.none() | st.floats(0, 200).map(ago)
versions = st.builds(
    version,
    st.integers(1, 3),
    st.integers(0, 1),
    built=st.booleans(),
    attempts=st.integers(0, 3),
    failed_at=times,
    job=st.none() | st.builds(JobSpec, st.integers(1, 3)),
)
replicas = st.builds(
    replica,
    st.tuples(st.integers(1, 3), st.integers(0, 1), st.integers(0, 2)).map(lambda place: ".".join(map(str, place))),
    st.sampled_from([state.value for state in ReplicaState]),
    ready=st.booleans(),
    stopped=st.booleans(),
    crashes=st.integers(0, 3),
    started_at=times,
    finished_at=times,
    restart_count=st.integers(0, 1),
)
wishes = st.builds(
    want,
    running=st.booleans(),
    replicas=st.integers(1, 3),
    deleted=st.booleans(),
    exclusive=st.booleans(),
    current=st.none() | versions,
    target=st.none() | versions,
    ending=st.sets(st.integers(1, 3).map(lambda number: version(number).deployment_id)).map(tuple),
    failure=st.none() | st.just("no"),
)
sights = st.lists(replicas, unique_by=lambda one: one.replica.name, max_size=8).map(tuple)


def _is_in_service(one: Seen, desired: Desired) -> bool:
    is_ready = one.ready and one.replica.state is ReplicaState.RUNNING
    return is_ready and desired.current is not None and one.replica.deployment_id == desired.current.deployment_id


@given(wishes, sights)
def test_whatever_there_is_there_is_a_plan(desired, seen):
    steps = plan(desired, seen, NOW, LIMITS)
    assert steps
    ran = {step.name for step in steps if isinstance(step, Run)}
    ended = {step.replica.name for step in steps if isinstance(step, Remove | Stop)}
    assert not ran & ended
    # Whoever waits or is settled has nothing else to do: it is looked at anew after each answer.
    last = [step for step in steps if isinstance(step, Wait | Settle | Forget | Promote)]
    assert not last or len(steps) == 1
    assert all(step.seconds > 0 for step in steps if isinstance(step, Wait))
    assert all(step.seconds <= max(POLL_SECONDS, 4.0) for step in steps if isinstance(step, Wait))


@given(wishes, sights)
def test_what_serves_is_left_alone_until_another_is_ready(desired, seen):
    """While a version is to be put into service, one that serves is neither stopped nor removed, but for a fixed port's sake."""
    deploys = desired.running and not desired.deleted and not desired.ending and not desired.exclusive
    if not deploys or desired.target is None or desired.current is None:
        return
    if desired.target.deployment_id == desired.current.deployment_id:
        return
    ended = {step.replica.name for step in plan(desired, seen, NOW, LIMITS) if isinstance(step, Remove | Stop)}
    assert not ended & {one.replica.name for one in seen if _is_in_service(one, desired)}


@given(wishes, sights)
def test_a_restart_leaves_what_serves_until_another_is_ready(desired, seen):
    if not desired.running or desired.deleted or desired.ending or desired.exclusive or desired.target or not desired.current:
        return
    gone = {step.replica.name for step in plan(desired, seen, NOW, LIMITS) if isinstance(step, Remove)}
    new = {run.name for run in _runs([plan(desired, (), NOW, LIMITS)])}
    before = {one.replica.name for one in seen if _is_in_service(one, desired) and _revision(one) != desired.current.revision}
    if before & gone:
        assert new <= {one.replica.name for one in seen if one.is_running and one.ready}


def _revision(one: Seen) -> int:
    return int(one.replica.container_id.split(".")[1])
