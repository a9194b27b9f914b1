"""Where the trees of workspaces lie, by the settings in force."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from kyozo_gql.core.inforce import current_settings

WRITING: Final = ".writing"  # beside the trees: what is not finished yet is in none of them


def workspace_root() -> Path:
    """The folder that holds a folder for each workspace (WORKSPACE_ROOT), absolute. Raises RuntimeError without settings."""
    return current_settings().workspace_root.absolute()


def workspace_folder(workspace_id: UUID) -> Path:
    """The folder of a workspace's tree."""
    return workspace_root() / str(workspace_id)
