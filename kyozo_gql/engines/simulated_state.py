"""The rows of the simulated engine, and how they change with time.

Nothing runs between two calls: whoever looks first brings the rows up to the present (``settle``). So it makes no difference which
process looks, how many there are, and which of them were killed in between.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import NotFound
from kyozo_gql.engines.engine import EngineEventKind, EngineLogLine, LogStream, ObservedReplica, ReplicaSpec, ReplicaState
from kyozo_gql.engines.replica_json import replica_from_json, replica_to_json
from kyozo_gql.engines.simulated_behaviour import Behaviour

_KEPT_EVENTS = 10_000
_KEPT_LINES = 10_000
_TABLES = """
CREATE TABLE IF NOT EXISTS images (image TEXT PRIMARY KEY, content_id TEXT NOT NULL, service_id TEXT);
CREATE TABLE IF NOT EXISTS replicas (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL, service_id TEXT NOT NULL, state TEXT NOT NULL,
    exit_code INTEGER, oom_killed INTEGER NOT NULL DEFAULT 0, started_at INTEGER, finished_at INTEGER,
    ends_at INTEGER, ends_with INTEGER, ends_oom INTEGER NOT NULL DEFAULT 0,
    ticks_at INTEGER, ticks INTEGER NOT NULL DEFAULT 0, health INTEGER);
CREATE TABLE IF NOT EXISTS log_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT, replica_id TEXT NOT NULL, at INTEGER NOT NULL,
    stream TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS log_lines_replica ON log_lines (replica_id, id);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, service_id TEXT NOT NULL, replica_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS volumes (owner_id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (owner_id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY);
"""


def microseconds() -> int:
    """This moment in microseconds since 1970: the unit of every time in the tables."""
    return int(now().timestamp() * 1_000_000)


class SimulatedState:
    """The tables, in memory (``path`` None) or in a file that several processes share."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path or ":memory:", timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Closes the tables; what is in a file stays."""
        self._connection.close()

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query."""
        return next(iter(self.rows(statement, *values)), None)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; other processes wait for its end."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def replica(self, replica_id: str) -> sqlite3.Row:
        """A replica as it is now. Raises NotFound."""
        self.settle()
        row = self.row("SELECT * FROM replicas WHERE id = ?", replica_id)
        if row is None:
            raise NotFound("replica", replica_id)
        return row

    def add_replica(self, replica_id: str, spec: ReplicaSpec, state: str) -> None:
        """A new row, and its volumes; nothing happens where the name is there already."""
        with self.changing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO replicas (id, name, spec, service_id, state) VALUES (?, ?, ?, ?, ?)",
                (replica_id, spec.name, replica_to_json(spec), str(spec.service_id), state),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO volumes (owner_id, name) VALUES (?, ?)",
                [(str(spec.owner_id), volume.name) for volume in spec.volumes],
            )

    def start(self, replica_id: str) -> None:
        """Starts a replica that does not run: what will become of it is decided here, by its environment. Raises NotFound."""
        with self.changing() as connection:
            replica = self.replica(replica_id)
            if replica["state"] == "running":
                return
            spec, at = load_spec(replica), microseconds()
            end = Behaviour(spec.environment).end(spec.limits.memory)
            tick = Behaviour(spec.environment).tick_us
            connection.execute(
                "UPDATE replicas SET state = 'running', started_at = ?, finished_at = NULL, exit_code = NULL, oom_killed = 0,"
                " ends_at = ?, ends_with = ?, ends_oom = ?, ticks_at = ?, ticks = 0 WHERE id = ?",
                (at, end and at + end.after_us, end and end.exit_code, bool(end and end.oom), tick and at + tick, replica_id),
            )
            self._tell(EngineEventKind.STARTED, replica)
            for stream, message in Behaviour(spec.environment).first_lines(spec):
                self._write_line(replica_id, at, stream, message)
        self.settle()

    def end_at(self, replica_id: str, at: int, exit_code: int) -> None:
        """Lets a running replica end at a time, unless it ends before by itself."""
        with self.changing() as connection:
            connection.execute(
                "UPDATE replicas SET ends_at = ?, ends_with = ?, ends_oom = 0 WHERE id = ? AND state = 'running'"
                " AND (ends_at IS NULL OR ends_at > ?)",
                (at, exit_code, replica_id, at),
            )

    def remove(self, replica_id: str) -> None:
        """Ends a replica and removes its row and lines."""
        with self.changing() as connection:
            self.end_at(replica_id, microseconds(), 137)
            self.settle()
            for replica in self.rows("SELECT * FROM replicas WHERE id = ?", replica_id):
                self._tell(EngineEventKind.REMOVED, replica)
            connection.execute("DELETE FROM log_lines WHERE replica_id = ?", (replica_id,))
            connection.execute("DELETE FROM replicas WHERE id = ?", (replica_id,))

    def remove_volumes(self, owner_id: UUID) -> tuple[str, ...]:
        """Removes the volumes of an owner that no replica has, and answers their names."""
        with self.changing() as connection:
            specs = map(load_spec, self.rows("SELECT * FROM replicas"))
            used = {volume.name for spec in specs if spec.owner_id == owner_id for volume in spec.volumes}
            rows = self.rows("SELECT name FROM volumes WHERE owner_id = ? ORDER BY name", str(owner_id))
            names = tuple(row["name"] for row in rows if row["name"] not in used)
            delete = "DELETE FROM volumes WHERE owner_id = ? AND name = ?"
            connection.executemany(delete, [(str(owner_id), name) for name in names])
        return names

    def settle(self) -> None:
        """Brings what is due up to the present."""
        due = "SELECT * FROM replicas WHERE state = 'running' AND (ends_at <= ?1 OR ticks_at <= ?1)"
        if not self.rows(due, microseconds()):
            return
        with self.changing():
            at = microseconds()
            for replica in self.rows(due, at):
                self._tick(replica, min(at, replica["ends_at"] or at))
                if replica["ends_at"] is not None and replica["ends_at"] <= at:
                    self._end(replica)

    def _tick(self, replica: sqlite3.Row, until: int) -> None:
        if replica["ticks_at"] is None:
            return
        step = Behaviour(load_spec(replica).environment).tick_us or 1
        ticks_at, ticks = replica["ticks_at"], replica["ticks"]
        while ticks_at <= until:
            ticks += 1
            self._write_line(replica["id"], ticks_at, LogStream.STDOUT, f"tick {ticks}")
            ticks_at += step
        self._connection.execute("UPDATE replicas SET ticks_at = ?, ticks = ? WHERE id = ?", (ticks_at, ticks, replica["id"]))

    def _end(self, replica: sqlite3.Row) -> None:
        self._connection.execute(
            "UPDATE replicas SET state = 'exited', exit_code = ends_with, oom_killed = ends_oom, finished_at = ends_at,"
            " ends_at = NULL, ticks_at = NULL WHERE id = ?",
            (replica["id"],),
        )
        if replica["ends_oom"]:
            self._tell(EngineEventKind.OUT_OF_MEMORY, replica)
        self._tell(EngineEventKind.DIED, replica)

    def _tell(self, kind: EngineEventKind, replica: sqlite3.Row) -> None:
        statement = "INSERT INTO events (kind, service_id, replica_id) VALUES (?, ?, ?)"
        last = self._connection.execute(statement, (kind.value, replica["service_id"], replica["id"])).lastrowid or 0
        self._connection.execute("DELETE FROM events WHERE id <= ?", (last - _KEPT_EVENTS,))

    def _write_line(self, replica_id: str, at: int, stream: LogStream, message: str) -> None:
        # Times grow strictly, so that the time of a line can stand for its place.
        last = self.row("SELECT at FROM log_lines WHERE replica_id = ? ORDER BY id DESC LIMIT 1", replica_id)
        at = at if last is None else max(at, last["at"] + 1)
        statement = "INSERT INTO log_lines (replica_id, at, stream, message) VALUES (?, ?, ?, ?)"
        line_id = self._connection.execute(statement, (replica_id, at, stream.value, message)).lastrowid or 0
        if line_id % 1_000 == 0:
            newest = "SELECT id FROM log_lines WHERE replica_id = ? ORDER BY id DESC LIMIT ?"
            self._connection.execute(
                f"DELETE FROM log_lines WHERE replica_id = ? AND id NOT IN ({newest})",  # noqa: S608 — a constant
                (replica_id, replica_id, _KEPT_LINES),
            )


def load_spec(row: sqlite3.Row) -> ReplicaSpec:
    """The specification in a row."""
    return replica_from_json(row["spec"])


def line_of(row: sqlite3.Row) -> EngineLogLine:
    """The line in a row."""
    return EngineLogLine(_time(row["at"]), LogStream(row["stream"]), row["message"])


def observed(row: sqlite3.Row) -> ObservedReplica:
    """The replica in a row."""
    spec = load_spec(row)
    return ObservedReplica(
        container_id=row["id"],
        name=spec.name,
        index=spec.index,
        service_id=spec.service_id,
        workspace_id=spec.workspace_id,
        deployment_id=spec.deployment_id,
        image=spec.image,
        state=ReplicaState(row["state"]),
        ports=spec.ports,
        exit_code=row["exit_code"],
        oom_killed=bool(row["oom_killed"]),
        started_at=row["started_at"] and _time(row["started_at"]),
        finished_at=row["finished_at"] and _time(row["finished_at"]),
    )


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC)
