"""What a workspace of pixi lists: packages of conda, and packages of PyPI, in pixi.toml or in pyproject.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_list, as_table, as_text

PIXI_FILE = "pixi.toml"
_NAME = re.compile(r"^[A-Za-z0-9][\w.-]{0,99}$")
_VERSION = re.compile(r"^[\w.*<>=!~,| +-]{1,80}$")


def read_pixi(folder: Folder) -> dict[str, Any]:
    """The table that pixi reads: pixi.toml, else tool.pixi of pyproject.toml; empty where it is used for nothing."""
    if folder.has(PIXI_FILE):
        return as_table(folder.toml(PIXI_FILE))
    return as_table(as_table(as_table(folder.toml("pyproject.toml")).get("tool")).get("pixi"))


def pixi_names(table: dict[str, Any]) -> list[str]:
    """What is listed, with its extras, as requirements; without Python itself."""
    names = [name for name in as_table(table.get("dependencies")) if name != "python"]
    for name, value in as_table(table.get("pypi-dependencies")).items():
        names.append(f"{name}[{','.join(map(str, as_list(as_table(value).get('extras'))))}]")
    return names


def pixi_python(table: dict[str, Any]) -> str | None:
    """The version of Python that is asked for, as it is written."""
    return _version(as_table(table.get("dependencies")).get("python"))


def conda_specifications(table: dict[str, Any]) -> tuple[str, ...]:
    """What conda installs, as its command line takes it, with Python and pip."""
    listed = as_table(table.get("dependencies"))
    return tuple(_specify(listed, "=")) + tuple(name for name in ("python", "pip") if name not in listed)


def pip_specifications(table: dict[str, Any]) -> tuple[str, ...]:
    """What pip installs: what comes from a path or a repository is left out."""
    remote = {
        name: value
        for name, value in as_table(table.get("pypi-dependencies")).items()
        if not {"path", "git", "url"} & as_table(value).keys()
    }
    return tuple(_specify(remote, "=="))


def _specify(listed: dict[str, Any], exactly: str) -> Iterator[str]:
    for name, value in listed.items():
        if not _NAME.match(name):
            continue
        version = _version(value)
        extras = ",".join(text for item in as_list(as_table(value).get("extras")) if (text := as_text(item)) and _NAME.match(text))
        if version is None or version == "*" or not _VERSION.match(version):
            version = ""
        elif version[0].isdigit():
            version = f"{exactly}{version}"
        yield f"{name}{f'[{extras}]' if extras else ''}{version.replace(' ', '')}"


def _version(value: object) -> str | None:
    return as_text(value) or as_text(as_table(value).get("version"))
