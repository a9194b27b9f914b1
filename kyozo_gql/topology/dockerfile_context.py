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


def find_context(folder: Folder, sources: Iterable[str], runs: Iterable[str] = ()) -> str | None:
    """The nearest folder around that has everything that is copied, with something that is the Dockerfile's own; None: nowhere.

    So the Dockerfiles of a monorepo's members are built: they copy their own folder by its path, or copy all and name it in one of
    the lines that are run (``runs``). One that takes nothing of its own folder is that of somebody else.
    """
    wanted, lines = list(sources), list(runs)
    place = folder.path
    while place:
        place = place.rpartition("/")[0]
        own = posixpath.relpath(folder.path, place or ".")
        takes = any(f"{_plain(source)}/".startswith(f"{own}/") for source in wanted) or _builds(own, lines)
        if takes and all(is_in(folder.tree, place, source) for source in wanted):
            return place
    return None


def _builds(own: str, runs: list[str]) -> bool:
    """Whether a line names a folder as what is built: ``./cmd/api``, ``-p api``, ``--filter=@shop/api``."""
    path, last = re.escape(own), re.escape(own.rpartition("/")[2])
    either = rf"(?:^|[\s='\"])(?:\./{path}(?=[\s/'\";&]|$)|{path}/"
    either += rf"|{path}(?=[\s'\";&]|$))" if "/" in own else ")"
    named = rf"(?:^|\s)(?:-p|--package|--bin|--filter|--workspace|-w|--scope)[ =]['\"]?(?:@[\w.-]{{1,60}}/)?{last}(?=[\s'\".;&]|$)"
    return any(re.search(either, line) or re.search(named, line) for line in runs)


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
