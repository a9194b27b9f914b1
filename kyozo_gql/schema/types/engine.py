"""The engine."""

from __future__ import annotations

import strawberry

from kyozo_gql.core.errors import EngineUnreachable
from kyozo_gql.engines.engine import Engine as EngineProtocol
from kyozo_gql.schema.types.enums import EngineKind


@strawberry.type(description="What runs the services.")
class Engine:
    """Made of ``engines.engine.EngineInfo``."""

    kind: EngineKind = strawberry.field(description="Which engine it is.")
    reachable: bool = strawberry.field(description="Whether it answered just now.")
    version: str | None = strawberry.field(description="Its version; null: it did not answer.")
    api_version: str | None = strawberry.field(description="The version of its API; null: it has none, or did not answer.")
    node_count: int = strawberry.field(description="How many nodes it runs on; 0: it did not answer.")


async def ask_engine(engine: EngineProtocol) -> Engine:
    """What the engine says of itself, and whether it says anything."""
    try:
        info = await engine.info()
    except EngineUnreachable:
        return Engine(kind=engine.kind, reachable=False, version=None, api_version=None, node_count=0)
    return Engine(kind=info.kind, reachable=True, version=info.version, api_version=info.api_version, node_count=info.node_count)
