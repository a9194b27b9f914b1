"""The ``files`` rows: what is written down of a file, in bulk."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tortoise import connections

from kyozo_gql.core.ids import new_id
from kyozo_gql.topology.technologies import file_technologies, is_service_indicator

_CHUNK: Final = 1 << 20

# A row that was written after the file was looked at knows better, and one that says the same is left alone.
_UPSERT: Final = """
    INSERT INTO files (
        id, created_at, updated_at, workspace_id, path, size_bytes, content_hash, is_service_indicator, detected_technologies
    )
    SELECT r.id, $3, $3, $2, r.path, r.size_bytes, r.content_hash, r.is_service_indicator, r.detected_technologies
    FROM jsonb_to_recordset($1::jsonb) AS r(
        id uuid, path text, size_bytes bigint, content_hash text, is_service_indicator boolean, detected_technologies text[]
    )
    ON CONFLICT (workspace_id, path) DO UPDATE SET
        updated_at = excluded.updated_at, size_bytes = excluded.size_bytes, content_hash = excluded.content_hash,
        is_service_indicator = excluded.is_service_indicator, detected_technologies = excluded.detected_technologies
    WHERE files.updated_at < excluded.updated_at AND (
        files.size_bytes, files.content_hash, files.is_service_indicator, files.detected_technologies
    ) IS DISTINCT FROM (
        excluded.size_bytes, excluded.content_hash, excluded.is_service_indicator, excluded.detected_technologies
    )
"""

_LOCK_PATH: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

# What a file was evidence for in the last analysis; {} for all others.
_NOTE_EVIDENCE: Final = """
    UPDATE files SET service_metadata = coalesce(evidence.metadata, '{}')
    FROM files AS known LEFT JOIN jsonb_to_recordset($1::jsonb) AS evidence(path text, metadata jsonb) ON evidence.path = known.path
    WHERE files.id = known.id AND files.workspace_id = $2
      AND files.service_metadata IS DISTINCT FROM coalesce(evidence.metadata, '{}')
"""

# Between two paths, both in the order of their bytes; "" and None are the ends.
_DELETE_BETWEEN: Final = """
    DELETE FROM files
    WHERE workspace_id = $1 AND updated_at < $2 AND path COLLATE "C" > $3 AND ($4::text IS NULL OR path COLLATE "C" <= $4::text)
      AND path != ALL($5::text[])
"""


@dataclass(frozen=True, slots=True)
class FileRow:
    """What the row of a file holds besides its place in the database."""

    path: str
    size_bytes: int
    content_hash: str
    is_service_indicator: bool
    detected_technologies: tuple[str, ...]


def describe(path: str, size_bytes: int, content_hash: str) -> FileRow:
    """The row of a file, from its name and what was measured of its content."""
    name = path.rpartition("/")[2]
    return FileRow(path, size_bytes, content_hash, is_service_indicator(name), file_technologies(name))


def describe_file(root: Path, path: str) -> FileRow | None:
    """The row of a file on the disk; None where it is no regular file, can't be read, or is gone."""
    digest, size = hashlib.sha256(), 0
    try:
        # What stands there may have changed since it was listed: no link is followed, no pipe is waited for.
        handle = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        return None
    return describe(path, size, digest.hexdigest())


async def lock_path(workspace_id: UUID, path: str) -> None:
    """Within a transaction: whoever writes the same path waits for its end, so that the file and its row agree."""
    await connections.get("default").execute_query(_LOCK_PATH, [f"{workspace_id}/{path}"])


async def upsert_rows(workspace_id: UUID, rows: Sequence[FileRow], seen_at: datetime) -> None:
    """Writes rows, all at once; ``seen_at`` is when the files were looked at."""
    if rows:
        document = json.dumps([{"id": str(new_id()), **asdict(row)} for row in rows])
        await connections.get("default").execute_query(_UPSERT, [document, workspace_id, seen_at])


async def note_evidence(workspace_id: UUID, metadata: Mapping[str, Any]) -> None:
    """Writes down, by path, what files were evidence for; JSON values. Whatever stood there before is replaced."""
    document = json.dumps([{"path": path, "metadata": value} for path, value in metadata.items()])
    await connections.get("default").execute_query(_NOTE_EVIDENCE, [document, workspace_id])


async def delete_rows_between(workspace_id: UUID, after: str, until: str | None, kept: Sequence[str], seen_at: datetime) -> None:
    """Deletes the rows of paths above ``after`` up to ``until`` (None: the end), but those kept and those written later."""
    await connections.get("default").execute_query(_DELETE_BETWEEN, [workspace_id, seen_at, after, until, list(kept)])
