"""Walking a tree on the disk: what belongs to a workspace, in the order in which its paths sort."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kyozo_gql.workspaces.paths import is_tellable

# What version control, package managers and test tools keep for themselves.
LEFT_OUT: Final = frozenset(
    {
        ".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox",
        ".mypy_cache", ".pytest_cache", ".ruff_cache", ".kyozo",
    }
)  # fmt: skip
# A virtual environment of any name; a cache that says it is one (bford.info/cachedir), such as Cargo's target.
_MARKS: Final = ("pyvenv.cfg", "CACHEDIR.TAG")


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder, a regular file or a link; ``path`` is relative to the root of the walk."""

    path: str
    is_folder: bool
    is_link: bool


def walk(root: Path, folder: str = "") -> Iterator[Entry]:
    """Everything below a folder that belongs to a workspace, sorted by the bytes of the paths. Links are not followed.

    Sockets, pipes and devices are left out, as are folders that can't be read or vanish meanwhile.
    """
    for entry in list_folder(root, folder):
        yield entry
        if entry.is_folder:
            yield from walk(root, entry.path)


def list_folder(root: Path, folder: str) -> list[Entry]:
    """What of the entries of one folder belongs to a workspace, in order; [] where there is no such folder."""
    try:
        with os.scandir(root / folder) as entries:
            found = [entry for one in entries if (entry := _entry(folder, one)) is not None]
    except OSError:
        return []
    return sorted(found, key=_place)


def is_left_out(path: str) -> bool:
    """Whether a path lies in, or is, a folder that is no part of a workspace."""
    return not LEFT_OUT.isdisjoint(path.split("/"))


def _entry(folder: str, found: os.DirEntry[str]) -> Entry | None:
    path = f"{folder}/{found.name}" if folder else found.name
    is_link = found.is_symlink()
    is_folder = found.is_dir(follow_symlinks=False)
    if not is_tellable(path) or (is_folder and _is_kept_for_itself(found)):
        return None
    if not (is_link or is_folder or found.is_file(follow_symlinks=False)):
        return None
    return Entry(path, is_folder, is_link)


def _is_kept_for_itself(folder: os.DirEntry[str]) -> bool:
    return folder.name in LEFT_OUT or any(Path(folder, mark).is_file() for mark in _MARKS)


def _place(entry: Entry) -> bytes:
    """A folder sorts as its contents do: "a.txt" is before "a/b", because "." is before "/"."""
    return (entry.path + "/" if entry.is_folder else entry.path).encode()
