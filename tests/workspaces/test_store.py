from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kyozo_gql.accounts.models import AuditEntry, Role
from kyozo_gql.core.errors import Forbidden, InvalidInput, NotFound
from kyozo_gql.core.ids import new_id
from kyozo_gql.workspaces.folders import folders_of
from kyozo_gql.workspaces.models import File, Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.store import create_workspace, get_workspace, import_directory, workspaces_of


async def test_a_workspace_has_its_own_empty_folder_and_the_seeds_defaults(owner, workspace):
    folder = workspace_folder(workspace.id)
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []
    read = await get_workspace(owner, workspace.id)
    assert (read.name, read.container_enabled, read.auto_deploy_enabled) == ("garden", True, False)
    assert (read.container_registry_url, read.deployment_environment, read.service_topology) == (None, "development", {})


async def test_what_is_given_is_kept(owner, team, settings):
    made = await create_workspace(
        owner, team_id=team.id, name="A-b_9", container_enabled=True, auto_deploy_enabled=True,
        container_registry_url="registry.example.org:5000/team", deployment_environment="production",
    )  # fmt: skip
    read = await workspaces_of(owner).get(id=made.id)
    assert (read.container_enabled, read.auto_deploy_enabled) == (True, True)
    assert (read.container_registry_url, read.deployment_environment) == ("registry.example.org:5000/team", "production")


@pytest.mark.parametrize(("given", "field"), [
    ({"name": ""}, "name"), ({"name": "a b"}, "name"), ({"name": "x" * 101}, "name"), ({"name": "ä"}, "name"),
    ({"name": "a\n"}, "name"), ({"name": "../a"}, "name"),
    ({"container_registry_url": "not a host"}, "containerRegistryUrl"),
    ({"container_registry_url": "file:///etc"}, "containerRegistryUrl"),
    ({"container_registry_url": "x" * 256}, "containerRegistryUrl"),
    ({"deployment_environment": "moon"}, "deploymentEnvironment"),
])  # fmt: skip
async def test_wrong_input_names_its_field_and_makes_nothing(owner, team, settings, given, field):
    with pytest.raises(InvalidInput) as refused:
        await create_workspace(owner, team_id=team.id, **{"name": "fine", **given})
    assert [fault.path for fault in refused.value.fields] == [field]
    assert not await Workspace.exists()
    assert not settings.workspace_root.exists()


async def test_a_workspace_whose_folder_can_not_be_made_does_not_exist(owner, team, settings):
    settings.workspace_root.write_text("a file is in the way")
    with pytest.raises(OSError, match="workspaces"):
        await create_workspace(owner, team_id=team.id, name="fine")
    assert not await Workspace.exists()


async def test_roles_and_teams(owner, other_owner, member_as, workspace):
    watcher = await member_as(Role.VIEWER)
    assert await get_workspace(watcher, workspace.id) == workspace
    with pytest.raises(Forbidden):
        await get_workspace(watcher, workspace.id, Role.MEMBER)
    with pytest.raises(Forbidden):
        await create_workspace(watcher, team_id=workspace.team_id, name="mine")
    with pytest.raises(NotFound):
        await create_workspace(other_owner, team_id=workspace.team_id, name="mine")
    for id in (workspace.id, new_id()):
        with pytest.raises(NotFound):
            await get_workspace(other_owner, id)
    assert await workspaces_of(other_owner) == []


async def paths(workspace: Workspace) -> list[str]:
    return [row.path for row in await File.filter(workspace_id=workspace.id).order_by("path")]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for path in ("api/main.py", "api/run.sh", "web/package.json", "web/node_modules/x/index.js", ".git/HEAD", "venv/pyvenv.cfg"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(path)
    (source / "api/run.sh").chmod(0o755)
    (source / "empty").mkdir()
    (tmp_path / "secret").write_text("secret")
    (source / "inside").symlink_to("api/main.py")
    (source / "api/up").symlink_to("../web")
    (source / "out").symlink_to("../secret")
    (source / "absolute").symlink_to(source / "web")
    (source / "loop").symlink_to("loop")
    return source


async def test_a_directory_is_imported_without_what_leaves_it(owner, team, settings, source):
    workspace = await import_directory(owner, team.id, "shop", source)
    folder = workspace_folder(workspace.id)
    assert workspace.container_enabled
    assert await paths(workspace) == [
        "api/main.py", "api/run.sh", "web/package.json",
    ]  # fmt: skip
    assert await folders_of(workspace, "") == ["api", "empty", "web"]
    assert (folder / "api/run.sh").stat().st_mode & 0o111
    assert (folder / "inside").readlink() == Path("api/main.py")
    assert (folder / "api/up").readlink() == Path("../web")
    assert not any((folder / name).is_symlink() for name in ("out", "absolute", "loop"))
    assert list((settings.workspace_root / ".writing").iterdir()) == []


async def test_a_second_import_refreshes_what_changed_and_keeps_the_rest(owner, team, settings, source):
    workspace = await import_directory(owner, team.id, "shop", source)
    folder = workspace_folder(workspace.id)
    (folder / "own.txt").write_text("of the workspace")
    (folder / "api/main.py").write_text("edited")
    untouched = (folder / "web/package.json").stat().st_ino
    (source / "new").mkdir()
    (source / "new/go.mod").write_text("module new")
    (source / "empty").rmdir()
    (source / "empty").write_text("a file now")
    (source / "inside").unlink()
    (source / "inside").mkdir()
    (source / "inside/deep").write_text("a folder now")
    assert (await import_directory(owner, team.id, "shop", source)).id == workspace.id
    assert await Workspace.all().count() == 1
    assert (folder / "api/main.py").read_text() == "api/main.py"
    assert (folder / "own.txt").read_text() == "of the workspace"
    assert (folder / "empty").read_text() == "a file now"
    assert (folder / "inside/deep").read_text() == "a folder now"
    assert (folder / "web/package.json").stat().st_ino == untouched
    assert await paths(workspace) == [
        "api/main.py", "api/run.sh", "empty", "inside/deep", "new/go.mod", "own.txt", "web/package.json",
    ]  # fmt: skip


async def test_imports_at_once_make_one_workspace(owner, team, settings, source):
    made = await asyncio.gather(*(import_directory(owner, team.id, "shop", source) for _ in range(3)))
    assert len({workspace.id for workspace in made}) == 1
    entries = await AuditEntry.filter(workspace_id=made[0].id).order_by("created_at", "id")
    assert sorted(entry.action for entry in entries) == ["createWorkspace", *["importWorkspace"] * 3]
    assert {(entry.user_id, entry.token_id) for entry in entries} == {(owner.user.id, None)}
    assert entries[-1].details == {"source": str(source)}


async def test_a_link_of_the_workspace_is_no_way_out_for_an_import(owner, team, settings, source, tmp_path):
    workspace = await import_directory(owner, team.id, "shop", source)
    folder = workspace_folder(workspace.id)
    (tmp_path / "elsewhere").mkdir()
    (folder / "later").symlink_to(tmp_path / "elsewhere")
    (source / "later").mkdir()
    (source / "later/file").write_text("text")
    await import_directory(owner, team.id, "shop", source)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (folder / "later/file").read_text() == "text"


async def test_a_source_that_holds_the_workspaces_does_not_swallow_itself(owner, team, settings, tmp_path):
    (tmp_path / "app.py").write_text("app")
    for _ in range(2):
        workspace = await import_directory(owner, team.id, "all", tmp_path)
    assert await paths(workspace) == ["app.py"]


async def test_what_can_not_be_imported(owner, other_owner, team, settings, source):
    for name, place in (("shop", source / "missing"), ("shop", source / "api/main.py"), ("a b", source)):
        with pytest.raises(InvalidInput):
            await import_directory(owner, team.id, name, place)
    with pytest.raises(NotFound):
        await import_directory(other_owner, team.id, "shop", source)
    assert not await Workspace.exists()


async def test_folders_are_listed_one_level_at_a_time_or_all(owner, workspace, tmp_path):
    folder = workspace_folder(workspace.id)
    for path in ("a/b/c", ".github/workflows", "node_modules/x", "d"):
        (folder / path).mkdir(parents=True)
    (folder / "file").write_text("")
    (folder / "out").symlink_to(tmp_path)
    assert await folders_of(workspace, None) == ["", ".github", ".github/workflows", "a", "a/b", "a/b/c", "d"]
    assert await folders_of(workspace, "") == [".github", "a", "d"]
    assert await folders_of(workspace, ".github") == [".github/workflows"]
    assert await folders_of(workspace, "a/b/") == ["a/b/c"]
    for nothing in ("missing", "file", "a/b/c"):
        assert await folders_of(workspace, nothing) == []
    for wrong in ("..", "/", "out"):
        with pytest.raises(InvalidInput):
            await folders_of(workspace, wrong)
