"""What a Compose service mounts: named volumes, which are read, and everything else, which a container of ours does not get."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kyozo_gql.core.spec import VolumeMount
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}", re.ASCII)
_PATH = (".", "/", "~", "\\")
_TMPFS = "tmpfs"


@dataclass(frozen=True, slots=True)
class _Mount:
    """One entry of ``volumes``, in either form. ``kind`` is Compose's: volume, bind, tmpfs or another; no source: anonymous."""

    kind: str
    source: str | None
    target: str
    read_only: bool


def read_volumes(service: str, value: object) -> tuple[VolumeMount, ...]:
    """The named volumes of a service. An anonymous one is named after the service and where it is mounted, and so is kept too."""
    mounts = filter(None, map(_read, as_list(value)))
    return tuple(
        VolumeMount(mount.source or _name(service, mount.target), mount.target, mount.read_only)
        for mount in mounts
        if mount.kind == "volume" and _fault(mount) is None
    )


def refuse_volumes(value: object) -> Iterator[tuple[int, str]]:
    """The place in the list and a sentence for each mount that there can't be."""
    for index, item in enumerate(as_list(value)):
        mount = _read(item)
        fault = "is no mount" if mount is None else _fault(mount)
        if fault is not None:
            yield index, fault


def _read(item: object) -> _Mount | None:
    table = as_table(item)
    if table:
        source, target = as_scalar(table.get("source")), as_scalar(table.get("target"))
        kind = as_text(table.get("type")) or _kind(source)
        return _Mount(kind, source, target, table.get("read_only") is True) if target else None
    source, colon, rest = (as_text(item) or "").partition(":")
    if not colon:
        return _Mount("volume", None, source, read_only=False) if source else None
    if len(source) == 1 and rest.startswith("\\"):  # a drive letter of Windows
        return _Mount("bind", f"{source}:{rest}", "/", read_only=False)
    target, _, modes = rest.partition(":")
    return _Mount(_kind(source), source, target, "ro" in modes.split(",")) if source and target else None


def _kind(source: str | None) -> str:
    return "bind" if source is not None and source.startswith(_PATH) else "volume"


def _fault(mount: _Mount) -> str | None:
    if mount.kind == "bind":
        return (
            f"{(mount.source or '')[:100]}: files of the folder can't be mounted; copy them in a Dockerfile, or use a named volume"
        )
    if mount.kind not in ("volume", _TMPFS):
        return f"a mount of the type {mount.kind[:60]} is not supported"
    if not mount.target.startswith("/"):
        return f"{mount.target[:100]} is no absolute path in the container"
    if mount.source is not None and mount.kind == "volume" and not _NAME.fullmatch(mount.source):
        return f"{mount.source[:100]} is no name of a volume"
    return None


def _name(service: str, target: str) -> str:
    return f"anonymous-{hashlib.sha256(f'{service}:{target}'.encode()).hexdigest()[:16]}"
