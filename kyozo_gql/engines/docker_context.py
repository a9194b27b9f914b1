"""A build context as the engine takes it: a tar of the folder, with the Dockerfile put into it."""

from __future__ import annotations

import asyncio
import io
import tarfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from kyozo_gql.engines.context import context_files

DOCKERFILE_NAME = ".kyozo.Dockerfile"
# The engine itself leaves out these two by the rules in the tar; the folder's own rules have been applied before.
_RULES = f"{DOCKERFILE_NAME}\n.dockerignore\n"
_CHUNK_BYTES = 256 * 1024


def write_context(context: Path, dockerfile: str, target: IO[bytes]) -> None:
    """Writes the tar. Owners and times are left out, so that the same files make the same layers."""
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add_text(tar, DOCKERFILE_NAME, dockerfile)
        _add_text(tar, ".dockerignore", _RULES)
        for path in context_files(context):
            if str(path) not in (DOCKERFILE_NAME, ".dockerignore"):
                tar.add(context / path, arcname=str(path), recursive=False, filter=_plain)
    target.seek(0)


async def read_chunks(source: IO[bytes]) -> AsyncIterator[bytes]:
    """The bytes of a file, piece by piece, without blocking."""
    while chunk := await asyncio.to_thread(source.read, _CHUNK_BYTES):
        yield chunk


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mtime = len(content), int(time.time())
    tar.addfile(member, io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member if member.isreg() or member.isdir() or member.issym() else None
