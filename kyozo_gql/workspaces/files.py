"""Files: written, read and deleted in the tree, and their rows with them."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from uuid import UUID

from tortoise.queryset import QuerySet

from kyozo_gql.accounts.audit import Subject, record
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import InvalidInput, NotFound
from kyozo_gql.core.outbox import transaction
from kyozo_gql.workspaces.content import LARGEST_TEXT, read_text, replace_content
from kyozo_gql.workspaces.models import File, Workspace
from kyozo_gql.workspaces.paths import normalise_path, path_in, resolve_inside
from kyozo_gql.workspaces.roots import WRITING, workspace_folder, workspace_root
from kyozo_gql.workspaces.rows import describe, lock_path, upsert_rows
from kyozo_gql.workspaces.store import get_workspace
from kyozo_gql.workspaces.walk import is_left_out


def files_of(viewer: Viewer) -> QuerySet[File]:
    """The files of the workspaces of the viewer's teams, as their rows have them."""
    return File.filter(workspace__team_id__in=viewer.team_ids, workspace__deleted_at=None)


async def write_file(viewer: Viewer, workspace_id: UUID, path: str, content: str) -> File:
    """Puts a text at ``path``, its folders included; a link is followed. ``content`` has at most LARGEST_TEXT bytes of UTF-8.

    Raises NotFound, Forbidden, InvalidInput.
    """
    workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.EDIT])
    data = _encode(content)
    path, place = await asyncio.to_thread(_locate, workspace_folder(workspace.id), path)
    row = describe(path, len(data), hashlib.sha256(data).hexdigest())
    async with transaction():
        await lock_path(workspace.id, path)
        await upsert_rows(workspace.id, [row], now())
        file = await File.get(workspace_id=workspace.id, path=path)
        await record(viewer, "writeFile", _subject(workspace, file.id, path), size_bytes=len(data))
        await asyncio.to_thread(replace_content, place, data, workspace_root() / WRITING)
    return file


async def read_file(workspace: Workspace, path: str) -> str | None:
    """The text of a file; None where there is none, and for what is no UTF-8 text or too large. Raises InvalidInput."""
    return await asyncio.to_thread(_read, workspace_folder(workspace.id), normalise_path(path))


async def delete_file(viewer: Viewer, workspace_id: UUID, path: str) -> str:
    """Removes a file, or a link itself, and answers its path. Raises NotFound, Forbidden, InvalidInput."""
    workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.EDIT])
    folder, _, name = _check_path(path).rpartition("/")
    root = workspace_folder(workspace.id)
    parent = await asyncio.to_thread(resolve_inside, root, folder)
    place = parent / name
    path = path_in(root, place)
    async with transaction():
        await lock_path(workspace.id, path)
        file = await File.get_or_none(workspace_id=workspace.id, path=path)
        if file is not None:
            await file.delete()
        await record(viewer, "deleteFile", _subject(workspace, None if file is None else file.id, path))
        await asyncio.to_thread(_unlink, place)
    return path


def _subject(workspace: Workspace, id: UUID | None, path: str) -> Subject:
    """A file, for the audit trail; a link has no row."""
    return Subject("File", id, path, workspace.team_id, workspace.id)


def _encode(content: str) -> bytes:
    try:
        data = content.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput.of("content", "must be Unicode text") from error
    if len(data) > LARGEST_TEXT:
        raise InvalidInput.of("content", f"must not be larger than {LARGEST_TEXT} bytes")
    return data


def _check_path(path: str) -> str:
    if path.endswith("/"):
        raise InvalidInput.of("path", "names a folder")
    path = normalise_path(path)
    if not path:
        raise InvalidInput.of("path", "must name a file")
    return path


def _locate(root: Path, path: str) -> tuple[str, Path]:
    """Where a file is to be, links followed: its path in the workspace and on the disk."""
    place = resolve_inside(root, _check_path(path))
    path = path_in(root, place)
    if not path or is_left_out(path):
        raise InvalidInput.of("path", "is no part of the workspace")
    return path, place


def _read(root: Path, path: str) -> str | None:
    return read_text(resolve_inside(root, path))


def _unlink(place: Path) -> None:
    try:
        place.unlink()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("File") from error
    except (IsADirectoryError, PermissionError) as error:  # the latter is what some systems say of a folder
        raise InvalidInput.of("path", "is a folder") from error
