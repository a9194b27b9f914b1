"""Commands inside a container, with an end even where they would not end by themselves."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import Any

import aiodocker

from kyozo_gql.core.errors import EngineError, KyozoError
from kyozo_gql.engines.docker_connection import DockerConnection, translated
from kyozo_gql.engines.engine import CommandResult

_OUTPUT_BYTES = 4 * 1024
_MARK = "KYOZO_COMMAND"
_KILL_SECONDS = 5.0


async def run_command(
    connection: DockerConnection, container_id: str, command: tuple[str, ...], timeout_seconds: float
) -> CommandResult:
    """Raises NotFound, Conflict (it does not run), TimeoutError; what that interrupts is killed where the image has a shell."""
    mark = secrets.token_hex(8)
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _run(connection, container_id, command, {_MARK: mark})
    except TimeoutError:
        # The engine can't end a command; what goes on for ever would fill the container with processes, one a health check.
        script = f'for p in /proc/[0-9]*; do grep -qs {_MARK}={mark} "$p/environ" && kill -9 "${{p#/proc/}}"; done'
        with contextlib.suppress(KyozoError, TimeoutError):
            async with asyncio.timeout(_KILL_SECONDS):
                await _run(connection, container_id, ("sh", "-c", script), {})
        raise


async def _run(
    connection: DockerConnection, container_id: str, command: tuple[str, ...], environment: dict[str, Any]
) -> CommandResult:
    container = connection.streams.containers.container(container_id)
    try:
        with translated(container_id):
            execution = await container.exec(list(command), environment=environment)
            output = b""
            async with execution.start() as stream:
                while (message := await stream.read_out()) is not None:
                    output = (output + message.data)[-_OUTPUT_BYTES:]
            record = await execution.inspect()
    except aiodocker.DockerError as error:
        raise EngineError(error.message) from error
    return CommandResult(int(record["ExitCode"]), output.decode(errors="replace"))
