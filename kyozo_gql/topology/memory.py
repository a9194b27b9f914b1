"""What a tree was found to be the last time: an unchanged one is not judged again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kyozo_gql.topology.ignore_files import IgnoreFiles, Stamp
from kyozo_gql.topology.model import RULES_VERSION, Analysis, Tree


class StampedTree(Tree, Protocol):
    """A tree that can tell whether it changed."""

    def digest(self) -> str:
        """A hash of all names that are worth a look."""
        ...

    def stamps(self) -> dict[str, Stamp | None]:
        """The files that were read so far, each with what changes when the file does."""
        ...

    def ignore_files(self) -> IgnoreFiles:
        """The ignore files: those of an earlier look may be given to this one to follow."""
        ...

    def is_as(self, stamps: dict[str, Stamp | None]) -> bool:
        """Whether all these files are as they were."""
        ...


class Memory:
    """The last analysis of one tree. It holds while the names, the files that were read, the rules and the images are the same.

    One at a time may use it.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._stamps: dict[str, Stamp | None] = {}
        self._ignore_files: IgnoreFiles | None = None
        self._analysis: Analysis | None = None

    def recall(self, tree: StampedTree, base_images: Mapping[str, str] | None) -> Analysis | None:
        """The last analysis, where nothing of what it was made of has changed."""
        if self._ignore_files is not None:
            tree.ignore_files().follow(self._ignore_files)
        if self._analysis is None or self._key != _key(tree, base_images) or not tree.is_as(self._stamps):
            return None
        return self._analysis

    def keep(self, tree: StampedTree, base_images: Mapping[str, str] | None, analysis: Analysis) -> None:
        """Keeps an analysis of the tree as it was read."""
        self._key, self._stamps, self._ignore_files = _key(tree, base_images), tree.stamps(), tree.ignore_files()
        self._analysis = analysis


def _key(tree: StampedTree, base_images: Mapping[str, str] | None) -> tuple[object, ...]:
    return RULES_VERSION, tree.name(), tuple(sorted((base_images or {}).items())), tree.limits(), tree.digest()
