"""Variables in Compose files: $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:+other}, ${NAME:?message}, $$."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])|\}))")
_MAX_DEPTH = 8
_MAX_RESULT = 4_000


class InterpolationError(ValueError):
    """A text whose variables can't be filled in; the message is a phrase."""


class Interpolation:
    """Fills in variables from a mapping; ``missing`` gathers the names that it does not have and that have no default."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.missing: set[str] = set()

    def fill_document(self, value: Any) -> Any:
        """The document with every text value filled in; keys stay as they are. Raises InterpolationError."""
        if isinstance(value, str):
            return self.fill(value) if "$" in value else value
        if isinstance(value, dict):
            return {key: self.fill_document(item) for key, item in value.items()}
        return [self.fill_document(item) for item in value] if isinstance(value, list) else value

    def fill(self, text: str, depth: int = 0) -> str:
        """The text with its variables filled in. Raises InterpolationError: too deep, too long, or demanded and missing."""
        if depth > _MAX_DEPTH:
            raise InterpolationError("variables nested too deeply")
        parts: list[str] = []
        position = length = 0
        while match := _VARIABLE.search(text, position):
            parts.append(text[position : match.start()])
            value, position = self._resolve(text, match, depth)
            parts.append(value)
            length += len(value)
            if length > _MAX_RESULT:
                raise InterpolationError("variables that make the text too long")
        return "".join([*parts, text[position:]])

    def _resolve(self, text: str, match: re.Match[str], depth: int) -> tuple[str, int]:
        if match[1]:
            return "$", match.end()
        name, operator = match[2] or match[3], match[4]
        value = self._variables.get(name)
        if operator is None:
            if value is None:
                self.missing.add(name)
            return value or "", match.end()
        end = _find_end(text, match.end())
        given = value is not None and (value != "" or not operator.startswith(":"))
        other = text[match.end() : end]
        match operator[-1]:
            case "-":
                return (value or "") if given else self.fill(other, depth + 1), end + 1
            case "+":
                return self.fill(other, depth + 1) if given else "", end + 1
            case _:
                if not given:
                    raise InterpolationError(f"needs {name}, which is not set")
                return value or "", end + 1


def _find_end(text: str, start: int) -> int:
    """Where the brace that is open at ``start`` is closed."""
    depth = 1
    for position in range(start, len(text)):
        if text[position] == "}":
            depth -= 1
            if depth == 0:
                return position
        elif text[position] == "{" and text[position - 1] == "$":
            depth += 1
    raise InterpolationError("a variable whose brace is not closed")
