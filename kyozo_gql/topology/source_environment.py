"""The variables of the environment that a source file can't do without."""

from __future__ import annotations

import re

_MAX_NAMES = 50  # that one source is said to demand: more are no settings of a service
_DEMANDS = (
    re.compile(r"""\bos\.environ\[["']([A-Z][A-Z0-9_]{1,60})["']\](?!\s{0,3}=[^=])"""),
    re.compile(r"""\benv(?:\.(?:str|int|url|db|list))?\(["']([A-Z][A-Z0-9_]{1,60})["']\s{0,3}\)"""),  # environs, django-environ
    re.compile(r"""\bconfig\(["']([A-Z][A-Z0-9_]{1,60})["'](?:,\s{0,3}cast=\w{1,20})?\s{0,3}\)"""),  # python-decouple
    re.compile(r"""\bprocess\.env\.([A-Z][A-Z0-9_]{1,60})!"""),
    re.compile(r"""\bgetOrThrow(?:<\w{1,30}>)?\(["']([A-Z][A-Z0-9_]{1,60})["']"""),
    re.compile(r"""\benv::var\("([A-Z][A-Z0-9_]{1,60})"\)\s{0,60}(?:\.expect\(|\.unwrap\(\)|\?)"""),
    re.compile(r"""\b(?:mustGetenv|MustGetenv|mustEnv|requireEnv|mustGetEnv)\(["']([A-Z][A-Z0-9_]{1,60})["']"""),
)
_READ = re.compile(
    r"""(?:\bos\.getenv\(|\bos\.environ\.get\(|\bos\.Getenv\(|\bDeno\.env\.get\()["']([A-Z][A-Z0-9_]{1,60})["']\s{0,3}\)"""
    r"""|\bprocess\.env\.([A-Z][A-Z0-9_]{1,60})\b(?!\s{0,3}(?:\|\||\?\?|===|!==|=\s))"""
)
_SECRET = re.compile(
    r"(?:SECRET|PASSWORD|TOKEN|PRIVATE_KEY|API_KEY|ACCESS_KEY)(?:_|$)|^DATABASE_URL$|^MONGO(?:DB)?_UR[IL]$|^DB_URL$"
)
_SETTINGS_CLASS = re.compile(r"^class \w{1,60}\([^)\n]{0,100}\bBaseSettings\b[^)\n]{0,100}\):", re.MULTILINE)
_CLASS_END = re.compile(r"^[^\s#)\]}]", re.MULTILINE)
_PREFIX = re.compile(r"""\benv_prefix["']?\s{0,3}[=:]\s{0,3}["'](\w{0,40})["']""")
_FIELD = re.compile(
    r"^(?: {4}|\t)([A-Za-z]\w{0,60})[ \t]{0,3}:[ \t]{0,3}(?!ClassVar)([^=\n#]{1,200}?)[ \t]{0,9}(?:#.*|=[ \t]{0,9}(.*))?$",
    re.MULTILINE,
)
_DEMANDED_FIELD = re.compile(
    r"""^(?:pydantic\.)?Field\((?:\.\.\.|(?!\s{0,3}(?:["'\d]|[\w.]{1,80}\s{0,3}[,)(\[])|.{0,300}\bdefault(?:_factory)?\s?=))"""
)
_ALIAS = re.compile(r"""\b(?:env|alias|validation_alias)\s?=\s?["'](\w{1,60})["']""")
# What the platform sets, or what has its meaning without being set.
_OWN = frozenset(
    {"PORT", "HOST", "HOSTNAME", "HOME", "PATH", "USER", "PWD", "NODE_ENV", "CI", "TZ", "DEBUG", "DJANGO_SETTINGS_MODULE"}
)


def demanded_variables(text: str) -> tuple[str, ...]:
    """The names that a source reads without a way to go on where they are missing, and secrets that it reads without a default.

    In the order of the kinds of reading, then of the text; each once, bounded in number.
    """
    found = [match[1] for pattern in _DEMANDS for match in pattern.finditer(text)]
    found += [name for match in _READ.finditer(text) if _SECRET.search(name := match[1] or match[2])]
    found += _settings_fields(text) if "BaseSettings" in text else []
    return tuple(name for name in dict.fromkeys(found) if name not in _OWN)[:_MAX_NAMES]


def _settings_fields(text: str) -> list[str]:
    """The fields without a default of the settings classes of pydantic, by the names of their variables."""
    names: list[str] = []
    for start in _SETTINGS_CLASS.finditer(text):
        end = _CLASS_END.search(text, start.end())
        body = text[start.end() : end.start() if end else len(text)]
        prefix = match[1] if (match := _PREFIX.search(body)) else ""
        for name, _, value in (found.groups() for found in _FIELD.finditer(body)):
            if name == "model_config" or (value and not _DEMANDED_FIELD.match(value)):
                continue
            alias = _ALIAS.search(value or "")
            names.append((alias[1] if alias else f"{prefix}{name}").upper())
    return names
