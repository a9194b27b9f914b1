"""A PostgreSQL and a Valkey whose data lives in one state folder."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import signal
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.embedded.account import PRIVATE, Account, Binaries, EmbeddedError
from kyozo_gql.embedded.process import ServerProcess

_ROLE = _DATABASE = "kyozo"
_LONGEST_FOLDER = 70  # bytes; the whole path of a socket may have about 100
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedServers:
    """A running PostgreSQL and Valkey, reached over unix sockets by this user alone."""

    def __init__(self, lock: IO[str], sockets: Path, processes: tuple[ServerProcess, ...]) -> None:
        self._lock = lock
        self._sockets = sockets
        self._processes = processes

    @classmethod
    async def start(cls, state_dir: Path, *, durable: bool = True) -> Self:
        """Starts both, or adopts what an earlier parent left running. ``durable`` False trades safety for speed (tests).

        Raises EmbeddedError: the extra is not installed, the folder is in use or can't be used, a server does not start.
        """
        binaries = Binaries.find()
        state_dir, lock = _claim(state_dir)
        try:
            account, sockets = await asyncio.to_thread(_prepare, state_dir, binaries, durable=durable)
            postgres = _postgres(binaries, state_dir / "postgres" / "data", sockets, durable=durable)
            valkey = _valkey(binaries, state_dir / "valkey" / "data", sockets / "valkey.sock", durable=durable)
            servers = cls(lock, sockets, (postgres, valkey))
            await servers._ensure(account)
        except BaseException:
            lock.close()
            raise
        return servers

    @property
    def database_url(self) -> str:
        """For Tortoise, asyncpg and libpq alike."""
        return f"postgres://{_ROLE}@/{_DATABASE}?host={quote(str(self._sockets), safe='')}"

    @property
    def redis_url(self) -> str:
        """For redis-py and arq alike."""
        return f"unix://{self._sockets / 'valkey.sock'}"

    async def stop(self) -> None:
        """Stops both, adopted ones too, and frees the state folder. Again is fine."""
        try:
            for process in self._processes:
                await process.stop()
        finally:
            with suppress(OSError):  # something is left in it, or a second call finds it gone
                self._sockets.rmdir()
            self._lock.close()

    async def _ensure(self, account: Account) -> None:
        try:
            for process in self._processes:
                await process.ensure(account)
            await _create_database(self._sockets)
        except BaseException:
            await self.stop()
            raise


def _claim(state_dir: Path) -> tuple[Path, IO[str]]:
    """The folder, made and resolved, and its lock: held for as long as that file is open, so kill -9 lets go of it too."""
    state_dir.mkdir(parents=True, exist_ok=True)
    state_dir = state_dir.resolve()
    file = (state_dir / "embedded.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with file:
            file.seek(0)
            raise EmbeddedError(
                f"{state_dir} is in use by process {file.read().strip()}: stop it, or choose another --state"
            ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return state_dir, file


def _prepare(state_dir: Path, binaries: Binaries, *, durable: bool) -> tuple[Account, Path]:
    account = Account.choose(state_dir / "postgres", binaries.postgres)
    account.own(state_dir / "valkey")
    account.own(state_dir / "valkey" / "data")
    _initialise(binaries, account, state_dir / "postgres", durable=durable)
    return account, _socket_folder(state_dir, account)


def _socket_folder(state_dir: Path, account: Account) -> Path:
    """A private folder in the state folder, or in the temp folder where that path is too long for a socket or odd in an URL.

    Raises EmbeddedError where it is somebody else's.
    """
    folder = state_dir / "run"
    if len(os.fsencode(folder)) > _LONGEST_FOLDER or not re.fullmatch(r"[A-Za-z0-9/._-]+", str(folder)):
        name = hashlib.sha256(f"{os.geteuid()}:{state_dir}".encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()).resolve() / f"kyozo-{name}"
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    found = folder.lstat()
    ours = found.st_uid in {os.geteuid(), account.uid} and stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == PRIVATE
    if not ours:
        raise EmbeddedError(f"{folder} is to hold the sockets, but is not a private folder of ours: remove it")
    account.own(folder)
    return folder


def _initialise(binaries: Binaries, account: Account, folder: Path, *, durable: bool) -> None:
    """Makes the data folder in a place beside it and renames it: a crash on the way leaves none that is half made."""
    if (folder / "data").exists():
        return
    draft = folder / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    safety = () if durable else ("--no-sync",)
    code, output = account.run(str(binaries.initdb), "-D", str(draft), "-U", _ROLE, "--auth=trust", *locale, *safety)
    if code != 0:
        raise EmbeddedError(f"initdb failed: {output}")
    draft.rename(folder / "data")


def _postgres(binaries: Binaries, folder: Path, sockets: Path, *, durable: bool) -> ServerProcess:
    async def answers() -> bool:
        with suppress(OSError, TimeoutError, asyncpg.PostgresError):
            connection = await asyncpg.connect(host=str(sockets), user=_ROLE, database="postgres", timeout=5)
            try:
                fsync = await connection.fetchval("SELECT current_setting('fsync')")
            finally:
                await connection.close(timeout=5)
            return bool(fsync == ("on" if durable else "off"))
        return False

    settings = (
        "listen_addresses=",
        f"unix_socket_directories={sockets}",
        "max_connections=200",
        "timezone=UTC",
        "log_timezone=UTC",
    )
    options = [part for setting in (*settings, *(() if durable else _FAST)) for part in ("-c", setting)]
    stale = (folder / "postmaster.pid", sockets / ".s.PGSQL.5432", sockets / ".s.PGSQL.5432.lock")
    return ServerProcess(folder, (str(binaries.postgres), "-D", str(folder), *options), answers, signal.SIGINT, stale)


def _valkey(binaries: Binaries, folder: Path, socket: Path, *, durable: bool) -> ServerProcess:
    async def answers() -> bool:
        async with Redis(unix_socket_path=str(socket), socket_timeout=5) as client:
            with suppress(OSError, RedisError):
                return bool(await client.ping())
        return False

    reach = ("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700")
    data = ("--dir", str(folder), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec" if durable else "no")
    return ServerProcess(folder, (str(binaries.valkey), *reach, *data), answers, signal.SIGTERM, (socket,))


async def _create_database(sockets: Path) -> None:
    connection = await asyncpg.connect(host=str(sockets), user=_ROLE, database="postgres", timeout=30)
    try:
        with suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f"CREATE DATABASE {_DATABASE}")
    finally:
        await connection.close(timeout=30)
