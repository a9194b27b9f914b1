from __future__ import annotations

import pytest

from kyozo_gql.containers.auto_deploy import auto_deploy
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.containers.snapshot import content_hash
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.workspaces.detections import analyze_folder
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from tests.containers.hands import settled

COMPOSE = "services:\n  store:\n    image: redis:7\n"


@pytest.fixture
async def folder(owner, workspace, hands, settings):
    """Three folders that were analysed, in a workspace that deploys by itself; the setting is in force."""
    folder = workspace_folder(workspace.id)
    for path, text in {
        "web/Dockerfile": 'FROM scratch\nCMD ["/web"]\n',
        "stack/compose.yaml": COMPOSE,
        "notes/todo.txt": "apples",
    }.items():
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(text)
        await analyze_folder(owner, workspace.id, path.partition("/")[0])
    await Workspace.filter(id=workspace.id).update(auto_deploy_enabled=True)
    with using_settings(settings.model_copy(update={"enable_auto_deploy": True})):
        yield folder


async def deployments() -> int:
    return await Deployment.filter(service_instance__parent_service_id=None).count()


async def test_folders_that_are_services_are_deployed_and_only_once_for_the_same_content(workspace, folder):
    await auto_deploy(workspace.id)
    services = await ServiceInstance.filter(parent_service_id=None).order_by("folder_path")
    assert [service.folder_path for service in services] == ["stack", "web"]
    for service in services:
        await settled(service, "running")
    for junk in (".git", "node_modules", "__pycache__"):
        (folder / "web" / junk).mkdir()
        (folder / "web" / junk / "index").write_text("no part of a version")
    await auto_deploy(workspace.id)
    assert await deployments() == 2
    (folder / "web" / "page").write_text("new")
    await auto_deploy(workspace.id)
    assert await deployments() == 3
    await settled(services[1], "running")


async def test_a_ready_made_image_is_not_deployed_again_for_its_folders_sake(workspace, folder):
    await auto_deploy(workspace.id)
    await ServiceInstance.filter(folder_path="web").update(deployment_config={"image": "web:1"})
    service = await ServiceInstance.get(folder_path="web")
    await settled(service, "running")
    (folder / "web" / "page").write_text("new")
    await auto_deploy(workspace.id)
    assert await Deployment.filter(service_instance_id=service.id).count() == 1


@pytest.mark.parametrize("flags", [{"auto_deploy_enabled": False}, {"container_enabled": False}])
async def test_the_workspace_decides(workspace, folder, flags):
    await Workspace.filter(id=workspace.id).update(**flags)
    await auto_deploy(workspace.id)
    assert not await ServiceInstance.exists()


async def test_and_so_does_the_operator(workspace, folder, settings):
    with using_settings(settings):
        await auto_deploy(workspace.id)
    assert not await ServiceInstance.exists()


async def test_what_is_refused_hinders_nobody(workspace, folder, engine, monkeypatch):
    monkeypatch.setattr(engine, "refusal", lambda kind, *, image: "no stacks" if kind == "compose_stack" else image and None)
    await auto_deploy(workspace.id)
    assert {one.service_instance_id for one in await Deployment.all()} == {(await ServiceInstance.get(folder_path="web")).id}


def test_a_content_hash_is_that_of_what_is_built(tmp_path):
    def made(name: str) -> str:
        folder = tmp_path / name
        (folder / "a").mkdir(parents=True)
        (folder / "a" / "b").write_text("b")
        (folder / "link").symlink_to("a/b")
        return content_hash(folder)

    assert made("one") == made("two")
    one, two = tmp_path / "one", tmp_path / "two"
    for change in (
        lambda: (one / "a" / "b").write_text("c"),
        lambda: (one / "a" / "b").chmod(0o755),
        (one / "new").touch,
        lambda: (one / "new").rename(one / "other"),
        lambda: ((one / "link").unlink(), (one / "link").symlink_to("elsewhere")),
    ):
        before = content_hash(one)
        change()
        assert content_hash(one) != before
    before = content_hash(two)
    (two / ".git").mkdir()
    (two / ".git" / "HEAD").touch()
    assert content_hash(two) == before
