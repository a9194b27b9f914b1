"""Which package manager a Node.js folder is installed with, and which version of it.

In this order: ``packageManager``, ``devEngines.packageManager``, a script that allows only one, the lock file (pnpm, Bun, Yarn, npm
where there are several), ``engines``, configuration files, npm. A member of a workspace is installed by the root's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text
from kyozo_gql.topology.versions import exact_version

LOCKS = (
    ("pnpm", "pnpm-lock.yaml"), ("bun", "bun.lock"), ("bun", "bun.lockb"), ("yarn", "yarn.lock"), ("npm", "package-lock.json"),
    ("npm", "npm-shrinkwrap.json"),
)  # fmt: skip
_MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_ONLY = re.compile(r"\bonly-allow\s+(npm|pnpm|yarn|bun)\b")
_LOCKFILE_VERSION = re.compile(r"^lockfileVersion:\s{0,5}['\"]?(\d{1,2})(?:\.(\d{1,2}))?", re.MULTILINE)
_BERRY_VERSION = re.compile(r"^__metadata:\s{1,5}version: (\d{1,2})", re.MULTILINE)
_BERRY_LOCK = re.compile(r"^__metadata:", re.MULTILINE)
_YARN_PATH = re.compile(r"^yarnPath:\s{0,5}['\"]?(\.yarn/[\w./-]{1,100})", re.MULTILINE)
_YARN_OF_PATH = re.compile(r"yarn-(\d{1,2}\.\d{1,3}\.\d{1,3})\.[cm]?js$")
_HEAD = 2_000


@dataclass(frozen=True, slots=True)
class PackageManager:
    """``version`` may be a major number; ``source`` and ``field`` say where the choice stands. ``lock`` is in the folder itself.

    ``berry``: Yarn 2 or later. ``keeps_itself``: the folder holds a copy of Yarn in .yarn/.
    """

    name: str = "npm"
    version: str | None = None
    lock: str | None = None
    source: str | None = None
    field: str | None = None
    berry: bool = False
    keeps_itself: bool = False


def find_manager(folder: Folder, package: dict[str, Any]) -> PackageManager:
    """The package manager of a folder with this package.json."""
    locks = [(manager, lock) for manager, lock in LOCKS if folder.has(lock)]
    name, version, source, field = next(_declarations(folder, package, locks), ("npm", None, None, None))
    lock = next((lock for manager, lock in locks if manager == name), None)
    text = folder.read(".yarnrc.yml") or "" if name == "yarn" else ""
    path = _YARN_PATH.search(text)
    berry = name == "yarn" and _is_berry(folder, version, lock)
    kept = _YARN_OF_PATH.search(path[1]) if path else None
    version = version or (kept[1] if kept else None) or _version_of_lock(folder, name, lock)
    return PackageManager(name, version, lock, source, field, berry, keeps_itself=path is not None)


def _declarations(
    folder: Folder, package: dict[str, Any], locks: list[tuple[str, str]]
) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    """(manager, version, file, field), the strongest first."""
    yield from _declared(package)
    only = _ONLY.search(as_text(as_table(package.get("scripts")).get("preinstall")) or "")
    if only:
        yield only[1], None, "package.json", "scripts.preinstall"
    yield from ((manager, None, lock, None) for manager, lock in locks)
    engines = as_table(package.get("engines"))
    for name in ("pnpm", "yarn", "bun"):
        if name in engines:
            yield name, _major(as_text(engines[name])), "package.json", f"engines.{name}"
    for file, name in (("pnpm-workspace.yaml", "pnpm"), (".yarnrc.yml", "yarn"), ("bunfig.toml", "bun")):
        if folder.has(file):
            yield name, None, file, None


def _declared(package: dict[str, Any]) -> Iterator[tuple[str, str | None, str | None, str | None]]:
    name, _, version = (as_text(package.get("packageManager")) or "").partition("@")
    if name in _MANAGERS:
        yield name, exact_version(version.partition("+")[0]) or _major(version), "package.json", "packageManager"
    wanted = as_table(package.get("devEngines")).get("packageManager")
    first = as_table(wanted) or as_table(next(iter(as_list(wanted)), None))
    if (as_text(first.get("name")) or "") in _MANAGERS:
        text = as_scalar(first.get("version")) or ""
        yield as_text(first["name"]) or "npm", exact_version(text) or _major(text), "package.json", "devEngines.packageManager"


def _is_berry(folder: Folder, version: str | None, lock: str | None) -> bool:
    if version:
        return not version.startswith(("0", "1"))
    if folder.has(".yarnrc.yml"):
        return True
    return lock is not None and _BERRY_LOCK.search((folder.read(lock) or "")[:_HEAD]) is not None


def _version_of_lock(folder: Folder, name: str, lock: str | None) -> str | None:
    """The major version of pnpm or Yarn that writes such a lock file: another one would refuse it, or write it anew."""
    if name not in {"pnpm", "yarn"} or lock is None:
        return None
    if name == "yarn":
        written = _BERRY_VERSION.search((folder.read(lock) or "")[:_HEAD])
        return {4: "2", 5: "3", 6: "3", 7: "4", 8: "4"}.get(int(written[1])) if written else None
    match = _LOCKFILE_VERSION.search((folder.read(lock) or "")[:_HEAD])
    if match is None:
        return None
    major, minor = int(match[1]), int(match[2] or 0)
    if major == 5:  # noqa: PLR2004
        return "7" if minor >= 4 else "6"  # noqa: PLR2004 — 5.4 came with pnpm 7
    return {6: "8", 9: "10" if folder.has("pnpm-workspace.yaml") else "9"}.get(major)


def _major(text: str | None) -> str | None:
    match = re.search(r"\d{1,2}", text or "")
    return match[0] if match else None
