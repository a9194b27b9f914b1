"""Variables in Compose files: $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:+other}, ${NAME:?message}, $$."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])|\}))")
# Defaults may hold defaults, and name variables that hold more: what is beyond says nothing that somebody wrote by hand.
_MAX_DEPTH = 8
_MAX_RESULT = 4_000


class InterpolationError(ValueError):
    """A text whose variables can't be filled in; the message is a phrase. ``rest`` is the text without what is demanded, if any."""

    def __init__(self, message: str, rest: str | None = None) -> None:
        super().__init__(message)
        self.rest = rest


class Interpolation:
    """Fills in variables from a mapping.

    ``missing`` gathers the names that it does not have and that have no default, ``required`` those that a text demands (``:?``).
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.missing: set[str] = set()
        self.required: set[str] = set()
        self._demands: list[str] = []

    def fill(self, text: str) -> str:
        """The text with its variables filled in. Raises InterpolationError: too deep, too long, malformed, demanded and missing."""
        self._demands = []
        filled = self._fill(text, 0)
        if self._demands:
            raise InterpolationError(self._demands[0], filled)
        return filled

    def _fill(self, text: str, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise InterpolationError("has variables nested too deeply")
        parts: list[str] = []
        position = length = 0
        while match := _VARIABLE.search(text, position):
            parts.append(_demand_plain(text[position : match.start()]))
            value, position = self._resolve(text, match, depth)
            parts.append(value)
            length += len(value)
            if length > _MAX_RESULT:
                raise InterpolationError("has variables that make the text too long")
        return "".join([*parts, _demand_plain(text[position:])])

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
                return (value or "") if given else self._fill(other, depth + 1), end + 1
            case "+":
                return self._fill(other, depth + 1) if given else "", end + 1
            case _:
                if not given:
                    self.required.add(name)
                    message = f": {other[:100]}" if other else ""
                    self._demands.append(f"needs {name}, which is not set{message}")
                return value or "", end + 1


def _demand_plain(text: str) -> str:
    """The text between variables. Raises InterpolationError where it holds a dollar sign, which has to be doubled to be one."""
    if "$" in text:
        near = text[text.index("$") :][:20]
        raise InterpolationError(f"holds {near!r}, which is no variable; a dollar sign itself is written $$")
    return text


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
    raise InterpolationError("has a variable whose brace is not closed")
