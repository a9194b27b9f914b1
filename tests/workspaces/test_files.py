from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from kyozo_gql.accounts.models import Role
from kyozo_gql.core.errors import Forbidden, InvalidInput, NotFound
from kyozo_gql.workspaces.content import replace_content
from kyozo_gql.workspaces.files import delete_file, files_of, read_file, write_file
from kyozo_gql.workspaces.models import File, Workspace
from kyozo_gql.workspaces.roots import workspace_folder, workspace_root


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    return workspace_folder(workspace.id)


def unfinished() -> list[Path]:
    return list((workspace_root() / ".writing").glob("*"))


async def test_a_text_is_written_with_its_folders_and_its_row(owner, workspace, folder):
    row = await write_file(owner, workspace.id, "./api//app/main.py", "print('ü')\n")
    content = "print('ü')\n".encode()
    assert (folder / "api/app/main.py").read_bytes() == content
    assert (row.path, row.size_bytes) == ("api/app/main.py", len(content))
    assert row.content_hash == hashlib.sha256(content).hexdigest()
    assert (row.is_service_indicator, row.detected_technologies, row.service_metadata) == (False, ["python"], {})
    assert await read_file(workspace, "api/app/main.py") == "print('ü')\n"
    assert await files_of(owner) == [row]


async def test_a_second_write_keeps_the_row_and_the_mode(owner, workspace, folder):
    first = await write_file(owner, workspace.id, "package.json", "{}")
    assert (first.is_service_indicator, first.detected_technologies) == (True, ["nodejs"])
    (folder / "package.json").chmod(0o755)
    second = await write_file(owner, workspace.id, "package.json", '{"name": "x"}')
    assert (second.id, second.created_at) == (first.id, first.created_at)
    assert second.updated_at > first.updated_at
    assert second.content_hash != first.content_hash
    assert (folder / "package.json").stat().st_mode & 0o777 == 0o755
    assert unfinished() == []


async def test_of_writers_at_once_one_wins_as_a_whole_and_the_row_is_its(owner, workspace, folder):
    texts = [letter * 100_000 for letter in "abcdefgh"]
    await asyncio.gather(*(write_file(owner, workspace.id, "one.txt", text) for text in texts))
    content = (folder / "one.txt").read_text()
    assert content in texts
    row = await File.get(workspace_id=workspace.id)
    assert row.content_hash == hashlib.sha256(content.encode()).hexdigest()


async def test_a_write_that_fails_leaves_the_old_file_and_the_old_row(owner, workspace, folder, monkeypatch):
    before = await write_file(owner, workspace.id, "a.txt", "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        await write_file(owner, workspace.id, "a.txt", "new")
    assert (folder / "a.txt").read_text() == "old"
    assert (await File.get(id=before.id)).content_hash == before.content_hash
    assert unfinished() == []


def test_whoever_reads_while_it_is_replaced_sees_the_old_or_the_new(tmp_path):
    place = tmp_path / "file"
    place.write_bytes(b"old")
    with place.open("rb") as reader:
        replace_content(place, b"new", tmp_path / "writing")
        assert reader.read() == b"old"
    assert place.read_bytes() == b"new"


@pytest.mark.parametrize(("path", "content", "field"), [
    ("", "", "path"), (".", "", "path"), ("a/", "", "path"), ("../a", "", "path"), ("/a", "", "path"), ("a\x00", "", "path"),
    (".git/config", "", "path"), ("web/node_modules/x.js", "", "path"), ("folder", "", "path"), ("file/below", "", "path"),
    ("file/below/deep", "", "path"), ("out/x", "", "path"), ("a", "x" * (1024 * 1024 + 1), "content"),
    ("a", "ü" * (512 * 1024 + 1), "content"), ("a", "\ud800", "content"),
])  # fmt: skip
async def test_a_wrong_path_or_text_is_refused_and_nothing_changes(owner, workspace, folder, tmp_path, path, content, field):
    (folder / "folder").mkdir()
    (folder / "file").write_text("file")
    (folder / "out").symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InvalidInput) as refused:
        await write_file(owner, workspace.id, path, content)
    assert [fault.path for fault in refused.value.fields] == [field]
    assert [place for place in sorted(tmp_path.rglob("*")) if place.name != ".writing"] == before
    assert (folder / "file").read_text() == "file"
    assert not await File.exists()


async def test_a_text_of_one_mebibyte_is_fine(owner, workspace):
    await write_file(owner, workspace.id, "a", "x" * 1024 * 1024)
    assert len(await read_file(workspace, "a") or "") == 1024 * 1024


async def test_a_link_inside_is_followed_and_the_row_is_that_of_its_target(owner, workspace, folder):
    (folder / "real").mkdir()
    (folder / "alias").symlink_to("real")
    row = await write_file(owner, workspace.id, "alias/a.txt", "text")
    assert row.path == "real/a.txt"
    assert await read_file(workspace, "alias/a.txt") == "text"
    assert await delete_file(owner, workspace.id, "alias/a.txt") == "real/a.txt"
    assert not await File.exists()


async def test_what_is_no_text_reads_as_none(workspace, folder, tmp_path):
    (folder / "binary").write_bytes(b"a\0b")
    (folder / "latin").write_bytes(b"\xff\xfe")
    (folder / "large").write_bytes(b"x" * (1024 * 1024 + 1))
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    for path in ("binary", "latin", "large", "folder", "pipe", "missing", "missing/below", ""):
        assert await read_file(workspace, path) is None
    (tmp_path / "secret").write_text("secret")
    (folder / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInput, match="leaves"):
        await read_file(workspace, "out")


async def test_a_file_is_deleted_with_its_row(owner, workspace, folder):
    await write_file(owner, workspace.id, "a/b.txt", "text")
    assert await delete_file(owner, workspace.id, "a/./b.txt") == "a/b.txt"
    assert not (folder / "a/b.txt").exists()
    assert not await File.exists()
    with pytest.raises(NotFound):
        await delete_file(owner, workspace.id, "a/b.txt")


async def test_a_link_is_deleted_and_not_what_it_points_to(owner, workspace, folder, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    assert await delete_file(owner, workspace.id, "out") == "out"
    assert not (folder / "out").is_symlink()
    with pytest.raises(InvalidInput, match="leaves"):
        await delete_file(owner, workspace.id, "up/secret")
    assert (tmp_path / "secret").read_text() == "secret"


@pytest.mark.parametrize("path", ["folder", "", "folder/", ".."])
async def test_a_folder_is_not_deleted_as_a_file(owner, workspace, folder, path):
    (folder / "folder").mkdir()
    with pytest.raises(InvalidInput):
        await delete_file(owner, workspace.id, path)
    assert (folder / "folder").is_dir()


async def test_viewers_read_and_others_see_nothing(owner, other_owner, member_as, workspace, folder):
    await write_file(owner, workspace.id, "a", "text")
    watcher = await member_as(Role.VIEWER)
    assert len(await files_of(watcher)) == 1
    assert await files_of(other_owner) == []
    for viewer, error in ((watcher, Forbidden), (other_owner, NotFound)):
        with pytest.raises(error):
            await write_file(viewer, workspace.id, "a", "mine")
        with pytest.raises(error):
            await delete_file(viewer, workspace.id, "a")
    assert (folder / "a").read_text() == "text"
