from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from kyozo_gql.accounts.idempotency import LASTS, Attempt, _hash, all_again, once, prune_keys
from kyozo_gql.accounts.models import IdempotencyKey, Team
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import Conflict, InvalidInput, NotFound
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.inforce import using_settings
from kyozo_gql.settings import Settings
from tests.database import connected

pytestmark = pytest.mark.usefixtures("settings")


async def attempt(viewer: Viewer, key: str | None, action: str = "act", **request: Any) -> Attempt:
    async with once(viewer, key, action, **request) as found:
        if found.first_answer is None:
            await found.keep(done=1)
    return found


class Another:
    """A second request: it begins on its own, when the first is in the midst of its transaction, and comes to wait for it."""

    def __init__(self, database: str, viewer: Viewer, action: str = "act", **request: Any) -> None:
        self._begin, self._database = asyncio.Event(), database
        self._task = asyncio.create_task(self._run(viewer, action, request))

    async def _run(self, viewer: Viewer, action: str, request: dict[str, Any]) -> Attempt:
        await self._begin.wait()
        return await attempt(viewer, "k", action, **request)

    async def comes(self) -> None:
        self._begin.set()
        async with connected(self._database) as connection:
            await until_somebody_waits(connection)

    async def ends(self) -> Attempt:
        return await self._task


async def until_somebody_waits(connection: asyncpg.Connection) -> None:
    """Another transaction of this database waits for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(60):
        while not await connection.fetchval(waiting):  # noqa: ASYNC110 — PostgreSQL sends no event
            await asyncio.sleep(0.01)


async def test_the_same_request_is_answered_again(owner):
    assert (await attempt(owner, "k", a=1, b=[{"c": None}])).first_answer is None
    assert (await attempt(owner, "k", b=[{"c": None}], a=1)).first_answer == {"done": 1}
    assert (await attempt(owner, None, a=1)).first_answer is None
    assert (await attempt(owner, None, a=1)).first_answer is None
    assert await IdempotencyKey.all().count() == 1


@pytest.mark.parametrize(
    ("action", "request_", "said"), [("act", {"a": 2}, "another input"), ("other", {"a": 1}, "another mutation")]
)
async def test_another_request_is_a_conflict(owner, action, request_, said):
    await attempt(owner, "k", a=1)
    with pytest.raises(Conflict, match=said):
        await attempt(owner, "k", action, **request_)


async def test_a_key_is_its_users_own(owner, other_owner):
    await attempt(owner, "k", a=1)
    assert (await attempt(other_owner, "k", a=2)).first_answer is None


@pytest.mark.parametrize("key", ["", "k" * 201, "a\nb", "a\x00b", "\ud800"])
async def test_what_is_no_key(owner, key):
    with pytest.raises(InvalidInput) as refused:
        await attempt(owner, key)
    assert [field.path for field in refused.value.fields] == ["idempotencyKey"]


async def test_two_hundred_characters_are_a_key(owner):
    for key in ("ü" * 200, "🎉" * 200):
        assert (await attempt(owner, key)).first_answer is None
        assert (await attempt(owner, key)).first_answer == {"done": 1}


async def test_what_is_refused_keeps_no_key(owner):
    with pytest.raises(NotFound):  # noqa: PT012 — a transaction is what is in it
        async with once(owner, "k", "act", a=1) as found:
            await found.keep(done=1)
            raise NotFound("Team")
    assert not await IdempotencyKey.exists()
    assert (await attempt(owner, "k", "other")).first_answer is None


async def test_a_key_is_free_again_after_a_day(owner):
    await attempt(owner, "k", a=1)
    await IdempotencyKey.all().update(created_at=now() - LASTS + timedelta(minutes=5))
    assert (await attempt(owner, "k", a=1)).first_answer == {"done": 1}
    await IdempotencyKey.all().update(created_at=now() - LASTS)
    assert (await attempt(owner, "k", "other", a=2)).first_answer is None
    kept = await IdempotencyKey.get()
    assert (kept.action, kept.answer) == ("other", {"done": 1})
    assert now() - kept.created_at < timedelta(minutes=5)


async def test_of_two_at_once_one_waits_for_the_others_answer(owner, database):
    another = Another(database, owner, a=1)
    async with once(owner, "k", "act", a=1) as first:
        await another.comes()
        await first.keep(done="first")
    assert (await another.ends()).first_answer == {"done": "first"}


async def test_and_does_the_work_where_the_first_is_refused(owner, database):
    another = Another(database, owner, "other", a=2)
    with pytest.raises(NotFound):  # noqa: PT012 — a transaction is what is in it
        async with once(owner, "k", "act", a=1):
            await another.comes()
            raise NotFound("Team")
    assert (await another.ends()).first_answer is None


async def test_a_day_old_key_goes_to_one_of_two(owner, database):
    await attempt(owner, "k", a=1)
    await IdempotencyKey.all().update(created_at=now() - LASTS)
    another = Another(database, owner, a=2)
    async with once(owner, "k", "act", a=2) as first:
        assert first.first_answer is None
        await another.comes()
        await first.keep(done="anew")
    assert (await another.ends()).first_answer == {"done": "anew"}


async def test_the_hash_of_a_request_can_not_be_guessed(owner, settings: Settings):
    await attempt(owner, "k", password="1234")
    found = await IdempotencyKey.get()
    assert len(found.request_hash) == 64
    assert _hash("act", {"password": "1234"}) == found.request_hash
    with using_settings(Settings(secret_key="another", workspace_root=settings.workspace_root)):
        assert _hash("act", {"password": "1234"}) != found.request_hash


async def test_all_that_was_answered_or_nothing(owner):
    teams = [await Team.create(name=name) for name in ("b", "a", "c")]
    ids = [str(team.id) for team in teams]
    assert [team.name for team in await all_again(Team.all(), ids)] == ["b", "a", "c"]
    assert await all_again(Team.all(), []) == []
    with pytest.raises(NotFound):
        await all_again(Team.all(), [*ids, str(new_id())])


async def test_old_keys_are_cleared_away(owner):
    for key in ("old", "new"):
        await attempt(owner, key)
    await IdempotencyKey.filter(key="old").update(created_at=now() - LASTS)
    await prune_keys()
    assert [row.key for row in await IdempotencyKey.all()] == ["new"]
