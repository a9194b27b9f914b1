"""A workspace's tree as detection sees it."""

from __future__ import annotations

from kyozo_gql.core.inforce import current_settings
from kyozo_gql.topology.tree import DiskTree
from kyozo_gql.workspaces.bounds import bounds_of
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder


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
