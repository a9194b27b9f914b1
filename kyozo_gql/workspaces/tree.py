"""A workspace's tree as detection sees it."""

from __future__ import annotations

from kyozo_gql.core.inforce import current_settings
from kyozo_gql.settings import Settings
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.tree import DiskTree
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder


def bounds_of(settings: Settings) -> Bounds:
    """How far an analysis looks by the settings."""
    return Bounds(
        max_file_bytes=settings.analysis_max_file_bytes,
        max_read_bytes=settings.analysis_max_read_bytes,
        max_depth=settings.analysis_max_depth,
        max_folders=settings.analysis_max_folders,
        max_entries=settings.analysis_max_entries,
    )


class WorkspaceTree(DiskTree):
    """The tree on the disk, called by the workspace's name: that of its folder is an id."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace_folder(workspace.id)
        super().__init__(self._folder, bounds_of(current_settings()))
        self._name = workspace.name

    def name(self) -> str:
        """The workspace's name."""
        return self._name

    def has_folder(self, path: str) -> bool:
        """Whether there is such a folder, no part of its path being a link."""
        place = self._folder / path
        return place.is_dir() and place.resolve() == self._folder.resolve() / path
