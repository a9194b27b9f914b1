"""The specification of a service in the words that detection, engines and containers share. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ServiceType(StrEnum):
    """What a folder is; the seed's seven types, stored as their lower-case text."""

    CONTAINERIZED = "containerized"
    NODEJS = "nodejs"
    PYTHON = "python"
    GOLANG = "golang"
    RUST = "rust"
    COMPOSE_STACK = "compose_stack"
    PROXY = "proxy"


class PortProtocol(StrEnum):
    """The transport of a port."""

    TCP = "tcp"
    UDP = "udp"


class HealthCheckKind(StrEnum):
    """How health is asked for. ``NONE``: a service is healthy for as long as it runs."""

    HTTP = "http"
    TCP = "tcp"
    COMMAND = "command"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PortMapping:
    """A port inside the container (1 to 65535) and, where it is published, the port of the host; None: one is chosen."""

    container_port: int
    host_port: int | None = None
    protocol: PortProtocol = PortProtocol.TCP


@dataclass(frozen=True, slots=True)
class VolumeMount:
    """A named volume at ``target``, an absolute path in the container. The name is that of the stack's or service's own volume."""

    name: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class FileMount:
    """A file or folder of the workspace that is put to ``target``, an absolute path in the container.

    ``source`` is relative to the root of the workspace; None: a file that holds ``content``.
    """

    source: str | None
    target: str
    read_only: bool = False
    content: str | None = None


MAX_JOB_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What makes a service a job: one container that runs once, to success (exit code 0), for each deployment.

    ``attempts``: how often it is tried until it succeeds, 1 to 3.
    """

    attempts: int = 1


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """Limits in Kubernetes notation; the defaults are the seed's."""

    memory: str = "512Mi"
    cpu: str = "0.5"
    storage: str = "1Gi"


@dataclass(frozen=True, slots=True)
class HealthCheckSpec:
    """How and how often a replica's health is asked for. Times in seconds; ``path`` for HTTP, ``command`` for COMMAND.

    ``port`` is a container port; None: the first one that is mapped. ``retries``: that many failures in a row make a replica
    unhealthy. A new replica may take ``start_period_seconds`` to succeed for the first time; failures until then do not count.
    """

    kind: HealthCheckKind = HealthCheckKind.NONE
    path: str | None = None
    port: int | None = None
    command: tuple[str, ...] | None = None
    interval_seconds: int = 30
    timeout_seconds: int = 10
    retries: int = 3
    start_period_seconds: int = 0
