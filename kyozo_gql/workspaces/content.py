"""The contents of files on the disk: written as a whole or not at all, read within bounds."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from kyozo_gql.core.errors import InvalidInput
from kyozo_gql.core.ids import new_id

LARGEST_TEXT: Final = 1 << 20  # bytes
_MODE: Final = 0o644


def replace_content(place: Path, content: bytes, writing: Path) -> None:
    """Puts a file at ``place``; whoever reads it sees the old or the new one, never a part. Its mode stays.

    ``writing`` is a folder on the same disk, out of the tree, for what is not finished. Raises InvalidInput where a folder is, or
    a file is in the way.
    """
    writing.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = writing / new_id().hex
    try:
        unfinished.write_bytes(content)
        unfinished.chmod(_mode_of(place))
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(place)
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidInput.of("path", "lies below a file") from error
    except IsADirectoryError as error:
        raise InvalidInput.of("path", "is a folder") from error
    finally:
        unfinished.unlink(missing_ok=True)


def read_text(place: Path) -> str | None:
    """The text of a file; None where there is no regular file, and for what is larger than LARGEST_TEXT or no UTF-8 text."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            content = file.read(LARGEST_TEXT + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except OSError:
        return None
    if content is None or len(content) > LARGEST_TEXT or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _mode_of(place: Path) -> int:
    try:
        return place.stat().st_mode & 0o777
    except OSError:
        return _MODE
