"""Which media type an answer has, by GraphQL over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GRAPHQL: Final = "application/graphql-response+json"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One part of an Accept header, in lower case; ``weight`` is its ``q``, 0 to 1."""

    name: str
    parameters: dict[str, str]
    weight: float


def negotiate(accept: str | None) -> str | None:
    """The media type to answer with; None where the client takes none of ours. Without a word: JSON."""
    if accept is None or not accept.strip():
        return JSON
    weights: dict[str, float] = {}
    for part in read_accept(accept):
        weights[part.name] = max(part.weight, weights.get(part.name, 0.0))
    graphql, json = (_acceptance(weights, name) for name in (GRAPHQL, JSON))
    if max(graphql, json) == 0.0:
        return None
    named = GRAPHQL in weights
    return GRAPHQL if named and graphql >= json else JSON if json else GRAPHQL


def preferred(accept: str) -> MediaRange | None:
    """What a client would rather have: of the parts with the greatest weight, the first. None where it takes nothing."""
    ranges = [part for part in read_accept(accept) if part.name and part.weight > 0]
    return max(ranges, key=lambda part: part.weight, default=None)


def read_accept(accept: str) -> list[MediaRange]:
    """The parts of an Accept header in their order."""
    return [_read_range(part) for part in accept.lower().split(",")]


def _read_range(part: str) -> MediaRange:
    name, *rest = (piece.strip() for piece in part.split(";"))
    pairs = (piece.partition("=") for piece in rest)
    parameters = {key.strip(): value.strip(" \t\"'") for key, _, value in pairs}
    return MediaRange(name, parameters, _weight(parameters.get("q", "1")))


def _acceptance(weights: dict[str, float], name: str) -> float:
    return next((weights[range_] for range_ in (name, "application/*", "*/*") if range_ in weights), 0.0)


def _weight(value: str) -> float:
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return min(weight, 1.0) if weight > 0 else 0.0  # what is no number is not greater either
