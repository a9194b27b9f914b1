"""A folder tree on a disk, read lazily: each directory is listed once, and only files that a rule asks for are opened."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyozo_gql.topology.bounds import Bounds, Hits
from kyozo_gql.topology.ignore_files import IgnoreFiles, Ignores, Stamp, is_ignored
from kyozo_gql.topology.naming import on_disk, shown, tellable
from kyozo_gql.topology.skipping import HIDDEN_OF_OWNERS, SKIPPED_FOLDERS, is_made_by_a_tool

_MAX_PARTS = 64


@dataclass(frozen=True, slots=True)
class _Listing:
    files: tuple[str, ...]
    folders: tuple[str, ...]
    ignores: Ignores
    excludes: Ignores  # those of .dockerignore: they count for folders alone


_NOTHING = _Listing((), (), (), ())


class DiskTree:
    """The Tree of a directory. Symlinks are not followed; a path that leaves ``root`` is an empty folder."""

    def __init__(self, root: Path, bounds: Bounds | None = None) -> None:
        self._root = root.resolve()
        self._place = shown(str(self._root))
        self._bounds = bounds or Bounds()
        self._listings: dict[str, _Listing] = {}
        self._faults: dict[str, str] = {}
        self._stamps: dict[str, Stamp | None] = {}
        self._ignore_files = IgnoreFiles(self._bounds)
        self._read_bytes = 0
        self._folders: tuple[str, ...] | None = None
        self._hits = Hits(self._bounds)

    def name(self) -> str | None:
        """The name of the directory."""
        return shown(self._root.name) or None

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
        if not name.endswith(".env") and not name.startswith(".env.") and is_ignored(self._list(folder).ignores, path):
            return self._refuse(path, "excluded by .gitignore")
        return self._open(path)

    def fault(self, path: str) -> str | None:
        """Why ``read`` had no answer for a file that is there, or why a folder seems empty."""
        return self._faults.get(path)

    def bounds(self) -> dict[str, Any]:
        """The bounds in force; ``hit`` counts what each of them left out, ``left_out`` says so."""
        return self._hits.document()

    def limits(self) -> Bounds:
        """The bounds in force."""
        return self._bounds

    def note_hit(self, bound: str, path: str, detail: str) -> str:
        """Counts what a bound left out of a file or folder, once; answers the detail with the name of the setting."""
        return self._hits.note(bound, path, detail)

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

    def ignore_files(self) -> IgnoreFiles:
        """The ignore files: those of an earlier look may be given to this one to follow."""
        return self._ignore_files

    def is_as(self, stamps: dict[str, Stamp | None]) -> bool:
        """Whether all these files are as they were."""
        read = self._ignore_files.stamp  # these were looked at a moment ago
        return all(stamp == (read(path) or self._stamp(path)) for path, stamp in stamps.items())

    def _stamp(self, path: str) -> Stamp | None:
        try:
            return _stamp_of(os.lstat(on_disk(f"{self._place}/{path}")))
        except (OSError, ValueError):
            return None

    def _walk(self) -> list[str]:
        found: list[str] = []
        waiting = [("", 0)]
        most, deepest = self._bounds.max_folders, self._bounds.max_depth
        while waiting:
            folder, depth = waiting.pop()
            if len(found) >= most:
                self._hits.note("max_folders", folder, f"and what comes after it: more than {most} folders are not looked at")
                break
            listing = self._listings.get(folder) or self._list(folder)
            found.append(folder)
            children = listing.folders
            if not children:
                continue
            if depth >= deepest:
                self._hits.note("max_depth", folder, f"what is more than {deepest} folders deep is not looked at", len(children))
                continue
            start = f"{folder}/" if folder else ""
            waiting += [(start + name, depth + 1) for name in reversed(children)]
        return found

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
                if not is_ignored(ignores, f"{start}{name}/") and not is_ignored(excludes, f"{start}{name}/")
            ]
        return _Listing(tuple(files), tuple(folders), ignores, excludes)

    def _scan(self, folder: str) -> tuple[list[str], list[str]] | None:
        """The names of the files and of the folders that are not skipped, in order; None where there is nothing to see."""
        files: list[str] = []
        folders: list[str] = []
        most = self._bounds.max_entries
        try:
            with os.scandir(on_disk(f"{self._place}/{folder}")) as entries:
                for before, entry in enumerate(entries):
                    if before == most:
                        self._faults[folder] = self._hits.note("max_entries", folder, f"holds more than {most} entries")
                        return None
                    if entry.is_file(follow_symlinks=False):  # most are
                        files.append(entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        name = entry.name
                        if name not in SKIPPED_FOLDERS and (name[0] != "." or name in HIDDEN_OF_OWNERS):
                            folders.append(name)
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
            return stat.S_ISDIR(os.lstat(on_disk(f"{self._place}/{folder}")).st_mode)  # a skipped folder that was asked for by name
        except OSError:
            return False

    def _patterns(self, folder: str, name: str) -> Ignores:
        path, start = (f"{folder}/{name}", f"{folder}/") if folder else (name, "")
        stamp = self._stamp(path) if self._ignore_files.knew(path) else None
        if stamp is not None and self._ignore_files.recall(path, stamp):
            self._stamps[path] = stamp
            self._read_bytes += stamp[0]
        elif not self._read_patterns(path):
            return ()
        ignore = self._ignore_files.found(path)
        return ((start, ignore),) if ignore else ()

    def _read_patterns(self, path: str) -> bool:
        """Whether an ignore file can be read."""
        text = self._open(path)
        if text is None:
            return False
        clipped = self._ignore_files.clip(text)
        if clipped is not None:
            most = self._bounds.max_patterns
            self._faults[path] = self._hits.note("max_patterns", path, f"of its patterns the first {most} count")
        try:
            # What is clipped is read again each time, and told each time.
            self._ignore_files.keep(path, clipped or text, () if clipped else self._stamps[path] or ())
        except ValueError:
            self._faults[path] = "a pattern that is none"
            return False
        return True

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
            handle = os.open(on_disk(f"{self._place}/{path}"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                about = os.fstat(handle)
                self._stamps[path] = _stamp_of(about)
                reason = self._why_not(path, about)
                content = os.read(handle, about.st_size) if reason is None else b""
            finally:
                os.close(handle)
        except OSError as error:
            self._stamps.setdefault(path, None)
            reason, content = f"unreadable ({error.strerror})", b""
        if reason is not None:
            self._refuse(path, reason)
            return None
        self._read_bytes += len(content)
        return content

    def _why_not(self, path: str, about: os.stat_result) -> str | None:
        """Why a file is not read, a bound that it is beyond of being counted once."""
        if not stat.S_ISREG(about.st_mode):
            return "no regular file"
        one, all_ = self._bounds.max_file_bytes, self._bounds.max_read_bytes
        if about.st_size > one:
            return self._hits.note("max_file_bytes", path, f"larger than {one} bytes")
        if self._read_bytes + about.st_size > all_:
            return self._hits.note("max_read_bytes", path, f"beyond the {all_} bytes that are read of a tree")
        return None

    def _refuse(self, path: str, reason: str) -> str | None:
        self._faults[path] = reason
        return None


def _stamp_of(about: os.stat_result) -> Stamp:
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


def _is_plain(path: str) -> bool:
    """Whether the path is relative, normalised and stays inside."""
    parts = path.split("/")
    return "\0" not in path and len(parts) <= _MAX_PARTS and not {"", ".", ".."} & set(parts)
