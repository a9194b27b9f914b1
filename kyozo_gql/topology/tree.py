"""A folder tree on a disk, read lazily: each directory is listed once, and only files that a rule asks for are opened."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.ignoring import IgnoreFile, read_dockerignore, read_gitignore
from kyozo_gql.topology.skipping import HIDDEN_OF_OWNERS, SKIPPED_FOLDERS, is_made_by_a_tool, tellable

_MAX_PARTS = 64


@dataclass(frozen=True, slots=True)
class _Listing:
    files: tuple[str, ...]
    folders: tuple[str, ...]
    ignores: tuple[tuple[str, IgnoreFile], ...]  # (folder that the .gitignore stands in, its patterns), outermost first
    excludes: tuple[tuple[str, IgnoreFile], ...]  # those of .dockerignore: they count for folders alone


_NOTHING = _Listing((), (), (), ())
Stamp = tuple[int, ...]


class DiskTree:
    """The Tree of a directory. Symlinks are not followed; a path that leaves ``root`` is an empty folder."""

    def __init__(self, root: Path, bounds: Bounds | None = None) -> None:
        self._root = root.resolve()
        self._place = str(self._root)
        self._bounds = bounds or Bounds()
        self._listings: dict[str, _Listing] = {}
        self._faults: dict[str, str] = {}
        self._stamps: dict[str, Stamp | None] = {}
        self._ignore_files: dict[tuple[str, str], IgnoreFile | None] = {}
        self._read_bytes = 0
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
        # Compose reads environment files whether git keeps them or not.
        if not name.endswith(".env") and not name.startswith(".env.") and _is_ignored(self._list(folder).ignores, path):
            return self._refuse(path, "excluded by .gitignore")
        return self._open(path)

    def fault(self, path: str) -> str | None:
        """Why ``read`` had no answer for a file that is there, or why a folder seems empty."""
        return self._faults.get(path)

    def bounds(self) -> dict[str, Any]:
        """The bounds in force; ``hit`` counts what each of them left out."""
        return {**asdict(self._bounds), "hit": dict(sorted(self._hit.items()))}

    def digest(self) -> str:
        """A hash of all names below the root that are worth a look: the same while nothing is added, removed or renamed."""
        digest = hashlib.blake2b(digest_size=16)
        for folder in self.folders():
            listing = self._list(folder)
            text = "\0".join((folder, "\0".join(listing.files), "\1", "\0".join(listing.folders), "\2"))
            digest.update(text.encode())
        return digest.hexdigest()

    def stamps(self) -> dict[str, Stamp | None]:
        """What was read so far, each with (size, mtime and ctime in nanoseconds, inode) at that moment; None: it could not be."""
        return dict(self._stamps)

    def is_as(self, stamps: dict[str, Stamp | None]) -> bool:
        """Whether all these files are as they were."""
        return all(self._stamp(path) == stamp for path, stamp in stamps.items())

    def _stamp(self, path: str) -> Stamp | None:
        try:
            return _stamp_of(os.lstat(f"{self._place}/{path}"))
        except (OSError, ValueError):
            return None

    def _walk(self) -> list[str]:
        found: list[str] = []
        waiting = [("", 0)]
        most, deepest = self._bounds.max_folders, self._bounds.max_depth
        while waiting:
            folder, depth = waiting.pop()
            if len(found) >= most:
                self._note_hit("max_folders")
                break
            listing = self._listings.get(folder) or self._list(folder)
            found.append(folder)
            children = listing.folders
            if not children:
                continue
            if depth >= deepest:
                self._note_hit("max_depth", len(children))
                continue
            start = f"{folder}/" if folder else ""
            waiting += [(start + name, depth + 1) for name in reversed(children)]
        return found

    def _note_hit(self, bound: str, count: int = 1) -> None:
        self._hit[bound] = self._hit.get(bound, 0) + count

    def _list(self, folder: str) -> _Listing:
        listing = self._listings.get(folder)
        if listing is None:
            listing = self._listings[folder] = self._look_into(folder)
        return listing

    def _look_into(self, folder: str) -> _Listing:
        parent = _NOTHING
        if folder:
            above, _, name = folder.rpartition("/")
            known = self._listings.get(above)
            if known is None or name not in known.folders:  # whoever asks besides the walk may ask for anything
                if not _is_plain(folder) or not self._is_folder(folder):
                    return _NOTHING
                known = self._list(above)
            parent = known
            if self._folders is not None:  # it is listed besides the walk: what is in it counts for nobody's digest
                self._stamps[folder] = self._stamp(folder)
        scanned = self._scan(folder)
        if scanned is None:
            return _NOTHING
        files, folders = scanned
        if folder and is_made_by_a_tool(folder.rpartition("/")[2], files, folders):
            return _NOTHING
        ignores, excludes = parent.ignores, parent.excludes
        if ".gitignore" in files:
            ignores = (*ignores, *self._patterns(folder, ".gitignore"))
        if ".dockerignore" in files:
            excludes = (*excludes, *self._patterns(folder, ".dockerignore"))
        if folders and (ignores or excludes):
            start = f"{folder}/" if folder else ""
            folders = [
                name
                for name in folders
                if not _is_ignored(ignores, f"{start}{name}/") and not _is_ignored(excludes, f"{start}{name}/")
            ]
        return _Listing(tuple(files), tuple(folders), ignores, excludes)

    def _scan(self, folder: str) -> tuple[list[str], list[str]] | None:
        """The names of the files and of the folders that are not skipped, in order; None where there is nothing to see."""
        files: list[str] = []
        folders: list[str] = []
        count, most = 0, self._bounds.max_entries
        try:
            with os.scandir(f"{self._place}/{folder}") as entries:
                for entry in entries:
                    count += 1
                    name = entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if name not in SKIPPED_FOLDERS and (name[0] != "." or name in HIDDEN_OF_OWNERS):
                            folders.append(name)
                    elif entry.is_file(follow_symlinks=False):
                        files.append(name)
                    if count > most:
                        self._note_hit("max_entries")
                        self._faults[folder] = f"holds more than {most} entries"
                        return None
        except OSError as error:
            self._faults[folder] = f"can't be read ({error.strerror})"
            return None
        return tellable(files), tellable(folders)

    def _is_folder(self, folder: str) -> bool:
        """Whether no part of the path is a symlink or something else than a folder."""
        parent, _, name = folder.rpartition("/")
        if name in self._list(parent).folders:
            return True
        if parent and not self._is_folder(parent):
            return False
        try:
            return stat.S_ISDIR(os.lstat(f"{self._place}/{folder}").st_mode)  # a skipped folder that was asked for by name
        except OSError:
            return False

    def _patterns(self, folder: str, name: str) -> tuple[tuple[str, IgnoreFile], ...]:
        path = f"{folder}/{name}" if folder else name
        text = self._open(path)
        if text is None:
            return ()
        try:
            ignore = self._read_patterns(name, text)
        except ValueError:
            self._faults[path] = "a pattern that is none"
            return ()
        return ((f"{folder}/" if folder else "", ignore),) if ignore else ()

    def _read_patterns(self, name: str, text: str) -> IgnoreFile | None:
        """The patterns of a file; the same text, as templates and generators write it into many folders, is read once."""
        key = (name, text)
        if key not in self._ignore_files:
            self._ignore_files[key] = read_gitignore(text) if name == ".gitignore" else read_dockerignore(text)
        return self._ignore_files[key]

    def _open(self, path: str) -> str | None:
        """The text of a file; None, and the reason as its fault, where it has none."""
        content = self._content(path)
        if content is None:
            return None
        # PowerShell writes UTF-16 (pip freeze > requirements.txt), and pip reads it.
        wide = content[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        try:
            text = content.decode("utf-16" if wide else "utf-8-sig")
        except UnicodeDecodeError:
            return self._refuse(path, "no valid UTF-16" if wide else "binary, no text" if b"\0" in content else "no valid UTF-8")
        if "\0" in text:
            return self._refuse(path, "binary, no text")
        return text.replace("\r\n", "\n") if "\r" in text else text

    def _content(self, path: str) -> bytes | None:
        try:
            # The listing may be old: whatever stands there now, no link is followed and no pipe is waited for.
            handle = os.open(f"{self._place}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                about = os.fstat(handle)
                self._stamps[path] = _stamp_of(about)
                reason = self._why_not(path, about)
                content = os.read(handle, about.st_size) if reason is None else b""
            finally:
                os.close(handle)
        except OSError as error:
            self._stamps.setdefault(path, None)
            reason, content = f"can't be read ({error.strerror})", b""
        if reason is not None:
            self._refuse(path, reason)
            return None
        self._read_bytes += len(content)
        return content

    def _why_not(self, path: str, about: os.stat_result) -> str | None:
        """Why a file is not read, a bound that it is beyond of being counted once."""
        if not stat.S_ISREG(about.st_mode):
            return "no regular file"
        bound, reason = None, None
        if about.st_size > self._bounds.max_file_bytes:
            bound, reason = "max_file_bytes", f"larger than {self._bounds.max_file_bytes} bytes"
        elif self._read_bytes + about.st_size > self._bounds.max_read_bytes:
            bound, reason = "max_read_bytes", f"beyond the {self._bounds.max_read_bytes} bytes that are read of a tree"
        if bound and path not in self._faults:
            self._note_hit(bound)
        return reason

    def _refuse(self, path: str, reason: str) -> str | None:
        self._faults[path] = reason
        return None


def _stamp_of(about: os.stat_result) -> Stamp:
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


def _is_plain(path: str) -> bool:
    """Whether the path is relative, normalised and stays inside."""
    parts = path.split("/")
    return "\0" not in path and len(parts) <= _MAX_PARTS and not {"", ".", ".."} & set(parts)


def _is_ignored(ignores: tuple[tuple[str, IgnoreFile], ...], path: str) -> bool:
    for prefix, ignore in reversed(ignores):  # the innermost file that has an opinion decides
        verdict = ignore.verdict(path[len(prefix) :])
        if verdict is not None:
            return verdict
    return False
