"""Paths from users: relative, POSIX, and inside their workspace, links included."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Final

from kyozo_gql.core.errors import InvalidInput

LONGEST_PATH: Final = 1_024  # bytes; an index row holds about 2,700
LONGEST_NAME: Final = 255  # bytes, as file systems have it


def normalise_path(path: str, field: str = "path") -> str:
    """The path without ``.`` and doubled slashes; "" is the root of the workspace.

    Raises InvalidInput, of ``field``: an absolute path, one with "..", with control characters, or too long.
    """
    fault = _fault(path)
    if fault is not None:
        raise InvalidInput.of(field, fault)
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def is_tellable(path: str) -> bool:
    """Whether a path that was found on the disk is one that a user could have written."""
    return _fault(path) is None


def resolve_inside(root: Path, path: str, field: str = "path") -> Path:
    """Where a normalised path leads, every link followed; nothing needs to be there yet.

    Raises InvalidInput, of ``field``, where that is outside of ``root``.
    """
    root = root.resolve()
    try:
        place = (root / path).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links is either, by the version of Python
        raise InvalidInput.of(field, "can't be followed") from error
    if not place.is_relative_to(root):
        raise InvalidInput.of(field, "leaves the workspace")
    return place


def path_in(root: Path, place: Path) -> str:
    """The path, relative to ``root``, of a place that ``resolve_inside`` answered; "" for the root itself."""
    path = place.relative_to(root.resolve()).as_posix()
    return "" if path == "." else path


def _fault(path: str) -> str | None:
    if path.startswith("/"):
        return "must be relative to the workspace"
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in path):
        return "must not hold control characters"
    if len(path.encode()) > LONGEST_PATH:
        return f"must not be longer than {LONGEST_PATH} bytes"
    parts = path.split("/")
    if ".." in parts:
        return "must not hold '..'"
    if any(len(part.encode()) > LONGEST_NAME for part in parts):
        return f"must not hold a name longer than {LONGEST_NAME} bytes"
    return None
