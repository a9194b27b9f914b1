"""Builds without containers: a copy of the context, prepared by the commands of its kind.

A build is a folder under ``builds/``: ``app`` is the copy, and ``build.json``, which is put there last and by a rename, says that
it is whole. The copy is prepared where it will run, since many tools write absolute paths into what they make.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import BuildFailed, ConfigurationError
from kyozo_gql.engines.commands import end_marked, run_streamed
from kyozo_gql.engines.context import context_files
from kyozo_gql.engines.engine import BuildLineSink, BuildSpec, EngineLogLine, LogStream
from kyozo_gql.engines.process_environment import BUILD_MARK, build_environment
from kyozo_gql.engines.process_replica import safe_name

_NEVER_COPIED = frozenset({".git", "node_modules", ".venv"})


@dataclass(frozen=True, slots=True)
class Build:
    """A whole build: the folder to run in, and the command line that serves where a replica brings none."""

    content_id: str
    app: Path
    start_command: str | None


class Builds:
    """The builds of one state folder."""

    def __init__(self, root: Path) -> None:
        self._root = root / "builds"
        self._cache = root / "cache"
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def find(self, image: str) -> Build | None:
        """The whole build of an image; None where there is none."""
        folder = self._root / safe_name(image)
        try:
            record = json.loads((folder / "build.json").read_text())
        except FileNotFoundError:
            return None
        return Build(record["content_id"], folder / "app", record["start_command"])

    async def build(self, spec: BuildSpec, on_line: BuildLineSink) -> str:
        """Builds what is not there yet. However that ends, no process of it is left, and no folder unless it is whole."""
        whole = self.find(spec.image)
        if whole is not None:
            await _say(on_line, f"{spec.image} is there already")
            return whole.content_id
        folder = self._root / safe_name(spec.image)
        await self._discard(folder)
        try:
            content_id = await self._make(spec, folder, on_line)
        except BaseException:
            await self._discard(folder)
            raise
        record = {"image": spec.image, "content_id": content_id, "start_command": spec.start_command}
        beside = folder / "build.json.new"
        beside.write_text(json.dumps(record))
        beside.rename(folder / "build.json")
        return content_id

    async def _make(self, spec: BuildSpec, folder: Path, on_line: BuildLineSink) -> str:
        app = folder / "app"
        app.mkdir(parents=True)
        (folder / "service").write_text(str(spec.service_id))
        content_id = await _copy(spec, app, on_line)
        environment = build_environment(app, self._cache, _mark(folder), spec.build_args)
        for command in spec.commands:
            words = " ".join(command)
            await _say(on_line, f"$ {words}")
            code = await run_streamed(command, cwd=app, environment=environment, on_line=on_line)
            if code != 0:
                raise BuildFailed(f"{words} ended with exit code {code}")
        await end_marked(BUILD_MARK, _mark(folder))
        return content_id

    async def _discard(self, folder: Path) -> None:
        if await asyncio.to_thread(folder.exists):
            await end_marked(BUILD_MARK, _mark(folder))
            await asyncio.to_thread(_remove_tree, folder)

    async def remove(self, service_id: UUID, keep: frozenset[str]) -> tuple[str, ...]:
        """Removes the builds of a service; answers the images of those that were whole."""
        removed = []
        for folder, image in list(self._of(service_id)):
            if image is None or image not in keep:
                await self._discard(folder)
                removed.append(image)
        return tuple(sorted(image for image in removed if image is not None))

    def _of(self, service_id: UUID) -> Iterator[tuple[Path, str | None]]:
        for folder in sorted(self._root.iterdir()):
            if (folder / "service").is_file() and (folder / "service").read_text() == str(service_id):
                marker = folder / "build.json"
                yield folder, json.loads(marker.read_text())["image"] if marker.is_file() else None


def _mark(folder: Path) -> str:
    return str(folder.absolute())


async def _say(on_line: BuildLineSink, message: str) -> None:
    await on_line(EngineLogLine(now(), LogStream.STDOUT, message))


async def _copy(spec: BuildSpec, app: Path, on_line: BuildLineSink) -> str:
    if not spec.context.is_dir():
        raise ConfigurationError("the folder of the service does not exist")
    stopped = threading.Event()
    copying = asyncio.ensure_future(asyncio.to_thread(_copy_files, spec, app, stopped))
    try:
        content_id, left_out = await asyncio.shield(copying)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({copying})
        raise
    for path in left_out:
        await _say(on_line, f"left out {path}: it is a link that leads out of the folder, or no regular file")
    return content_id


def _copy_files(spec: BuildSpec, app: Path, stopped: threading.Event) -> tuple[str, list[str]]:
    digest = hashlib.sha256(repr((spec.commands, sorted(spec.build_args.items()))).encode())
    left_out = []
    root = spec.context.resolve()
    for path in context_files(root, never=_NEVER_COPIED):
        source, target = root / path, app / path
        if stopped.is_set():
            break
        digest.update(str(path).encode() + b"\0")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink() and source.resolve().is_relative_to(root):
            target.symlink_to(source.readlink())
        elif source.is_file() and not source.is_symlink():
            shutil.copy2(source, target)
            digest.update(source.read_bytes())
        elif source.is_dir() and not source.is_symlink():
            target.mkdir(exist_ok=True)
        else:
            left_out.append(str(path))
    return f"sha256:{digest.hexdigest()}", left_out


def _remove_tree(folder: Path) -> None:
    # Some tools write-protect the folders that they make.
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)
