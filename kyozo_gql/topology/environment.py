"""The environment that a folder asks for (.env.example and its like), and Procfiles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kyozo_gql.topology.folder import Folder

EXAMPLE_FILES = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env")
_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]{0,99})\s*=\s*(.*)$")
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
_MAX_NAMES = 200
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


def parse_env(text: str) -> dict[str, str]:
    """The assignments of a .env file, in order; quotes and trailing comments are taken off. Bounded in number and length."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.match(line[: _MAX_VALUE + 200])
        if match and len(values) < _MAX_NAMES:
            values[match[1]] = _unquote(match[2].strip())[:_MAX_VALUE]
    return values


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
    others = any(pattern.search(chosen.command) for name, pattern in _PROGRAMS.items() if name != language)
    mine = language in _PROGRAMS and _PROGRAMS[language].search(chosen.command)
    return chosen if mine or not others else None


def _unquote(value: str) -> str:
    if value[:1] in {'"', "'"}:
        end = value.find(value[0], 1)
        return value[1:end] if end > 0 else value[1:]
    return re.split(r"\s#|^#", value, maxsplit=1)[0].strip()


def _is_usable(name: str, value: str) -> bool:
    secret = _SECRET_NAME.search(name.upper()) or _SECRET_VALUE.search(value)
    return bool(value) and not secret and not _PLACEHOLDER.match(value)
