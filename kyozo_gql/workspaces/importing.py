"""Copying a directory of this machine into a workspace; for the command line, never for a client."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path

from kyozo_gql.core.ids import new_id
from kyozo_gql.workspaces.walk import Entry, walk


def copy_tree(source: Path, target: Path, writing: Path) -> None:
    """Copies what belongs to a workspace; what the target holds besides stays. Each file is replaced as a whole.

    Links are copied as links where they stay inside the source, else left out. ``writing`` is a folder on the target's disk.
    """
    source, own_root = source.resolve(), writing.parent.resolve()
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    writing.mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in walk(source):
        if (source / entry.path).is_relative_to(own_root):  # the trees themselves lie in the source
            continue
        _copy(entry, source, target / entry.path, writing)


def _copy(entry: Entry, source: Path, place: Path, writing: Path) -> None:
    origin = source / entry.path
    if entry.is_folder:
        if place.is_symlink() or not place.is_dir():
            place.unlink(missing_ok=True)
            place.mkdir(parents=True)
        return
    if entry.is_link and not _stays_inside(origin, source):
        return
    if not entry.is_link and place.is_file() and not place.is_symlink() and filecmp.cmp(origin, place, shallow=False):
        shutil.copymode(origin, place)
        return
    unfinished = writing / new_id().hex
    try:
        shutil.copy2(origin, unfinished, follow_symlinks=False)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


def _stays_inside(link: Path, source: Path) -> bool:
    """An absolute link would point back at the source, so it does not."""
    try:
        return not link.readlink().is_absolute() and link.resolve().is_relative_to(source)
    except (OSError, RuntimeError):  # a loop
        return False
