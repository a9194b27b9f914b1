"""What users ask of all services of a workspace at once: accepted in one transaction, all of it or nothing.

The rows of all its services are held from the start, in the order of their ids, as everybody holds them.
"""

from __future__ import annotations

from uuid import UUID

from kyozo_gql.accounts.audit import record
from kyozo_gql.accounts.idempotency import all_again, once
from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.journal import record_status
from kyozo_gql.containers.lifecycle import accept_deployment, accept_stop, refuse_workspace
from kyozo_gql.containers.models import Deployment, ServiceInstance, ServiceStatus
from kyozo_gql.core.errors import Conflict, InvalidInput, NotSupported
from kyozo_gql.core.outbox import savepoint
from kyozo_gql.topology.model import Dependency
from kyozo_gql.topology.order import deploy_order
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.store import get_workspace, subject_of


async def deploy_workspace(viewer: Viewer, workspace_id: UUID, idempotency_key: str | None = None) -> list[Deployment]:
    """Deploys what of a workspace the engine can run, what others need first; what is left out says why itself.

    Raises NotFound, Forbidden, Conflict (nothing of it can be deployed).
    """
    async with once(viewer, idempotency_key, "deployWorkspaceServices", workspace=workspace_id) as attempt:
        workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.OPERATE])
        if attempt.first_answer is not None:
            rows = Deployment.filter(service_instance__deleted_at=None)
            return await all_again(rows, attempt.first_answer["deployments"])
        deployments, refusals = await _deploy(workspace, viewer.user.id)
        details = {"deployments": len(deployments), "refusals": refusals}
        await record(viewer, "deployWorkspaceServices", subject_of(workspace), **details)
        await attempt.keep(deployments=[deployment.id for deployment in deployments])
    return deployments


async def stop_workspace(viewer: Viewer, workspace_id: UUID, idempotency_key: str | None = None) -> list[ServiceInstance]:
    """Stops every service of a workspace. Raises NotFound, Forbidden."""
    async with once(viewer, idempotency_key, "stopWorkspaceServices", workspace=workspace_id) as attempt:
        workspace = await get_workspace(viewer, workspace_id, LEAST_ROLE[Action.OPERATE])
        if attempt.first_answer is not None:
            return await all_again(ServiceInstance.filter(deleted_at=None), attempt.first_answer["services"])
        services = await _hold_services(workspace_id)
        for service in services:
            await accept_stop(service, viewer.user.id)
        await record(viewer, "stopWorkspaceServices", subject_of(workspace), services=len(services))
        await attempt.keep(services=[service.id for service in services])
    return services


async def _deploy(workspace: Workspace, user_id: UUID) -> tuple[list[Deployment], dict[str, str]]:
    """The deployments, and why others are left out, by the services' names. Raises Conflict."""
    services = {service.folder_path: service for service in await _hold_services(workspace.id)}
    if services:
        await refuse_workspace(workspace.id)
    deployments, refusals = [], {}
    for path in deploy_order(tuple(sorted(services)), _dependencies(workspace)):
        service = services[path]
        try:
            async with savepoint():
                deployments.append(await accept_deployment(service, user_id))
        except (NotSupported, InvalidInput) as error:
            refusals[service.name] = str(error)
            await record_status(service, ServiceStatus(service.status), reason=str(error))
    if refusals and not deployments:
        raise Conflict("; ".join(refusals.values()))
    return deployments, refusals


async def _hold_services(workspace_id: UUID) -> list[ServiceInstance]:
    """The services that stand for themselves. Those of stacks are held as well: nobody is in the midst of anything here."""
    rows = ServiceInstance.filter(workspace_id=workspace_id, deleted_at=None).order_by("id").select_for_update(no_key=True)
    return [service for service in await rows if service.parent_service_id is None]


def _dependencies(workspace: Workspace) -> tuple[Dependency, ...]:
    edges = workspace.service_topology.get("dependencies", [])
    return tuple(Dependency(edge["from"], edge["to"], edge["kind"], edge["evidence"]) for edge in edges)
