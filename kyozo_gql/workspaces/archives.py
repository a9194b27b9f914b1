"""Archives into folders: unpacked beside the tree, looked at, and only then moved into place; all of it or nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from kyozo_gql.accounts.audit import record
from kyozo_gql.accounts.idempotency import once
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import InvalidInput
from kyozo_gql.core.ids import new_id
from kyozo_gql.workspaces.archive_reader import FIELD, Member, Meter, archive_errors, link_fault, read_members
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.paths import normalise_path, path_in, resolve_inside
from kyozo_gql.workspaces.roots import WRITING, workspace_folder, workspace_root
from kyozo_gql.workspaces.rows import FileRow, describe_file, upsert_rows
from kyozo_gql.workspaces.scan import BATCH
from kyozo_gql.workspaces.store import get_workspace, subject_of
from kyozo_gql.workspaces.walk import is_left_out

_CHUNK: Final = 1 << 20
_FILE_MODE, _PROGRAM_MODE, _FOLDER_MODE = 0o644, 0o755, 0o755
_CREATED: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class _Unpacked:
    """What an archive holds, in ``tree``, until it is moved below ``folder`` of the workspace; and how to take that back.

    ``folders`` (each before what it holds) and ``files`` (and links) are paths in ``tree``; ``rows`` have those in the workspace.
    """

    tree: Path
    folder: str
    folders: list[str]
    files: list[str]
    rows: list[FileRow]
    replaced: list[tuple[Path, Path | None]] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)


async def upload_archive(
    viewer: Viewer, workspace_id: UUID, folder_path: str, archive: IO[bytes], idempotency_key: str | None = None
) -> tuple[Workspace, int]:
    """Unpacks a .zip, .tar or .tar.gz into a folder, which is made where it is missing; answers how many files there were.

    What the folder holds besides stays; what is no part of a workspace (.git, node_modules …) is left out. Raises NotFound,
    Forbidden, InvalidInput, Conflict (of the key): then nothing was changed.
    """
    workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.EDIT])
    digest = await asyncio.to_thread(_digest, archive) if idempotency_key is not None else None
    asked = {"workspace": workspace.id, "folder_path": folder_path, "archive": digest}
    root, staged = workspace_folder(workspace.id), workspace_root() / WRITING / new_id().hex
    try:
        unpacked = await asyncio.to_thread(_prepare, root, folder_path, archive, staged)
        async with _all_or_nothing(unpacked), once(viewer, idempotency_key, "uploadArchive", **asked) as attempt:
            if attempt.first_answer is not None:
                return workspace, attempt.first_answer["file_count"]
            await _place(unpacked, workspace, root)
            details = {"folder_path": unpacked.folder, "file_count": len(unpacked.files)}
            await record(viewer, "uploadArchive", subject_of(workspace), **details)
            await attempt.keep(file_count=len(unpacked.files))
    finally:
        await asyncio.to_thread(shutil.rmtree, staged, ignore_errors=True)
    return workspace, len(unpacked.files)


def _digest(archive: IO[bytes]) -> str:
    digest = hashlib.sha256()
    archive.seek(0)
    while chunk := archive.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _prepare(root: Path, folder_path: str, archive: IO[bytes], staged: Path) -> _Unpacked:
    folder = path_in(root, resolve_inside(root, normalise_path(folder_path, "folderPath"), "folderPath"))
    if is_left_out(folder):
        raise InvalidInput.of("folderPath", "is no part of the workspace")
    tree = staged / "tree"
    tree.mkdir(mode=0o700, parents=True)
    _unpack(archive, tree, folder)
    folders, files = _listed(tree)
    found = [row for row in (describe_file(tree, path) for path in files) if row is not None]
    return _Unpacked(tree, folder, folders, files, [replace(row, path=f"{folder}/{row.path}") if folder else row for row in found])


async def _place(unpacked: _Unpacked, workspace: Workspace, root: Path) -> None:
    """Within a transaction: the files in their places, then their rows. Raises InvalidInput."""
    moving = asyncio.ensure_future(asyncio.to_thread(_move, unpacked, root))
    try:
        await asyncio.shield(moving)
    except asyncio.CancelledError:
        await asyncio.wait([moving])  # the thread goes on; nothing is taken back before its end
        raise
    seen_at = now()
    for start in range(0, len(unpacked.rows), BATCH):
        await upsert_rows(workspace.id, unpacked.rows[start : start + BATCH], seen_at)


@asynccontextmanager
async def _all_or_nothing(unpacked: _Unpacked) -> AsyncIterator[None]:
    """What was moved is taken back where the transaction within comes to nothing."""
    try:
        yield
    except BaseException:
        await asyncio.to_thread(_take_back, unpacked)
        raise


def _unpack(archive: IO[bytes], tree: Path, folder: str) -> None:
    """All members below ``tree``. Links come last: nothing is ever written through one."""
    meter = Meter(archive.seek(0, os.SEEK_END))
    links: dict[str, str] = {}
    with archive_errors():
        for member in read_members(archive, meter):
            path = _path_of(member, folder)
            if not path or is_left_out(path):
                continue
            if member.target is not None:
                links[path] = member.target
                continue
            place = tree / path
            try:
                (place if member.is_folder else place.parent).mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
                if not member.is_folder:
                    _write(member, place, meter)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise _refusal(path, "is both a file and a folder") from error
    _link(links, tree)


def _path_of(member: Member, folder: str) -> str:
    try:
        path = normalise_path(member.name, FIELD)
        normalise_path(f"{folder}/{path}" if folder else path, FIELD)
    except InvalidInput as error:
        raise _refusal(member.name, error.fields[0].message) from error
    return path


def _write(member: Member, place: Path, meter: Meter) -> None:
    with os.fdopen(os.open(place, _CREATED, _FILE_MODE), "wb") as file:
        for chunk in meter.chunks(member.content) if member.content else ():
            file.write(chunk)
        os.fchmod(file.fileno(), _PROGRAM_MODE if member.is_executable else _FILE_MODE)


def _link(links: dict[str, str], tree: Path) -> None:
    """Makes the links; each must lead, in the end, to something in the archive. Raises InvalidInput.

    All their folders are made before the first of them: none is made through another.
    """
    try:
        for path in links:
            (tree / path).parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        for path, target in links.items():
            fault = link_fault(target)
            if fault is not None:
                raise _refusal(path, fault)
            (tree / path).symlink_to(target)
    except OSError as error:
        raise _refusal(path, "is a link where something else is, or one that can't be made") from error
    for path in links:
        if not _leads_inside(tree / path, tree.resolve()):
            raise _refusal(path, "is a link to nothing in the archive")


def _leads_inside(link: Path, tree: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(tree)
    except (OSError, RuntimeError):  # a loop, or nothing is there
        return False


def _move(unpacked: _Unpacked, root: Path) -> None:
    """Moves what was unpacked to its place."""
    target, kept = root / unpacked.folder, unpacked.tree.parent / "replaced"
    _refuse_clashes(target, unpacked.folders, unpacked.files)
    kept.mkdir(mode=0o700)
    for path in ("", *unpacked.folders):
        _make_folder(target / path, unpacked.made)
    for number, path in enumerate(unpacked.files):
        place, former = target / path, kept / str(number) if os.path.lexists(target / path) else None
        if former is not None:
            place.rename(former)
        unpacked.replaced.append((place, former))
        (unpacked.tree / path).rename(place)


def _listed(tree: Path) -> tuple[list[str], list[str]]:
    """The folders, each before what it holds, and all else."""
    folders, files = [], []
    for place, inner, names in os.walk(tree):
        here = Path(place).relative_to(tree)
        linked = [name for name in inner if Path(place, name).is_symlink()]
        inner[:] = [name for name in inner if name not in linked]
        folders += [(here / name).as_posix() for name in inner]
        files += [(here / name).as_posix() for name in (*names, *linked)]
    return sorted(folders), sorted(files)


def _refuse_clashes(target: Path, folders: list[str], files: list[str]) -> None:
    """A file of the workspace where the archive has a folder, or the other way round. Raises InvalidInput."""
    if os.path.lexists(target) and not target.is_dir():
        raise InvalidInput.of("folderPath", "is a file")
    for path in folders:
        if os.path.lexists(target / path) and ((target / path).is_symlink() or not (target / path).is_dir()):
            raise _refusal(path, "is a folder, and something else in the workspace")
    for path in files:
        if (target / path).is_dir() and not (target / path).is_symlink():
            raise _refusal(path, "is a folder in the workspace")


def _make_folder(place: Path, made: list[Path]) -> None:
    missing = [one for one in (place, *place.parents) if not one.is_dir()]
    for one in reversed(missing):
        try:
            one.mkdir(mode=_FOLDER_MODE)
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidInput.of("folderPath", "lies below a file") from error
        made.append(one)


def _take_back(unpacked: _Unpacked) -> None:
    for place, former in reversed(unpacked.replaced):
        place.unlink(missing_ok=True)
        if former is not None:
            former.rename(place)
    for folder in reversed(unpacked.made):
        with suppress(OSError):  # somebody else has written there meanwhile
            folder.rmdir()


def _refusal(path: str, fault: str) -> InvalidInput:
    return InvalidInput.of(FIELD, f"{path[:100]!r} {fault}")
