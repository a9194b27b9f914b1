"""The names of files: UTF-8, whatever the locale of the process says that they are."""

from __future__ import annotations

import os
import sys

_BY_LOCALE = sys.getfilesystemencoding().lower().replace("-", "") != "utf8"


def tellable(names: list[str]) -> list[str]:
    """The names as the system lists them in order, as UTF-8, without those that are none: they could not be told to anybody."""
    names = [shown(name) for name in names] if _BY_LOCALE else names
    names.sort()
    try:
        "".join(names).encode()
    except UnicodeError:
        return [name for name in names if _is_tellable(name)]
    return names


def shown(name: str) -> str:
    """A name as the system lists it, as UTF-8."""
    return os.fsencode(name).decode("utf-8", "surrogateescape") if _BY_LOCALE else name


def on_disk(path: str) -> str:
    """A path of such names, as the system is asked for it."""
    return os.fsdecode(path.encode("utf-8", "surrogateescape")) if _BY_LOCALE else path


def _is_tellable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeError:
        return False
    return True
