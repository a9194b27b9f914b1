"""Building and pulling images, with each line as it comes."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Mapping
from typing import IO, Any

import aiodocker
import aiohttp

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import BuildFailed, ConfigurationError, EngineError, EngineUnreachable
from kyozo_gql.engines.docker_connection import DockerConnection, is_missing, streaming, translated
from kyozo_gql.engines.docker_context import DOCKERFILE_NAME, read_chunks, write_context
from kyozo_gql.engines.engine import BuildLineSink, BuildSpec, EngineLogLine, LogStream

_GONE_SECONDS = 10.0
_RED = "\x1b[91m"
_COLOURS = re.compile(r"\x1b\[\d*m")
_STEP = re.compile(r"Step \d+/\d+ : (\w+)\s*(?:--platform=\S+\s+)?(\S*)")
_RUNNING_IN = re.compile(r"---> Running in ([0-9a-f]{12,64})")
_REFUSED = ("requires BuildKit", "dockerfile parse error", "invalid from flag value", "failed to reach build target")
# Of a pull, what happens is told once for each layer; its progress is not.
_TOLD = ("Pulling from", "Pull complete", "Already exists", "Digest:", "Status:")
# Of a push likewise.
_TOLD_OF_PUSH = ("The push refers", "Pushed", "Layer already exists", "Mounted from")


class ImageBuild:
    """One build on a client of its own: closing that is what ends the build in the engine."""

    def __init__(self, connection: DockerConnection, spec: BuildSpec, labels: Mapping[str, str], on_line: BuildLineSink) -> None:
        self._connection = connection
        self._spec = spec
        self._labels = labels
        self._on_line = on_line
        self._rest = ""
        self._step = ("", "")
        self._container: str | None = None
        self._image_id: str | None = None

    async def run(self) -> str:
        """Answers the id of the image. Raises ConfigurationError, BuildFailed, EngineUnreachable."""
        if self._spec.dockerfile is None:
            raise ConfigurationError("there is no Dockerfile to build from")
        docker = self._connection.open(None)
        try:
            with tempfile.TemporaryFile() as context:
                await self._write_context(context, self._spec.dockerfile)
                await self._follow(docker, context)
        except BaseException:
            await docker.close()
            await self._confirm_ended()
            raise
        finally:
            await docker.close()
        if self._image_id is None:
            raise BuildFailed("the build ended without an image")
        return self._image_id

    async def _write_context(self, target: IO[bytes], dockerfile: str) -> None:
        writing = asyncio.ensure_future(asyncio.to_thread(write_context, self._spec.context, dockerfile, target))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait({writing})
            raise
        except OSError as error:
            raise ConfigurationError(f"the folder can't be read: {error.strerror}") from error

    async def _follow(self, docker: aiodocker.Docker, context: IO[bytes]) -> None:
        params = {
            "t": self._spec.image,
            "dockerfile": DOCKERFILE_NAME,
            "forcerm": True,
            "labels": json.dumps(dict(self._labels)),
            "buildargs": json.dumps(dict(self._spec.build_args)),
        }
        if self._spec.target is not None:
            params["target"] = self._spec.target
        headers = {"Content-Type": "application/x-tar"}
        with translated():
            async with streaming(docker, "POST", "build", params=params, data=read_chunks(context), headers=headers) as answer:
                async for record in read_records(answer):
                    await self._take(record)

    async def _take(self, record: dict[str, Any]) -> None:
        if "error" in record:
            raise self._failure(record)
        self._image_id = record.get("aux", {}).get("ID", self._image_id)
        if "stream" in record:
            *lines, self._rest = (self._rest + record["stream"]).split("\n")
            for line in lines:
                await self._tell(line)
        elif (line := pull_line(record)) is not None:
            await self._tell(line)

    async def _tell(self, line: str) -> None:
        text = _COLOURS.sub("", line).rstrip("\r")
        if not text.strip():
            return
        if (step := _STEP.match(text)) is not None:
            self._step = (step[1].upper(), step[2])
        if (container := _RUNNING_IN.search(text)) is not None:
            self._container = container[1]
        await self._on_line(EngineLogLine(now(), LogStream.STDERR if _RED in line else LogStream.STDOUT, text))

    def _failure(self, record: dict[str, Any]) -> EngineError:
        message, (word, argument) = str(record["error"]), self._step
        if word == "FROM":
            return ConfigurationError(f"the base image {argument} can't be pulled: {message}")
        if word in ("COPY", "ADD") or any(sign in message for sign in _REFUSED):
            return ConfigurationError(message)
        return BuildFailed(message)

    async def _confirm_ended(self) -> None:
        """Returns when the container of the step that was under way is gone; helps where the engine does not see to it."""
        if self._container is None:
            return
        container = self._connection.control.containers.container(self._container)
        try:
            async with asyncio.timeout(_GONE_SECONDS):
                while True:
                    await container.delete(force=True)
                    await asyncio.sleep(0.02)
        except aiodocker.DockerError as error:
            if not is_missing(error):
                raise EngineUnreachable(f"the build could not be confirmed to have ended: {error.message}") from error


async def read_records(answer: aiohttp.StreamReader) -> AsyncIterator[dict[str, Any]]:
    """The JSON records of a stream, one a line, however long the line."""
    rest = b""
    async for chunk in answer.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)


def pull_line(record: dict[str, Any]) -> str | None:
    """What a record of a pull says, where it is worth a line."""
    return _line(record, _TOLD)


def push_line(record: dict[str, Any]) -> str | None:
    """What a record of a push says, where it is worth a line."""
    return _line(record, _TOLD_OF_PUSH)


def _line(record: dict[str, Any], told: tuple[str, ...]) -> str | None:
    status = str(record.get("status", ""))
    if not status.startswith(told):
        return None
    return f"{record['id']}: {status}" if "id" in record else status
