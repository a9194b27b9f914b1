"""Inputs: what a client has given, told apart from what it left out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import strawberry


def given(value: Any) -> dict[str, Any]:
    """The fields of an input that were given, by their Python names; null counts as given."""
    found = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: item for name, item in found if item is not strawberry.UNSET}


def maybe(value: Any) -> Any:
    """The value; None where it was left out."""
    return None if value is strawberry.UNSET else value
