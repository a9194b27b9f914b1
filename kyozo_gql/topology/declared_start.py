"""How a platform's file has a folder started: render.yaml, railway.json, railway.toml, nixpacks.toml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kyozo_gql.topology.environment import is_program_of
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_list, as_table, as_text

_RENDER = ("render.yaml", "render.yml")
# What Render builds an image for, or serves without a program.
_NO_PROGRAMS = frozenset({"docker", "image", "static"})
_KINDS = ("web", "pserv", "worker")
_MAX_SERVICES = 50
_MAX_COMMAND = 1_000


@dataclass(frozen=True, slots=True)
class Declared:
    """``command`` starts the folder, by ``field`` of ``file``, which stands in ``place``. ``web``: it answers over a port."""

    place: Folder
    file: str
    field: str
    command: str
    web: bool = True


def read_declared(folder: Folder, language: str) -> Declared | None:
    """The first command that a platform is told, unless it starts a program of another language, or several in a shell."""
    found = (*_read_render(folder), *_read_others(folder))
    return next((one for one in found if _is_plain(one.command) and is_program_of(one.command, language)), None)


def _is_plain(command: str) -> bool:
    return len(command) <= _MAX_COMMAND and not any(sign in command for sign in ("&&", ";", "|", "\n", "`", "$(", ">"))


def _read_render(folder: Folder) -> Iterator[Declared]:
    """The services of a blueprint whose ``rootDir`` is the folder; the blueprint stands in the root of a repository."""
    for place, path in dict.fromkeys(((folder.path, ""), ("", folder.path))):
        around = folder if place == folder.path else folder.at(place)
        file = around.first(*_RENDER)
        if file is None:
            continue
        services = [as_table(item) for item in as_list(as_table(around.yaml(file)).get("services"))[:_MAX_SERVICES]]
        mine = [service for service in services if _root(service) == path]
        for kind in _KINDS:
            for service in mine:
                command = as_text(service.get("startCommand"))
                runtime = as_text(service.get("runtime")) or as_text(service.get("env"))
                if command and as_text(service.get("type")) == kind and runtime not in _NO_PROGRAMS:
                    yield Declared(around, file, "services.startCommand", command.strip(), web=kind != "worker")


def _root(service: dict[str, Any]) -> str:
    return (as_text(service.get("rootDir")) or "").strip().removeprefix("./").strip("/").removeprefix(".")


def _read_others(folder: Folder) -> Iterator[Declared]:
    railway = as_table(folder.json("railway.json")) if folder.has("railway.json") else {}
    if command := as_text(as_table(railway.get("deploy")).get("startCommand")):
        yield Declared(folder, "railway.json", "deploy.startCommand", command.strip())
    for file, table, key in (("railway.toml", "deploy", "startCommand"), ("nixpacks.toml", "start", "cmd")):
        if folder.has(file) and (command := as_text(as_table(as_table(folder.toml(file)).get(table)).get(key))):
            yield Declared(folder, file, f"{table}.{key}", command.strip())
