"""How far the look at a tree is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kyozo_gql.topology.model import Detection


class Progress:
    """Numbers that grow while a tree is looked at, in one thread; others may read them at any time.

    ``folders_known`` None: the tree is still being listed. ``services_found`` are those of ``folders_analyzed`` folders, also what
    will turn out to be a part of another one.
    """

    def __init__(self) -> None:
        self.folders_known: int | None = None
        self.folders_analyzed = 0
        self.services_found = 0

    def count(self, paths: Sequence[str]) -> Iterator[str]:
        """The paths one by one, each counted when the next is asked for."""
        self.folders_known = len(paths)
        for number, path in enumerate(paths, start=1):
            yield path
            self.folders_analyzed = number

    def note(self, detection: Detection) -> Detection:
        """Counts what a folder was found to be, and answers it."""
        self.services_found += detection.service_type is not None
        return detection
