"""Commands as child processes: their lines as they come, and nothing of them left when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.engines.engine import BuildLineSink, CommandResult, EngineLogLine, LogStream

_LINE_BYTES = 16 * 1024
_OUTPUT_BYTES = 4 * 1024
_LAST_LINES_SECONDS = 1.0
_GONE_SECONDS = 10.0


async def run_streamed(command: tuple[str, ...], *, cwd: Path, environment: Mapping[str, str], on_line: BuildLineSink) -> int:
    """Runs a command and answers its exit code; each line of its output goes to ``on_line``, one at a time.

    However it ends (also by cancellation), its whole process group has ended. Raises ConfigurationError where it can't be started.
    """
    turn = asyncio.Lock()
    async with _pipe() as out, _pipe() as err, _process(command, cwd, environment, out.writer, err.writer) as process:
        both = (_pass_on(out, LogStream.STDOUT, on_line, turn), _pass_on(err, LogStream.STDERR, on_line, turn))
        reading = asyncio.gather(*both)
        try:
            code = await _first_to_end(process, reading)
            _kill_group(process.pid)
            # A daemon that left the group may hold the pipes open.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reading, _LAST_LINES_SECONDS)
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        return _shell_code(code)


async def _first_to_end(process: asyncio.subprocess.Process, reading: asyncio.Future[Any]) -> int:
    """The exit code; where reading fails before, its error."""
    ended = asyncio.ensure_future(process.wait())
    waiting: set[asyncio.Future[Any]] = {ended, reading}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if reading.done():
        reading.result()
    return await ended


async def run_captured(command: tuple[str, ...], *, cwd: Path, environment: Mapping[str, str], seconds: float) -> CommandResult:
    """Runs a command for at most so long; answers its exit code and the last 4 KiB of both its streams. Raises TimeoutError."""
    async with (
        asyncio.timeout(seconds),
        _pipe() as out,
        _process(command, cwd, environment, out.writer, out.writer) as process,
    ):
        output = b""
        async for chunk in out.chunks():
            output = (output + chunk)[-_OUTPUT_BYTES:]
        code = await process.wait()
    return CommandResult(_shell_code(code), output.decode(errors="replace"))


def _shell_code(code: int) -> int:
    return code if code >= 0 else 128 - code


class _Pipe:
    """A pipe whose reading end is ours. Not asyncio's own: there, the end of a process is not told before its pipes are closed."""

    def __init__(self, reader: asyncio.StreamReader, writer: int) -> None:
        self._reader = reader
        self.writer = writer

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is read until the last writer has closed it."""
        while chunk := await self._reader.read(65_536):
            yield chunk


@asynccontextmanager
async def _pipe() -> AsyncIterator[_Pipe]:
    reading, writing = os.pipe()
    reader = asyncio.StreamReader()
    file = os.fdopen(reading, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
    pipe = _Pipe(reader, writing)
    try:
        yield pipe
    finally:
        transport.close()


@asynccontextmanager
async def _process(
    command: tuple[str, ...], cwd: Path, environment: Mapping[str, str], out: int, err: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
    except OSError as error:
        raise ConfigurationError(f"{command[0]} can't be started: {error.strerror}") from error
    finally:
        for writer in {out, err}:
            os.close(writer)
    try:
        yield process
    finally:
        _kill_group(process.pid)
        await process.wait()


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


async def _pass_on(pipe: _Pipe, stream: LogStream, on_line: BuildLineSink, turn: asyncio.Lock) -> None:
    rest = b""
    async for chunk in pipe.chunks():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LINE_BYTES:
            lines, rest = [*lines, rest], b""
        for line in lines:
            await _tell(line, stream, on_line, turn)
    if rest:
        await _tell(rest, stream, on_line, turn)


async def _tell(line: bytes, stream: LogStream, on_line: BuildLineSink, turn: asyncio.Lock) -> None:
    async with turn:
        await on_line(EngineLogLine(now(), stream, line.removesuffix(b"\r").decode(errors="replace")))


async def end_marked(name: str, value: str) -> None:
    """Kills every process that carries ``name=value`` in its environment, and returns when none is left.

    The mark is random or unique to a folder: it can't hit a process that only inherited a number.
    """
    async with asyncio.timeout(_GONE_SECONDS):
        while found := await asyncio.to_thread(_marked, name, value):
            for process in found:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            await asyncio.sleep(0.01)


def _marked(name: str, value: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
