"""How far an analysis looks. What a bound cuts off is counted, and told with the answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """``max_file_bytes`` of one file, ``max_read_bytes`` of all files together are read; ``max_depth`` folders below the root and
    ``max_folders`` in all are looked at. A folder with more than ``max_entries`` is taken for data, and seems empty.
    """

    max_file_bytes: int = 1024 * 1024
    max_read_bytes: int = 128 * 1024 * 1024
    max_depth: int = 12
    max_folders: int = 20_000
    max_entries: int = 200_000
