"""A replica's specification as JSON, for the engines that keep their own records."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from kyozo_gql.core.spec import PortMapping, PortProtocol, ResourceLimits, VolumeMount
from kyozo_gql.engines.engine import ReplicaSpec


def replica_to_json(spec: ReplicaSpec) -> str:
    """The specification as one JSON object; ids as their text."""
    return json.dumps(asdict(replace(spec, environment=dict(spec.environment), secret_files=dict(spec.secret_files))), default=str)


def replica_from_json(text: str) -> ReplicaSpec:
    """The specification that ``replica_to_json`` wrote."""
    record: dict[str, Any] = json.loads(text)
    for key in ("service_id", "workspace_id", "deployment_id"):
        record[key] = UUID(record[key])
    record["command"] = None if record["command"] is None else tuple(record["command"])
    record["ports"] = tuple(
        PortMapping(port["container_port"], port["host_port"], PortProtocol(port["protocol"])) for port in record["ports"]
    )
    record["limits"] = ResourceLimits(**record["limits"])
    record["entrypoint"] = None if record.get("entrypoint") is None else tuple(record["entrypoint"])
    record["stack_aliases"] = tuple(record.get("stack_aliases", ()))
    record["stack_id"] = UUID(record["stack_id"]) if record.get("stack_id") else None
    record["volumes"] = tuple(VolumeMount(**volume) for volume in record.get("volumes", ()))
    return ReplicaSpec(**record)
