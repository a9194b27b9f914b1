"""Ending a deployment before its end, over the simulated engine."""

from __future__ import annotations

from typing import Any

import pytest

from kyozo_gql.accounts.models import Role
from kyozo_gql.containers.cancellation import cancel_deployment
from kyozo_gql.containers.lifecycle import deploy_service, stop_service
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.containers.services import create_service, update_service
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.errors import Conflict, Forbidden, NotFound
from kyozo_gql.core.ids import new_id
from kyozo_gql.workspaces.roots import workspace_folder
from tests.containers.hands import eventually, settled

SLOW = {"build_args": {"SIMULATE_BUILD_SECONDS": "30"}}


async def building(deployment: Any) -> Any:
    await eventually(Deployment.filter(id=deployment.id, status="building").exists)


async def ended(deployment: Any) -> Any:
    await eventually(Deployment.filter(id=deployment.id, finished_at__not_isnull=True).exists)
    return (await Deployment.get(id=deployment.id)).status


async def deploy_slowly(owner: Any, service: Any) -> Any:
    await update_service(owner, service.id, ServiceChanges(deployment=SLOW))
    _, deployment = await deploy_service(owner, service.id)
    await building(deployment)
    return deployment


async def test_the_first_deployment(owner, make_service, hands, engine):
    service = await make_service(**SLOW)
    _, deployment = await deploy_service(owner, service.id)
    await building(deployment)
    asked = await cancel_deployment(owner, deployment.id)
    assert (asked.status, asked.end_requested) == ("building", "cancelled")
    assert (await cancel_deployment(owner, deployment.id)).id == deployment.id
    row = await settled(service, "stopped")
    assert await ended(deployment) == "cancelled"
    assert (row.desired_status, row.target_deployment_id, row.current_deployment_id) == ("stopped", None, None)
    assert await engine.observe(service.id) == ()
    with pytest.raises(Conflict, match="ended already: it is cancelled"):
        await cancel_deployment(owner, deployment.id)


async def test_a_version_that_had_crashed_and_was_stopped_stays_stopped(owner, make_service, hands, engine):
    service = await make_service(environment={"SIMULATE_EXIT_CODE": "1", "SIMULATE_EXIT_SECONDS": "0.3"})
    await deploy_service(owner, service.id)
    await settled(service, "error")
    await stop_service(owner, service.id)
    await settled(service, "stopped")
    second = await deploy_slowly(owner, service)
    await cancel_deployment(owner, second.id)
    assert await ended(second) == "cancelled"
    assert (await settled(service, "stopped")).desired_status == "stopped"


async def test_the_version_in_service_goes_on(owner, make_service, hands, engine):
    service = await make_service()
    _, first = await deploy_service(owner, service.id)
    await settled(service, "running")
    (before,) = await engine.observe(service.id)
    second = await deploy_slowly(owner, service)
    await cancel_deployment(owner, second.id)
    row = await settled(service, "running")
    assert await ended(second) == "cancelled"
    assert (row.current_deployment_id, row.status_reason) == (first.id, None)
    assert [one.container_id for one in await engine.observe(service.id)] == [before.container_id]
    with pytest.raises(Conflict, match="it is succeeded"):
        await cancel_deployment(owner, first.id)


async def test_replicas_that_were_started_are_removed(owner, make_service, hands, engine):
    service = await make_service(environment={"SIMULATE_UNHEALTHY": "1"}, health_check={"kind": "http", "path": "/"})
    _, deployment = await deploy_service(owner, service.id)

    async def is_there() -> Any:
        return bool(await engine.observe(service.id))

    await eventually(is_there)
    await cancel_deployment(owner, deployment.id)
    await settled(service, "stopped")
    assert await ended(deployment) == "cancelled"
    assert await engine.observe(service.id) == ()


async def test_a_service_that_was_stopped_stays_so(owner, make_service, hands):
    service = await make_service()
    await deploy_service(owner, service.id)
    await settled(service, "running")
    await stop_service(owner, service.id)
    await settled(service, "stopped")
    second = await deploy_slowly(owner, service)
    await cancel_deployment(owner, second.id)
    assert (await settled(service, "stopped")).desired_status == "stopped"


async def test_one_that_is_superseded_ends_as_that(owner, make_service, hands):
    service = await make_service(**SLOW)
    _, first = await deploy_service(owner, service.id)
    await building(first)
    await update_service(owner, service.id, ServiceChanges(deployment={"build_args": {}}))
    _, second = await deploy_service(owner, service.id)
    try:
        asked = await cancel_deployment(owner, first.id)
    except Conflict:  # it has ended in the meantime
        asked = await Deployment.get(id=first.id)
    assert asked.end_requested == "superseded"
    assert (await settled(service, "running")).current_deployment_id == second.id
    assert await ended(first) == "superseded"


async def test_a_stack_is_cancelled_with_what_it_began(owner, workspace, hands, engine):
    folder = workspace_folder(workspace.id) / "stack"
    (folder / "slow").mkdir(parents=True)
    (folder / "slow" / "Dockerfile").write_text("FROM scratch\n")
    (folder / "compose.yaml").write_text("services:\n  web:\n    build: {context: slow, args: {SIMULATE_BUILD_SECONDS: '30'}}\n")
    stack = await create_service(owner, workspace.id, "stack", ServiceChanges())
    _, deployment = await deploy_service(owner, stack.id)
    await eventually(Deployment.filter(service_instance__parent_service_id=stack.id, status="building").exists)
    part = await Deployment.get(service_instance__parent_service_id=stack.id)
    await cancel_deployment(owner, deployment.id)
    assert await ended(deployment) == "cancelled"
    # Not before its parts have ended: a cancellation does not lie.
    assert (await Deployment.get(id=part.id)).status == "cancelled"
    await settled(stack, "stopped")
    assert (await ServiceInstance.get(parent_service_id=stack.id)).status == "stopped"


async def test_who_may(owner, other_owner, member_as, make_service, hands):
    service = await make_service(**SLOW)
    _, deployment = await deploy_service(owner, service.id)
    with pytest.raises(Forbidden):
        await cancel_deployment(await member_as(Role.VIEWER), deployment.id)
    for viewer, id in ((other_owner, deployment.id), (owner, new_id())):
        with pytest.raises(NotFound, match="deployment"):
            await cancel_deployment(viewer, id)
    await cancel_deployment(await member_as(Role.MEMBER), deployment.id)
    await settled(service, "stopped")
