"""The networks of replicas: one for each workspace, and one for each stack in it.

In its workspace's network a replica is known by its service's name; workspaces do not reach each other. A part of a stack is in the
stack's network besides, known there by its name in the stack, so that two stacks of a workspace may both have a ``db``. Where a
name is known in several networks of a container, Docker answers from the network whose own name comes first: ``stack`` before
``workspace``. So within a stack its own services win.

Each bridge takes an address range. Docker's default pools have room for about 30 networks in all; an operator of more workspaces
and stacks widens ``default-address-pools`` in the engine's daemon.json. Until then what comes too late fails with Docker's words
("could not find an available … address pool").
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiodocker

from kyozo_gql.core.errors import EngineError
from kyozo_gql.engines import docker_labels
from kyozo_gql.engines.docker_connection import DockerConnection, ask, is_conflict, is_missing, translated
from kyozo_gql.engines.engine import ReplicaSpec

_FORBIDDEN = 403
_SETTLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Network:
    """A network that a replica is in, and its names there."""

    name: str
    aliases: tuple[str, ...]
    labels: dict[str, str]


def networks_of(spec: ReplicaSpec, installation: str) -> tuple[Network, ...]:
    """The networks of a replica; the workspace's comes first."""
    labels = {docker_labels.INSTANCE: installation, docker_labels.WORKSPACE: str(spec.workspace_id)}
    workspace = Network(f"kyozo-{installation}-workspace-{spec.workspace_id}", (spec.alias,), labels)
    if spec.stack_id is None:
        return (workspace,)
    stack_labels = labels | {docker_labels.STACK: str(spec.stack_id)}
    aliases = tuple(dict.fromkeys((spec.stack_alias or spec.alias, *spec.stack_aliases)))
    stack = Network(f"kyozo-{installation}-stack-{spec.stack_id}", aliases, stack_labels)
    return (workspace, stack)


async def join_networks(connection: DockerConnection, container_id: str, networks: tuple[Network, ...]) -> None:
    """Makes the networks, and a container a member of each, unless it is one; of one that was removed and made anew, again."""
    record = await connection.inspect(container_id)
    joined = {} if record is None else record["NetworkSettings"]["Networks"]
    for network in networks:
        network_id = await ensure_network(connection, network)
        member = joined.get(network.name)
        if member is not None and member["NetworkID"] in ("", network_id):
            continue
        with translated(container_id):
            if member is not None:  # of one that is gone: the container knows it by its name alone
                await _change(connection, network.name, "disconnect", {"Container": container_id, "Force": True})
            endpoint = {"Aliases": list(network.aliases)}
            await _change(connection, network_id, "connect", {"Container": container_id, "EndpointConfig": endpoint})


async def _change(connection: DockerConnection, name_or_id: str, verb: str, data: dict[str, Any]) -> None:
    await ask(connection.control, "POST", f"networks/{name_or_id}/{verb}", data=data)


async def ensure_network(connection: DockerConnection, network: Network) -> str:
    """The id of a network, which is there afterwards.

    Docker lets two that are made at the same moment have the same name, and shows one later than the other: whoever made one looks
    again after a moment, and whoever sees both takes the elder and removes the other, before a container of its own is in it.
    """
    with translated():
        found = await _ids(connection, network)
        if not found:
            config = {"Name": network.name, "Driver": "bridge", "CheckDuplicate": True, "Labels": network.labels}
            try:
                await connection.control.networks.create(config)
            except aiodocker.DockerError as error:
                # Another replica's start was quicker.
                if not is_conflict(error):
                    raise
            await asyncio.sleep(_SETTLE_SECONDS)
            found = await _ids(connection, network)
        for network_id in found[1:]:
            await _remove(connection, network_id)
        return found[0]


async def _ids(connection: DockerConnection, network: Network) -> list[str]:
    """The ids of the networks of that name, the eldest first."""
    filters = json.dumps({"name": [network.name]})
    found = await ask(connection.control, "GET", "networks", params={"filters": filters})
    named = [one for one in found if one["Name"] == network.name]  # the filter takes parts of names, too
    return [one["Id"] for one in sorted(named, key=lambda one: (one["Created"], one["Id"]))]


def is_network_unsettled(error: EngineError) -> bool:
    """Whether a container could not be started because one of its networks was removed meanwhile, or another one of that name was
    made at the same moment and is still there.
    """
    text = str(error)
    return "network" in text and ("not found" in text or "is ambiguous" in text)


async def remove_networks(connection: DockerConnection, installation: str, workspace_id: UUID) -> None:
    """Removes the networks of a workspace and its stacks in which no container is, running or not."""
    filters = {"label": [f"{docker_labels.INSTANCE}={installation}", f"{docker_labels.WORKSPACE}={workspace_id}"]}
    with translated():
        networks = await ask(connection.control, "GET", "networks", params={"filters": json.dumps(filters)})
        for network in networks:
            members = json.dumps({"network": [network["Id"]]})
            if not await connection.control.containers.list(all=True, filters=members):
                await _remove(connection, network["Id"])


async def _remove(connection: DockerConnection, network_id: str) -> None:
    try:
        await ask(connection.control, "DELETE", f"networks/{network_id}")
    except aiodocker.DockerError as error:
        # Removed by another one, or joined meanwhile.
        if not is_missing(error) and error.status != _FORBIDDEN:
            raise
