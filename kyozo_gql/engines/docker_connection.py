"""Talking to a Docker engine: connections for each kind of talk, and its errors in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiodocker
import aiohttp

from kyozo_gql.core.errors import ConfigurationError, Conflict, EngineError, EngineUnreachable, NotFound

_CONTROL_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_NO_CONNECTION = 900
_BAD_REQUEST, _NOT_FOUND, _CONFLICT, _UNAVAILABLE = 400, 404, 409, 503
_PORT_TAKEN = ("port is already allocated", "address already in use", "ports are not available")
_NO_PROGRAM = ("OCI runtime create failed", "executable file not found", "no such file or directory")


class DockerConnection:
    """Connections to one engine. Streams that stay open must never take the places of the calls that control."""

    def __init__(self, socket: Path) -> None:
        self._url = f"unix://{socket.absolute()}"
        self.control = self.open(_CONTROL_SECONDS)
        self.streams = self.open(None)

    def open(self, seconds: float | None) -> aiodocker.Docker:
        """A client of its own; ``seconds`` is the longest that a call may take."""
        return aiodocker.Docker(self._url, timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS))

    async def inspect(self, container_id: str) -> dict[str, Any] | None:
        """The engine's record of a container, None where there is none. ``container_id`` may also be its name."""
        with translated():
            try:
                return await self.control.containers.container(container_id).show()
            except aiodocker.DockerError as error:
                if is_missing(error):
                    return None
                raise

    async def close(self) -> None:
        """Closes the shared clients."""
        await self.control.close()
        await self.streams.close()


async def ask(
    docker: aiodocker.Docker, method: str, path: str, *, params: Mapping[str, Any] | None = None, data: Any = None
) -> Any:
    """One call whose answer is JSON (or empty)."""
    return await docker._query_json(path, method, params=params, data=data)  # noqa: SLF001 — calls that aiodocker does not have


@asynccontextmanager
async def streaming(
    docker: aiodocker.Docker,
    method: str,
    path: str,
    *,
    params: Mapping[str, Any],
    data: Any = None,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[aiohttp.StreamReader]:
    """One call whose answer comes bit by bit; leaving closes its connection, which ends what the engine does for it."""
    timeout = aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS)
    query = docker._query(path, method, params=params, data=data, headers=headers, timeout=timeout)  # noqa: SLF001 — as above
    async with query as response:
        try:
            yield response.content
        finally:
            response.close()


@contextmanager
def translated(container_id: str | None = None) -> Iterator[None]:
    """The errors of aiodocker and of the connection as ours: 404 about a container is NotFound, silence is EngineUnreachable."""
    try:
        yield
    except aiodocker.DockerError as error:
        raise _translate(error, container_id) from error
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise EngineUnreachable(f"the Docker engine did not answer: {type(error).__name__} {error}".strip()) from error


def _translate(error: aiodocker.DockerError, container_id: str | None) -> Exception:
    message = error.message
    if is_silent(error):
        return EngineUnreachable(f"the Docker engine does not answer: {message}")
    if container_id is not None and _is_gone(error):
        return NotFound("replica", container_id)
    if is_conflict(error) and ("is not running" in message or "is restarting" in message):
        return Conflict("the replica does not run")
    if any(sign in message for sign in _PORT_TAKEN):
        return Conflict(f"a port of the host is taken: {message}")
    if error.status == _BAD_REQUEST or any(sign in message for sign in _NO_PROGRAM):
        return ConfigurationError(message)
    return EngineError(f"the Docker engine says: {message}")


def _is_gone(error: aiodocker.DockerError) -> bool:
    """Whether there is no such container, or its lines are gone because it is on its way out."""
    on_its_way = is_conflict(error) and "can not get logs" in error.message
    return on_its_way or (is_missing(error) and "No such container" in error.message)


def is_silent(error: aiodocker.DockerError) -> bool:
    """Whether the engine did not answer at all."""
    return error.status in (_NO_CONNECTION, _UNAVAILABLE)


def is_missing(error: aiodocker.DockerError) -> bool:
    """Whether what was asked for is not there."""
    return error.status == _NOT_FOUND


def is_conflict(error: aiodocker.DockerError) -> bool:
    """Whether what was asked for is there already, in use, or on its way."""
    return error.status == _CONFLICT
