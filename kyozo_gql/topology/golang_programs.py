"""The programs of a Go module that are services beside its first one: another server, a worker, a consumer.

The folder of the module stands for the main package that is taken first. Another one stands for itself, with its own path, where
it opens a port or waits for work: it is built from the folder of the module. Where a Dockerfile or a Compose file stands beside
go.mod that builds something, that says what is run.
"""

from __future__ import annotations

from collections.abc import Mapping

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.golang_libraries import framework_of, no_service_of, terminal_of, worker_of
from kyozo_gql.topology.golang_main import MainPackage, find_others
from kyozo_gql.topology.golang_weights import Program
from kyozo_gql.topology.parsing import as_table

_DOCKERFILES = ("Dockerfile", "Containerfile", "dockerfile")
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
# Folders that hold programs, each of which is run.
_HOLDERS = frozenset({"cmd", "services", "apps", "microservices", "servers", "workers", "bin", "svc"})
_MAX_PROGRAMS = 12  # a module with more of them is one of exercises
_MAX_UP = 4


def find_programs(folder: Folder, module: str, first: MainPackage) -> Mapping[str, MainPackage]:
    """The services of a module beside its ``first`` program, by their paths below its folder; ``module``: its import path."""

    def find() -> dict[str, MainPackage]:
        if folder.first(*_DOCKERFILES) or _is_composed(folder):
            return {}
        others = find_others(folder, module, first.package)
        found = {main.package: main for main in others if main.package != "." and _stands_for_itself(main)}
        return found if len(others) <= _MAX_PROGRAMS else {}

    return folder.shared.remember(("go", "programs", folder.path), find)


def module_around(folder: Folder) -> Folder | None:
    """The folder of the module that a folder with sources of Go is a package of."""
    if not any(name.endswith(".go") for name in folder.names):
        return None
    place = folder.path
    for _ in range(_MAX_UP):
        if not place:
            return None
        place = place.rpartition("/")[0]
        if "go.mod" in folder.tree.files(place):
            return folder.at(place)
    return None


def libraries_of(main: MainPackage) -> frozenset[str]:
    """What a program is built with, itself and through the packages of its module."""
    return main.imports | main.reached


def as_program(main: MainPackage) -> Program:
    """One of several programs, judged by its own libraries."""
    return Program(libraries_of(main), main, 1, beside=True)


def _is_composed(folder: Folder) -> bool:
    """Whether a Compose file builds something: one that only runs images is for what the programs need."""
    name = folder.first(*_COMPOSE)
    services = as_table((folder.yaml(name) or {}).get("services")) if name else {}
    return any("build" in as_table(service) for service in services.values())


def _stands_for_itself(main: MainPackage) -> bool:
    """Whether a program is another service: it serves, or waits for work, and is called as what does."""
    libraries = libraries_of(main)
    if main.is_called_tool or terminal_of(libraries) or no_service_of(libraries, serves=main.serves):
        return False
    held = not _HOLDERS.isdisjoint(main.package.split("/")[:-1])
    if main.serves:
        known = held and (main.own.served_in is not None or framework_of(libraries, serves=True) is not None)
        return known or main.is_called_server or main.is_called_worker
    waits = main.own.waits or main.own.keeps_running or worker_of(libraries) is not None
    return main.is_called_worker and waits
