"""Named volumes: those of a stack or of a service alone, found again by labels.

They are removed with the stack or service itself, and by nothing else. Their size is not limited: Docker's own driver can't.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import aiodocker

from kyozo_gql.engines import docker_labels
from kyozo_gql.engines.docker_connection import DockerConnection, ask, is_conflict, is_missing, translated
from kyozo_gql.engines.engine import ReplicaSpec


def volume_mounts(spec: ReplicaSpec, installation: str) -> list[dict[str, Any]]:
    """The mounts of a replica; the engine creates what is not there when it creates the container."""
    return [
        {
            "Type": "volume",
            "Source": f"kyozo-{installation}-{spec.owner_id}-{volume.name}",
            "Target": volume.target,
            "ReadOnly": volume.read_only,
            "VolumeOptions": {
                "Labels": {
                    docker_labels.INSTANCE: installation,
                    docker_labels.WORKSPACE: str(spec.workspace_id),
                    docker_labels.OWNER: str(spec.owner_id),
                    docker_labels.VOLUME: volume.name,
                }
            },
        }
        for volume in spec.volumes
    ]


async def remove_volumes(connection: DockerConnection, installation: str, owner_id: UUID) -> tuple[str, ...]:
    """Removes the volumes of an owner that no container has, and answers their names."""
    filters = {"label": [f"{docker_labels.INSTANCE}={installation}", f"{docker_labels.OWNER}={owner_id}"]}
    with translated():
        answer = await ask(connection.control, "GET", "volumes", params={"filters": json.dumps(filters)})
        volumes = {volume["Labels"][docker_labels.VOLUME]: volume["Name"] for volume in answer["Volumes"] or []}
        return tuple([name for name in sorted(volumes) if await _remove(connection, volumes[name])])


async def _remove(connection: DockerConnection, name: str) -> bool:
    try:
        await ask(connection.control, "DELETE", f"volumes/{name}")
    except aiodocker.DockerError as error:
        if is_missing(error) or is_conflict(error):
            return False
        raise
    return True
