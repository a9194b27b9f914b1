"""What the text of an entry file gives away: the port it listens on, whether it reads PORT, a health route."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAX_PORT = 65_535

_MENTIONS = re.compile(r"\d{2}")
_READS_PORT = re.compile(
    r"""["'`]PORT["'`]|\benv\.PORT\b|\$\{?PORT\b|\bPORT\b[^;\n]{0,60}\}\s{0,3}=\s{0,3}process\.env|\benv::var\(["']PORT"""
)
_PORT_DEFAULT = re.compile(  # the radix of parseInt(process.env.PORT, 10) is no port
    r"""(?:["'`]PORT["'`]\s{0,4}[\])]?|\benv\.PORT\b!?(?:\s{0,4}(?:\|\||\?\?)\s{0,4}process\.env\.\w{1,60}){0,3})(?:\s{0,4},\s{0,4}10(?=\s{0,4}\)))?\s{0,4}\){0,2}\s{0,4}(?:,(?!\s{0,4}10\s{0,4}\))|:|\|\||\?\?|\bor\b)\s{0,4}(?:default\s?=\s?|\{\s{0,4}default:\s?)?"""
    r"""["'`]?:?(\d{2,5})\b"""
    r"""|\$\{PORT:-(\d{2,5})\}|\bPORT\b[^;\n]{0,120}?(?:\.default\(|\b(?:env-?)?[dD]efault(?:_value(?:_t)?)?\s?[:=]\s?)\s{0,4}["'`]?(\d{2,5})\b"""
)
# SERVER_PORT and its like, with the port that is taken where it names none.
_PREFIXED = (
    r"""["'`](?:%s)_(?:HTTP_|SERVER_)?PORT["'`][^#]{0,200}?"""
    r"""(?:(?:[pP]ort|PORT)\s{0,3}:?=\s{0,3}["'`]?:?|unwrap_or(?:_else)?\([^)\d]{0,40}|(?:else|=>)[^\d\n]{0,20}|[dD]efault:")(\d{2,5})\b"""
)
_PREFIXED_DEFAULT = re.compile(_PREFIXED % "APP|HTTP|SERVER|API|WEB|LISTEN|SERVICE|REST|BACKEND|GIN|BIND")
_RPC_DEFAULT = re.compile(_PREFIXED % "GRPC|RPC|JSONRPC|WS")
# `port = process.env.port || 5000`, `port: Number(process.env.SHOP_PORT) || 5000`; not the port of what it connects to.
_VARIABLE_DEFAULT = re.compile(
    r"""\b(?:server|app|http|api|listen)?_?port\b\s{0,4}(?::\s?(?:number|string)\s?)?[:=]\s{0,4}(?:Number\(|\+|(?:Number\.)?parseInt\()?\s{0,4}process\.env\."""
    r"""(?!\w{0,20}(?:DB|DATABASE|SQL|PG|POSTGRES|REDIS|MONGO|SMTP|MAIL|RABBIT|AMQP|KAFKA|ELASTIC))\w{1,60}!?"""
    r"""(?:\s{0,4},\s{0,4}10)?\s{0,4}\)?\s{0,4}(?:\|\||\?\?)\s{0,4}["'`]?(\d{2,5})\b""",
    re.IGNORECASE,
)
_CONSTANT = re.compile(
    r"""\b(?:default|DEFAULT|Default)_?(?:[A-Za-z]{2,8}_?)?(?:[pP]ort|PORT)\b[^;\n=]{0,20}=\s{0,4}["'`]?:?(\d{2,5})\b"""
)
_PORT_FALLBACK = re.compile(  # a few lines after PORT was read: `if port == "" { port = "8080" }`, `.unwrap_or(8080)`
    r"""["'`]PORT["'`][^#]{0,200}?(?:port\s{0,3}:?=\s{0,3}["'`]?:?|unwrap_or(?:_else)?\([^)\d]{0,30}|(?:else|=>)[^\d\n]{0,20})(\d{2,5})\b""",
    re.IGNORECASE,
)
_LITERAL_PORTS = (
    re.compile(r"""\.listen\(\s{0,4}(\d{2,5})\b"""),
    re.compile(r"""\b(?:socket\.io["']\s{0,3}\)|new\s+Server)\(\s{0,5}(\d{2,5})\b"""),
    re.compile(r"""["'`](?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|\[::1\])?:(\d{2,5})["'`]"""),
    re.compile(r"""\(\s{0,4}\(?\s{0,4}["'](?:0\.0\.0\.0|127\.0\.0\.1|localhost|::)?["']\s{0,4},\s{0,4}(\d{4,5}|80|443)\b"""),
    re.compile(r"""\(\[(?:0|127)\s?,\s?0\s?,\s?0\s?,\s?[01]\]\s?,\s?(\d{2,5})\b"""),
    re.compile(
        r"""["'](?:-{0,2})(?:(?:http|server|listen|app|api|web|service|grpc|rest|backend|rpc|ws|bind)[-_.]?){0,2}port["']\s{0,3},\s{0,3}["'`]?:?(\d{2,5})\b""",
        re.IGNORECASE,
    ),
    re.compile(r"""\bport\b\s{0,4}(?::\s?(?:number|int|u16|i32|str)\s?)?[:=]{1,2}\s{0,4}["'`]?:?(\d{2,5})\b""", re.IGNORECASE),
    re.compile(r"""\bserver_port\s{0,3}=\s{0,3}(\d{2,5})\b|^listen\s{0,3}=\s{0,3}\S{0,40}:(\d{2,5})\b""", re.MULTILINE),
    re.compile(r"""\.port\(\s{0,3}(\d{2,5})\b"""),
    re.compile(r"""\bIpv[46]Addr::\w{1,20}(?:\([\d,\s]{0,30}\))?\)?\s{0,4},\s{0,4}(\d{2,5})\b"""),
    re.compile(r"""\bdefault_value(?:_t)?\s?=\s?"?(\d{2,5})"?[^;{}]{0,200}?\bport\s?:"""),
    re.compile(r"""["']port["']\)[^;{}]{0,400}?\.default_value\("(\d{2,5})"\)"""),
)
_OPTION = re.compile(r"(?:^|\s)(?:-p|--port|-l|--listen|-P)[ =]{1,2}(\d{2,5})\b|\bPORT=(\d{2,5})\b|\$\{PORT:?[-=](\d{2,5})\}")
# What a program connects to, and does not listen on.
_OTHERS_PORTS = frozenset(
    {25, 465, 587, 1433, 1521, 2181, 2379, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 9200, 11211, 26257, 26379, 27017}
)
_SETTING = re.compile(r"""\b(?:http|server|app)?_?port\b["']?\s{0,4}[:=]\s{0,4}["'`]?(\d{2,5})\b""", re.IGNORECASE)
_HEALTH = re.compile(
    r"""["'`](?:(?:GET|HEAD) )?(/(?:api/(?:v\d/)?|_|-/)?"""
    r"""(?:healthz|healthy|health/live|health|healthcheck|health-check|health_check|livez|readyz|up|ping|actuator/health)/?)["'`]"""
)
_HEALTH_WORDS = ("health", "/livez", "/readyz", "/up", "/ping")
_NUMBER = re.compile(r"[^\w.]\d{2,5}\b")
_HEALTH_ORDER = ("/health", "/healthz", "/health/", "/healthz/", "/api/health", "/api/healthz", "/livez", "/readyz")


@dataclass(frozen=True, slots=True)
class Hints:
    """``port``: the literal port or the default of PORT, and its line. ``health_path``: a literal health route."""

    port: int | None = None
    reads_port: bool = False
    health_path: str | None = None
    port_line: int | None = None


def mentions(text: str, words: tuple[str, ...]) -> bool:
    """Whether any of the words is in a text."""
    for word in words:  # noqa: SIM110 — this is run for every folder, and any() takes twice the time
        if word in text:
            return True
    return False


def read_hints(text: str) -> Hints:
    """The hints in the text of a source file, of whatever language."""
    # Searching is what costs: a look for what every one of the patterns needs comes first.
    port, line = _find_port(text) if _NUMBER.search(text) else (None, None)
    health = _find_health_path(text) if any(word in text for word in _HEALTH_WORDS) else None
    return Hints(port, "PORT" in text and _READS_PORT.search(text) is not None, health, line)


def read_setting(text: str) -> Hints:
    """The port that a module of settings names: the default of PORT, or else what is called ``port`` there."""
    found = read_hints(text)
    if found.port and found.reads_port:
        return Hints(found.port, True, None, found.port_line)
    for match in _SETTING.finditer(text):
        port = as_port(match[1])
        if port and port not in _OTHERS_PORTS:
            return Hints(port, found.reads_port, None, text.count("\n", 0, match.start()) + 1)
    return Hints(reads_port=found.reads_port)


def merge_hints(first: Hints, second: Hints) -> Hints:
    """The hints of two files, the first one's before the second's."""
    return Hints(
        first.port or second.port,
        first.reads_port or second.reads_port,
        first.health_path or second.health_path,
        first.port_line if first.port else second.port_line,
    )


def port_option(line: str) -> int | None:
    """The port that a command line names (``-p 4000``, ``--port=4000``, ``PORT=4000 …``)."""
    match = _OPTION.search(line)
    return as_port(next((group for group in match.groups() if group), None)) if match else None


def as_port(text: str | int | None) -> int | None:
    """The port that a number is, 1 to 65535; None for what is none."""
    try:
        number = int(text or 0)
    except ValueError:
        return None
    return number if 0 < number <= _MAX_PORT else None


def is_of_others(port: int) -> bool:
    """Whether a port is one that programs connect to: that of a database, a queue, a mail server."""
    return port in _OTHERS_PORTS


def _patterns(text: str) -> tuple[re.Pattern[str], ...]:
    """The patterns that may find a port in a text, the surest first; those for variables only where it has such a name."""
    variables = (_PORT_DEFAULT, _PORT_FALLBACK) if "PORT" in text else ()
    prefixed = "_PORT" in text
    return (
        *variables,
        *((_PREFIXED_DEFAULT,) if prefixed else ()),
        *((_VARIABLE_DEFAULT,) if "process.env." in text else ()),
        *((_CONSTANT,) if "efault" in text or "DEFAULT" in text else ()),
        *_LITERAL_PORTS,
        *((_RPC_DEFAULT,) if prefixed else ()),
    )


def _find_port(text: str) -> tuple[int | None, int | None]:
    if not _MENTIONS.search(text):
        return None, None
    for pattern in _patterns(text):
        for match in pattern.finditer(text):
            port = as_port(next((group for group in match.groups() if group), None))
            if port and port not in _OTHERS_PORTS:
                return port, text.count("\n", 0, match.start()) + 1
    return None, None


def _find_health_path(text: str) -> str | None:
    found = {match[1] for match in _HEALTH.finditer(text)}
    return next((path for path in _HEALTH_ORDER if path in found), min(found, default=None))
