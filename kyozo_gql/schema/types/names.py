"""The types that others point to, by name: the graph has cycles, imports have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from kyozo_gql.schema.types.accounts import Team, User
    from kyozo_gql.schema.types.deployments import Deployment, DeploymentEvent
    from kyozo_gql.schema.types.services import ServiceInstance
    from kyozo_gql.schema.types.topology import TopologyDetection
    from kyozo_gql.schema.types.workspaces import Workspace

_TYPES = "kyozo_gql.schema.types"

TeamType = Annotated["Team", strawberry.lazy(f"{_TYPES}.accounts")]
UserType = Annotated["User", strawberry.lazy(f"{_TYPES}.accounts")]
WorkspaceType = Annotated["Workspace", strawberry.lazy(f"{_TYPES}.workspaces")]
DetectionType = Annotated["TopologyDetection", strawberry.lazy(f"{_TYPES}.topology")]
ServiceType = Annotated["ServiceInstance", strawberry.lazy(f"{_TYPES}.services")]
DeploymentType = Annotated["Deployment", strawberry.lazy(f"{_TYPES}.deployments")]
EventType = Annotated["DeploymentEvent", strawberry.lazy(f"{_TYPES}.deployments")]
