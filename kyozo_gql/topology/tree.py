"""A folder tree on a disk, read lazily: each directory is listed once, and only files that a rule asks for are opened."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

MAX_FILE_BYTES = 1024 * 1024
MAX_DEPTH = 12
MAX_FOLDERS = 20_000
_MAX_PARTS = 64
_MAX_PATTERNS = 1_000
_MAX_PATTERN = 300
_MAX_STARS = 3
_ODD_SET = re.compile(r"\[[^\]]*(?:\[|--|&&|~~|\|\|)")

# Dependencies, caches and build output: what stands there was not written by the owner of the folder. Hidden folders (.git,
# .venv, .tox, .devcontainer …) are left out by their dot.
SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__", "node_modules", "bower_components", "jspm_packages", "vendor", "venv", "env", "virtualenv", "site-packages",
        "target", "dist", "build", "out", "_build", "coverage", "htmlcov", "bazel-out", "Pods", "DerivedData", "elm-stuff",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Listing:
    files: tuple[str, ...]
    folders: tuple[str, ...]
    ignores: tuple[tuple[str, GitIgnoreSpec], ...]  # (folder that the .gitignore stands in, its patterns), outermost first


_NOTHING = _Listing((), (), ())


class DiskTree:
    """The Tree of a directory. Symlinks are not followed; a path that leaves ``root`` is an empty folder.

    Sizes in bytes. ``max_depth`` counts folders below the root, ``max_folders`` those that ``folders`` answers.
    """

    def __init__(
        self, root: Path, max_file_bytes: int = MAX_FILE_BYTES, max_depth: int = MAX_DEPTH, max_folders: int = MAX_FOLDERS
    ) -> None:
        self._root = root.resolve()
        self._max_file_bytes = max_file_bytes
        self._max_depth = max_depth
        self._max_folders = max_folders
        self._listings: dict[str, _Listing] = {}
        self._faults: dict[str, str] = {}
        self._folders: tuple[str, ...] | None = None
        self._hit: dict[str, int] = {}

    def name(self) -> str | None:
        """The name of the directory."""
        return self._root.name or None

    def folders(self) -> tuple[str, ...]:
        """Every folder that is worth a look, parents before children, in order."""
        if self._folders is None:
            self._folders = tuple(self._walk())
        return self._folders

    def files(self, folder: str) -> tuple[str, ...]:
        """The names of the regular files in a folder, in order. What git ignores is listed, but has no text."""
        return self._list(folder).files

    def subfolders(self, folder: str) -> tuple[str, ...]:
        """The names of the folders in a folder that are worth a look, in order."""
        return self._list(folder).folders

    def read(self, path: str) -> str | None:
        """The text of a file; None where it is missing, excluded, too large or no text."""
        folder, _, name = path.rpartition("/")
        if name not in self._list(folder).files:
            return None
        # Compose reads .env whether git keeps it or not.
        if name != ".env" and _is_ignored(self._list(folder).ignores, path):
            return self._refuse(path, "excluded by .gitignore")
        return self._open(path)

    def fault(self, path: str) -> str | None:
        """Why ``read`` had no answer for a file that is there."""
        return self._faults.get(path)

    def bounds(self) -> dict[str, Any]:
        """The bounds in force; ``hit`` counts what each of them left out."""
        return {
            "max_file_bytes": self._max_file_bytes,
            "max_depth": self._max_depth,
            "max_folders": self._max_folders,
            "hit": dict(sorted(self._hit.items())),
        }

    def _walk(self) -> list[str]:
        found: list[str] = []
        waiting = [("", 0)]
        while waiting:
            folder, depth = waiting.pop()
            if len(found) >= self._max_folders:
                self._hit["max_folders"] = 1
                break
            found.append(folder)
            children = self.subfolders(folder)
            if children and depth >= self._max_depth:
                self._hit["max_depth"] = self._hit.get("max_depth", 0) + len(children)
                continue
            waiting.extend((f"{folder}/{name}" if folder else name, depth + 1) for name in reversed(children))
        return found

    def _list(self, folder: str) -> _Listing:
        listing = self._listings.get(folder)
        if listing is None:
            listing = self._listings[folder] = self._scan(folder)
        return listing

    def _scan(self, folder: str) -> _Listing:
        inherited: tuple[tuple[str, GitIgnoreSpec], ...] = ()
        if folder:
            if not _is_plain(folder) or not self._is_folder(folder):
                return _NOTHING
            inherited = self._list(folder.rpartition("/")[0]).ignores
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(f"{self._root}/{folder}") as entries:
                for entry in entries:
                    _sort_entry(entry, files, folders)
        except OSError:
            return _NOTHING
        ignores = inherited
        if ".gitignore" in files:
            ignores = (*inherited, *self._patterns(folder))
        kept = [name for name in sorted(folders) if not _is_ignored(ignores, f"{folder}/{name}/" if folder else f"{name}/")]
        return _Listing(tuple(sorted(files)), tuple(kept), ignores)

    def _is_folder(self, folder: str) -> bool:
        """Whether no part of the path is a symlink or something else than a folder."""
        parent, _, name = folder.rpartition("/")
        if name in self._list(parent).folders:
            return True
        if parent and not self._is_folder(parent):
            return False
        try:
            return stat.S_ISDIR(os.lstat(f"{self._root}/{folder}").st_mode)  # a skipped folder that was asked for by name
        except OSError:
            return False

    def _patterns(self, folder: str) -> tuple[tuple[str, GitIgnoreSpec], ...]:
        path = f"{folder}/.gitignore" if folder else ".gitignore"
        text = self._open(path)
        if text is None:
            return ()
        try:
            spec = GitIgnoreSpec.from_lines([line for line in text.splitlines()[:_MAX_PATTERNS] if _is_sound(line)])
        except (ValueError, re.error):
            self._faults[path] = "a pattern that is none"
            return ()
        return ((f"{folder}/" if folder else "", spec),)

    def _open(self, path: str) -> str | None:
        try:
            # The listing may be old: whatever stands there now, no link is followed and no pipe is waited for.
            handle = os.open(f"{self._root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    return self._refuse(path, "no regular file")
                content = file.read(self._max_file_bytes + 1)
        except OSError as error:
            return self._refuse(path, f"can't be read ({error.strerror})")
        if len(content) > self._max_file_bytes:
            self._hit["max_file_bytes"] = self._hit.get("max_file_bytes", 0) + (path not in self._faults)
            return self._refuse(path, f"larger than {self._max_file_bytes} bytes")
        if b"\0" in content:
            return self._refuse(path, "binary, no text")
        try:
            return content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            return self._refuse(path, "no valid UTF-8")

    def _refuse(self, path: str, reason: str) -> str | None:
        self._faults[path] = reason
        return None


def _sort_entry(entry: os.DirEntry[str], files: list[str], folders: list[str]) -> None:
    try:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and entry.name not in SKIPPED_FOLDERS:
                folders.append(_text(entry.name))
        elif entry.is_file(follow_symlinks=False):
            files.append(_text(entry.name))
    except (OSError, UnicodeError):
        return


def _text(name: str) -> str:
    name.encode()  # a name that is no UTF-8 raises: it could not be told to anybody
    return name


def _is_plain(path: str) -> bool:
    """Whether the path is relative, normalised and stays inside."""
    parts = path.split("/")
    return "\0" not in path and len(parts) <= _MAX_PARTS and not {"", ".", ".."} & set(parts)


def _is_sound(pattern: str) -> bool:
    """Whether matching takes no time to speak of (each star of a part multiplies the ways to match a long name), and no set of
    characters holds what regular expressions may come to read as a set within a set.
    """
    if len(pattern) > _MAX_PATTERN or _ODD_SET.search(pattern):
        return False
    return all(len(re.findall(r"\*+", part)) <= _MAX_STARS for part in pattern.split("/"))


def _is_ignored(ignores: tuple[tuple[str, GitIgnoreSpec], ...], path: str) -> bool:
    for prefix, spec in reversed(ignores):  # the innermost .gitignore that has an opinion decides
        verdict = spec.check_file(path[len(prefix) :]).include
        if verdict is not None:
            return verdict
    return False
