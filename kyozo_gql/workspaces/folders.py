"""The folders of a workspace."""

from __future__ import annotations

import asyncio
from itertools import islice
from pathlib import Path
from typing import Final

from kyozo_gql.core.errors import InvalidInput
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.paths import normalise_path, path_in, resolve_inside
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.walk import list_folder, walk

MOST_FOLDERS: Final = 10_000


async def folders_of(workspace: Workspace, path: str | None) -> list[str]:
    """The folders directly in a folder; with None every folder of the workspace, its root "" first; at most MOST_FOLDERS.

    [] for a folder that does not exist. Raises InvalidInput for a path that is none.
    """
    return await asyncio.to_thread(_list, workspace_folder(workspace.id), path)


async def locate_folder(workspace: Workspace, path: str, field: str = "folderPath") -> str:
    """The path of a folder that exists, links followed. Raises InvalidInput, of ``field``."""
    return await asyncio.to_thread(_locate, workspace_folder(workspace.id), normalise_path(path, field), field)


def _list(root: Path, path: str | None) -> list[str]:
    if path is None:
        return ["", *islice((entry.path for entry in walk(root) if entry.is_folder), MOST_FOLDERS - 1)]
    folder = path_in(root, resolve_inside(root, normalise_path(path)))
    return [entry.path for entry in list_folder(root, folder) if entry.is_folder][:MOST_FOLDERS]


def _locate(root: Path, path: str, field: str) -> str:
    place = resolve_inside(root, path, field)
    if not place.is_dir():
        raise InvalidInput.of(field, "there is no such folder in the workspace")
    return path_in(root, place)
