"""The names that people give to teams, tokens and themselves."""

from __future__ import annotations

from typing import Final

from kyozo_gql.core.errors import InvalidInput

LONGEST_NAME: Final = 100


def check_name(name: str, field: str = "name") -> str:
    """The name without spaces around it: 1 to 100 printable characters. Raises InvalidInput."""
    name = name.strip()
    if not name:
        raise InvalidInput.of(field, "must not be empty")
    if len(name) > LONGEST_NAME:
        raise InvalidInput.of(field, f"must not be longer than {LONGEST_NAME} characters")
    if not name.isprintable():
        raise InvalidInput.of(field, "must not hold control characters")
    return name
