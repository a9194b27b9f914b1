"""What a Compose service mounts: volumes, files and folders of the workspace, configs, secrets; and what it may not mount.

A path of the host is only ever one inside the tree: it is named as such, and copied when the service is deployed, never bound.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kyozo_gql.core.spec import FileMount, VolumeMount
from kyozo_gql.topology.compose_tree import ServiceNode, plain
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}", re.ASCII)
_PATH = (".", "/", "~", "\\")
_SOCKETS = ("docker.sock", "podman.sock", "containerd.sock", "crio.sock")
_ODD_TARGET = re.compile(r"[\x00-\x1f$]")
_MAX_CONTENT = 32_000


@dataclass(slots=True)
class Mounts:
    """``faults``: the key that asks for what there can't be, and a sentence. ``unused``: the keys of what is left out."""

    volumes: list[VolumeMount] = field(default_factory=list)
    files: list[FileMount] = field(default_factory=list)
    secrets: list[FileMount] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Mount:
    """One entry of ``volumes``, in either form. ``kind`` is Compose's: volume, bind, tmpfs or another; no source: anonymous."""

    kind: str
    source: str | None
    target: str
    read_only: bool


def read_mounts(service: ServiceNode, variables: Mapping[str, str]) -> Mounts:
    """What a service mounts. An anonymous volume is named after the service and where it is mounted, and so is kept too."""
    mounts = Mounts()
    declared = as_table(plain(service.application.get("volumes")))
    for index, item in enumerate(as_list(service.table.get("volumes"))):
        key, mount = f"volumes.{index}", _read(item)
        if mount is None:
            mounts.faults.append((key, "is no mount"))
        elif fault := _fault(mount, as_table(declared.get(mount.source or "")), service.base(key)):
            mounts.faults.append((key, fault))
        elif mount.kind == "tmpfs":
            mounts.unused.append(key)
        elif mount.kind == "volume":
            name = mount.source or f"anonymous-{_digest(f'{service.name}:{mount.target}')}"
            mounts.volumes.append(VolumeMount(name, mount.target, mount.read_only))
        else:
            path = posixpath.normpath(posixpath.join(service.base(key), mount.source or "."))
            mounts.files.append(FileMount("" if path == "." else path, mount.target, mount.read_only))
    _read_grants(service, "configs", "/", mounts.files, mounts, variables)
    _read_grants(service, "secrets", "/run/secrets/", mounts.secrets, mounts, variables)
    return mounts


def leaves_tree(base: str, path: str) -> bool:
    """Whether a path that counts from ``base`` leads out of the tree."""
    if path.startswith(("/", "~", "\\")) or path[1:3] == ":\\":
        return True
    return posixpath.normpath(posixpath.join(base, path)).split("/")[0] == ".."


def _read(item: object) -> _Mount | None:
    table = as_table(item)
    if table:
        source, target = as_scalar(table.get("source")), as_scalar(table.get("target"))
        kind = as_text(table.get("type")) or _kind(source)
        return _Mount(kind, source, target, as_scalar(table.get("read_only")) == "true") if target else None
    source, colon, rest = (as_text(item) or "").partition(":")
    if not colon:
        return _Mount("volume", None, source, read_only=False) if source else None
    if len(source) == 1 and rest.startswith("\\"):  # a drive letter of Windows
        return _Mount("bind", f"{source}:{rest}", "/", read_only=False)
    target, _, modes = rest.partition(":")
    return _Mount(_kind(source), source, target, "ro" in modes.split(",")) if source and target else None


def _kind(source: str | None) -> str:
    return "bind" if source is not None and source.startswith(_PATH) else "volume"


def _fault(mount: _Mount, declared: dict[str, object], base: str) -> str | None:
    source = (mount.source or "")[:100]
    if source.endswith(_SOCKETS):
        return f"{source}: the socket of the container engine is not allowed"
    if mount.kind not in ("volume", "bind", "tmpfs"):
        return f"a mount of the type {mount.kind[:60]} is not supported"
    if mount.kind == "bind" and (not mount.source or leaves_tree(base, mount.source)):
        return f"{source}: a bind mount out of the workspace is not allowed"
    if not mount.target.startswith("/") or _ODD_TARGET.search(mount.target) or posixpath.normpath(mount.target) == "/":
        return f"{mount.target[:100]} is no absolute path in the container"
    if mount.kind == "volume" and mount.source is not None and not _NAME.fullmatch(mount.source):
        return f"{source} is no name of a volume"
    return _volume_fault(source, declared) if mount.kind == "volume" else None


def _volume_fault(name: str, declared: dict[str, object]) -> str | None:
    device = as_text(as_table(declared.get("driver_opts")).get("device"))
    if device and device.startswith(_PATH):
        return f"the volume {name} is a bind mount of {device[:100]}, which is not allowed"
    if declared.get("driver_opts") or declared.get("driver") not in (None, "local"):
        return f"the volume {name} has a driver or options of its own, which is not supported"
    if declared.get("external"):
        return f"the volume {name} is external: only volumes of the stack itself are allowed"
    return None


def _read_grants(
    service: ServiceNode, kind: str, place: str, found: list[FileMount], mounts: Mounts, variables: Mapping[str, str]
) -> None:
    """The configs or secrets of a service; ``place`` is where those are that name no place of their own."""
    for index, item in enumerate(as_list(service.table.get(kind))):
        table, key = as_table(item), f"{kind}.{index}"
        name = as_text(item) or as_text(table.get("source")) or ""
        target = posixpath.join(place, as_text(table.get("target")) or name)
        declared = service.application.get(kind, name)
        what = f"the {kind.removesuffix('s')} {name[:100]}"
        if declared is None or _ODD_TARGET.search(target):
            mounts.faults.append((key, f"{what} is not declared" if declared is None else f"{target[:100]} is no path"))
            continue
        file, content, variable = (
            node.text if (node := declared.get(part)) else None for part in ("file", "content", "environment")
        )
        content = variables.get(variable) if variable else content
        if file is not None and leaves_tree(declared.place.base, file):
            mounts.faults.append((key, f"{file[:100]}: a file out of the workspace is not allowed"))
        elif file is not None:
            path = posixpath.normpath(posixpath.join(declared.place.base, file))
            found.append(FileMount(path, target, read_only=True))
        elif content is not None and len(content) <= _MAX_CONTENT:
            found.append(FileMount(None, target, read_only=True, content=content))
        else:
            why = f"needs {variable}, which is not set" if variable else "has no file and no content of the stack's own"
            mounts.faults.append((key, f"{what} {why}"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
