"""The folder of one replica of the process engine: what to run, whether it runs, what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kyozo_gql.core.errors import ConfigurationError, NotFound
from kyozo_gql.core.quantity import parse_bytes
from kyozo_gql.engines import process_shim
from kyozo_gql.engines.commands import end_marked
from kyozo_gql.engines.engine import ObservedReplica, ReplicaSpec, ReplicaState
from kyozo_gql.engines.process_environment import RUN_MARK, run_environment
from kyozo_gql.engines.replica_json import replica_from_json, replica_to_json

_KILLED = 137
_POLL_SECONDS = 0.02
_END_SECONDS = 10.0
_ID_LENGTH = 12


def safe_name(name: str) -> str:
    """A file name for any name: readable, and different for different names."""
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)[:100].lstrip('.')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class ReplicaFolder:
    """A replica's folder. Its id is made at its creation, so that a later replica of the same name is another one."""

    path: Path
    container_id: str
    spec: ReplicaSpec
    app: Path

    @property
    def runs(self) -> bool:
        """Whether its keeper lives: the kernel's lock on the folder says so."""
        try:
            lock = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def state(self) -> dict[str, Any]:
        """What its keeper recorded last; empty where it was never started."""
        try:
            state: dict[str, Any] = json.loads((self.path / "state.json").read_text())
        except FileNotFoundError:
            return {}
        return state

    def environment(self) -> dict[str, str]:
        """The environment that it runs with."""
        environment: dict[str, str] = json.loads((self.path / "launch.json").read_text())["environment"]
        return environment

    def observe(self) -> ObservedReplica:
        """The replica as it is now. One whose keeper was killed counts as killed."""
        spec, runs, state = self.spec, self.runs, self.state()
        ended = bool(state) and not runs
        return ObservedReplica(
            container_id=self.container_id,
            name=spec.name,
            index=spec.index,
            service_id=spec.service_id,
            workspace_id=spec.workspace_id,
            deployment_id=spec.deployment_id,
            image=spec.image,
            state=ReplicaState.EXITED if ended else ReplicaState.RUNNING if runs and state else ReplicaState.CREATED,
            ports=spec.ports,
            address="127.0.0.1",
            exit_code=state.get("exit_code", _KILLED) if ended else None,
            oom_killed=bool(state.get("oom_killed")) if ended else False,
            started_at=_time(state.get("started_at")),
            finished_at=_time(state.get("finished_at")) if ended else None,
        )

    async def start(self) -> None:
        """Starts it where it does not run. Raises ConfigurationError where its command can't be started."""
        await self.end_leftovers()
        starter = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", process_shim.__file__, str(self.path),
            env={}, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await starter.communicate()
        answer = output.decode()
        if answer not in ("started", "running"):
            reason = answer.removeprefix("failed: ") or errors.decode()[-500:]
            raise ConfigurationError(f"the service could not be started: {reason}")

    async def stop(self, grace_seconds: float) -> None:
        """SIGTERM, and after the grace the end of everything that it started; returns when nothing is left."""
        if grace_seconds > 0:
            self._signal(signal.SIGTERM)
            await self._ended(grace_seconds)
        self._signal(signal.SIGUSR1)
        await self._ended(_END_SECONDS)
        await self.end_leftovers()

    async def end_leftovers(self) -> None:
        """Ends what a killed keeper has left, if that happened."""
        if not self.runs and self.state() and "finished_at" not in self.state():
            await end_marked(RUN_MARK, self.container_id)

    def _signal(self, number: signal.Signals) -> None:
        keeper = self.state().get("keeper")
        # The lock is the proof that the keeper lives and that the number is still its own.
        if keeper is not None and self.runs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(keeper, number)

    async def _ended(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.runs:  # noqa: ASYNC110 — another process ends it
                    await asyncio.sleep(_POLL_SECONDS)

    def remove(self) -> None:
        """Removes the folder of a replica that has ended; at once for every observer."""
        gone = self.path.with_name(f".gone-{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):
            self.path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)


class ReplicaFolders:
    """All replicas of one state folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def all(self) -> Iterator[ReplicaFolder]:
        """The replicas that are there, by name of folder."""
        for path in sorted(self.root.iterdir()):
            if not path.name.startswith("."):
                with contextlib.suppress(FileNotFoundError):
                    yield _read(path)

    def named(self, name: str) -> ReplicaFolder | None:
        """The replica of that name."""
        try:
            return _read(self.root / safe_name(name))
        except FileNotFoundError:
            return None

    def get(self, container_id: str) -> ReplicaFolder:
        """The replica with that id. Raises NotFound."""
        found = next((folder for folder in self.all() if folder.container_id == container_id), None)
        if found is None:
            raise NotFound("replica", container_id)
        return found

    def create(self, spec: ReplicaSpec, app: Path, start_command: str | None) -> ReplicaFolder:
        """A new folder, or the one of that name that is there already. ``start_command`` serves where the replica brings none."""
        given = (*(spec.entrypoint or ()), *(spec.command or ()))
        command = given or (start_command and ("sh", "-c", start_command))
        if not command:
            raise ConfigurationError("the service has no start command, and without a container engine it needs one")
        container_id = secrets.token_hex(_ID_LENGTH // 2)
        beside = self.root / f".new-{container_id}"
        beside.mkdir(mode=0o700)
        launch = {
            "command": command,
            "cwd": str(app),
            "environment": run_environment(app, spec, container_id),
            "memory_limit_bytes": parse_bytes(spec.limits.memory),
            "once": spec.once,
        }
        _write(beside / "launch.json", json.dumps(launch))
        # The environment stands in launch.json alone.
        record = {"container_id": container_id, "app": str(app), "spec": replica_to_json(replace(spec, environment={}))}
        _write(beside / "replica.json", json.dumps(record))
        path = self.root / safe_name(spec.name)
        try:
            beside.rename(path)
        except OSError:
            shutil.rmtree(beside)
        return _read(path)


def _read(path: Path) -> ReplicaFolder:
    record = json.loads((path / "replica.json").read_text())
    return ReplicaFolder(path, record["container_id"], replica_from_json(record["spec"]), Path(record["app"]))


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1_000_000, UTC)
