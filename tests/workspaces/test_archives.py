from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from typing import Any

import pytest

from kyozo_gql.accounts.models import Role
from kyozo_gql.core.errors import Forbidden, InvalidInput, NotFound
from kyozo_gql.core.ids import new_id
from kyozo_gql.workspaces import archive_reader, archives
from kyozo_gql.workspaces.archives import upload_archive
from kyozo_gql.workspaces.files import write_file
from kyozo_gql.workspaces.models import File
from kyozo_gql.workspaces.roots import WRITING, workspace_folder, workspace_root
from kyozo_gql.workspaces.scan import scan
from tests.database import connected

FILES = {"app/main.py": "print(1)\n", "app/lib/x.py": "", "requirements.txt": "flask\n"}


def zip_of(files: Any, compression: Any = zipfile.ZIP_DEFLATED) -> Any:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer


def tar_of(files: Any = (), members: Any = (), mode: Any = "w", format: Any = tarfile.PAX_FORMAT) -> Any:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=format) as archive:
        for name, content in dict(files).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content if isinstance(content, bytes) else content.encode()))
        for name, given in members:
            info = tarfile.TarInfo(name)
            for key, value in given.items():
                setattr(info, key, value)
            archive.addfile(info)
    return buffer


def link(name: Any, target: Any) -> Any:
    return name, {"type": tarfile.SYMTYPE, "linkname": target}


def tree(workspace: Any) -> Any:
    root = workspace_folder(workspace.id)
    return {
        path.relative_to(root).as_posix(): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


async def rows(workspace: Any) -> Any:
    return {row.path: (row.size_bytes, row.content_hash) for row in await File.filter(workspace_id=workspace.id)}


async def refusal(owner: Any, workspace: Any, archive: Any, folder: Any = "") -> Any:
    before = tree(workspace)
    with pytest.raises(InvalidInput) as refused:
        await upload_archive(owner, workspace.id, folder, archive)
    assert tree(workspace) == before
    assert not list((workspace_root() / WRITING).glob("*"))
    (fault,) = refused.value.fields
    return fault


@pytest.mark.parametrize(
    "archive",
    [
        zip_of(FILES),
        zip_of(FILES, zipfile.ZIP_STORED),
        tar_of(FILES),
        tar_of(FILES, mode="w:gz"),
        tar_of(FILES, format=tarfile.GNU_FORMAT),
    ],
    ids=["zip", "stored", "tar", "tar.gz", "gnu"],
)
@pytest.mark.parametrize("folder", ["", "services/api"])
async def test_an_archive_becomes_files_and_their_rows(owner, workspace, archive, folder):
    await write_file(owner, workspace.id, "kept.txt", "kept")
    found, count = await upload_archive(owner, workspace.id, folder, archive)
    assert (found, count) == (workspace, 3)
    placed = {f"{folder}/{name}" if folder else name: content for name, content in FILES.items()}
    assert tree(workspace) == {"kept.txt": "kept", **placed}
    written = await rows(workspace)
    await scan(workspace)
    assert written == await rows(workspace)
    assert not list((workspace_root() / WRITING).iterdir())


async def test_what_is_there_is_replaced_and_what_is_besides_stays(owner, workspace):
    await write_file(owner, workspace.id, "app/main.py", "old")
    await write_file(owner, workspace.id, "app/other.py", "other")
    await upload_archive(owner, workspace.id, "", zip_of(FILES))
    assert tree(workspace)["app/main.py"] == FILES["app/main.py"]
    assert tree(workspace)["app/other.py"] == "other"
    assert (await rows(workspace))["app/main.py"][0] == len(FILES["app/main.py"])


async def test_programs_stay_programs_and_links_inside_stay_links(owner, workspace):
    archive = tar_of(
        {"bin/deep/tool": "x"},
        [("run", {"mode": 0o755}), ("evil", {"mode": 0o6777}), link("a", "bin/deep"), link("bin/b", "../run")],
    )
    _, count = await upload_archive(owner, workspace.id, "here", archive)
    assert count == 5
    root = workspace_folder(workspace.id) / "here"
    assert stat.S_IMODE((root / "run").stat().st_mode) == 0o755
    assert stat.S_IMODE((root / "evil").stat().st_mode) == 0o755
    assert os.access(root / "bin/deep/tool", os.X_OK) is False
    assert (root / "a/tool").read_text() == "x"
    assert tree(workspace)["here/bin/b"] == "-> ../run"


async def test_what_is_no_part_of_a_workspace_is_left_out(owner, workspace):
    files = {"a.py": "", ".git/config": "x", "web/node_modules/x/y.js": "x", "venv/z": "x"}
    assert (await upload_archive(owner, workspace.id, "", zip_of(files)))[1] == 1
    assert list(tree(workspace)) == ["a.py"]


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../out", "a\nb", "x" * 300, "/".join(["abcdefgh"] * 140), "a/.."])
async def test_members_that_leave_the_folder_or_have_no_name(owner, workspace, name):
    for archive in (zip_of({"fine.txt": "x", name: "x"}), tar_of({"fine.txt": "x", name: "x"})):
        assert (await refusal(owner, workspace, archive)).path == "archive"


@pytest.mark.parametrize(
    "members",
    [
        [link("l", "/etc/passwd")],
        [link("l", "../out")],
        [link("l", "..")],
        [link("l", "missing")],
        [link("l", "l")],
        [link("a", "b"), link("b", "a")],
        [("d", {"type": tarfile.DIRTYPE}), link("d/up", ".."), link("l", "d/up/../..")],
        [link("l", "."), link("l/x", "../../out")],
        [("d", {"type": tarfile.DIRTYPE}), link("d", ".")],
        [("f", {}), ("h", {"type": tarfile.LNKTYPE, "linkname": "f"})],
        [("p", {"type": tarfile.FIFOTYPE})],
        [("c", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3})],
        [("a", {}), ("a/b", {})],
        [("a/b", {}), ("a", {})],
    ],
)
async def test_links_out_and_special_members(owner, workspace, members):
    (workspace_root() / "out").write_text("secret")
    assert (await refusal(owner, workspace, tar_of({"fine.txt": "x"}, members))).path == "archive"
    assert (workspace_root() / "out").read_text() == "secret"


async def test_a_link_in_a_zip(owner, workspace):
    def linked(target: Any) -> Any:
        buffer = zip_of({"a/x.txt": "x"})
        with zipfile.ZipFile(buffer, "a") as archive:
            info = zipfile.ZipInfo("l")
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
        return buffer

    assert "link" in (await refusal(owner, workspace, linked("/etc/passwd"))).message
    await upload_archive(owner, workspace.id, "", linked("a"))
    assert tree(workspace)["l"] == "-> a"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"PK",
        b"PK\x03\x04" + b"\0" * 100,
        b"PK\x05\x06" + b"\xff" * 18,
        b"\x1f\x8b",
        b"\x1f\x8b" + b"x" * 100,
        b"x" * 2_000,
        zip_of(FILES).getvalue()[:-30],
        zip_of(FILES).getvalue()[40:],
        tar_of(FILES).getvalue()[:700],
        tar_of(FILES, mode="w:gz").getvalue()[:60],
    ],
)
async def test_what_is_no_archive(owner, workspace, content):
    assert (await refusal(owner, workspace, io.BytesIO(content))).path == "archive"


async def test_bounds(owner, workspace, monkeypatch):
    bomb = gzip.compress(tar_of({"zeros": b"\0" * (20 << 20)}).getvalue())
    assert "200 times" in (await refusal(owner, workspace, io.BytesIO(bomb))).message
    assert "200 times" in (await refusal(owner, workspace, zip_of({"zeros": b"\0" * (20 << 20)}))).message
    monkeypatch.setattr(archive_reader, "MOST_BYTES", 1_000)
    for archive in (zip_of({"a": "x" * 600, "b": "x" * 600}), tar_of({"a": "x" * 600, "b": "x" * 600})):
        assert "1000 bytes" in (await refusal(owner, workspace, archive)).message
    monkeypatch.setattr(archive_reader, "MOST_MEMBERS", 2)
    for archive in (zip_of({"a": "", "b": "", "c": ""}), tar_of({"a": "", "b": "", "c": ""})):
        assert "2 members" in (await refusal(owner, workspace, archive)).message


async def test_an_index_or_header_that_is_too_large_is_not_read(owner, workspace):
    many = zip_of({"a": ""}).getvalue()
    end = many.rfind(b"PK\5\6")
    huge = many[: end + 12] + struct.pack("<I", 0x7FFF_FFFF) + many[end + 16 :]
    assert "members" in (await refusal(owner, workspace, io.BytesIO(huge))).message
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 64 << 20
    packed = gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + b"\0" * (64 << 20))
    assert "header" in (await refusal(owner, workspace, io.BytesIO(packed))).message


async def test_an_encrypted_zip(owner, workspace):
    plain = bytearray(zip_of({"a": "x"}).getvalue())
    plain[plain.rfind(b"PK\1\2") + 8] |= 1
    assert "encrypted" in (await refusal(owner, workspace, io.BytesIO(bytes(plain)))).message


async def test_clashes_with_what_is_there(owner, workspace):
    await write_file(owner, workspace.id, "app", "a file")
    assert (await refusal(owner, workspace, zip_of(FILES))).path == "archive"
    assert (await refusal(owner, workspace, zip_of(FILES), "app")).path == "folderPath"
    assert (await refusal(owner, workspace, zip_of(FILES), "app/below")).path == "folderPath"
    await write_file(owner, workspace.id, "folder/x", "x")
    assert (await refusal(owner, workspace, zip_of({"new": "", "folder": "x"}))).path == "archive"
    (workspace_folder(workspace.id) / "link").symlink_to("folder")
    assert (await refusal(owner, workspace, zip_of({"link/x": "through"}))).path == "archive"


@pytest.mark.parametrize("folder", ["..", "/", "a/../b", "node_modules", "a/.git"])
async def test_folders_that_are_none(owner, workspace, folder):
    assert (await refusal(owner, workspace, zip_of(FILES), folder)).path == "folderPath"


async def test_a_move_that_fails_is_undone(owner, workspace, monkeypatch):
    await write_file(owner, workspace.id, "a", "old")
    before = tree(workspace)
    listed = archives._listed

    def one_too_many(place: Any) -> Any:
        folders, files = listed(place)
        return folders, [*files, "vanished"]

    monkeypatch.setattr(archives, "_listed", one_too_many)
    with pytest.raises(FileNotFoundError):
        await upload_archive(owner, workspace.id, "", zip_of({"a": "new", "b/c": "new"}))
    assert tree(workspace) == before
    assert not (workspace_folder(workspace.id) / "b").exists()


async def test_who_may(owner, other_owner, member_as, workspace):
    with pytest.raises(Forbidden):
        await upload_archive(await member_as(Role.VIEWER), workspace.id, "", zip_of(FILES))
    for viewer, id in ((other_owner, workspace.id), (owner, new_id())):
        with pytest.raises(NotFound):
            await upload_archive(viewer, id, "", zip_of(FILES))
    assert tree(workspace) == {}


async def test_what_can_not_be_committed_is_taken_back(owner, workspace, database):
    await write_file(owner, workspace.id, "app/main.py", "old")
    before, known = tree(workspace), await rows(workspace)
    async with connected(database) as connection:
        await connection.execute("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the disk is full''; END';
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON audit_entries DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION refuse()""")
        try:
            with pytest.raises(Exception, match="the disk is full"):
                await upload_archive(owner, workspace.id, "", zip_of(FILES))
        finally:
            await connection.execute("DROP FUNCTION refuse CASCADE")
    assert (tree(workspace), await rows(workspace)) == (before, known)
    assert not (workspace_folder(workspace.id) / "app" / "lib").exists()
    assert not list((workspace_root() / WRITING).glob("*"))
    await upload_archive(owner, workspace.id, "", zip_of(FILES))
    assert tree(workspace)["app/main.py"] == FILES["app/main.py"]
