"""The bounds of an analysis, as the operator has set them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from kyozo_gql.topology.bounds import Bounds

if TYPE_CHECKING:  # the command line knows the bounds without what reads the settings
    from kyozo_gql.settings import Settings


def bounds_of(settings: Settings) -> Bounds:
    """How far an analysis looks by the settings."""
    return Bounds(**{bound.name: getattr(settings, f"analysis_{bound.name}") for bound in fields(Bounds)})
