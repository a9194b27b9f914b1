"""The port that a configuration file of an application names, where its source does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kyozo_gql.topology.environment import EXAMPLE_FILES, parse_env
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table
from kyozo_gql.topology.sources import as_port

_FOLDERS = ("", "config/", "configs/", "conf/", "configuration/", "settings/", "etc/")
_STEMS = (
    "config", "app", "application", "settings", "default", "base", "production", "prod", "server", "local", "development", "dev",
)  # fmt: skip
_EXAMPLES = ("config.example", "config.sample", "config-example", "config.default", "config.dev", "config.local", "app.example")
_SECTIONS = frozenset({"server", "http", "app", "application", "web", "api", "service", "listen", "rest", "system", "http_server"})
_PORTS = frozenset({"port", "http_port", "server_port", "app_port", "listen_port", "httpport", "serverport"})
_ADDRESSES = frozenset({"addr", "address", "listen", "listen_addr", "listen_address", "bind", "bind_address", "http_addr"})
_VARIABLE = re.compile(r"^(?:PORT|(?:APP|HTTP|SERVER|API|WEB|LISTEN|SERVICE|REST|BACKEND|GIN)_?(?:SERVER_|HTTP_)?PORT)$")
_ADDRESS = re.compile(r"^(?:tcp://|http://)?[\w.\-\[\]:]{0,60}:(\d{2,5})$")


@dataclass(frozen=True, slots=True)
class ConfiguredPort:
    """``port`` 1 to 65535, and the file and the field or variable that names it."""

    port: int
    file: str
    field: str


def configured_port(folder: Folder) -> ConfiguredPort | None:
    """The port that a file of configuration, or else an example of the environment, names; None where none does."""
    for file in _files(folder):
        document = (
            folder.toml(file) if file.endswith(".toml") else folder.json(file) if file.endswith(".json") else folder.yaml(file)
        )
        found = _named_port(as_table(document), "", 0)
        if found:
            return ConfiguredPort(found[1], file, found[0])
    for name in (".env", *EXAMPLE_FILES):
        values = parse_env(folder.read(name) or "") if folder.has(name) else {}
        for variable, value in values.items():
            port = _port_of(value) if _VARIABLE.match(variable) else None
            if port:
                return ConfiguredPort(port, name, variable)
    return None


def note_configured_port(finding: Finding, folder: Folder, configured: ConfiguredPort) -> None:
    """Says in the evidence which file names the port."""
    detail = f"listens on {configured.port}"
    finding.indicators.append(folder.indicate(configured.file, "port.source", 0.0, detail, field=configured.field))


def _files(folder: Folder) -> Iterator[str]:
    for place in _FOLDERS:
        if place and not folder.has_folder(place.rstrip("/")):
            continue
        there = frozenset(folder.tree.files(folder.locate(place.rstrip("/")))) if place else folder.names
        for stem in (*_STEMS, *_EXAMPLES):
            for ending in ("yaml", "yml", "toml", "json"):
                if f"{stem}.{ending}" in there:
                    yield f"{place}{stem}.{ending}"


def _named_port(table: dict[str, Any], path: str, depth: int) -> tuple[str, int] | None:
    """The field of a port in a document, at its top or in a section for the server, and the port."""
    items = [(str(key), value) for key, value in list(table.items())[:200]]
    for key, value in items:
        if key.lower().replace("-", "_") in _PORTS | _ADDRESSES and (port := _port_of(as_scalar(value))):
            return f"{path}{key}", port
    if depth > 1:
        return None
    for key, value in items:
        inner = as_table(as_list(value)[0]) if as_list(value) else as_table(value)
        if key.lower().replace("-", "_") in _SECTIONS and (found := _named_port(inner, f"{path}{key}.", depth + 1)):
            return found
    return None


def _port_of(text: str | None) -> int | None:
    match = _ADDRESS.match((text or "").strip())
    return as_port(match[1] if match else (text or "").strip())
