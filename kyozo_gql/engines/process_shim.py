"""The keeper of one replica of the process engine: started as a program of its own, it starts the service and outlives its starter.

It holds the lock of the replica's folder for as long as it lives: so whether the replica runs can be asked of the kernel, and no
number of a process that is long gone is ever taken for it. It needs the standard library alone and is run with ``python -I -S``.

In the folder: ``launch.json`` (what to run), ``lock``, ``state.json`` (what became of it), ``log.jsonl`` and ``log.1.jsonl`` (its
lines: ``[microseconds, 1 or 2, text]``). SIGTERM is passed on to the service, SIGUSR1 ends it at once with all that it started.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_LOG_BYTES = 5 * 1024 * 1024
_LINE_BYTES = 16 * 1024
_SAMPLE_SECONDS = 0.25
_DRAIN_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LINUX = sys.platform == "linux"


def main() -> None:
    """Starts the keeper in the background and says on stdout how that went: ``started``, ``running`` or ``failed: why``.

    What is to run once (``once`` in launch.json) and was started before is said to be running, and left alone.
    """
    folder = Path(sys.argv[1])
    answer, tell = os.pipe()
    if os.fork():
        os.close(tell)
        with os.fdopen(answer) as stream:
            sys.stdout.write(stream.read())
        return
    os.close(answer)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    with os.fdopen(tell, "w") as stream:
        keeper = Keeper(folder)
        stream.write(keeper.start())
    if keeper.child is not None:
        keeper.keep()


class Keeper:
    """Starts the service of a folder, collects its lines, and records its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.child: subprocess.Popen[bytes] | None = None
        self.exit_code: int | None = None
        self.oom_killed = False
        self.state: dict[str, object] = {}
        self.log = LogFile(folder)
        self.limit = 0
        self.lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)

    def start(self) -> str:
        """Starts the service; answers how that went."""
        if not self._take_lock():
            return "running"
        launch = json.loads((self.folder / "launch.json").read_text())
        if launch.get("once") and (self.folder / "state.json").exists():
            return "running"  # it was: decided here, where the lock is held
        self.limit = launch["memory_limit_bytes"]
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD):
            signal.signal(number, self._on_signal)
        _ask_kernel(_PR_SET_CHILD_SUBREAPER, 1)
        try:
            self.child = _spawn(launch)
        except OSError as error:
            return f"failed: {launch['command'][0]}: {error.strerror}"
        self.state = {"keeper": os.getpid(), "pid": self.child.pid, "started_at": _microseconds()}
        self._write_state()
        return "started"

    def _take_lock(self) -> bool:
        # Whoever asks whether the replica runs holds the lock for a moment: so try more than once.
        for _ in range(20):
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                return True
        return False

    def _on_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGTERM and self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGTERM)
        elif number == signal.SIGUSR1:
            self._kill_all()

    def keep(self) -> None:
        """Stays until the service has ended, then ends what it left and records the end."""
        assert self.child is not None and self.child.stdout is not None and self.child.stderr is not None  # noqa: S101, PT018 — for mypy
        waker, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(waker, selectors.EVENT_READ)
            selector.register(self.child.stdout, selectors.EVENT_READ, Lines(self.log, 1))
            selector.register(self.child.stderr, selectors.EVENT_READ, Lines(self.log, 2))
            self._reap()
            while self.exit_code is None:
                self._read(selector, _SAMPLE_SECONDS)
                self._reap()
                self._watch_memory()
            self._kill_all()
            deadline = time.monotonic() + _DRAIN_SECONDS
            while len(selector.get_map()) > 1 and time.monotonic() < deadline:
                self._read(selector, 0.05)
        self._reap()
        self.state |= {"finished_at": _microseconds(), "exit_code": self.exit_code, "oom_killed": self.oom_killed}
        self._write_state()

    def _read(self, selector: selectors.BaseSelector, seconds: float) -> None:
        for key, _ in selector.select(seconds):
            chunk = os.read(key.fd, 65_536)
            if key.data is None:
                continue
            key.data.feed(chunk)
            if not chunk:
                selector.unregister(key.fileobj)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if self.child is not None and ended[0] == self.child.pid:
                    code = os.waitstatus_to_exitcode(ended[1])
                    self.child.returncode = code
                    self.exit_code = code if code >= 0 else 128 - code

    def _watch_memory(self) -> None:
        if self.exit_code is None and sum(map(_resident_bytes, _descendants(os.getpid()))) > self.limit:
            self.oom_killed = True
            self._kill_all()

    def _kill_all(self) -> None:
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, signal.SIGKILL)
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _write_state(self) -> None:
        beside = self.folder / "state.json.new"
        beside.write_text(json.dumps(self.state))
        beside.replace(self.folder / "state.json")


class LogFile:
    """The lines of a replica, bounded: one file that grows, and the one before it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "log.jsonl"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._last = 0

    def write(self, stream: int, lines: list[bytes]) -> None:
        """Appends lines; each gets a later time than the one before. A full disk must not stop the service."""
        text = ""
        for line in lines:
            self._last = max(_microseconds(), self._last + 1)
            text += json.dumps([self._last, stream, line.decode(errors="replace")]) + "\n"
        with contextlib.suppress(OSError):
            os.write(self._file, text.encode())
            if os.fstat(self._file).st_size > _LOG_BYTES:
                self._rotate()

    def _rotate(self) -> None:
        self._path.replace(self._path.with_name("log.1.jsonl"))
        old = self._file
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.close(old)


class Lines:
    """Cuts what comes out of a pipe into lines; a line that is too long goes out in pieces."""

    def __init__(self, log: LogFile, stream: int) -> None:
        self._log = log
        self._stream = stream
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Takes what was read; b"" is the end."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        whole = len(self._rest) - len(self._rest) % _LINE_BYTES if chunk else len(self._rest)
        if whole:
            lines.append(self._rest[:whole])
            self._rest = self._rest[whole:]
        pieces = [line[at : at + _LINE_BYTES] for line in lines for at in range(0, max(len(line), 1), _LINE_BYTES)]
        if pieces:
            self._log.write(self._stream, [piece.removesuffix(b"\r") for piece in pieces])


def _spawn(launch: dict[str, Any]) -> subprocess.Popen[bytes]:
    def end_with_keeper() -> None:
        _ask_kernel(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return subprocess.Popen(  # noqa: S603 — the service's own command
        launch["command"],
        cwd=launch["cwd"],
        env=launch["environment"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        preexec_fn=end_with_keeper if _LINUX else None,  # noqa: PLW1509 — this process has one thread
    )


def _ask_kernel(option: int, value: int) -> None:
    if _LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _descendants(pid: int) -> list[int]:
    """The processes below this one (Linux; elsewhere none)."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for tasks in _children_files(waiting.pop()):
            with contextlib.suppress(OSError):
                children = [int(word) for word in tasks.read_text().split()]
                found += children
                waiting += children
    return found


def _children_files(pid: int) -> list[Path]:
    try:
        return [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _microseconds() -> int:
    return time.time_ns() // 1_000


if __name__ == "__main__":
    main()
