"""The folder that a Dockerfile is built from, by what it copies."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import Tree

# Build output and dependencies may be copied, and are made before the build.
_MADE_BEFORE = frozenset({"target", "dist", "build", "out", "bin", "node_modules", "vendor", "public", ".next"})


def absent_sources(folder: Folder, sources: Iterable[str]) -> list[str]:
    """What a Dockerfile copies and is not in its own folder."""
    return [source for source in sources if not is_in(folder.tree, folder.path, source)]


def find_context(folder: Folder, sources: Iterable[str]) -> str | None:
    """The nearest folder around that has everything that is copied, some of it from the Dockerfile's own folder; None: nowhere.

    So the Dockerfiles of a monorepo's members are built. One that takes nothing of its own folder is that of somebody else.
    """
    wanted = list(sources)
    place = folder.path
    while place:
        place = place.rpartition("/")[0]
        own = f"{posixpath.relpath(folder.path, place or '.')}/"
        if any(f"{_plain(source)}/".startswith(own) for source in wanted):
            return place if all(is_in(folder.tree, place, source) for source in wanted) else None
    return None


def known_folder(item: str) -> str:
    """What is copied; of a pattern, the folder that it looks in, where it names one."""
    plain = re.split(r"[*?\[]", item, maxsplit=1)[0]
    return (plain.rpartition("/")[0] or item) if plain != item else item


def _plain(source: str) -> str:
    return source.strip("\"'").removeprefix("./").strip("/")


def is_in(tree: Tree, place: str, source: str) -> bool:
    """Whether what a Dockerfile copies is in a folder, or may be made there before the build."""
    if stands_in(tree, place, source):
        return True
    parts = _plain(source).split("/")
    made = next((number for number, part in enumerate(parts) if part in _MADE_BEFORE), None)
    return made is not None and stands_in(tree, place, "/".join(parts[:made]))


def stands_in(tree: Tree, place: str, source: str) -> bool:
    """Whether what a Dockerfile copies is in a folder."""
    path = _plain(source)
    if path in {"", "."}:
        return True
    parent, _, last = path.rpartition("/")
    inside = "/".join(filter(None, (place, parent)))
    return last in tree.files(inside) or last in tree.subfolders(inside)
