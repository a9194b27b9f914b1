"""The files of a build context: what is in the folder but for what ``.dockerignore`` leaves out.

The rules of ``.dockerignore`` are not those of ``.gitignore``: a pattern counts from the root, and an exception (``!``) may bring
back a file of an ignored folder. https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_IGNORE_FILE = ".dockerignore"


def context_files(context: Path, *, never: frozenset[str] = frozenset()) -> Iterator[PurePosixPath]:
    """The files, links and empty folders of a context, relative to it, in order.

    Folders named in ``never`` are left out at any depth.
    """
    ignored = _read_rules(context)
    for root, folders, files in os.walk(context):
        folders[:] = sorted(name for name in folders if name not in never)
        relative = PurePosixPath(Path(root).relative_to(context).as_posix())
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        if not folders and not files and root != str(context) and not ignored.match_file(str(relative)):
            yield relative
        for name in sorted([*files, *links]):
            if not ignored.match_file(str(relative / name)):
                yield relative / name


def _read_rules(context: Path) -> PathSpec[Any]:
    try:
        text = (context / _IGNORE_FILE).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        text = ""
    return PathSpec.from_lines(GitIgnoreSpecPattern, filter(None, map(_as_anchored, text.splitlines())))


def _as_anchored(line: str) -> str:
    """A pattern of ``.dockerignore`` in the notation of ``.gitignore``, "" for none."""
    if line.startswith("#"):
        return ""
    pattern = line.strip()
    sign = "!" if pattern.startswith("!") else ""
    cleaned = os.path.normpath(pattern.removeprefix("!").strip() or ".").strip("/")
    return "" if cleaned == "." else f"{sign}/{cleaned}"
