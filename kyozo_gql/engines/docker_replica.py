"""A replica as a container: what to create, and how to read what is there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from kyozo_gql.core.quantity import parse_bytes, parse_cpus
from kyozo_gql.core.spec import PortMapping, PortProtocol
from kyozo_gql.engines import docker_labels
from kyozo_gql.engines.docker_volumes import volume_mounts
from kyozo_gql.engines.engine import ObservedReplica, ReplicaSpec, ReplicaState

# What a service needs to become another user, to own its files and to listen below 1024; Docker's own default has seven more.
_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"]
_PIDS = 512
_RESTARTS = 5
_STATES = {
    "created": ReplicaState.CREATED,
    "running": ReplicaState.RUNNING,
    "paused": ReplicaState.RUNNING,
    "restarting": ReplicaState.RESTARTING,
}
_NO_TIME = "0001-01-01"


def container_config(
    spec: ReplicaSpec, *, installation: str, network_id: str, publish_address: str, storage: bool
) -> dict[str, Any]:
    """What the engine is asked to create, in the workspace's network.

    The engine restarts a service that fails up to five times, ever more slowly, and never one that was stopped: so a short trouble
    passes while no worker is there, and what goes on failing is left to convergence. It never restarts what is to run once.
    """
    memory = parse_bytes(spec.limits.memory)
    published = {
        f"{port.container_port}/{port.protocol.value}": [{"HostIp": publish_address, "HostPort": str(port.host_port)}]
        for port in spec.ports
        if port.host_port is not None
    }
    host = {
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": int(parse_cpus(spec.limits.cpu) * 1_000_000_000),
        "PidsLimit": _PIDS,
        "CapDrop": ["ALL"],
        "CapAdd": _CAPABILITIES,
        "SecurityOpt": ["no-new-privileges:true"],
        "Init": True,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        "RestartPolicy": {"Name": "no"} if spec.once else {"Name": "on-failure", "MaximumRetryCount": _RESTARTS},
        "NetworkMode": network_id,
        "PortBindings": published,
        "Mounts": volume_mounts(spec, installation),
    }
    if storage:
        host["StorageOpt"] = {"size": str(parse_bytes(spec.limits.storage))}
    config: dict[str, Any] = {
        "Image": spec.image,
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "Labels": _labels(spec, installation),
        "ExposedPorts": {f"{port.container_port}/{port.protocol.value}": {} for port in spec.ports},
        "HostConfig": host,
        "NetworkingConfig": {"EndpointsConfig": {network_id: {"Aliases": [spec.alias]}}},
    }
    if spec.command is not None:
        config["Cmd"] = list(spec.command)
    if spec.entrypoint is not None:
        config["Entrypoint"] = list(spec.entrypoint) or [""]  # so is none asked for
    if spec.user is not None:
        config["User"] = spec.user
    if spec.working_dir is not None:
        config["WorkingDir"] = spec.working_dir
    return config


def _labels(spec: ReplicaSpec, installation: str) -> dict[str, str]:
    ports = [[port.container_port, port.host_port, port.protocol.value] for port in spec.ports]
    return {
        docker_labels.INSTANCE: installation,
        docker_labels.WORKSPACE: str(spec.workspace_id),
        docker_labels.SERVICE: str(spec.service_id),
        docker_labels.DEPLOYMENT: str(spec.deployment_id),
        docker_labels.REPLICA: str(spec.index),
        docker_labels.IMAGE: spec.image,
        docker_labels.PORTS: json.dumps(ports),
    }


def observed(record: dict[str, Any]) -> ObservedReplica:
    """The replica that the engine's record of a container describes."""
    labels, state = record["Config"]["Labels"], record["State"]
    status = _STATES.get(state["Status"], ReplicaState.EXITED)
    ended = status in (ReplicaState.EXITED, ReplicaState.RESTARTING)
    return ObservedReplica(
        container_id=record["Id"],
        name=record["Name"].removeprefix("/"),
        index=int(labels[docker_labels.REPLICA]),
        service_id=UUID(labels[docker_labels.SERVICE]),
        workspace_id=UUID(labels[docker_labels.WORKSPACE]),
        deployment_id=UUID(labels[docker_labels.DEPLOYMENT]),
        image=labels[docker_labels.IMAGE],
        state=status,
        ports=read_ports(record),
        address=_address(record),
        exit_code=int(state["ExitCode"]) if ended else None,
        oom_killed=ended and bool(state.get("OOMKilled")),
        restart_count=int(record.get("RestartCount", 0)),
        started_at=_time(state["StartedAt"]),
        finished_at=_time(state["FinishedAt"]) if ended else None,
    )


def read_ports(record: dict[str, Any]) -> tuple[PortMapping, ...]:
    """The ports that a container was created with."""
    ports = json.loads(record["Config"]["Labels"][docker_labels.PORTS])
    return tuple(PortMapping(container, host, PortProtocol(protocol)) for container, host, protocol in ports)


def _address(record: dict[str, Any]) -> str | None:
    networks = record["NetworkSettings"]["Networks"].values()
    return next((network["IPAddress"] for network in networks if network["IPAddress"]), None)


def _time(text: str) -> datetime | None:
    if text.startswith(_NO_TIME):
        return None
    return parse_time(text)


def parse_time(text: str) -> datetime:
    """A time as the engine writes it (RFC 3339, up to nine digits of a second), cut to microseconds."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}").replace(tzinfo=UTC)
