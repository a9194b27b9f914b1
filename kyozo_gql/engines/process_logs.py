"""Reading the lines that a replica's keeper wrote, also while it writes and starts new files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from kyozo_gql.engines.engine import EngineLogLine, LogStream

_POLL_SECONDS = 0.05


async def read_log(
    folder: Path, *, tail: int | None, since: datetime | None, follow: bool, runs: Callable[[], bool]
) -> AsyncGenerator[EngineLogLine]:
    """The lines of a replica's folder; ``runs`` says whether more may come."""
    with contextlib.ExitStack() as files:
        log = _open(folder, files)
        if log is None:
            return
        past = await asyncio.to_thread(_read_past, folder, log)
        lines, rest = _select(past, tail, since)
        for line in lines:
            yield line
        while follow:
            # Whether it runs is asked before reading: what was written until the end is still told.
            follow = runs()
            rest += log.read()
            if (folder / "log.jsonl").exists() and not _is_open(folder, log):
                log = _open(folder, files) or log
                rest += log.read()
            *complete, rest = rest.split(b"\n")
            for line in map(_parse, complete):
                if since is None or line.timestamp > since:
                    yield line
            if follow:
                await asyncio.sleep(_POLL_SECONDS)


def _open(folder: Path, files: contextlib.ExitStack) -> BufferedReader | None:
    try:
        return files.enter_context((folder / "log.jsonl").open("rb"))
    except FileNotFoundError:
        return None


def _is_open(folder: Path, log: BufferedReader) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(log.fileno()), (folder / "log.jsonl").stat())
    return True


def _read_past(folder: Path, log: BufferedReader) -> bytes:
    older = folder / "log.1.jsonl"
    with contextlib.suppress(FileNotFoundError), older.open("rb") as before:
        if not os.path.samestat(os.fstat(before.fileno()), os.fstat(log.fileno())):
            return before.read() + log.read()
    return log.read()


def _select(text: bytes, tail: int | None, since: datetime | None) -> tuple[list[EngineLogLine], bytes]:
    """The lines asked for, oldest first, and the beginning of a line that is still being written."""
    *complete, rest = text.split(b"\n")
    chosen: list[EngineLogLine] = []
    for raw in reversed(complete):
        if len(chosen) == tail:
            break
        line = _parse(raw)
        if since is not None and line.timestamp <= since:
            break
        chosen.append(line)
    return chosen[::-1], rest


def _parse(raw: bytes) -> EngineLogLine:
    at, stream, message = json.loads(raw)
    return EngineLogLine(
        datetime.fromtimestamp(at / 1_000_000, UTC), LogStream.STDOUT if stream == 1 else LogStream.STDERR, message
    )
