from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kyozo_gql.core.clock import now
from kyozo_gql.workspaces import scan as scanning
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.folders import folders_of
from kyozo_gql.workspaces.models import File, Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.rows import describe, upsert_rows
from kyozo_gql.workspaces.scan import scan
from kyozo_gql.workspaces.walk import walk


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    return workspace_folder(workspace.id)


@pytest.fixture(params=[1, 3, 500])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "BATCH", request.param)


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


async def rows(workspace: Workspace) -> dict[str, File]:
    return {row.path: row for row in await File.filter(workspace_id=workspace.id)}


async def test_the_rows_follow_the_tree(workspace, folder, batch):
    put(folder, "a.txt", "a/b.py", "a/c/Dockerfile", "a-b", "ä/ö.txt", "Z", "web/package.json", ".env")
    assert await scan(workspace) == 8
    first = await rows(workspace)
    assert sorted(first) == [".env", "Z", "a-b", "a.txt", "a/b.py", "a/c/Dockerfile", "web/package.json", "ä/ö.txt"]
    assert {path for path, row in first.items() if row.is_service_indicator} == {"a/c/Dockerfile", "web/package.json"}
    assert first["a/b.py"].detected_technologies == ["python"]

    shutil.rmtree(folder / "a")
    put(folder, "b", "zz/last")
    (folder / "Z").write_text("changed")
    assert await scan(workspace) == 8
    second = await rows(workspace)
    assert sorted(second) == [".env", "Z", "a-b", "a.txt", "b", "web/package.json", "zz/last", "ä/ö.txt"]
    assert second["Z"].id == first["Z"].id
    assert second["Z"].content_hash != first["Z"].content_hash
    assert second["Z"].size_bytes == len("changed")
    assert second["a.txt"].updated_at == first["a.txt"].updated_at

    for child in folder.iterdir():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    assert await scan(workspace) == 0
    assert await rows(workspace) == {}


async def test_what_is_no_part_of_a_workspace_is_left_out(workspace, folder, tmp_path):
    put(folder, ".git/config", "web/node_modules/x/index.js", "venv/bin/python", "p/__pycache__/a.pyc", "kept", ".gitignore")
    put(folder, "my-env/pyvenv.cfg", "my-env/lib.py", "target/CACHEDIR.TAG", "target/debug/app", "dist/index.html")
    put(folder, "new\nline", "x" * 200 + "/" + "y" * 200 + "/" + "z" * 200)
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("kept")
    (folder / "out").symlink_to(tmp_path)
    (folder / os.fsdecode(b"\xff")).write_text("no UTF-8")
    await scan(workspace)
    long = "x" * 200 + "/" + "y" * 200 + "/" + "z" * 200
    assert sorted(await rows(workspace)) == [".gitignore", "dist/index.html", "kept", long]
    assert await folders_of(workspace, None) == ["", "dist", "p", "web", "x" * 200, "x" * 200 + "/" + "y" * 200]


async def test_another_workspaces_rows_are_left_alone(owner, workspace, folder):
    other = await Workspace.create(team_id=workspace.team_id, name="other")
    workspace_folder(other.id).mkdir()
    put(workspace_folder(other.id), "a")
    await scan(other)
    await scan(workspace)
    assert sorted(await rows(other)) == ["a"]


async def test_a_write_that_comes_between_wins(owner, workspace, folder):
    looked_at = now()
    await write_file(owner, workspace.id, "a", "new")
    await upsert_rows(workspace.id, [describe("a", 3, "the hash of what was there before")], looked_at)
    assert (await rows(workspace))["a"].content_hash != "the hash of what was there before"


async def test_a_missing_folder_is_an_error_and_no_empty_workspace(owner, workspace, folder):
    await write_file(owner, workspace.id, "a", "text")
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError, match="garden"):
        await scan(workspace)
    assert sorted(await rows(workspace)) == ["a"]


def test_a_tree_is_walked_in_the_order_of_its_paths_bytes(tmp_path):
    put(tmp_path, "a/b", "a.b", "a-b", "a0", "b/c/d", "b/c.d", "B", "ä", "aa/x")
    paths = [entry.path for entry in walk(tmp_path) if not entry.is_folder]
    assert paths == sorted(paths, key=str.encode)
    assert len(paths) == 9
