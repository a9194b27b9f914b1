"""Inputs: what a client has given, told apart from what it left out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import strawberry

IDEMPOTENCY_KEY: Final = (
    "A text of your own, 1 to 200 characters, a new one for each thing that you want done: the same input with the same key gives "
    "the first answer again for a day, and does nothing; another input with it is a Conflict."
)


def given(value: Any) -> dict[str, Any]:
    """The fields of an input that were given, by their Python names; null counts as given."""
    found = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: item for name, item in found if item is not strawberry.UNSET}


def maybe(value: Any) -> Any:
    """The value; None where it was left out."""
    return None if value is strawberry.UNSET else value
