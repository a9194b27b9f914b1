"""Who is behind each open session, and its end when the rights that it began with end.

A session is a WebSocket, or an answer over HTTP that goes on. Three things tell that its rights have ended: a timer when its token
expires, news through Redis after the commit that took something away, and a regular look at the database, because news may be lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from kyozo_gql.accounts.models import Role
from kyozo_gql.accounts.rights import RIGHTS, Rights, rights_of
from kyozo_gql.accounts.viewer import Viewer, authenticate
from kyozo_gql.core.broker import GAP, Broker
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import TooManyConnections, Unauthenticated
from kyozo_gql.settings import Settings

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 30.0  # a database that does not answer keeps no later look from being taken


class Ending(StrEnum):
    """Why a session has to end, in words for its client."""

    EXPIRED = "the token has expired"
    REVOKED = "the token was revoked or deleted"
    MEMBERSHIP = "a membership has ended"
    ROLE = "a role has become smaller"


class Session:
    """One open session. ``ending`` is resolved, with the reason, when it has to end; whoever serves it then ends it."""

    def __init__(self, tokens: Counter[UUID], most_per_token: int) -> None:
        self.ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.user_id: UUID | None = None
        self.token_id: UUID | None = None
        self.roles: Mapping[UUID, Role] = {}
        self._tokens = tokens
        self._most_per_token = most_per_token
        self._timer: asyncio.TimerHandle | None = None

    async def identify(self, secret: str) -> Viewer:
        """Says, once, whose session it is. Raises Unauthenticated, TooManyConnections.

        Rights that end between the reading of the database and the answer are found by the next regular look.
        """
        viewer = await authenticate(secret)
        if viewer.token is None:
            raise Unauthenticated("a session needs a token")
        if self._tokens[viewer.token.id] >= self._most_per_token:
            raise TooManyConnections("too many connections with this token", self._most_per_token)
        self._tokens[viewer.token.id] += 1
        self.user_id, self.token_id, self.roles = viewer.user.id, viewer.token.id, viewer.roles
        if viewer.token.expires_at is not None:
            self._expire(viewer.token.expires_at)
        return viewer

    def saw(self, viewer: Viewer) -> None:
        """Notes what an operation of the session was let do: losing it ends the session, whenever it was gained."""
        lost = _loss(self.roles, viewer.roles)
        if lost is not None:
            self.end(lost)
        self.roles = {**self.roles, **viewer.roles}

    def end(self, ending: Ending) -> None:
        """Has the session ended; the first reason counts."""
        if not self.ending.done():
            self.ending.set_result(ending)

    def close(self) -> None:
        """The session has ended."""
        if self._timer is not None:
            self._timer.cancel()
        if self.token_id is not None:
            self._tokens[self.token_id] -= 1
            if not self._tokens[self.token_id]:
                del self._tokens[self.token_id]

    def _expire(self, moment: datetime) -> None:
        """Ends the session at that moment of the clock on the wall, which the loop's timers do not go by."""
        left = (moment - now()).total_seconds()
        if left <= 0:
            self.end(Ending.EXPIRED)
        else:
            self._timer = asyncio.get_running_loop().call_later(left, self._expire, moment)


class Sessions:
    """All open sessions of a process."""

    def __init__(self, settings: Settings, broker: Broker) -> None:
        self._settings = settings
        self._broker = broker
        self._open: set[Session] = set()
        self._tokens: Counter[UUID] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def open(self) -> Iterator[Session]:
        """A session of nobody yet: it counts, and says later whose it is. Raises TooManyConnections."""
        if len(self._open) >= self._settings.max_connections:
            raise TooManyConnections("too many connections to this server", self._settings.max_connections)
        session = Session(self._tokens, self._settings.max_connections_per_token)
        self._open.add(session)
        try:
            yield session
        finally:
            self._open.discard(session)
            session.close()

    @asynccontextmanager
    async def opened_by(self, secret: str) -> AsyncIterator[Session]:
        """A session of whoever has that token. Raises Unauthenticated, TooManyConnections."""
        with self.open() as session:
            await session.identify(secret)
            yield session

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Within, sessions are told when they have to end."""
        tasks = [
            asyncio.create_task(self._hear(), name="sessions-news"),
            asyncio.create_task(self._look_regularly(), name="sessions-look"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self, user_ids: Collection[UUID] | None = None) -> None:
        """Ends the sessions of these users (None: of all) whose rights have ended. Raises what the database does."""
        # What a session gains during the query is not held against what the query saw before.
        held = {session: session.roles for session in self._open if _is_of(session, user_ids)}
        tokens = {session.token_id for session in held if session.token_id is not None}
        rights = await rights_of(tokens) if tokens else {}
        for session, roles in held.items():
            ending = None if session.token_id is None else _ending(roles, rights.get(session.token_id))
            if ending is not None:
                session.end(ending)

    async def _hear(self) -> None:
        with self._broker.subscribe(RIGHTS) as news:
            while True:
                item = await news.get()
                await self._try_to_look(None if item == GAP else {UUID(item["user_id"])})

    async def _look_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._settings.session_check_seconds)
            await self._try_to_look(None)

    async def _try_to_look(self, user_ids: Collection[UUID] | None) -> None:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self.look(user_ids)
        except Exception as error:  # noqa: BLE001 — whatever it is, the next look is taken all the same
            log.warning("sessions_not_checked", error=str(error) or type(error).__name__, sessions=len(self))


def _is_of(session: Session, user_ids: Collection[UUID] | None) -> bool:
    return session.user_id is not None and not session.ending.done() and (user_ids is None or session.user_id in user_ids)


def _ending(roles: Mapping[UUID, Role], rights: Rights | None) -> Ending | None:
    if rights is None:
        return Ending.REVOKED
    if rights.expires_at is not None and rights.expires_at <= now():
        return Ending.EXPIRED
    return _loss(roles, rights.roles)


def _loss(before: Mapping[UUID, Role], after: Mapping[UUID, Role]) -> Ending | None:
    """What is less than before."""
    if not before.keys() <= after.keys():
        return Ending.MEMBERSHIP
    return Ending.ROLE if any(after[team].rank < role.rank for team, role in before.items()) else None
