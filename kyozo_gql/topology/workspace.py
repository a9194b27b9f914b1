"""The workspace that a folder is a member of: what it has to be built with.

A workspace is declared at its root (npm, pnpm, yarn, bun, Lerna, Nx, Rush, Cargo, Go, uv), or follows from paths in a manifest that
lead out of the folder (``file:../lib``, ``path = "../lib"``, ``replace … => ../lib``, ``-r ../base.txt``): then its root is the
folder that holds both.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import or_

from kyozo_gql.topology.folder import Folder


@dataclass(frozen=True, slots=True)
class Member:
    """``path`` is relative to the workspace's root, ``name`` is what the manager calls it; ``builds``: it has a build script.

    ``needs``: the names of the members that it depends on directly.
    """

    path: str
    name: str
    builds: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """``root`` is relative to the root of the tree, ``member`` is the folder, relative to ``root`` (never ""); ``name`` what the
    manager calls it. ``manager``: npm, pnpm, yarn, bun, cargo, go, uv, poetry or pip. ``lock``: the lock file of the root.

    ``siblings``: the members that it needs, each behind those that it needs itself. ``manifests``: the manifests of all members,
    relative to ``root``, in order. ``runner``: turbo, nx or rush, where one of them runs the scripts. ``declared``: not only paths
    lead out of the folder. ``berry``: yarn 2 or later.
    """

    root: str
    manager: str
    member: str
    name: str
    lock: str | None = None
    siblings: tuple[Member, ...] = ()
    manifests: tuple[str, ...] = ()
    runner: str | None = None
    declared: bool = True
    berry: bool = False

    def locate(self, path: str) -> str:
        """A path that is relative to the root, relative to the root of the tree."""
        return f"{self.root}/{path}" if self.root else path


@dataclass(frozen=True, slots=True)
class Members:
    """All members of a workspace, by path and by name; ``about`` is the workspace without a member.

    ``names`` are in order, and ``needs`` holds what a member (by its path) needs directly, as bits: a workspace may be as dense as
    somebody likes who wants it to take long.
    """

    about: Workspace
    by_path: dict[str, Member]
    by_name: dict[str, Member]
    names: tuple[str, ...]
    needs: dict[str, int]

    def workspace_of(self, path: str) -> Workspace | None:
        """The workspace as the member at ``path`` (relative to the root) sees it; None where it is no member."""
        member = self.by_path.get(path)
        if member is None:
            return None
        return replace(self.about, member=path, name=member.name, siblings=self._needed(member))

    def _needed(self, member: Member) -> tuple[Member, ...]:
        """What a member needs, directly or not; what is needed comes first, else by name. A circle is cut where it closes."""
        unseen = (1 << len(self.names)) - 1
        if member.name in self.by_name:
            unseen ^= 1 << bisect_left(self.names, member.name)
        order: list[Member] = []
        waiting = [member]
        while waiting:
            next_ = self.needs[waiting[-1].path] & unseen
            if next_:
                lowest = next_ & -next_
                unseen ^= lowest
                waiting.append(self.by_name[self.names[lowest.bit_length() - 1]])
            else:
                order.append(waiting.pop())
        return tuple(order[:-1])


def few_members(root: Folder, paths: Iterable[str]) -> list[str]:
    """The paths of members that count, of those that the manifest of a root names: as many as the bounds allow."""
    listed, most = list(paths), root.tree.limits().max_members
    if len(listed) > most:
        root.note_bound("max_members", "", f"is a workspace of {len(listed)} members, of which the first {most} count")
    return listed[:most]


def make_members(about: Workspace, members: Iterable[Member]) -> Members:
    """The index of a workspace. Of two members of one name the first counts."""
    listed = list(members)
    by_name = {member.name: member for member in reversed(listed)}
    names = tuple(sorted(by_name))
    bits = {name: 1 << place for place, name in enumerate(names)}
    needs = {member.path: reduce(or_, (bits[name] for name in member.needs if name in bits), 0) for member in listed}
    return Members(about, {member.path: member for member in listed}, by_name, names, needs)


def find_member(folder: Folder, kind: str, read: Callable[[Folder], Members | None]) -> Workspace | None:
    """The nearest workspace around a folder that has it as a member; ``read`` answers what a root of that ``kind`` declares."""
    path = folder.path
    while path:
        path = path.rpartition("/")[0]
        members = folder.shared.remember((kind, path), partial(_read_at, folder, path, read))
        if members is not None:
            found = members.workspace_of(posixpath.relpath(folder.path, path or "."))
            if found is not None:
                return found
    return None


def _read_at(folder: Folder, path: str, read: Callable[[Folder], Members | None]) -> Members | None:
    return read(folder.at(path))


def linked_workspace(folder: Folder, manager: str, paths: Iterable[str]) -> Workspace | None:
    """The workspace of a folder whose manifest names ``paths`` outside of it; None where all stay inside, or leave the tree."""
    places = []
    for path in paths:
        place = posixpath.normpath(posixpath.join(folder.path, path))
        if posixpath.isabs(path) or place == ".." or place.startswith("../"):
            return None
        if folder.path and not f"{place}/".startswith(f"{folder.path}/"):
            places.append("" if place == "." else place)
    if not places:
        return None
    around = [folder.path.rpartition("/")[0], *(_around(place, folder.path) for place in places)]
    root = posixpath.commonpath([f"/{place}" for place in around])[1:]
    member = posixpath.relpath(folder.path, root or ".")
    siblings = tuple(
        Member(posixpath.relpath(place or ".", root or "."), place.rpartition("/")[2]) for place in sorted(set(places))
    )
    return Workspace(root, manager, member, member.rpartition("/")[2], siblings=siblings, declared=False)


def _around(place: str, member: str) -> str:
    """The folder that has to be there for ``place`` to be there: its parent, or ``place`` itself where the member lies within."""
    return place if f"{member}/".startswith(f"{place}/") else place.rpartition("/")[0]


def in_member(workspace: Workspace, line: str) -> str:
    """A line of shell that is run in the member's folder, from the workspace's root."""
    assigned = re.match(r"^[A-Za-z_]\w*=", line)
    simple = re.match(r"^(?:'[^'\n]*'|[^;&|<>()`'\n])+$", line)
    return f"cd {shlex.quote(workspace.member)} && {'exec ' if simple else ''}{'env ' if simple and assigned else ''}{line}"


def command_in_member(workspace: Workspace, command: tuple[str, ...]) -> tuple[str, ...]:
    """An argument vector that is run in the member's folder; programs of ``.venv`` are those of the workspace's root."""
    words = [f'"$OLDPWD"/{word}' if word.startswith(".venv/") else shlex.quote(word) for word in command]
    return ("sh", "-c", f"cd {shlex.quote(workspace.member)} && exec {' '.join(words)}")
