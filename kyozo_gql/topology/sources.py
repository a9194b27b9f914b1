"""What the text of an entry file gives away: the port it listens on, whether it reads PORT, a health route."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAX_PORT = 65_535
_SCANNED = 100_000  # characters of a file that are looked at

_READS_PORT = re.compile(r"""["'`]PORT["'`]|\benv\.PORT\b|\$\{?PORT\b""")
_PORT_DEFAULT = re.compile(
    r"""(?:["'`]PORT["'`]\s{0,4}[\])]?|\benv\.PORT\b)\s{0,4}\)?\s{0,4}(?:,|\|\||\?\?|\bor\b)\s{0,4}["'`]?:?(\d{2,5})\b"""
    r"""|\$\{PORT:-(\d{2,5})\}"""
)
_PORT_FALLBACK = re.compile(  # a few lines after PORT was read: `if port == "" { port = "8080" }`, `.unwrap_or(8080)`
    r"""["'`]PORT["'`][^#]{0,200}?(?:\bport\s*:?=\s*["'`]?:?|unwrap_or(?:_else)?\([^)\d]{0,30}|(?:else|=>)[^\d\n]{0,20})(\d{2,5})\b""",
    re.IGNORECASE,
)
_LITERAL_PORTS = (
    re.compile(r"""\.listen\(\s{0,4}(\d{2,5})\b"""),
    re.compile(r"""["'`](?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|\[::1\])?:(\d{2,5})["'`]"""),
    re.compile(r"""\(\s{0,4}\(?\s{0,4}["'](?:0\.0\.0\.0|127\.0\.0\.1|localhost|::)?["']\s{0,4},\s{0,4}(\d{2,5})\b"""),
    re.compile(r"""\(\[(?:0|127)\s?,\s?0\s?,\s?0\s?,\s?[01]\]\s?,\s?(\d{2,5})\b"""),
    re.compile(r"""\bport\b\s{0,4}(?::\s?(?:number|int|u16|i32)\s?)?[:=]{1,2}\s{0,4}["'`]?:?(\d{2,5})\b""", re.IGNORECASE),
)
_HEALTH = re.compile(r"""["'`](?:(?:GET|HEAD) )?(/(?:api/|_)?(?:healthz|health|healthcheck|health-check|livez|readyz)/?)["'`]""")
_HEALTH_ORDER = ("/health", "/healthz", "/health/", "/healthz/", "/api/health", "/api/healthz")


@dataclass(frozen=True, slots=True)
class Hints:
    """``port``: the literal port or the default of PORT. ``health_path``: a literal health route."""

    port: int | None = None
    reads_port: bool = False
    health_path: str | None = None


def read_hints(text: str) -> Hints:
    """The hints in the text of a source file, of whatever language."""
    text = text[:_SCANNED]
    return Hints(_find_port(text), _READS_PORT.search(text) is not None, _find_health_path(text))


def merge_hints(first: Hints, second: Hints) -> Hints:
    """The hints of two files, the first one's before the second's."""
    return Hints(first.port or second.port, first.reads_port or second.reads_port, first.health_path or second.health_path)


def as_port(text: str | int | None) -> int | None:
    """The port that a number is, 1 to 65535; None for what is none."""
    try:
        number = int(text or 0)
    except ValueError:
        return None
    return number if 0 < number <= _MAX_PORT else None


def _find_port(text: str) -> int | None:
    for pattern in (_PORT_DEFAULT, _PORT_FALLBACK, *_LITERAL_PORTS):
        for match in pattern.finditer(text):
            port = as_port(next((group for group in match.groups() if group), None))
            if port:
                return port
    return None


def _find_health_path(text: str) -> str | None:
    found = {match[1] for match in _HEALTH.finditer(text)}
    return next((path for path in _HEALTH_ORDER if path in found), min(found, default=None))
