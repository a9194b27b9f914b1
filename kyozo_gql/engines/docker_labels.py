"""The labels by which what is ours is found again, and told from everything else on the same engine."""

from __future__ import annotations

from uuid import UUID

INSTANCE = "kyozo.instance"
WORKSPACE = "kyozo.workspace"
SERVICE = "kyozo.service"
DEPLOYMENT = "kyozo.deployment"
REPLICA = "kyozo.replica"
IMAGE = "kyozo.image"
PORTS = "kyozo.ports"
STACK = "kyozo.stack"
OWNER = "kyozo.owner"
VOLUME = "kyozo.volume"


def image_labels(installation: str, service_id: UUID) -> dict[str, str]:
    """The labels of an image: only what is the same in each build, since every label is a step that can be cached."""
    return {INSTANCE: installation, SERVICE: str(service_id)}


def replica_filters(installation: str, service_id: UUID | None = None) -> list[str]:
    """What finds our replicas. The containers of a build inherit the labels of an image, but they are no replica of anything."""
    service = [] if service_id is None else [f"{SERVICE}={service_id}"]
    return [f"{INSTANCE}={installation}", REPLICA, *service]


def image_filters(installation: str, service_id: UUID) -> list[str]:
    """What finds the images that were built for a service."""
    return [f"{INSTANCE}={installation}", f"{SERVICE}={service_id}"]
