"""Secrets as files of a container: put into it before it starts, and gone with it. No image and no volume holds them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

from kyozo_gql.engines.docker_connection import DockerConnection, translated

_MODE = 0o444  # as Compose has it: the service may run as any user


async def put_secrets(connection: DockerConnection, container_id: str, files: Mapping[str, str]) -> None:
    """Puts texts at absolute paths of a container; again is fine. Raises NotFound."""
    if not files:
        return
    with io.BytesIO() as content:
        with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path, text in files.items():
                member = tarfile.TarInfo(path.lstrip("/"))
                member.size, member.mode = len(text.encode()), _MODE
                tar.addfile(member, io.BytesIO(text.encode()))
        with translated(container_id):
            container = connection.control.containers.container(container_id)
            await container.put_archive("/", content.getvalue())  # type: ignore[no-untyped-call]  # aiodocker gives it no types
