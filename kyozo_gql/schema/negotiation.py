"""Which media type an answer has, by GraphQL over HTTP."""

from __future__ import annotations

from typing import Final

GRAPHQL: Final = "application/graphql-response+json"
JSON: Final = "application/json"


def negotiate(accept: str | None) -> str | None:
    """The media type to answer with; None where the client takes none of ours. Without a word: JSON."""
    if accept is None or not accept.strip():
        return JSON
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name] = max(_weight(parameters), weights.get(name, 0.0))
    graphql, json = (_acceptance(weights, name) for name in (GRAPHQL, JSON))
    if max(graphql, json) == 0.0:
        return None
    named = GRAPHQL in weights
    return GRAPHQL if named and graphql >= json else JSON if json else GRAPHQL


def _acceptance(weights: dict[str, float], name: str) -> float:
    return next((weights[range_] for range_ in (name, "application/*", "*/*") if range_ in weights), 0.0)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
