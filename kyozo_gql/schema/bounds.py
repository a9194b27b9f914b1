"""Bounds of arguments that ask for lines."""

from __future__ import annotations

from typing import Annotated, Final

import strawberry

from kyozo_gql.core.paging import BadPageSize

MOST_LINES: Final = 1_000
DEFAULT_LINES: Final = 100

LineCount = Annotated[int | None, strawberry.argument(description="How many of the last lines at most, 0 to 1000; null: 100.")]


def check_lines(lines: int | None, argument: str) -> int:
    """The number of lines that ``argument`` asks for, for null the default. Raises BadPageSize."""
    if lines is None:
        return DEFAULT_LINES
    if not 0 <= lines <= MOST_LINES:
        raise BadPageSize(f"{argument} must be between 0 and {MOST_LINES}", argument, MOST_LINES)
    return lines
