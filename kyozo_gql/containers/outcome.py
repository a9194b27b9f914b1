"""What a pass over a service comes to: a value, so that one place decides what follows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Again:
    """Look again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do, nor to look at."""


Outcome = Again | Done
