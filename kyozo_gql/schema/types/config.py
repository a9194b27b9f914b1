"""How a service is configured. Read from the values of ``containers.config`` and ``core.spec``."""

from __future__ import annotations

import strawberry

from kyozo_gql.containers import config
from kyozo_gql.schema.fields import resolved
from kyozo_gql.schema.scalars import JSON, Quantity
from kyozo_gql.schema.types.enums import HealthCheckKind, PortProtocol


@strawberry.type(description="What is deployed and how it is started.")
class DeploymentConfig:
    """Read from ``containers.config.DeploymentConfig``."""

    image: str | None = strawberry.field(
        description="A ready-made image to run instead of building the folder; null: the folder is built."
    )
    dockerfile_path: str | None = strawberry.field(
        description="The Dockerfile, relative to the folder; null: its `Dockerfile`, or one that is generated from the detection."
    )
    build_args: JSON = strawberry.field(description="Arguments of the build: an object of names and texts.")
    start_command: str | None = strawberry.field(
        description="The command line, run by `sh -c`; null: the image's own, or what the detection recommends."
    )


@strawberry.type(description="A port of a service.")
class PortMapping:
    """Read from ``core.spec.PortMapping``."""

    container_port: int = strawberry.field(description="The port inside the container, 1 to 65535.")
    host_port: int | None = strawberry.field(description="The port of the host; null: a free one is chosen for each replica.")
    protocol: PortProtocol = strawberry.field(description="The transport.")


@strawberry.type(description="An environment variable of a service.")
class EnvironmentVariable:
    """Read from ``containers.config.EnvironmentVariable``."""

    name: str = strawberry.field(description="The name: letters, digits and `_`, not beginning with a digit.")
    is_secret: bool = strawberry.field(description="Whether the value is kept encrypted and never shown.")

    @resolved("The value; null for a secret.")
    @staticmethod
    def value(root: strawberry.Parent[config.EnvironmentVariable]) -> str | None:
        return None if root.is_secret else root.value


@strawberry.type(description="The most that each replica may use.")
class ResourceLimits:
    """Read from ``core.spec.ResourceLimits``."""

    memory: Quantity = strawberry.field(description="Memory in bytes, such as `512Mi`.")
    cpu: Quantity = strawberry.field(description="CPUs, such as `0.5` for half of one core.")
    storage: Quantity = strawberry.field(description="Writable storage in bytes, such as `1Gi`, where the engine can bound it.")


@strawberry.type(description="How, and how often, the health of each replica is asked for.")
class HealthCheckConfig:
    """Read from ``core.spec.HealthCheckSpec``."""

    kind: HealthCheckKind = strawberry.field(description="How it is asked for.")
    path: str | None = strawberry.field(description="For HTTP: the path, beginning with `/`; null: it is another kind.")
    port: int | None = strawberry.field(description="For HTTP and TCP: a container port; null: the first one that is mapped.")
    command: list[str] | None = strawberry.field(
        description="For COMMAND: the command and its arguments; null: it is another kind."
    )
    interval_seconds: int = strawberry.field(description="From one check to the next, in seconds, 1 to 86400.")
    timeout_seconds: int = strawberry.field(
        description="How long an answer may take before the check has failed, in seconds, 1 to 3600."
    )
    retries: int = strawberry.field(description="That many failures in a row make a replica unhealthy, 1 to 100.")
    start_period_seconds: int = strawberry.field(
        description=(
            "How long a new replica may take to answer for the first time, in seconds, 0 to 86400; at least as long as the server "
            "allows all (120 unless set otherwise). Failures until then do not count."
        )
    )


@strawberry.type(description="How many replicas a service may have.")
class ScalingConfig:
    """Read from ``containers.config.ScalingConfig``."""

    min_replicas: int = strawberry.field(description="The fewest, 1 to 100.")
    max_replicas: int = strawberry.field(description="The most, from minReplicas to 100.")
    target_cpu_percent: int | None = strawberry.field(
        description="The CPU use to aim at, in percent of the limit, 1 to 100; null: 80."
    )
    autoscale: bool = strawberry.field(description="Whether the number of replicas follows the load.")
