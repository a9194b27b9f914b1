"""The bounds of an analysis, as the operator has set them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kyozo_gql.topology.bounds import Bounds

if TYPE_CHECKING:  # the command line knows the bounds without what reads the settings
    from kyozo_gql.settings import Settings


def bounds_of(settings: Settings) -> Bounds:
    """How far an analysis looks by the settings."""
    return Bounds(
        max_file_bytes=settings.analysis_max_file_bytes,
        max_read_bytes=settings.analysis_max_read_bytes,
        max_depth=settings.analysis_max_depth,
        max_folders=settings.analysis_max_folders,
        max_entries=settings.analysis_max_entries,
    )
