"""Rows, made as the domains make them but without their work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kyozo_gql.accounts.models import AuditEntry, User
from kyozo_gql.containers.config import ServiceConfig, columns_of
from kyozo_gql.containers.models import (
    BuildLogLine,
    Deployment,
    DeploymentEvent,
    HealthCheck,
    ServiceInstance,
    ServiceReplica,
)
from kyozo_gql.core.clock import now
from kyozo_gql.core.spec import PortMapping
from kyozo_gql.workspaces.models import TopologyDetection, Workspace


async def make_service(workspace: Workspace, path: str, **columns: Any) -> ServiceInstance:
    given: dict[str, Any] = columns_of(ServiceConfig(ports=(PortMapping(8000),))) | {
        "name": path.replace("/", "-"),
        "folder_path": path,
        "service_type": "python",
        "status": "deployable",
        "workspace_id": workspace.id,
        "team_id": workspace.team_id,
    }
    return await ServiceInstance.create(**given | columns)


async def make_detection(workspace: Workspace, path: str, **columns: Any) -> TopologyDetection:
    given: dict[str, Any] = {
        "folder_path": path,
        "service_type": "python",
        "workspace_id": workspace.id,
        "team_id": workspace.team_id,
    }
    return await TopologyDetection.create(**given | columns)


async def make_deployment(service: ServiceInstance, number: int, **columns: Any) -> Deployment:
    return await Deployment.create(service_instance_id=service.id, number=number, **columns)


async def make_event(service: ServiceInstance, position: int, **columns: Any) -> DeploymentEvent:
    given: dict[str, Any] = {
        "event_type": "service_started",
        "workspace_id": service.workspace_id,
        "service_instance_id": service.id,
    }
    return await DeploymentEvent.create(**given | columns, position=position)


async def make_replica(service: ServiceInstance, deployment: Deployment, index: int, port: int | None = None) -> ServiceReplica:
    return await ServiceReplica.create(
        service_instance_id=service.id,
        deployment_id=deployment.id,
        name=f"{service.id}-{index}",
        index=index,
        container_id=f"c{index}",
        status="running",
        host_ports=[{"container_port": 8000, "host_port": port, "protocol": "tcp"}],
        ready_at=now(),
        observed_at=now(),
    )


async def make_check(service: ServiceInstance) -> HealthCheck:
    return await HealthCheck.create(service_instance_id=service.id, replica_index=0, health_status="healthy", response_time_ms=1.5)


async def make_entry(team_id: UUID, user: User, subject_name: str, **columns: Any) -> AuditEntry:
    given: dict[str, Any] = {"action": "writeFile", "subject_type": "File", "user_id": user.id, "user_email": user.email}
    return await AuditEntry.create(**given | columns, team_id=team_id, subject_name=subject_name)


async def make_build_lines(deployment_id: UUID, count: int) -> None:
    for number in range(1, count + 1):
        await BuildLogLine.create(
            deployment_id=deployment_id, number=number, stream="stdout", message=f"line {number}", created_at=now()
        )
