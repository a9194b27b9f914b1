"""Operations by their hash: automatic persisted queries (Apollo's protocol), and those that an operator registered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from graphql import GraphQLError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kyozo_gql.core.patience import patience

log = structlog.get_logger(__name__)

LONGEST: Final = 65_536  # bytes, of a text that is kept
LASTS: Final = 86_400  # seconds, since it was last asked for
NOT_REGISTERED: Final = "this server runs registered operations only, and this is none"
_PATIENCE: Final = 1.0  # seconds, for Redis
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PREFIX: Final = "sha256:"


class DocumentRefused(Exception):
    """There is no text to run; ``status`` is for HTTP, ``code`` for ``extensions``."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    def as_result(self) -> GraphQLError:
        """The error that a client gets instead of a result."""
        return GraphQLError(str(self), extensions={"code": self.code})


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request names its operation: by its text, its hash (``extensions.persistedQuery``), its registered id."""

    query: str | None = None
    hash: str | None = None
    id: str | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Asked:
        """From the parameters of a request, or the payload of a message; beside a text, an id says nothing.

        Raises DocumentRefused.
        """
        query, hash = parameters.get("query") or None, _hash_in(parameters.get("extensions"))
        id = None if query else parameters.get("documentId") or parameters.get("id")
        if not isinstance(id, str | None):
            raise DocumentRefused("BAD_REQUEST", "documentId must be a text")
        return cls(query, hash, id)

    @property
    def is_nothing(self) -> bool:
        """Whether no operation is named at all."""
        return self.query is None and self.hash is None and self.id is None


class Documents:
    """Finds the text of what is asked for. ``registered``: texts by their ids; ``automatic``: clients may leave texts here."""

    def __init__(
        self, registered: Mapping[str, str] | None = None, *, only_registered: bool = False, automatic: bool = True
    ) -> None:
        self._by_id = registered or {}
        self._texts = frozenset(self._by_id.values())
        self._only_registered = only_registered
        self._automatic = automatic

    async def find(self, asked: Asked, redis: Redis, *, keep: bool) -> str:
        """The text. ``keep``: what comes with its hash is kept for the next time. Raises DocumentRefused."""
        if asked.is_nothing:
            raise DocumentRefused("BAD_REQUEST", "no query, and no hash or id of one")
        if self._only_registered:
            return self._registered(asked)
        if asked.query is None:
            return await self._look_up(asked, redis)
        if asked.hash is not None and self._by_id.get(asked.hash) != asked.query:
            if asked.hash != hash_of(asked.query):
                raise DocumentRefused("PERSISTED_QUERY_HASH_MISMATCH", "sha256Hash is not the SHA-256 of the query")
            if keep and self._automatic:
                await _keep(redis, asked.hash, asked.query)
        return asked.query

    def permits(self, text: str | None) -> bool:
        """Whether a text may run."""
        return not self._only_registered or text in self._texts

    def _registered(self, asked: Asked) -> str:
        if asked.query is not None:
            text = asked.query if self.permits(asked.query) else None
        else:
            text = self._by_id.get(asked.hash or _bare(asked.id))
        if text is None:
            raise DocumentRefused("OPERATION_NOT_REGISTERED", NOT_REGISTERED)
        return text

    async def _look_up(self, asked: Asked, redis: Redis) -> str:
        name = asked.hash or _bare(asked.id)
        if name in self._by_id:
            return self._by_id[name]
        if asked.hash is None:
            raise DocumentRefused("OPERATION_NOT_REGISTERED", "no operation is registered under this id")
        if not self._automatic:
            raise DocumentRefused("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported", 200)
        found = await _kept(redis, name)
        if found is None:
            raise DocumentRefused("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound", 200)
        return found


def hash_of(text: str) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_in(extensions: Any) -> str | None:
    persisted = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
    if persisted is None:
        return None
    if not isinstance(persisted, Mapping) or persisted.get("version") != 1:
        raise DocumentRefused("BAD_REQUEST", "extensions.persistedQuery must be an object with version 1")
    value = persisted.get("sha256Hash")
    if not isinstance(value, str) or not value:
        raise DocumentRefused("BAD_REQUEST", "extensions.persistedQuery.sha256Hash must be a text")
    return value


def _bare(id: str | None) -> str:
    return (id or "").removeprefix(_PREFIX)


async def _kept(redis: Redis, name: str) -> str | None:
    """Without Redis nothing is known: clients send the text then."""
    if _SHA256.fullmatch(name) is None:
        return None
    try:
        async with patience(_PATIENCE):
            found = await redis.getex(_key(name), ex=LASTS)
    except (RedisError, OSError) as error:  # TimeoutError is an OSError
        log.warning("persisted_queries_unavailable", error=str(error))
        return None
    return None if found is None else found.decode()


async def _keep(redis: Redis, name: str, text: str) -> None:
    content = text.encode()
    if len(content) > LONGEST:
        return
    try:
        async with patience(_PATIENCE):
            await redis.set(_key(name), content, ex=LASTS)
    except (RedisError, OSError) as error:
        log.warning("persisted_queries_unavailable", error=str(error))


def _key(name: str) -> str:
    return f"persisted-query:{name}"
