"""The images of a Docker engine: finding, pulling, pushing and removing them."""

from __future__ import annotations

from uuid import UUID

import aiodocker
import aiohttp

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import BuildFailed, ConfigurationError, EngineUnreachable
from kyozo_gql.engines import docker_labels
from kyozo_gql.engines.docker_build import pull_line, push_line, read_records
from kyozo_gql.engines.docker_connection import DockerConnection, is_conflict, is_missing, is_silent, streaming, translated
from kyozo_gql.engines.engine import BuildLineSink, EngineLogLine, LogStream

# The engine asks for one also where there are no credentials.
_NO_CREDENTIALS = {"X-Registry-Auth": "e30="}


async def image_id(connection: DockerConnection, image: str) -> str | None:
    """The id of an image, None where it is not present."""
    with translated():
        try:
            return str((await connection.control.images.inspect(image))["Id"])
        except aiodocker.DockerError as error:
            if is_missing(error):
                return None
            raise


async def pull_image(connection: DockerConnection, image: str, on_line: BuildLineSink) -> None:
    """Pulls an image. Raises ConfigurationError where that can't be done."""
    docker = connection.open(None)
    try:
        async for record in docker.images.pull(image, stream=True):
            if (line := pull_line(record)) is not None:
                await on_line(EngineLogLine(now(), LogStream.STDOUT, line))
    except aiodocker.DockerError as error:
        if is_silent(error):
            raise EngineUnreachable(f"the Docker engine does not answer: {error.message}") from error
        raise ConfigurationError(f"the image {image} can't be pulled: {error.message}") from error
    except aiohttp.ClientError as error:
        raise EngineUnreachable(f"the Docker engine did not answer: {error}") from error
    finally:
        await docker.close()


async def push_image(connection: DockerConnection, image: str, on_line: BuildLineSink) -> None:
    """Pushes an image, without credentials; giving up ends it in the engine too. Raises BuildFailed with the registry's words."""
    repository, _, tag = image.rpartition(":")
    docker = connection.open(None)
    digest = None
    try:
        push = streaming(docker, "POST", f"images/{repository}/push", params={"tag": tag}, headers=_NO_CREDENTIALS)
        async with push as answer:
            async for record in read_records(answer):
                if "error" in record:
                    raise BuildFailed(f"the image {image} can't be pushed: {record['error']}")
                digest = record.get("aux", {}).get("Digest", digest)
                if (line := push_line(record)) is not None:
                    await on_line(EngineLogLine(now(), LogStream.STDOUT, line))
    except aiohttp.ClientError as error:
        raise EngineUnreachable(f"the Docker engine did not answer: {error}") from error
    except aiodocker.DockerError as error:
        if is_silent(error):
            raise EngineUnreachable(f"the Docker engine does not answer: {error.message}") from error
        raise BuildFailed(f"the image {image} can't be pushed: {error.message}") from error
    finally:
        await docker.close()
    if digest is None:
        raise BuildFailed(f"the push of the image {image} ended before the registry had it")
    await on_line(EngineLogLine(now(), LogStream.STDOUT, f"pushed {image}, {digest}"))


async def remove_images(connection: DockerConnection, installation: str, service_id: UUID, keep: frozenset[str]) -> tuple[str, ...]:
    """Removes by our labels alone; an image that a container uses stays."""
    removed = []
    filters = {"label": docker_labels.image_filters(installation, service_id)}
    with translated():
        for record in await connection.control.images.list(filters=filters):
            tags = [tag for tag in record["RepoTags"] or [] if tag != "<none>:<none>"]
            removed += [tag for tag in tags if tag not in keep and await _remove(connection, tag)]
            if not tags:
                await _remove(connection, record["Id"])
    return tuple(sorted(removed))


async def _remove(connection: DockerConnection, image: str) -> bool:
    try:
        await connection.control.images.delete(image)
    except aiodocker.DockerError as error:
        if is_missing(error) or is_conflict(error):
            return False
        raise
    return True
