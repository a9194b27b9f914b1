"""Services that are jobs: what they came to, for the stack that they are a part of."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from kyozo_gql.containers.config import config_from, config_of
from kyozo_gql.containers.models import Deployment, ServiceInstance, ServiceStatus


def is_job(service: ServiceInstance) -> bool:
    """Whether a service runs once for each deployment, to success, as its configuration is now."""
    return config_of(service).deployment.job is not None


def was_job(deployment: Deployment) -> bool:
    """Whether what a deployment put into service is a job, which has completed where the deployment succeeded."""
    return config_from(deployment.config).deployment.job is not None


async def completed_jobs(services: Iterable[ServiceInstance]) -> frozenset[UUID]:
    """Those of the services whose version in service is a job: nothing of them has to run. One whose last run failed is none."""
    resting = {one.current_deployment_id: one.id for one in services if one.status == ServiceStatus.STOPPED}
    rows = await Deployment.filter(id__in=[id for id in resting if id is not None])
    return frozenset(resting[row.id] for row in rows if was_job(row))
