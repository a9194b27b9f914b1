"""The .gitignore and .dockerignore files of a tree, as one look at it reads them, and as the next one knows them."""

from __future__ import annotations

from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.ignoring import IgnoreFile, read_dockerignore, read_gitignore

Stamp = tuple[int, ...]
# Each with the folder that it stands in ("" for the root, else ending in "/"), outermost first.
Ignores = tuple[tuple[str, IgnoreFile], ...]


class IgnoreFiles:
    """By path, each with the stamp of the file as it was read: an unchanged one of the look before is not read again."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._read: dict[str, tuple[Stamp, IgnoreFile | None]] = {}
        self._by_text: dict[tuple[str, str], IgnoreFile | None] = {}
        self._before: dict[str, tuple[Stamp, IgnoreFile | None]] = {}

    def follow(self, before: IgnoreFiles) -> None:
        """Takes those of an earlier look at the same directory, where the same bounds held."""
        self._before = before._read if before._bounds == self._bounds else {}

    def knew(self, path: str) -> bool:
        """Whether a file was read at the look before."""
        return path in self._before

    def recall(self, path: str, stamp: Stamp) -> bool:
        """Whether a file is as it was at the look before; then it is as if it had been read."""
        known = self._before.get(path)
        if known is None or known[0] != stamp:
            return False
        self._read[path] = known
        return True

    def stamp(self, path: str) -> Stamp | None:
        """The stamp of a file that was read a moment ago; None for any other."""
        known = self._read.get(path)
        return known[0] if known else None

    def found(self, path: str) -> IgnoreFile | None:
        """The patterns of a file that was read; None where it says nothing."""
        return self._read[path][1]

    def keep(self, path: str, text: str, stamp: Stamp) -> None:
        """Reads the text of a file; the same text, as templates and generators write it into many folders, is read once.

        Raises ValueError for a pattern that is none.
        """
        name = path.rpartition("/")[2]
        key = (name, text)
        if key not in self._by_text:
            self._by_text[key] = read_gitignore(text) if name == ".gitignore" else read_dockerignore(text)
        self._read[path] = (stamp, self._by_text[key])

    def clip(self, text: str) -> str | None:
        """As many patterns of a text as the bounds allow; None where that is all of them."""
        most = self._bounds.max_patterns
        if text.count("\n") < most:
            return None
        lines = [line for line in text.splitlines() if line.strip() and line[0] != "#"]
        return "\n".join(lines[:most]) if len(lines) > most else None


def is_ignored(ignores: Ignores, path: str) -> bool:
    """Whether a path is excluded; the innermost file that has an opinion decides."""
    for prefix, ignore in reversed(ignores):
        verdict = ignore.verdict(path[len(prefix) :])
        if verdict is not None:
            return verdict
    return False
