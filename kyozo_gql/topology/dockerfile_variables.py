"""Variables of a Dockerfile: assignments, and what they expand to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\\.|\$\{([A-Za-z_]\w{0,99})(?:(:?[-+])([^{}]{0,500}))?\}|\$([A-Za-z_]\w{0,99})")
_PAIR = re.compile(
    r"""(?<!\S)([A-Za-z_][\w.-]{0,99})(?:=("(?:[^"\\]|\\.){0,2000}"|'[^']{0,2000}'|(?:[^\s"'\\]|\\.){0,2000}))?(?=\s|$)"""
)
_MAX_TEXT = 4_000
_MAX_PAIRS = 200


def expand(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables replaced; one without a value is nothing, as in the builder."""

    def replace(match: re.Match[str]) -> str:
        if match[0].startswith("\\"):
            return match[0][1:]
        name, operator, other = match[1] or match[4], match[2], match[3] or ""
        value = values.get(name)
        present = value is not None and (value != "" or (operator or "").startswith(("-", "+")))
        match (operator or "")[-1:]:
            case "-":
                return (value or "") if present else expand_default(other, values)
            case "+":
                return expand_default(other, values) if present else ""
            case _:
                return value or ""

    return _VARIABLE.sub(replace, text[:_MAX_TEXT])[:_MAX_TEXT]


def expand_default(text: str, values: Mapping[str, str]) -> str:
    """The default of a variable, which may name another one without braces."""
    return re.sub(r"\$([A-Za-z_]\w{0,99})", lambda match: values.get(match[1], ""), text)


def read_assignments(text: str, *, bare: bool = False) -> Iterator[tuple[str, str | None]]:
    """The names and values of ENV or ARG; ``bare``: a name may stand without a value, as ARG allows.

    ``ENV NAME the rest of the line`` is the old form of one assignment.
    """
    name, space, rest = text.strip().partition(" ")
    if not bare and "=" not in name and space:
        yield name, rest.strip()
        return
    for count, match in enumerate(_PAIR.finditer(text[:_MAX_TEXT])):
        if count >= _MAX_PAIRS:
            return
        value = match[2]
        if value is not None and value[:1] in {'"', "'"}:
            value = value[1:-1]
        if value is not None or bare:
            yield match[1], value
