"""Archives into folders: unpacked beside the tree, looked at, and only then moved into place; all of it or nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import IO, Final
from uuid import UUID

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
from kyozo_gql.workspaces.store import get_workspace
from kyozo_gql.workspaces.walk import is_left_out

_FILE_MODE, _PROGRAM_MODE, _FOLDER_MODE = 0o644, 0o755, 0o755
_CREATED: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


async def upload_archive(viewer: Viewer, workspace_id: UUID, folder_path: str, archive: IO[bytes]) -> tuple[Workspace, int]:
    """Unpacks a .zip, .tar or .tar.gz into a folder, which is made where it is missing; answers how many files there were.

    What the folder holds besides stays; what is no part of a workspace (.git, node_modules …) is left out. Raises NotFound,
    Forbidden, InvalidInput: then nothing was changed.
    """
    workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.EDIT])
    root, staged = workspace_folder(workspace.id), workspace_root() / WRITING / new_id().hex
    try:
        paths = await asyncio.to_thread(_put, root, folder_path, archive, staged)
    finally:
        await asyncio.to_thread(shutil.rmtree, staged, ignore_errors=True)
    for start in range(0, len(paths), BATCH):
        seen_at, batch = now(), paths[start : start + BATCH]
        await upsert_rows(workspace.id, await asyncio.to_thread(_describe, root, batch), seen_at)
    return workspace, len(paths)


def _describe(root: Path, paths: list[str]) -> list[FileRow]:
    return [row for row in (describe_file(root, path) for path in paths) if row is not None]


def _put(root: Path, folder_path: str, archive: IO[bytes], staged: Path) -> list[str]:
    folder = path_in(root, resolve_inside(root, normalise_path(folder_path, "folderPath"), "folderPath"))
    if is_left_out(folder):
        raise InvalidInput.of("folderPath", "is no part of the workspace")
    tree = staged / "tree"
    tree.mkdir(mode=0o700, parents=True)
    _unpack(archive, tree, folder)
    return _move(tree, root, folder, staged / "replaced")


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


def _move(tree: Path, root: Path, folder: str, replaced: Path) -> list[str]:
    """Moves what was unpacked to its place and answers the paths of files and links. What fails is undone."""
    folders, files = _listed(tree)
    target = root / folder
    _refuse_clashes(target, folders, files)
    replaced.mkdir(mode=0o700)
    undo: list[tuple[Path, Path | None]] = []
    made: list[Path] = []
    try:
        for path in ("", *folders):
            _make_folder(target / path, made)
        for number, path in enumerate(files):
            place, kept = target / path, replaced / str(number)
            if os.path.lexists(place):
                place.rename(kept)
                undo.append((place, kept))
            else:
                undo.append((place, None))
            (tree / path).rename(place)
    except BaseException:
        _undo(undo, made)
        raise
    return [f"{folder}/{path}" if folder else path for path in files]


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


def _undo(undo: list[tuple[Path, Path | None]], made: list[Path]) -> None:
    for place, kept in reversed(undo):
        place.unlink(missing_ok=True)
        if kept is not None:
            kept.rename(place)
    for folder in reversed(made):
        folder.rmdir()


def _refusal(path: str, fault: str) -> InvalidInput:
    return InvalidInput.of(FIELD, f"{path[:100]!r} {fault}")
