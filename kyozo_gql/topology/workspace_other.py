"""Workspaces of Cargo, Go and Python."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.globs import match_folders
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.workspace import Member, Members, Workspace, few_members, find_member, linked_workspace, make_members

_USE = re.compile(r"^\s*(?:use\s+)?\(?\s*\"?(\.{0,2}/?[\w./@+-]{0,300})\"?\s*\)?\s*(?://.*)?$")
_REPLACE = re.compile(r"=>[ \t]*\"?(\.\.?/[^\s\"]{0,300})")
_LOCAL_REQUIREMENT = re.compile(
    r"^\s*(?:-e|--editable|-r|--requirement|-c|--constraint)?[ =]{0,4}(?:file:)?(\.\.?/[^\s;#\[]{1,300})"
)
_RUST_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")


def find_cargo_workspace(folder: Folder) -> Workspace | None:
    """The workspace that a folder with a Cargo.toml is a member of."""

    def find() -> Workspace | None:
        cargo = folder.toml("Cargo.toml") if folder.has("Cargo.toml") else None
        if cargo is None or "workspace" in cargo:
            return None
        return find_member(folder, "cargo", _read_cargo) or linked_workspace(folder, "cargo", cargo_paths(cargo))

    return folder.shared.remember(("cargo", "of", folder.path), find)


def find_go_workspace(folder: Folder) -> Workspace | None:
    """The workspace that a folder with a go.mod is a member of."""

    def find() -> Workspace | None:
        if not folder.has("go.mod"):
            return None
        paths = [match[1] for match in _REPLACE.finditer(folder.read("go.mod") or "")]
        return find_member(folder, "go", _read_go) or linked_workspace(folder, "go", paths)

    return folder.shared.remember(("go", "of", folder.path), find)


def cargo_paths(cargo: dict[str, Any]) -> list[str]:
    """The folders that a Cargo.toml depends on by path, relative to it."""
    values = (value for table in _RUST_TABLES for value in as_table(cargo.get(table)).values())
    return [path for value in values if (path := as_text(as_table(value).get("path")))]


def find_python_workspace(folder: Folder) -> Workspace | None:
    """The workspace that a folder with a manifest of Python is a member of: uv's, or one of paths."""
    return folder.shared.remember(("python", "of", folder.path), lambda: _find_python(folder))


def is_uv_root(folder: Folder) -> bool:
    """Whether a folder declares a workspace of uv."""
    return "workspace" in _uv(folder)


def _find_python(folder: Folder) -> Workspace | None:
    tools = as_table(as_table(folder.toml("pyproject.toml") if folder.has("pyproject.toml") else None).get("tool"))
    if folder.has("pyproject.toml") and "workspace" not in as_table(tools.get("uv")):
        found = find_member(folder, "uv", _read_uv)
        if found:
            return found
    for manager, tables in (
        ("uv", [as_table(as_table(tools.get("uv")).get("sources"))]),
        ("poetry", _poetry_tables(as_table(tools.get("poetry")))),
    ):
        paths = [path for table in tables for value in table.values() if (path := as_text(as_table(value).get("path")))]
        found = linked_workspace(folder, manager, paths)
        if found:
            return found
    name = folder.first("requirements.txt")
    lines = (folder.read(name) or "").splitlines() if name else []
    return linked_workspace(folder, "pip", [match[1] for line in lines if (match := _LOCAL_REQUIREMENT.match(line))])


def _poetry_tables(poetry: dict[str, Any]) -> list[dict[str, Any]]:
    groups = [as_table(as_table(group).get("dependencies")) for group in as_table(poetry.get("group")).values()]
    return [as_table(poetry.get("dependencies")), as_table(poetry.get("dev-dependencies")), *groups]


def _read_cargo(root: Folder) -> Members | None:
    cargo = root.toml("Cargo.toml") if root.has("Cargo.toml") else None
    if cargo is None or "workspace" not in cargo:
        return None
    workspace = as_table(cargo.get("workspace"))
    shared = {
        name: path
        for name, value in as_table(workspace.get("dependencies")).items()
        if (path := as_text(as_table(value).get("path")))
    }
    listed = _texts(workspace.get("members")) + list(shared.values()) + cargo_paths(cargo)
    patterns = [*listed, *(f"!{path}" for path in _texts(workspace.get("exclude")))]
    paths = [path for path in match_folders(root.tree, root.path, patterns) if root.has(f"{path}/Cargo.toml")]
    members = [_crate(root, path) for path in few_members(root, paths)]
    about = Workspace(
        root.path, "cargo", "", "", lock=root.first("Cargo.lock"), manifests=tuple(f"{path}/Cargo.toml" for path in paths)
    )
    return make_members(about, members)


def _crate(root: Folder, path: str) -> Member:
    cargo = root.at(root.locate(path)).toml("Cargo.toml") or {}
    needs = tuple(dict.fromkeys(name for table in _RUST_TABLES for name in as_table(cargo.get(table))))
    return Member(path, as_text(as_table(cargo.get("package")).get("name")) or path.rpartition("/")[2], needs=needs)


def _read_go(root: Folder) -> Members | None:
    text = root.read("go.work") if root.has("go.work") else None
    if text is None:
        return None
    paths = [path for path in _used(text) if path and root.has(f"{path}/go.mod")]
    modules = {path: root.at(root.locate(path)).read("go.mod") or "" for path in few_members(root, paths)}
    names = {
        path: match[1]
        for path, text in modules.items()
        if (match := re.search(r"^module\s+\"?([^\s\"]{1,200})", text, re.MULTILINE))
    }
    members = [
        Member(path, names.get(path, path), needs=tuple(name for name in names.values() if f"{name} " in text))
        for path, text in modules.items()
    ]
    manifests = tuple(f"{path}/go.mod" for path in modules)
    return make_members(Workspace(root.path, "go", "", "", lock=root.first("go.work.sum"), manifests=manifests), members)


def _used(text: str) -> list[str]:
    """The folders that the use directives of a go.work name, relative to it."""
    found: list[str] = []
    inside = False
    for line in text.splitlines():
        words = line.strip()
        opens = words.startswith("use")
        if opens or inside:
            match = _USE.match(line)
            inside = ("(" in words or inside) and ")" not in words
            if match and match[1]:
                found.append(posixpath.normpath(match[1]))
    return [path for path in dict.fromkeys(found) if path != "." and not path.startswith(("..", "/"))]


def _uv(folder: Folder) -> dict[str, Any]:
    pyproject = folder.toml("pyproject.toml") if folder.has("pyproject.toml") else None
    return as_table(as_table(as_table(pyproject).get("tool")).get("uv"))


def _read_uv(root: Folder) -> Members | None:
    uv = _uv(root)
    if "workspace" not in uv:
        return None
    workspace = as_table(uv.get("workspace"))
    patterns = [*_texts(workspace.get("members")), *(f"!{path}" for path in _texts(workspace.get("exclude")))]
    paths = [path for path in match_folders(root.tree, root.path, patterns) if root.has(f"{path}/pyproject.toml")]
    members = [_package(root, path) for path in few_members(root, paths)]
    manifests = tuple(f"{path}/pyproject.toml" for path in paths)
    return make_members(Workspace(root.path, "uv", "", "", lock=root.first("uv.lock"), manifests=manifests), members)


def _package(root: Folder, path: str) -> Member:
    folder = root.at(root.locate(path))
    project = as_table((folder.toml("pyproject.toml") or {}).get("project"))
    name = as_text(project.get("name")) or path.rpartition("/")[2]
    # The names of other members as they are spelled in [tool.uv.sources], which every need of a workspace stands in.
    needs = tuple(name for name, value in as_table(_uv(folder).get("sources")).items() if as_table(value).get("workspace") is True)
    return Member(path, name, needs=needs)


def _texts(value: object) -> list[str]:
    items: Iterable[object] = as_list(value)
    return [text for item in items if (text := as_text(item))]
