"""What every resolver has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import strawberry
from redis.asyncio import Redis

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.broker import Broker
from kyozo_gql.core.errors import Unauthenticated
from kyozo_gql.engines.engine import Engine
from kyozo_gql.schema.credentials import MISSING
from kyozo_gql.schema.loaders import Loaders, ValuesByKey
from kyozo_gql.schema.sessions import Session, Sessions
from kyozo_gql.schema.streams import Streams
from kyozo_gql.settings import Settings

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Resources:
    """What the process opened at its start."""

    settings: Settings
    broker: Broker
    engine: Engine
    redis: Redis
    sessions: Sessions
    streams: Streams = field(default_factory=Streams)


@dataclass(slots=True)
class Context:
    """The context of one operation. A socket has one too, which each of its operations copies.

    ``follows``: the answer is a stream of results over HTTP.
    """

    resources: Resources
    known_viewer: Viewer | None = None
    secret: str | None = None
    session: Session | None = None
    follows: bool = False
    loaders: Loaders = field(default_factory=Loaders)
    cost: int = 0  # points of this operation, once it is measured

    @property
    def viewer(self) -> Viewer:
        """Who asks. Raises Unauthenticated."""
        if self.known_viewer is None:
            raise Unauthenticated(MISSING)
        return self.known_viewer

    def for_operation(self, viewer: Viewer | None) -> Context:
        """A context for one operation."""
        return replace(self, known_viewer=viewer, loaders=Loaders())

    def forget(self) -> None:
        """What was read is out of date: it is read again when it is asked for."""
        self.loaders = Loaders()

    async def load(self, values: ValuesByKey[V], key: Any) -> V:
        """The value of a key, read together with its like."""
        return await self.loaders.load(values, key)


Info = strawberry.Info[Context, None]
