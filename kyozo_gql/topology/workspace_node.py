"""Workspaces of Node.js: npm, pnpm, yarn, bun, Lerna and Rush, run by Turborepo or Nx or by none."""

from __future__ import annotations

import re
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.globs import match_folders
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.workspace import Member, Members, Workspace, few_members, find_member, linked_workspace, make_members

LOCKS = (
    ("pnpm", "pnpm-lock.yaml"), ("yarn", "yarn.lock"), ("bun", "bun.lock"), ("bun", "bun.lockb"), ("npm", "package-lock.json"),
    ("npm", "npm-shrinkwrap.json"),
)  # fmt: skip
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_RUSH = "common/config/rush"
_PROJECT_FOLDER = re.compile(r'^[ \t]{0,40}(?:\{.{0,200})?"projectFolder"[ \t]{0,5}:[ \t]{0,5}"([\w@./-]{1,200})"', re.MULTILINE)
_LINKS = ("file:", "link:", "portal:")


def find_node_workspace(folder: Folder) -> Workspace | None:
    """The workspace that a folder with a package.json (or Nx's project.json) is a member of."""
    return folder.shared.remember(("node", "of", folder.path), lambda: _find(folder))


def is_node_root(folder: Folder) -> bool:
    """Whether a folder is the root of several packages: a workspace, or one of Nx or Rush that is no project itself."""
    if _patterns(folder) is not None or folder.has("rush.json"):
        return True
    return folder.has("nx.json") and not folder.has("project.json") and not _is_nx_project(folder)


def _is_nx_project(root: Folder) -> bool:
    """Whether the root of Nx is its only project, as it is described in package.json."""
    package = (root.json("package.json") if root.has("package.json") else None) or {}
    return "nx" in package or root.has_folder("src")


def _find(folder: Folder) -> Workspace | None:
    if not folder.has("package.json"):
        return find_member(folder, "nx", _read_nx) if folder.has("project.json") else None
    found = find_member(folder, "node", _read_members) or find_member(folder, "rush", _read_rush)
    if found is None:
        return linked_workspace(folder, "npm", _linked_paths(folder.json("package.json") or {}))
    # A member with a lock file in a workspace that has none is installed by itself.
    alone = found.lock is None and folder.first(*(lock for _, lock in LOCKS)) is not None
    return None if alone else found


def _linked_paths(package: dict[str, Any]) -> list[str]:
    texts = (as_text(value) or "" for key in ("dependencies", "devDependencies") for value in as_table(package.get(key)).values())
    return [text.partition(":")[2] for text in texts if text.startswith(_LINKS)]


def _patterns(folder: Folder) -> list[str] | None:
    """The patterns of the members; None where the folder is no root of a workspace."""
    if folder.has("pnpm-workspace.yaml"):
        listed = as_list((folder.yaml("pnpm-workspace.yaml") or {}).get("packages"))
        if listed:
            return [text for item in listed if (text := as_text(item))]
    package = folder.json("package.json") if folder.has("package.json") else None
    declared = (package or {}).get("workspaces")
    listed = as_list(declared) or as_list(as_table(declared).get("packages"))
    if not listed and folder.has("lerna.json"):
        listed = as_list((folder.json("lerna.json") or {}).get("packages")) or ["packages/*"]
    return [text for item in listed if (text := as_text(item))] if listed else None


def _read_members(root: Folder) -> Members | None:
    patterns = _patterns(root)
    if patterns is None:
        return None
    about = _about(root)
    paths = [path for path in match_folders(root.tree, root.path, patterns) if root.has(f"{path}/package.json")]
    members = [_member(root, path) for path in few_members(root, paths)]
    manifests = tuple(f"{member.path}/package.json" for member in members)
    return make_members(_with_manifests(about, manifests), members)


def _read_rush(root: Folder) -> Members | None:
    """The projects of a rush.json, which is JSON with comments: the lock file of all lies among Rush's configuration."""
    text = root.read("rush.json") if root.has("rush.json") else None
    if text is None:
        return None
    manager = next(
        (name for name in ("pnpm", "yarn", "npm") if re.search(rf'^[ \t]{{0,20}}"{name}Version"', text, re.MULTILINE)), "pnpm"
    )
    lock = next((f"{_RUSH}/{lock}" for name, lock in LOCKS if name == manager and root.has(f"{_RUSH}/{lock}")), None)
    paths = dict.fromkeys(match[1].removeprefix("./") for match in _PROJECT_FOLDER.finditer(text))
    members = [_member(root, path) for path in few_members(root, paths) if root.has(f"{path}/package.json")]
    return make_members(Workspace(root.path, manager, "", "", lock=lock, runner="rush"), members)


def _read_nx(root: Folder) -> Members | None:
    """Projects of Nx that have no package.json: they share the root's."""
    if not root.has("nx.json") or not root.has("package.json"):
        return None
    paths = match_folders(root.tree, root.path, ["*", "*/*", "*/*/*", "*/*/*/*"])
    found = [path for path in paths if root.has(f"{path}/project.json") and not root.has(f"{path}/package.json")]
    members = [_project(root, path) for path in few_members(root, found)]
    return make_members(_with_manifests(_about(root), ()), members)


def _about(root: Folder) -> Workspace:
    package = (root.json("package.json") if root.has("package.json") else None) or {}
    declared = as_text(package.get("packageManager")) or ""
    name = declared.partition("@")[0]
    locks = [(manager, lock) for manager, lock in LOCKS if root.has(lock)]
    if name not in {"npm", "pnpm", "yarn", "bun"}:
        client = as_text((root.json("lerna.json") or {}).get("npmClient")) if root.has("lerna.json") else None
        name = "pnpm" if root.has("pnpm-workspace.yaml") else locks[0][0] if locks else client or "npm"
    lock = next((lock for manager, lock in locks if manager == name), None)
    runner = next(
        (runner for runner, file in (("turbo", "turbo.json"), ("turbo", "turbo.jsonc"), ("nx", "nx.json")) if root.has(file)), None
    )
    berry = name == "yarn" and (root.has(".yarnrc.yml") or declared.startswith(("yarn@2", "yarn@3", "yarn@4")))
    return Workspace(root.path, name, "", "", lock=lock, runner=runner, berry=berry)


def _with_manifests(about: Workspace, manifests: tuple[str, ...]) -> Workspace:
    return Workspace(
        about.root, about.manager, "", "", lock=about.lock, manifests=manifests, runner=about.runner, berry=about.berry
    )


def _member(root: Folder, path: str) -> Member:
    package = root.at(root.locate(path)).json("package.json") or {}
    needs = tuple(dict.fromkeys(name for key in _DEPENDENCIES for name in as_table(package.get(key))))
    name = as_text(package.get("name")) or path.rpartition("/")[2]
    builds = "build" in as_table(package.get("scripts")) or (root.has("nx.json") and nx_builds(root.at(root.locate(path))))
    return Member(path, name, builds, needs)


def nx_builds(folder: Folder) -> bool:
    """Whether Nx is told how to build a package that may have no build script: by its project.json, or the key nx."""
    project = (folder.json("project.json") if folder.has("project.json") else None) or {}
    described = as_table((folder.json("package.json") or {}).get("nx")) if folder.has("package.json") else {}
    return "build" in as_table(project.get("targets")) or "build" in as_table(described.get("targets"))


def _project(root: Folder, path: str) -> Member:
    project = root.at(root.locate(path)).json("project.json") or {}
    name = as_text(project.get("name")) or path.rpartition("/")[2]
    return Member(path, name, nx_builds(root.at(root.locate(path))))
