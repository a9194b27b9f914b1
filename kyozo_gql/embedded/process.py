"""One server process, found and judged by looking: pid files outlive their processes, and a number may name another by now."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from kyozo_gql.embedded.account import Account, EmbeddedError

_START_SECONDS = 60.0  # PostgreSQL may have to replay its log first
_ORPHAN_SECONDS = 3.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.02


async def _until(condition: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (reached := await condition()) and time.monotonic() < deadline:  # noqa: ASYNC110 — another process sets no event
        await asyncio.sleep(_POLL_SECONDS)
    return reached


@dataclass(slots=True)
class ServerProcess:
    """``folder`` is where the server works and keeps its data; ``answers`` asks whether it is up and set as wanted.

    ``ending`` is the signal that stops it in order, ``stale`` are the files that a dead one leaves in the way of the next.
    """

    folder: Path
    command: tuple[str, ...]
    answers: Callable[[], Awaitable[bool]]
    ending: signal.Signals
    stale: tuple[Path, ...]
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    async def ensure(self, account: Account) -> None:
        """Adopts a live one that an earlier parent left behind, or starts one. Raises EmbeddedError where it does not start."""
        if await _until(self._answers_or_gone, _ORPHAN_SECONDS) and self._processes():
            return
        await self.stop()
        for path in self.stale:
            path.unlink(missing_ok=True)
        log = self.folder.parent / f"{self._program}.log"
        self._child = account.spawn(self.command, log)
        if await _until(self._answers_or_ended, _START_SECONDS) and self._child.poll() is None:
            return
        await self.stop()
        tail = log.read_text(errors="replace").splitlines()[-10:]
        raise EmbeddedError("\n".join([f"{self._program} did not start; {log} ends with:", *tail]))

    async def stop(self) -> None:
        """Ends it, by force if need be; returns when nothing of it is left. Fine where nothing runs."""
        for ending in (self.ending, signal.SIGKILL):
            for process in self._processes()[:1]:  # the others are its children and go with it
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(ending)
            if await _until(self._gone, _STOP_SECONDS):
                break
        if self._child is not None:
            self._child.wait(_STOP_SECONDS)
            self._child = None

    @property
    def _program(self) -> str:
        return Path(self.command[0]).name

    async def _gone(self) -> bool:
        return not self._processes()

    async def _answers_or_gone(self) -> bool:
        return not self._processes() or await self.answers()

    async def _answers_or_ended(self) -> bool:
        return self._child is None or self._child.poll() is not None or await self.answers()

    def _processes(self) -> list[psutil.Process]:
        """The child, and every process of that name that works in the folder; the server itself before its children."""
        found: dict[psutil.Process, int] = {}
        if self._child is not None and self._child.poll() is None:  # it may not have got to its folder yet
            found[psutil.Process(self._child.pid)] = 0
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # it has ended, or is somebody else's
                if process.name() == self._program and Path(process.cwd()) == self.folder:
                    found.setdefault(process, process.ppid())
        pids = {process.pid for process in found}
        return sorted(found, key=lambda process: found[process] in pids)
