"""Deploying, starting, stopping, scaling: requests that are accepted at once and brought about by workers."""

from __future__ import annotations

import strawberry

from kyozo_gql.accounts.permissions import Action
from kyozo_gql.containers import lifecycle
from kyozo_gql.containers import models as rows
from kyozo_gql.containers.cancellation import cancel_deployment
from kyozo_gql.containers.rollback import rollback_service
from kyozo_gql.containers.workspace_lifecycle import deploy_workspace, stop_workspace
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.inputs import IDEMPOTENCY_KEY
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.types.deployments import Deployment
from kyozo_gql.schema.types.services import ServiceInstance


@strawberry.input(description="Deploys a service: its folder as it is now.")
class DeployServiceInput:
    """A service to deploy."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Starts a service that was deployed before.")
class StartServiceInput:
    """A service to start."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Stops a service.")
class StopServiceInput:
    """A service to stop."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Restarts a service with the version that it runs.")
class RestartServiceInput:
    """A service to restart."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Changes how many replicas a service has.")
class ScaleServiceInput:
    """A service to scale."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")
    replica_count: int = strawberry.field(
        description="How many, from its minReplicas to its maxReplicas (1 to 10 unless set otherwise); with a fixed host port 1."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Puts an earlier version of a service into service again.")
class RollbackServiceInput:
    """A service to roll back."""

    service_instance_id: strawberry.ID = strawberry.field(description="The service.")
    deployment_id: strawberry.ID | None = strawberry.field(
        default=None, description="A deployment of it that succeeded. Default: the last one that succeeded before the current."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Ends a deployment before its end.")
class CancelDeploymentInput:
    """A deployment to cancel."""

    deployment_id: strawberry.ID = strawberry.field(description="The deployment.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Deploys all services of a workspace.")
class DeployWorkspaceServicesInput:
    """A workspace to deploy."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Stops all services of a workspace.")
class StopWorkspaceServicesInput:
    """A workspace to stop."""

    workspace_id: strawberry.ID = strawberry.field(description="The workspace.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The deployment was accepted; follow it with `deploymentEvents` and `buildLogs`.")
class DeployServicePayload:
    """The accepted deployment."""

    service_instance: rows.ServiceInstance = strawberry.field(graphql_type=ServiceInstance, description="The service.")
    deployment: rows.Deployment = strawberry.field(graphql_type=Deployment, description="The deployment.")


@strawberry.type(description="The start was accepted; follow it with `serviceStatusChanged`.")
class StartServicePayload:
    """The service that starts."""

    service_instance: rows.ServiceInstance = strawberry.field(graphql_type=ServiceInstance, description="The service.")


@strawberry.type(description="The stop was accepted; follow it with `serviceStatusChanged`.")
class StopServicePayload:
    """The service that stops."""

    service_instance: rows.ServiceInstance = strawberry.field(graphql_type=ServiceInstance, description="The service.")


@strawberry.type(description="The restart was accepted; follow it with `serviceStatusChanged`.")
class RestartServicePayload:
    """The service that restarts."""

    service_instance: rows.ServiceInstance = strawberry.field(graphql_type=ServiceInstance, description="The service.")


@strawberry.type(description="The scaling was accepted; follow it with `serviceStatusChanged`.")
class ScaleServicePayload:
    """The service that scales."""

    service_instance: rows.ServiceInstance = strawberry.field(graphql_type=ServiceInstance, description="The service.")


@strawberry.type(description="The deployment of the earlier version was accepted; follow it with `deploymentEvents`.")
class RollbackServicePayload:
    """The accepted deployment."""

    service_instance: rows.ServiceInstance = strawberry.field(graphql_type=ServiceInstance, description="The service.")
    deployment: rows.Deployment = strawberry.field(
        graphql_type=Deployment, description="A new deployment, whose `rollbackOf` is the earlier one."
    )


@strawberry.type(description="The cancellation was accepted.")
class CancelDeploymentPayload:
    """The deployment that ends."""

    deployment: rows.Deployment = strawberry.field(
        graphql_type=Deployment, description="The deployment. It is CANCELLED once its build and its replicas are gone."
    )


@strawberry.type(description="The deployments were accepted.")
class DeployWorkspaceServicesPayload:
    """The accepted deployments."""

    deployments: list[rows.Deployment] = strawberry.field(
        graphql_type=list[Deployment], description="One for each service that the engine can run, what others depend on first."
    )


@strawberry.type(description="The stops were accepted.")
class StopWorkspaceServicesPayload:
    """The services that stop."""

    service_instances: list[rows.ServiceInstance] = strawberry.field(
        graphql_type=list[ServiceInstance], description="The services."
    )


@strawberry.type
class LifecycleMutations:
    """Part of Mutation."""

    @mutation(
        DeployServicePayload,
        "Builds a service's folder as it is now and puts it into service. A newer deployment supersedes it.",
        allows=Action.OPERATE,
    )
    async def deploy_service(self, info: Info, input: DeployServiceInput) -> DeployServicePayload:
        service_id = key_of(input.service_instance_id, "ServiceInstance")
        service, deployment = await lifecycle.deploy_service(info.context.viewer, service_id, input.idempotency_key)
        return DeployServicePayload(service_instance=service, deployment=deployment)

    @mutation(
        StartServicePayload,
        "Starts a service that was deployed before, with the version that it had. A job is not started: deploy it.",
        allows=Action.OPERATE,
    )
    async def start_service(self, info: Info, input: StartServiceInput) -> StartServicePayload:
        service_id = key_of(input.service_instance_id, "ServiceInstance")
        service = await lifecycle.start_service(info.context.viewer, service_id, input.idempotency_key)
        return StartServicePayload(service_instance=service)

    @mutation(StopServicePayload, "Stops a service; a deployment that is under way is cancelled.", allows=Action.OPERATE)
    async def stop_service(self, info: Info, input: StopServiceInput) -> StopServicePayload:
        service_id = key_of(input.service_instance_id, "ServiceInstance")
        service = await lifecycle.stop_service(info.context.viewer, service_id, input.idempotency_key)
        return StopServicePayload(service_instance=service)

    @mutation(
        RestartServicePayload,
        "Replaces the replicas of a service by new ones of the same version. A job is not restarted: deploy it.",
        allows=Action.OPERATE,
    )
    async def restart_service(self, info: Info, input: RestartServiceInput) -> RestartServicePayload:
        service_id = key_of(input.service_instance_id, "ServiceInstance")
        service = await lifecycle.restart_service(info.context.viewer, service_id, input.idempotency_key)
        return RestartServicePayload(service_instance=service)

    @mutation(
        ScaleServicePayload, "Changes how many replicas a service has. A stack and a job are not scaled.", allows=Action.OPERATE
    )
    async def scale_service(self, info: Info, input: ScaleServiceInput) -> ScaleServicePayload:
        service_id = key_of(input.service_instance_id, "ServiceInstance")
        service = await lifecycle.scale_service(info.context.viewer, service_id, input.replica_count, input.idempotency_key)
        return ScaleServicePayload(service_instance=service)

    @mutation(
        RollbackServicePayload,
        "Puts an earlier version into service again: its image and its configuration as they were. Nothing is built.",
        allows=Action.OPERATE,
    )
    async def rollback_service(self, info: Info, input: RollbackServiceInput) -> RollbackServicePayload:
        service_id = key_of(input.service_instance_id, "ServiceInstance")
        earlier_id = None if input.deployment_id is None else key_of(input.deployment_id, "Deployment")
        service, deployment = await rollback_service(info.context.viewer, service_id, earlier_id, input.idempotency_key)
        return RollbackServicePayload(service_instance=service, deployment=deployment)

    @mutation(
        CancelDeploymentPayload,
        "Ends a deployment that is under way. The version in service goes on; where there is none, the service is stopped.",
        allows=Action.OPERATE,
    )
    async def cancel_deployment(self, info: Info, input: CancelDeploymentInput) -> CancelDeploymentPayload:
        deployment_id = key_of(input.deployment_id, "Deployment")
        deployment = await cancel_deployment(info.context.viewer, deployment_id, input.idempotency_key)
        return CancelDeploymentPayload(deployment=deployment)

    @mutation(
        DeployWorkspaceServicesPayload, "Deploys all services of a workspace, what others depend on first.", allows=Action.OPERATE
    )
    async def deploy_workspace_services(self, info: Info, input: DeployWorkspaceServicesInput) -> DeployWorkspaceServicesPayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        deployments = await deploy_workspace(info.context.viewer, workspace_id, input.idempotency_key)
        return DeployWorkspaceServicesPayload(deployments=deployments)

    @mutation(StopWorkspaceServicesPayload, "Stops all services of a workspace.", allows=Action.OPERATE)
    async def stop_workspace_services(self, info: Info, input: StopWorkspaceServicesInput) -> StopWorkspaceServicesPayload:
        workspace_id = key_of(input.workspace_id, "Workspace")
        services = await stop_workspace(info.context.viewer, workspace_id, input.idempotency_key)
        return StopWorkspaceServicesPayload(service_instances=services)
