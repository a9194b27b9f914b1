"""How much speaks for a Rust package being a service."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import Any

from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.parsing import as_table
from kyozo_gql.topology.rust_binary import Binary, examine, find_binary
from kyozo_gql.topology.rust_libraries import (
    CLIENTS_TOO,
    browser_of,
    command_line_of,
    dependencies_of,
    framework_of,
    no_service_of,
    terminal_of,
    worker_of,
)  # fmt: skip
from kyozo_gql.topology.sources import merge_hints
from kyozo_gql.topology.workspace import Workspace
from kyozo_gql.topology.workspace_other import cargo_paths

_MAX_SIBLINGS = 8


@dataclass(frozen=True, slots=True)
class Program:
    """The binary that is taken, and the crates that it is built with; ``sibling``: the package that serves for it."""

    binary: Binary | None
    dependencies: frozenset[str]
    sibling: str | None = None

    @property
    def serves(self) -> bool:
        """Whether it opens a port."""
        return self.binary is not None and self.binary.served_in is not None

    @property
    def framework(self) -> str | None:
        """The web framework that it depends on."""
        return framework_of(self.dependencies, serves=self.serves)


def find_program(folder: Folder, cargo: dict[str, Any], workspace: Workspace | None) -> Program:
    """The program of a package. Where it opens no port, a package of the tree that it depends on may do that for it."""
    dependencies, binary = dependencies_of(cargo), find_binary(folder, cargo)
    program = Program(binary, dependencies)
    if binary is None or program.serves:
        return program
    for place in _packages_beside(folder, cargo, workspace):
        there = folder.at(place)
        manifest = there.toml("Cargo.toml") if there.has("src/lib.rs") else None
        if manifest is None:
            continue
        library = examine(there, binary.name, "src/lib.rs")
        framework = framework_of(dependencies_of(manifest), serves=library.served_in is not None)
        if framework and library.served_in:
            served = replace(binary, served_in=binary.file, hints=merge_hints(binary.hints, library.hints))
            return Program(served, dependencies | dependencies_of(manifest), place or "the root")
    return program


def _packages_beside(folder: Folder, cargo: dict[str, Any], workspace: Workspace | None) -> list[str]:
    """The packages that a package depends on by their paths, or as members of its workspace, relative to the root of the tree."""
    shared = as_table(as_table(cargo.get("workspace")).get("dependencies"))
    own = {name: value for name, value in as_table(cargo.get("dependencies")).items() if as_table(value).get("workspace") is True}
    paths = [*cargo_paths(cargo), *cargo_paths({"dependencies": {name: shared.get(name) for name in own}})]
    places = [posixpath.normpath(posixpath.join(folder.path, path)) for path in paths]
    if workspace:
        places += [workspace.locate(member.path) if member.path != "." else workspace.root for member in workspace.siblings]
    inside = (place for place in places if not place.startswith(("..", "/")))
    return list(dict.fromkeys("" if place == "." else place for place in inside))[:_MAX_SIBLINGS]


def weigh_program(finding: Finding, folder: Folder, program: Program, *, macro: bool) -> None:
    """Adds to the evidence what the binary and its dependencies say."""
    found, binary = finding.indicators, program.binary
    other = no_service_of(program.dependencies) or ("a macro" if macro else "firmware" if binary and binary.firmware else None)
    if other and (not program.serves or program.framework is None):
        detail = f"what it depends on makes it {other}"
        found.append(folder.indicate("Cargo.toml", "rust.no_service", -0.6, detail, field="dependencies"))
    if binary is None:
        found.append(folder.indicate("Cargo.toml", "rust.library", -0.2, "no binary: a library"))
        return
    found.append(folder.indicate(binary.file, "rust.main", 0.2, f"the binary {binary.name}"))
    if program.framework:
        detail = f"depends on {program.framework}"
        found.append(folder.indicate("Cargo.toml", "rust.framework", 0.3, detail, field="dependencies"))
    if binary.served_in:
        detail = f"opens a port, in {program.sibling}" if program.sibling else "opens a port"
        found.append(folder.indicate(binary.served_in, "rust.application", 0.25, detail))
    if program.framework or binary.served_in:
        _weigh_server(finding, folder, program, binary)
    else:
        _weigh_other(finding, folder, program, binary)


def _weigh_server(finding: Finding, folder: Folder, program: Program, binary: Binary) -> None:
    """A program that opens a port, which a tool may do as well."""
    terminal, tool = terminal_of(program.dependencies), command_line_of(program.dependencies)
    bare = program.framework is None or program.framework in CLIENTS_TOO
    kind = browser_of(program.dependencies) or (terminal if bare else None)
    if tool and not binary.command and (binary.sub_commands or (bare and not binary.own)):
        kind = kind or tool
    if kind and not binary.is_called_server:
        detail = f"depends on {kind}: a program for the command line, which opens a port"
        weight = -0.7 if bare and program.framework else -0.4
        finding.indicators.append(folder.indicate("Cargo.toml", "rust.command", weight, detail, field="dependencies"))


def _weigh_other(finding: Finding, folder: Folder, program: Program, binary: Binary) -> None:
    """A program that opens no port: a worker keeps running, anything else ends."""
    found = finding.indicators
    worker = worker_of(program.dependencies)
    tool = terminal_of(program.dependencies) or command_line_of(program.dependencies)
    if worker and not (tool and binary.sub_commands):
        detail = f"depends on {worker}: keeps running"
        found.append(folder.indicate("Cargo.toml", "rust.worker", 0.2, detail, field="dependencies"))
    elif tool:
        detail = f"depends on {tool}: a program for the command line"
        found.append(folder.indicate("Cargo.toml", "rust.command", -0.3, detail, field="dependencies"))
    else:
        detail = "opens no port and depends on no framework: a program that ends"
        found.append(folder.indicate(binary.file, "rust.command", -0.2, detail))
