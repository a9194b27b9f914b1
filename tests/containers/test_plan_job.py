"""The plan of a job, one row a situation: one container for each deployment, that runs once, to success."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.containers.plan import plan
from kyozo_gql.containers.plan_steps import Limits, Run, Settle
from kyozo_gql.core.spec import JobSpec
from kyozo_gql.engines.engine import ReplicaState
from tests.containers.situations import NOW, ago, replica, told, version, want

LIMITS = Limits(ready_timeout_seconds=60, job_timeout_seconds=300)


def job(number: int, revision: int = 0, attempts_allowed: int = 1, **more):
    return version(number, revision, job=JobSpec(attempts_allowed), **more)


FIRST = want(target=job(1))
AGAIN = want(current=job(1), target=job(2))
DONE = want(current=job(1))
COMPLETED = "settle stopped: the job of deployment 1 has completed, with exit code 0"

SITUATIONS = {
    "it begins with the build": (want(target=job(1, built=False)), [], ["build 1"]),
    "then it runs": (FIRST, [], ["run 1.0.0"]),
    "in one container, whatever else is asked for": (want(target=job(1), replicas=3), [], ["run 1.0.0"]),
    "what was created only is started": (FIRST, [replica("1.0.0", "created")], ["run 1.0.0"]),
    "it runs: wait": (FIRST, [replica("1.0.0", ready=False)], ["wait 2"]),
    "it is never ready, and not late for that": (FIRST, [replica("1.0.0", ready=False, started_at=ago(200))], ["wait 2"]),
    "near its limit it is looked at in time": (FIRST, [replica("1.0.0", ready=False, started_at=ago(299.5))], ["wait 0.5"]),
    "the container of another revision is the same job": (want(target=job(1, 1)), [replica("1.0.0", ready=False)], ["wait 2"]),
    "it succeeded": (FIRST, [replica("1.0.0", "exited", exit_code=0)], ["promote 1"]),
    "it failed": (
        FIRST,
        [replica("1.0.0", "exited", exit_code=3)],
        ["fail 1 for good by 1.0.0: the job ended with exit code 3", "remove 1.0.0"],
    ),
    "nobody knows how it ended": (
        FIRST,
        [replica("1.0.0", "exited")],
        ["fail 1 for good by 1.0.0: the job ended", "remove 1.0.0"],
    ),
    "it was out of memory": (
        FIRST,
        [replica("1.0.0", "exited", exit_code=137, oom_killed=True)],
        ["fail 1 for good by 1.0.0: the job was ended because it used more memory than its limit", "remove 1.0.0"],
    ),
    "it took too long": (
        FIRST,
        [replica("1.0.0", ready=False, started_at=ago(301))],
        ["fail 1 for good by 1.0.0: the job did not end within 300 seconds", "stop 1.0.0", "remove 1.0.0"],
    ),
    "what was ended on request did not succeed": (FIRST, [replica("1.0.0", "exited", exit_code=0, stopped=True)], ["remove 1.0.0"]),
    "one that may be tried again": (
        want(target=job(1, attempts_allowed=2)),
        [replica("1.0.0", "exited", exit_code=1)],
        ["fail 1 once by 1.0.0: the job ended with exit code 1", "remove 1.0.0"],
    ),
    "is tried after a moment": (want(target=job(1, attempts_allowed=2, attempts=1, failed_at=ago(0.25))), [], ["wait 0.75"]),
    "what the first attempt left goes first": (
        want(target=job(1, attempts_allowed=2, attempts=1, failed_at=ago(5))),
        [replica("1.0.0", "exited", exit_code=1)],
        ["remove 1.0.0"],
    ),
    "and then runs again": (want(target=job(1, attempts_allowed=2, attempts=1, failed_at=ago(5))), [], ["run 1.0.0"]),
    "the last attempt": (
        want(target=job(1, attempts_allowed=2, attempts=1, failed_at=ago(30))),
        [replica("1.0.0", "exited", exit_code=1)],
        ["fail 1 for good by 1.0.0: the job ended with exit code 1", "remove 1.0.0"],
    ),
    # It has completed.
    "done": (DONE, [replica("1.0.0", "exited", exit_code=0)], [COMPLETED]),
    "done, and its container is gone": (DONE, [], [COMPLETED]),
    "done, whatever was restarted": (want(current=job(1, 5)), [replica("1.0.0", "exited", exit_code=0)], [COMPLETED]),
    "done, stopped": (want(running=False, current=job(1)), [replica("1.0.0", "exited", exit_code=0)], [COMPLETED]),
    "stopped while somebody else runs its container": (
        want(running=False, current=job(1)),
        [replica("1.0.0", ready=False)],
        ["stop 1.0.0"],
    ),
    # Another deployment.
    "it runs again for another one": (AGAIN, [replica("1.0.0", "exited", exit_code=0)], ["run 2.0.0"]),
    "the end of the one before is not its own": (
        AGAIN,
        [replica("1.0.0", "exited", exit_code=0), replica("2.0.0", ready=False)],
        ["wait 2"],
    ),
    "then the container before goes": (
        want(current=job(2)),
        [replica("1.0.0", "exited", exit_code=0), replica("2.0.0", "exited", exit_code=0)],
        ["remove 1.0.0"],
    ),
    "one that is superseded is gone before the next one runs": (
        want(target=job(2), ending=(version(1).deployment_id,)),
        [replica("1.0.0", ready=False)],
        ["remove 1.0.0", "close 1"],
    ),
    "the last one failed: an error, though one before had completed": (
        want(current=job(1), failure="deployment 2 failed"),
        [replica("1.0.0", "exited", exit_code=0)],
        ["settle error: deployment 2 failed"],
    ),
    "stopped after that": (want(running=False, current=job(1), failure="no"), [], ["settle stopped: no"]),
    "the first one failed": (want(failure="deployment 1 failed"), [], ["settle error: deployment 1 failed"]),
    # A service that becomes a job, and a job that becomes a service.
    "a service runs on until the job is done": (
        want(current=version(1), target=job(2)),
        [replica("1.0.0"), replica("2.0.0", ready=False)],
        ["wait 2"],
    ),
    "then it goes": (want(current=job(2)), [replica("1.0.0"), replica("2.0.0", "exited", exit_code=0)], ["remove 1.0.0"]),
    "a service after a job": (
        want(current=job(1), target=version(2)),
        [replica("1.0.0", "exited", exit_code=0), replica("2.0.0")],
        ["promote 2"],
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_what_is_to_be_done(situation):
    desired, seen, expected = situation
    assert [told(step) for step in plan(desired, tuple(seen), NOW, LIMITS)] == expected


def test_a_completed_job_is_not_looked_at_again():
    (step,) = plan(DONE, (), NOW, LIMITS)
    assert isinstance(step, Settle)
    assert step.recheck_seconds is None


numbers = st.integers(1, 3)
jobs = st.builds(job, numbers, st.integers(0, 1), st.integers(1, 3), attempts=st.integers(0, 2))
sights = st.lists(
    st.builds(
        replica,
        st.tuples(numbers, st.integers(0, 1)).map(lambda place: f"{place[0]}.{place[1]}.0"),
        st.sampled_from([state.value for state in ReplicaState]),
        stopped=st.booleans(),
        exit_code=st.none() | st.integers(0, 2),
    ),
    unique_by=lambda one: one.replica.name,
    max_size=5,
).map(tuple)


@given(st.none() | jobs, st.none() | jobs, sights)
def test_a_job_never_runs_beside_itself_nor_after_its_success(current, target, seen):
    """It is run where nothing of its deployment was ever started, and only while that deployment is under way."""
    steps = plan(want(current=current, target=target), seen, NOW, LIMITS)
    for step in steps:
        if isinstance(step, Run):
            assert target is not None
            assert step.version == target
            mine = {one.replica.state for one in seen if one.replica.deployment_id == target.deployment_id}
            assert mine <= {ReplicaState.CREATED}
