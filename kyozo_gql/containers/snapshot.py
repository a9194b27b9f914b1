"""A folder as it was at one moment: what is built must not change under the build."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from kyozo_gql.core.errors import ConfigurationError

# What a build makes anew, or what is no part of a version.
LEFT_OUT = shutil.ignore_patterns(".git", "node_modules", ".venv", "__pycache__")
_CHUNK = 1 << 20


@asynccontextmanager
async def snapshot(folder: Path, place: Path) -> AsyncIterator[tuple[Path, str]]:
    """A copy of a folder at ``place`` and its content hash (SHA-256, hexadecimal); gone at the end. Raises ConfigurationError."""
    try:
        yield place, await asyncio.to_thread(_copy, folder, place)
    finally:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


def content_hash(folder: Path) -> str:
    """The SHA-256 of all paths, modes and contents of what is built below a folder; links count as what they say."""
    digest = hashlib.sha256()
    for path in _paths(folder):
        relative = path.relative_to(folder).as_posix().encode(errors="surrogateescape")
        if path.is_symlink():
            digest.update(b"l\0" + relative + b"\0" + os.fsencode(path.readlink()) + b"\0")
        elif path.is_file():
            mode = b"x" if os.access(path, os.X_OK) else b"f"
            digest.update(mode + b"\0" + relative + b"\0" + str(path.stat().st_size).encode() + b"\0")
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()


def _copy(folder: Path, place: Path) -> str:
    if not folder.is_dir():
        raise ConfigurationError(f"the folder {folder.name!r} does not exist any more")
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(folder, place, symlinks=True, ignore=LEFT_OUT)
    except shutil.Error as error:
        raise ConfigurationError(f"the folder could not be copied: {error.args[0][0][2]}") from error
    return content_hash(place)


def _paths(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        left_out = LEFT_OUT(root, [*folders, *files])
        folders[:] = [name for name in folders if name not in left_out]
        links = [name for name in folders if Path(root, name).is_symlink()]
        folders.sort()
        for name in sorted([*links, *(name for name in files if name not in left_out)]):
            yield Path(root, name)
