"""Deployments, their build logs, and the events that are kept for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from kyozo_gql.containers import models as rows
from kyozo_gql.core.paging import Page, PageRequest
from kyozo_gql.schema.connections import After, Before, Connection, First, Last
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import related, resolved
from kyozo_gql.schema.lists import DEPLOYMENTS_BY_ID, SERVICES_BY_ID, USERS_BY_ID, build_log_of
from kyozo_gql.schema.scalars import JSON
from kyozo_gql.schema.types.abilities import DeploymentAbilities, viewer_can_of_service
from kyozo_gql.schema.types.enums import DeploymentEventType, DeploymentStatus
from kyozo_gql.schema.types.logs import LogLine, build_log_page
from kyozo_gql.schema.types.names import DeploymentType, ServiceType, UserType
from kyozo_gql.schema.types.node import Node, rows_are


@strawberry.type(description="One numbered attempt to put one version of a folder into service.")
class Deployment(Node):
    """Read from ``deployments``."""

    is_type_of = rows_are(rows.Deployment)

    service_instance: ServiceType = related(SERVICES_BY_ID, "service_instance_id", "The service that is deployed.")
    number: int = strawberry.field(description="1 for a service's first deployment, then counting.")
    status: DeploymentStatus = strawberry.field(description="How far it is.")
    image: str | None = strawberry.field(description="The image that its replicas run; null until it is built or fetched.")
    content_hash: str | None = strawberry.field(
        description="SHA-256 of what the folder held, in hexadecimal; null until it was read, and for a ready-made image."
    )
    triggered_by: UserType | None = related(USERS_BY_ID, "triggered_by_id", "Who asked for it; null: kyozo_gql itself.")
    rollback_of: DeploymentType | None = related(
        DEPLOYMENTS_BY_ID, "rollback_of_id", "The deployment whose version it brings back; null: it is no rollback."
    )
    error_message: str | None = strawberry.field(
        description="Why it failed; while it is tried again (3 attempts at most), why the last one did. Null: it did not."
    )
    created_at: datetime = strawberry.field(description="When it was accepted.")
    started_at: datetime | None = strawberry.field(description="When a worker began; null: none has.")
    finished_at: datetime | None = strawberry.field(description="When it reached its final status; null: it is under way.")
    viewer_can: DeploymentAbilities = viewer_can_of_service()

    @resolved(
        "What its build wrote, oldest line first. Kept for the last deployments of a service (10 unless set otherwise).",
        Connection[LogLine],
    )
    @staticmethod
    async def build_log(
        root: strawberry.Parent[rows.Deployment],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Page[LogLine]:
        page: Page[Any] = await info.context.load(build_log_of(PageRequest(first, after, last, before)), root.id)
        return build_log_page(page)


@strawberry.type(description="Something that happened to a service, kept for good.")
class DeploymentEvent(Node):
    """Read from ``deployment_events``."""

    is_type_of = rows_are(rows.DeploymentEvent)

    service_instance: ServiceType = related(SERVICES_BY_ID, "service_instance_id", "The service that it happened to.")
    deployment: Deployment | None = related(DEPLOYMENTS_BY_ID, "deployment_id", "The deployment that it belongs to; null: to none.")
    event_type: DeploymentEventType = strawberry.field(description="What happened.")
    event_data: JSON = strawberry.field(
        description="Details: an object whose members depend on the type, as `DeploymentEventType` says; there may be more."
    )
    error_message: str | None = strawberry.field(
        description="What went wrong, in words for the service's owner; null: nothing did."
    )
    duration_ms: int | None = strawberry.field(
        description="How long it took since it was asked for, in whole milliseconds; null: nobody asked, or it has only begun."
    )
    triggered_by: UserType | None = related(USERS_BY_ID, "triggered_by_id", "Who asked for it; null: kyozo_gql itself.")
    created_at: datetime = strawberry.field(description="When it happened.")
