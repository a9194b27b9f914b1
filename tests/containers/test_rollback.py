"""Going back to an earlier version, over the simulated engine."""

from __future__ import annotations

from typing import Any

import pytest

from kyozo_gql.accounts.models import Role
from kyozo_gql.containers.config import EnvironmentVariable
from kyozo_gql.containers.lifecycle import deploy_service, scale_service
from kyozo_gql.containers.models import BuildLogLine, Deployment, ServiceInstance
from kyozo_gql.containers.rollback import rollback_service
from kyozo_gql.containers.services import update_service
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.core.errors import Conflict, Forbidden, NotFound
from kyozo_gql.core.ids import new_id
from kyozo_gql.engines.simulated_state import load_spec
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.containers.hands import settled


async def deploy(owner: Any, service: Any, **changes: Any) -> Any:
    if changes:
        await update_service(owner, service.id, ServiceChanges(**changes))
    _, deployment = await deploy_service(owner, service.id)
    await settled(service, "running")
    return await Deployment.get(id=deployment.id)


def version(text: Any) -> Any:
    return {"environment": (EnvironmentVariable("VERSION", text),)}


async def running(engine: Any, service: Any) -> Any:
    """The image and the VERSION of each replica that runs."""
    specs = [load_spec(row) for row in engine._state.rows("SELECT spec FROM replicas ORDER BY name")]
    there = {one.name for one in await engine.observe(service.id) if one.state == "running"}
    return [(spec.image, spec.environment["VERSION"]) for spec in specs if spec.name in there]


async def test_the_image_and_the_configuration_come_back_and_nothing_is_built(owner, make_service, hands, engine):
    service = await make_service()
    first = await deploy(owner, service, **version("1"))
    second = await deploy(owner, service, **version("2"))
    (workspace_folder(service.workspace_id) / service.folder_path / "Dockerfile").unlink()  # nothing could be built any more
    accepted, third = await rollback_service(owner, service.id)
    assert (accepted.status, third.number, third.rollback_of_id) == ("deploying", 3, first.id)
    assert (third.status, third.image, third.content_hash) == ("starting", first.image, first.content_hash)
    assert (third.config, third.triggered_by_id) == (first.config, owner.user.id)
    row = await settled(service, "running")
    assert (row.current_deployment_id, row.image) == (third.id, first.image)
    assert await running(engine, service) == [(first.image, "1")]
    lines: Any = await BuildLogLine.filter(deployment_id=third.id).values_list("message", flat=True)
    assert lines == [f"the image of deployment 1 is run again: {first.image}"]
    assert row.environment_variables["VERSION"]["value"] == "2"  # what the owner wrote last stays for the next deployment

    _, fourth = await rollback_service(owner, service.id)
    assert fourth.rollback_of_id == second.id  # the last one that succeeded before the current
    await settled(service, "running")
    assert await running(engine, service) == [(second.image, "2")]


async def test_a_chosen_version(owner, make_service, hands, engine):
    service = await make_service()
    first = await deploy(owner, service, **version("1"))
    await deploy(owner, service, **version("2"))
    await deploy(owner, service, **version("3"))
    _, deployment = await rollback_service(owner, service.id, first.id)
    await settled(service, "running")
    assert (await Deployment.get(id=deployment.id)).status == "succeeded"
    assert await running(engine, service) == [(first.image, "1")]


async def test_a_ready_made_image_is_pulled_again(owner, make_service, hands):
    service = await make_service(deployment={"image": "registry.example/web:1"})
    await deploy(owner, service)
    await deploy(owner, service, deployment={"image": "registry.example/web:2"})
    _, deployment = await rollback_service(owner, service.id)
    assert (deployment.status, deployment.image) == ("queued", None)
    assert (await settled(service, "running")).image == "registry.example/web:1"


async def test_versions_that_there_are_not(owner, make_service, hands, engine):
    service = await make_service()
    with pytest.raises(Conflict, match="never deployed"):
        await rollback_service(owner, service.id)
    first = await deploy(owner, service)
    with pytest.raises(Conflict, match="no version to go back to"):
        await rollback_service(owner, service.id)
    with pytest.raises(Conflict, match="in service already"):
        await rollback_service(owner, service.id, first.id)
    second = await deploy(owner, service)
    await Deployment.filter(id=first.id).update(status="failed")
    with pytest.raises(Conflict, match="never in service: it is failed"):
        await rollback_service(owner, service.id, first.id)
    await Deployment.filter(id=first.id).update(status="succeeded")
    other = await make_service("other")
    stranger = await deploy(owner, other)
    for id in (stranger.id, new_id()):
        with pytest.raises(NotFound, match="deployment"):
            await rollback_service(owner, service.id, id)
    assert second.image is not None
    await engine.remove_images(service.id, frozenset({second.image}))
    with pytest.raises(Conflict, match="image of deployment 1 is gone"):
        await rollback_service(owner, service.id)
    assert await Deployment.filter(service_instance_id=service.id).count() == 2


async def test_what_does_not_fit_any_more(owner, make_service, hands, workspace):
    service = await make_service()
    await deploy(owner, service)
    first = await Deployment.get(service_instance_id=service.id)
    ports = {"8000/tcp": {"host_port": 31_001, "order": 0}}
    await Deployment.filter(id=first.id).update(config={**first.config, "port_mappings": ports})
    await deploy(owner, service)
    await scale_service(owner, service.id, 2)
    await settled(service, "running")
    with pytest.raises(Conflict, match="fixed host port"):
        await rollback_service(owner, service.id)
    await Workspace.filter(id=workspace.id).update(container_enabled=False)
    await scale_service(owner, service.id, 1)
    with pytest.raises(Conflict, match="containers are not enabled"):
        await rollback_service(owner, service.id)


async def test_a_stack_is_not_rolled_back_as_a_whole(owner, make_service, engine):
    service = await make_service()
    await ServiceInstance.filter(id=service.id).update(service_type="compose_stack")
    with pytest.raises(Conflict, match="stack"):
        await rollback_service(owner, service.id)


async def test_who_may(owner, other_owner, member_as, make_service, hands):
    service = await make_service()
    await deploy(owner, service)
    await deploy(owner, service)
    with pytest.raises(Forbidden):
        await rollback_service(await member_as(Role.VIEWER), service.id)
    with pytest.raises(NotFound):
        await rollback_service(other_owner, service.id)
    await rollback_service(await member_as(Role.MEMBER), service.id)
    await settled(service, "running")
