"""The enumerations: the domain's own, with a description of each value."""

from __future__ import annotations

from enum import EnumType

import strawberry

from kyozo_gql.accounts.models import Role
from kyozo_gql.containers.models import DeploymentEventType, DeploymentStatus, HealthStatus, ServiceStatus
from kyozo_gql.core.spec import HealthCheckKind, PortProtocol, ServiceType
from kyozo_gql.engines.engine import EngineKind, LogStream
from kyozo_gql.topology.graph import NodeKind
from kyozo_gql.workspaces.models import AnalysisStatus, DeploymentEnvironment


def _describe(enum: EnumType, name: str, description: str, **values: str) -> None:
    strawberry.enum(enum, name=name, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]  # strawberry.enum has just set it
        value.description = values[value.name]


_describe(
    ServiceType,
    "ServiceType",
    "What a folder is, and so how it is built and run.",
    CONTAINERIZED="A folder with a Dockerfile.",
    NODEJS="A Node.js application (package.json).",
    PYTHON="A Python application.",
    GOLANG="A Go module with a main package.",
    RUST="A Rust crate with a binary.",
    COMPOSE_STACK="A Compose file; each of its services becomes a child service.",
    PROXY="A reverse proxy's configuration (nginx, Caddy, Traefik …).",
)
_describe(
    AnalysisStatus,
    "TopologyAnalysisStatus",
    "How far the analysis of a whole workspace is. The last two are final.",
    QUEUED="Accepted, or waiting for its second attempt; no worker has begun.",
    RUNNING="A worker looks at the folders.",
    SUCCEEDED="`serviceTopology` of the workspace is what it found.",
    FAILED="It was given up; `error` says why. `serviceTopology` is as it was.",
)
_describe(
    NodeKind,
    "TopologyNodeKind",
    "What a node of a workspace's topology stands for.",
    SERVICE="A folder that is a service of its own.",
    PART="A service of a Compose stack, or a folder that belongs to another service.",
    BACKING_SERVICE="A database, queue or the like that something asks for, such as `postgres`.",
    EXTERNAL="Anything else that an edge leads to.",
)
_describe(
    ServiceStatus,
    "ServiceStatus",
    "Where a service is.",
    DETECTING="It is not known yet what the folder is.",
    DEPLOYABLE="It can be deployed and never was.",
    DEPLOYING="A deployment, start or restart is under way.",
    RUNNING="All replicas that were asked for run the newest version that succeeded.",
    STOPPED="It was stopped on request, or is a job that has completed; nothing runs.",
    ERROR="It does not do what was asked for; statusReason says why.",
    SCALING="Replicas are being added or removed; those that are ready serve.",
)
_describe(
    HealthStatus,
    "HealthStatus",
    "What the last health checks said.",
    HEALTHY="It answers its health checks, or has none and runs.",
    UNHEALTHY="Too many health checks failed in a row.",
    UNKNOWN="It was not checked yet, or does not run.",
)
_describe(
    DeploymentStatus,
    "DeploymentStatus",
    "How far a deployment is. The last four are final.",
    QUEUED="Accepted; no worker has begun.",
    BUILDING="Its image is being built or fetched.",
    STARTING="Its replicas are being started and are not ready yet.",
    SUCCEEDED="Its replicas became ready and took over.",
    FAILED="It failed; errorMessage says why. What ran before runs on.",
    CANCELLED="It was ended on request, and nothing of it is left.",
    SUPERSEDED="A newer deployment took its place before it had ended.",
)
_describe(
    DeploymentEventType,
    "DeploymentEventType",
    "What an event records.",
    DEPLOYMENT_STARTED="A deployment was accepted. eventData: `number`.",
    DEPLOYMENT_COMPLETED="A deployment succeeded. eventData: `number`, `image`, `worker`.",
    DEPLOYMENT_FAILED="A deployment failed; errorMessage says why. eventData: `number`, `attempts`, `worker`.",
    SERVICE_STARTED="The service was started, or started again. eventData: `replicas`, and `restarted` for a restart.",
    SERVICE_STOPPED="The service was stopped on request.",
    SERVICE_SCALED="The number of replicas changed. eventData: `from`, `to`.",
    HEALTH_CHECK_FAILED=(
        "A replica became unhealthy; errorMessage says why. eventData: `replicas` (their indexes), `failures` in a row."
    ),
)
_describe(
    DeploymentEnvironment,
    "DeploymentEnvironment",
    "What the services of a workspace are run for.",
    DEVELOPMENT="Development.",
    STAGING="Tests before production.",
    PRODUCTION="Production.",
)
_describe(
    Role,
    "TeamRole",
    "What a member may do in a team, and the most that a token may. Each role may do what the ones after it may.",
    OWNER="Everything: also make, change and remove owners, and end their tokens.",
    ADMIN="Also delete services and workspaces, and manage the members and tokens of the team up to ADMIN.",
    MEMBER=(
        "Also make and change workspaces, files and services, analyse folders, deploy, start, stop, restart, scale, cancel and "
        "roll back, and make tokens for oneself."
    ),
    VIEWER="Read everything of the team but the values of secrets. Leave it, and end one's own tokens.",
)
_describe(
    EngineKind,
    "EngineKind",
    "What runs the services.",
    DOCKER="One Docker engine.",
    SWARM="A Docker Swarm of one or more nodes.",
    PROCESS="Local processes, for development.",
    SIMULATED="A simulation in memory, for tests and dry runs.",
)
_describe(PortProtocol, "PortProtocol", "The transport of a port.", TCP="TCP.", UDP="UDP.")
_describe(
    HealthCheckKind,
    "HealthCheckKind",
    "How health is asked for.",
    HTTP="A GET of `path` answers with a status of 200 to 399.",
    TCP="The port takes a connection.",
    COMMAND="The command, run inside the replica, ends with exit code 0.",
    NONE="Not at all: a replica is healthy for as long as it runs.",
)
_describe(LogStream, "LogStream", "Where a line was written.", STDOUT="The standard output.", STDERR="The standard error.")

__all__ = [
    "AnalysisStatus",
    "DeploymentEnvironment",
    "DeploymentEventType",
    "DeploymentStatus",
    "EngineKind",
    "HealthCheckKind",
    "HealthStatus",
    "LogStream",
    "NodeKind",
    "PortProtocol",
    "Role",
    "ServiceStatus",
    "ServiceType",
]
