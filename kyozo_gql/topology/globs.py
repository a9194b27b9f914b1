"""The folders that the glob patterns of a workspace name."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from kyozo_gql.topology.model import Tree

# What no workspace comes near, and what would take a time that grows with folders times patterns, or with a power of stars.
_MAX_PATTERNS = 200
_MAX_SEGMENT = 200
_MAX_STARS = 4


def match_folders(tree: Tree, root: str, patterns: Iterable[str]) -> tuple[str, ...]:
    """The folders below ``root`` that some pattern names and none of the negated ones (``!``), relative to ``root``, in order.

    ``*`` stands for any name, ``**`` for any number of folders; one pair of braces lists choices. Bounded in number.
    """
    found: dict[str, None] = {}
    excluded: list[tuple[str, ...]] = []
    for pattern in _spelled_out(patterns):
        segments = _segments(pattern.removeprefix("!"))
        if segments is None:
            continue
        if pattern.startswith("!"):
            excluded.append(segments)
        else:
            _descend(tree, root, "", segments, found)
    return tuple(sorted(path for path in found if not any(_matches(tuple(path.split("/")), out) for out in excluded)))


def _spelled_out(patterns: Iterable[str]) -> list[str]:
    spelled: list[str] = []
    for pattern in patterns:
        before, brace, rest = pattern.partition("{")
        choices, closed, after = rest.partition("}")
        spelled += [f"{before}{choice}{after}" for choice in choices.split(",")] if brace and closed else [pattern]
    return spelled[:_MAX_PATTERNS]


def _segments(pattern: str) -> tuple[str, ...] | None:
    """The parts of a pattern; None for one that leaves the root or is too dear to match."""
    parts = tuple(part for part in pattern.strip().split("/") if part not in {"", "."})
    sound = all(len(part) <= _MAX_SEGMENT and part.count("*") <= _MAX_STARS for part in parts)
    return parts if parts and sound and ".." not in parts and parts.count("**") <= _MAX_STARS else None


def _descend(tree: Tree, root: str, path: str, segments: tuple[str, ...], found: dict[str, None]) -> None:
    most = tree.limits().max_members
    if len(found) >= most:
        tree.note_hit("max_members", root, f"of the folders that its patterns name the first {most} are looked at")
        return
    if not segments:
        if path:
            found[path] = None
        return
    first, rest = segments[0], segments[1:]
    if first == "**":
        _descend(tree, root, path, rest, found)
    place = "/".join(filter(None, (root, path)))
    for name in tree.subfolders(place):
        below = f"{path}/{name}" if path else name
        if first == "**":
            _descend(tree, root, below, segments, found)
        elif fnmatchcase(name, first):
            _descend(tree, root, below, rest, found)


def _matches(parts: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """Whether the parts of a path match the segments of a pattern, or lie below what does."""
    if not segments:
        return True
    if segments[0] == "**":
        return any(_matches(parts[skipped:], segments[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], segments[0]) and _matches(parts[1:], segments[1:])
