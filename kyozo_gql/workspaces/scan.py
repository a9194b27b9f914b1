"""Bringing the ``files`` rows in line with the tree.

The tree is walked in the order of its paths' bytes, a batch at a time, and each batch settles its own stretch of the table:
neither the tree nor the table is ever in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from kyozo_gql.core.clock import now
from kyozo_gql.core.outbox import transaction
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.rows import FileRow, delete_rows_between, describe_file, upsert_rows
from kyozo_gql.workspaces.walk import walk

BATCH: Final = 500


async def scan(workspace: Workspace) -> int:
    """Brings all rows in line with the tree and answers how many files there are. A write that comes between wins.

    Raises FileNotFoundError where the workspace has no folder (a disk that is not mounted, say).
    """
    root = workspace_folder(workspace.id)
    if not await asyncio.to_thread(root.is_dir):
        raise FileNotFoundError(f"the folder of the workspace {workspace.name} is missing")
    entries = walk(root)
    paths = (entry.path for entry in entries if not entry.is_folder and not entry.is_link)
    after, count, more = "", 0, True
    while more:
        seen_at = now()
        batch, last = await asyncio.to_thread(_describe_batch, root, paths)
        more = last is not None
        async with transaction():
            await upsert_rows(workspace.id, batch, seen_at)
            await delete_rows_between(workspace.id, after, last, [row.path for row in batch], seen_at)
        after, count = last or after, count + len(batch)
    return count


def _describe_batch(root: Path, paths: Iterator[str]) -> tuple[list[FileRow], str | None]:
    """The rows of the next files, and the last path that was looked at; None: there are no more."""
    listed = list(islice(paths, BATCH))
    rows = [row for row in (describe_file(root, path) for path in listed) if row is not None]
    return rows, listed[-1] if len(listed) == BATCH else None
