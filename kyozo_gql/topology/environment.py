"""The environment that a folder asks for (.env.example and its like), and Procfiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.interpolation import Interpolation, InterpolationError
from kyozo_gql.topology.sources import as_port

EXAMPLE_FILES = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env")
_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]{0,99})(?:\s*=\s*|:\s+)(.*)$")
_PROCESS = re.compile(r"^([A-Za-z0-9_-]{1,40}):\s*(\S.{0,2000})$")
_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|CREDENTIAL|SALT|_DSN$|_PASS$|(^|_)(API|ACCESS|APP|AUTH|ENCRYPTION|SIGNING)?_?KEY(_|$)"
)
_SECRET_VALUE = re.compile(r"://[^/@\s]+:[^/@\s]+@")
_PLACEHOLDER = re.compile(r"^(?:<.*>|your[-_ ].*|change[-_ ]?me.*|xxx+|\.\.\.|todo)$", re.IGNORECASE)
_PROGRAMS = {
    "python": re.compile(
        r"\b(?:python3?|gunicorn|uvicorn|hypercorn|daphne|waitress-serve|flask|streamlit|manage\.py|uv|poetry|pipenv|celery"
        r"|fastapi|sanic|chainlit|waitress|rq|arq|dramatiq|python3?\.\d{1,2})\b"
    ),
    "nodejs": re.compile(r"\b(?:node|npm|npx|yarn|pnpm|bun|next)\b"),
    "other": re.compile(r"\b(?:php|ruby|bundle|rails|puma|java|mix|dotnet|heroku-php-\w+|vendor/bin)\b"),
}
_WORKERS = ("worker", "bot", "consumer", "main", "app", "clock", "scheduler", "beat")  # "release" runs once and ends
_ESCAPE = re.compile(r'\\([nrt"\\])')
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
# An example of an environment, not data: nobody would fill in more names, and no value of a setting is longer.
_MAX_NAMES = 200
_MAX_LINES = 100
_MAX_VALUE = 4_000


@dataclass(frozen=True, slots=True)
class ExampleEnvironment:
    """``defaults``: names with a value fit to be used; ``required``: names without one; ``values``: everything, as written."""

    file: str | None = None
    defaults: dict[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a Procfile, and the line that it stands in."""

    name: str
    command: str
    line: int

    @property
    def kind(self) -> str:
        """``web`` for the one that answers on $PORT, else ``worker``."""
        return "web" if self.name == "web" else "worker"

    @property
    def rule(self) -> str:
        """The rule that takes it for evidence."""
        return "procfile.web" if self.name == "web" else "procfile.worker"


def read_example(folder: Folder) -> ExampleEnvironment:
    """What the folder's example of an environment says; PORT is left out, because the platform sets it."""
    name = folder.first(*EXAMPLE_FILES)
    text = folder.read(name) if name else None
    if text is None:
        return ExampleEnvironment()
    values = parse_env(text)
    values.pop("PORT", None)
    defaults = {key: value for key, value in values.items() if _is_usable(key, value)}
    return ExampleEnvironment(name, defaults, tuple(key for key in values if key not in defaults), values)


def example_port(folder: Folder) -> int | None:
    """The port that the folder's .env, or its example of one, sets PORT to."""
    for name in (".env", *EXAMPLE_FILES):
        text = folder.read(name) if folder.has(name) else None
        port = as_port(parse_env(text).get("PORT")) if text else None
        if port:
            return port
    return None


def parse_env(text: str, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The assignments of a .env file, in order; quotes and trailing comments are taken off. Bounded in number and length.

    A quoted value may go on over lines. With ``variables`` (which may be empty) references to them and to earlier assignments are
    filled in, but for those in single quotes.
    """
    values: dict[str, str] = {}
    lines = text.splitlines()
    at = 0
    while at < len(lines) and len(values) < _MAX_NAMES:
        match = _LINE.match(lines[at][: _MAX_VALUE + 200])
        at += 1
        if match is None:
            continue
        value = match[2].strip()
        if value[:1] in {'"', "'"} and _end_of_quote(value) is None:
            more = _lines_of_quote(value[0], lines[at : at + _MAX_LINES])
            value, at = "\n".join([value, *lines[at : at + more]]), at + more
        read = _unquote(value)[:_MAX_VALUE]
        if variables is not None and "$" in read and not value.startswith("'"):
            read = _fill(read, {**variables, **values})
        values[match[1]] = read
    return values


def _lines_of_quote(quote: str, lines: list[str]) -> int:
    """Over how many lines a quoted value goes on; none where the quote never ends."""
    return next((number for number, line in enumerate(lines, start=1) if quote in line), 0)


def _fill(text: str, variables: Mapping[str, str]) -> str:
    try:
        return Interpolation(variables).fill(text)
    except InterpolationError:
        return text


def read_procfile(folder: Folder) -> list[Process]:
    """The processes of a Procfile, in order."""
    lines = enumerate((folder.read("Procfile") or "").splitlines(), start=1)
    matches = ((number, match) for number, line in lines if (match := _PROCESS.match(line.rstrip())))
    return [Process(match[1], match[2], number) for number, match in matches]


def read_process(folder: Folder, language: str) -> Process | None:
    """What a Procfile starts: its web process, else its worker; unless that is a program of another language."""
    if not folder.has("Procfile"):
        return None
    processes = read_procfile(folder)
    chosen = next((process for process in processes if process.name == "web"), None)
    chosen = chosen or next((process for process in processes if process.name in _WORKERS), None)
    if chosen is None:
        return None
    return chosen if is_program_of(chosen.command, language) else None


def is_program_of(command: str, language: str) -> bool:
    """Whether a command starts a program of a language, as far as it shows: not one of another language alone."""
    others = any(pattern.search(command) for name, pattern in _PROGRAMS.items() if name != language)
    return not others or (language in _PROGRAMS and _PROGRAMS[language].search(command) is not None)


def _end_of_quote(value: str) -> int | None:
    """Where the quote that a value begins with ends; one behind a backslash does not end it within double quotes."""
    end = value.find(value[0], 1)
    while end > 0 and value[0] == '"' and value[end - 1] == "\\":
        end = value.find(value[0], end + 1)
    return end if end > 0 else None


def _unquote(value: str) -> str:
    if value[:1] in {'"', "'"}:
        inner = value[1 : _end_of_quote(value)]
        return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), inner) if value[0] == '"' else inner
    return re.split(r"\s#|^#", value, maxsplit=1)[0].strip()


def _is_usable(name: str, value: str) -> bool:
    secret = _SECRET_NAME.search(name.upper()) or _SECRET_VALUE.search(value)
    return bool(value) and not secret and not _PLACEHOLDER.match(value)
