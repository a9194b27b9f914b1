"""Files and folders of the workspace that a service of a stack mounts: copied into a layer of its image, never bound.

So every version keeps the files that it was deployed with, a replica can run on any machine, and nothing that runs can write to the
workspace. A folder that is not there, or is empty, is one that the service writes to: it becomes a volume of the stack.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from kyozo_gql.containers.config import SecretFile
from kyozo_gql.containers.snapshot import LEFT_OUT, content_hash
from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.core.spec import FileMount, VolumeMount
from kyozo_gql.topology.model import ComposeService

_KEEPERS = frozenset({".gitkeep", ".gitignore", ".keep", ".dockerignore"})
_MAX_SECRET = 64 * 1024
_READABLE, _ENTERABLE = 0o444, 0o555


def place_mounts(root: Path, service: ComposeService) -> ComposeService:
    """The service with those mounts as volumes whose folders are not there or empty. Raises ConfigurationError."""
    files: list[FileMount] = []
    volumes = list(service.volumes)
    for mount in service.files:
        if mount.source is None or not _is_volume(root, mount.source):
            files.append(mount)
        else:
            name = f"bind-{hashlib.sha256(mount.source.encode()).hexdigest()[:16]}"
            volumes.append(VolumeMount(name, mount.target, mount.read_only))
    return replace(service, files=tuple(files), volumes=tuple(volumes))


def read_secrets(root: Path, secrets: tuple[FileMount, ...], box: SecretBox) -> tuple[SecretFile, ...]:
    """The secrets of a service, sealed. Raises ConfigurationError for one that is not there, no text, or too large."""
    found: list[SecretFile] = []
    for secret in secrets:
        text = secret.content
        if secret.source is not None:
            try:
                content = _inside(root, secret.source).read_bytes()
                text = content.decode()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError(f"the secret {secret.source} is not there, or is no text") from error
            if len(content) > _MAX_SECRET:
                raise ConfigurationError(f"the secret {secret.source} is larger than {_MAX_SECRET} bytes")
        found.append(SecretFile(secret.target, box.seal(text or "")))
    return tuple(found)


@asynccontextmanager
async def gathered_files(root: Path, files: tuple[FileMount, ...], place: Path) -> AsyncIterator[tuple[Path, str]]:
    """Copies of the files at ``place``, each under its number, and their content hash; gone at the end.

    Raises ConfigurationError.
    """
    try:
        yield place, await asyncio.to_thread(_gather, root, files, place)
    finally:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


def files_dockerfile(base: str, files: tuple[FileMount, ...], place: Path) -> str:
    """What puts the gathered files into an image."""
    lines = [f"FROM {base}"]
    for number, mount in enumerate(files):
        end = "/" if (place / str(number)).is_dir() else ""
        lines.append(f"COPY {json.dumps([f'{number}{end}', mount.target.rstrip('/') + end])}")
    return "\n".join(lines) + "\n"


def _is_volume(root: Path, source: str) -> bool:
    path = _inside(root, source)
    if not path.exists():
        return True
    return path.is_dir() and all(entry.name in _KEEPERS for entry in path.iterdir())


def _inside(root: Path, source: str) -> Path:
    """Where a source really is. Raises ConfigurationError where links lead it out of the workspace."""
    path = (root / source).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ConfigurationError(f"{source} leads out of the workspace")
    return path


def _gather(root: Path, files: tuple[FileMount, ...], place: Path) -> str:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for number, mount in enumerate(files):
        target = place / str(number)
        if mount.source is None:
            target.write_text(mount.content or "", encoding="utf-8")
        else:
            _copy(root, mount.source, target)
    for path in (place, *place.rglob("*")):
        path.chmod(path.stat().st_mode | (_ENTERABLE if path.is_dir() else _READABLE))
    return content_hash(place)


def _copy(root: Path, source: str, target: Path) -> None:
    path = _inside(root, source)
    if path.is_file():
        shutil.copy(path, target)
        return
    if not path.is_dir():
        raise ConfigurationError(f"{source} is not in the workspace any more")
    for link in (entry for entry in path.rglob("*") if entry.is_symlink()):
        if not _inside(root, link.relative_to(root.resolve()).as_posix()).is_file():
            raise ConfigurationError(f"{link.relative_to(root.resolve())} is a link that leads to no file of the workspace")
    try:
        shutil.copytree(path, target, ignore=LEFT_OUT)
    except (shutil.Error, OSError) as error:
        raise ConfigurationError(f"{source} could not be copied: {error}") from error
