"""Where the work on one service is done."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kyozo_gql.containers.lease import Lease
from kyozo_gql.engines.engine import Engine
from kyozo_gql.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """The lease on the service, the engine, the settings."""

    lease: Lease
    engine: Engine
    settings: Settings

    @property
    def service_id(self) -> UUID:
        """The service that is worked on."""
        return self.lease.service_id
