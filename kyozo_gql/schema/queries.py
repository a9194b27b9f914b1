"""Reading."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from kyozo_gql.accounts import viewer as viewers
from kyozo_gql.containers.services import services_of
from kyozo_gql.core.errors import KyozoError
from kyozo_gql.core.paging import Page, PageRequest, largest_page, read_page
from kyozo_gql.schema.connections import After, Before, Connection, First, Last
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.fields import resolved
from kyozo_gql.schema.filters import (
    Filtered,
    Sorted,
    TopologyDetectionFilter,
    WorkspaceFilter,
    conditions_of_detections,
    conditions_of_services,
    conditions_of_workspaces,
    order_of_services,
)
from kyozo_gql.schema.lists import OLDEST_FIRST
from kyozo_gql.schema.loaders import narrow
from kyozo_gql.schema.types.accounts import Team, Viewer
from kyozo_gql.schema.types.deployments import Deployment
from kyozo_gql.schema.types.engine import Engine, ask_engine
from kyozo_gql.schema.types.node import Node
from kyozo_gql.schema.types.services import ServiceInstance
from kyozo_gql.schema.types.topology import TopologyDetection
from kyozo_gql.schema.types.workspaces import Workspace
from kyozo_gql.schema.visible import find, find_one
from kyozo_gql.workspaces.detections import detections_of
from kyozo_gql.workspaces.store import workspaces_of

Id = Annotated[
    strawberry.ID, strawberry.argument(description="The id, as this API gave it; what is no id at all is refused with BAD_ID.")
]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description="The ids, at most 100.")]
FilteredWorkspaces = Annotated[WorkspaceFilter | None, strawberry.argument(description="Only such workspaces.")]
FilteredDetections = Annotated[TopologyDetectionFilter | None, strawberry.argument(description="Only such detections.")]


class TooManyIds(KyozoError):
    """More ids than one query may ask for."""

    code = "TOO_MANY_IDS"

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} ids at a time")
        self.facts = {"argument": "ids", "limit": most}


@strawberry.type(
    description="Reading. What you can't see is null, or is left out of lists: other teams' things do not exist for you."
)
class Query:
    """The fields of every query."""

    @resolved("Who asks.", Viewer)
    @staticmethod
    def viewer(info: Info) -> viewers.Viewer:
        return info.context.viewer

    @resolved("The object with this id, of whatever type; null: there is none that you can see.", Node | None)
    @staticmethod
    async def node(info: Info, id: Id) -> Any:
        return await find_one(info, id)

    @resolved("The objects with these ids, in their order; null for each that is not found.", list[Node | None])
    @staticmethod
    async def nodes(info: Info, ids: Ids) -> list[Any]:
        if len(ids) > largest_page():
            raise TooManyIds(largest_page())
        return await find(info, list(ids))

    @resolved("The team with this id.", Team | None)
    @staticmethod
    async def team(info: Info, id: Id) -> Any:
        return await find_one(info, id, "Team")

    @resolved("The workspace with this id.", Workspace | None)
    @staticmethod
    async def workspace(info: Info, id: Id) -> Any:
        return await find_one(info, id, "Workspace")

    @resolved("The workspaces of your teams, oldest first.", Connection[Workspace])
    @staticmethod
    async def workspaces(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilteredWorkspaces = None,
    ) -> Page[Any]:
        found = narrow(workspaces_of(info.context.viewer), conditions_of_workspaces(filter))
        return await read_page(found, OLDEST_FIRST, PageRequest(first, after, last, before))

    @resolved("The service with this id.", ServiceInstance | None)
    @staticmethod
    async def service_instance(info: Info, id: Id) -> Any:
        return await find_one(info, id, "ServiceInstance")

    @resolved("The services of your teams; unless ordered otherwise, oldest first.", Connection[ServiceInstance])
    @staticmethod
    async def service_instances(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Filtered = None,
        order_by: Sorted = None,
    ) -> Page[Any]:
        found = narrow(services_of(info.context.viewer), conditions_of_services(filter))
        return await read_page(found, order_of_services(order_by), PageRequest(first, after, last, before))

    @resolved("The detection with this id.", TopologyDetection | None)
    @staticmethod
    async def topology_detection(info: Info, id: Id) -> Any:
        return await find_one(info, id, "TopologyDetection")

    @resolved("What folders of your teams were found to be, oldest first.", Connection[TopologyDetection])
    @staticmethod
    async def topology_detections(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: FilteredDetections = None,
    ) -> Page[Any]:
        found = narrow(detections_of(info.context.viewer), conditions_of_detections(filter))
        return await read_page(found, OLDEST_FIRST, PageRequest(first, after, last, before))

    @resolved("The deployment with this id.", Deployment | None)
    @staticmethod
    async def deployment(info: Info, id: Id) -> Any:
        return await find_one(info, id, "Deployment")

    @resolved("What runs the services.")
    @staticmethod
    async def engine(info: Info) -> Engine:
        return await ask_engine(info.context.resources.engine)
