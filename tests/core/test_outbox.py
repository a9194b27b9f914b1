from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest
from tortoise import connections

from kyozo_gql.core.outbox import News, WakeUp, delivering, post, savepoint, send, transaction
from tests.database import connected

ONE, TWO = News("workspace:1", {"number": 1}), WakeUp("queue", "job", "1", "key")


async def write(name: str) -> None:
    await connections.get("default").execute_query(
        "INSERT INTO teams (id, created_at, name) VALUES (gen_random_uuid(), now(), $1)", [name]
    )


async def names(url: str) -> list[str]:
    async with connected(url) as connection:
        return [row["name"] for row in await connection.fetch("SELECT name FROM teams ORDER BY name")]


async def test_messages_are_sent_in_order_once_the_transaction_is_committed(database):
    committed: list[tuple[list[object], list[str]]] = []

    async def look(messages):
        committed.append((list(messages), await names(database)))

    async with delivering(look):
        async with transaction():
            post(ONE)
            await write("a")
            post(TWO)
            assert committed == []
        assert committed == [([ONE, TWO], ["a"])]


async def test_a_rollback_drops_them(database, posted):
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 — a transaction is what is in it
        async with transaction():
            await write("a")
            post(ONE)
            raise ZeroDivisionError
    assert posted == []
    assert await names(database) == []


async def test_a_commit_that_fails_drops_them(database, posted):
    """A deferred constraint speaks at the commit."""
    with pytest.raises(asyncpg.RaiseError, match="too late"):  # noqa: PT012 — a transaction is what is in it
        async with transaction():
            post(ONE)
            await connections.get("default").execute_script("""
                CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too late'; END $$;
                CREATE TEMP TABLE late (id int);
                CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse();
                INSERT INTO late VALUES (1);
            """)
    assert posted == []


async def test_a_transaction_within_is_part_of_the_one_around(database, posted):
    async with transaction():
        async with transaction():
            await write("a")
            post(ONE)
        assert posted == []
        assert await names(database) == []
        post(TWO)
    assert posted == [ONE, TWO]


async def test_an_inner_one_is_undone_with_the_one_around(database, posted):
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 — a transaction is what is in it
        async with transaction():
            async with transaction():
                await write("a")
                post(ONE)
            raise ZeroDivisionError
    assert posted == []
    assert await names(database) == []


async def test_a_delivery_that_fails_harms_nobody(database, posted):
    async def refuse(messages):
        raise ConnectionError("gone")

    async with delivering(refuse), transaction():
        await write("a")
        post(ONE)
    async with delivering(refuse):
        await send([TWO])
    assert await names(database) == ["a"]
    assert posted == [ONE, TWO]


async def test_transactions_of_other_tasks_are_others(database, posted):
    async def work(number: int) -> None:
        async with transaction():
            post(News(f"topic:{number}", {}))
            await write(str(number))
            post(News(f"topic:{number}", {}))

    await asyncio.gather(*map(work, range(8)))
    assert await names(database) == [str(number) for number in range(8)]
    topics = [message.topic for message in posted]
    assert topics[::2] == topics[1::2]
    assert len(set(topics)) == 8


async def test_a_cancellation_at_any_moment_leaves_nothing_behind(database):
    pool = connections.get("default")._pool
    chance = random.Random(7)

    async def work() -> None:
        async with transaction():
            await write("a")
            await write("b")

    for _ in range(150):
        task = asyncio.create_task(work())
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
        await asyncio.sleep(chance.random() * 0.004)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert pool.get_idle_size() == pool.get_size()
    found = await names(database)
    assert found == ["a"] * (len(found) // 2) + ["b"] * (len(found) // 2)


async def test_who_was_cancelled_can_begin_another_one(database):
    async def work() -> None:
        try:
            async with transaction():
                await asyncio.sleep(10)
        finally:
            async with transaction():
                await write("after")

    for steps in range(25):
        task = asyncio.create_task(work())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert set(await names(database)) == {"after"}


def test_nothing_is_posted_outside():
    with pytest.raises(RuntimeError):
        post(ONE)


async def test_nothing_is_delivered_where_there_is_nothing(database, posted):
    async with transaction():
        await write("a")
    await send([])
    assert posted == []


async def test_a_savepoint_that_fails_takes_its_own_part_with_it(database, posted):
    async with transaction():
        await write("a")
        post(ONE)
        with pytest.raises(asyncpg.UniqueViolationError):  # noqa: PT012 — a savepoint is what is in it
            async with savepoint():
                post(TWO)
                await write("b")
                raise asyncpg.UniqueViolationError
        async with savepoint():
            await write("c")
            post(TWO)
    assert posted == [ONE, TWO]
    assert await names(database) == ["a", "c"]


async def test_a_savepoint_belongs_into_a_transaction(database):
    with pytest.raises(RuntimeError):
        async with savepoint():
            await write("a")
    assert await names(database) == []
