from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyozo_gql.accounts.models import Team
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.core.paging import BadCursor, BadPageSize, Order, PageRequest, read_counts, read_page, read_pages
from kyozo_gql.workspaces.models import Workspace
from tests.schema.rows import make_service

KEY = "018f0000-0000-7000-8000-000000000000"
BY_ID = Order(("created_at", "id"))
BY_DEPLOYED = Order(("deployed_at", "id"), nullable=True)
ORDERS = [BY_ID, BY_ID.reversed(), BY_DEPLOYED, BY_DEPLOYED.reversed(), Order(("status", "id"))]


@pytest.fixture
async def services(workspace: Workspace) -> list[ServiceInstance]:
    """Seven, with equal and missing values of the sorted columns among them."""
    moment = now()
    return [
        await make_service(
            workspace,
            f"s{number}",
            status="running" if number % 2 else "stopped",
            deployed_at=None if number % 3 == 0 else moment + timedelta(seconds=number // 2),
        )
        for number in range(7)
    ]


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 20])
async def test_pages_walk_the_whole_list_once_both_ways(services: list[ServiceInstance], order: Order, size: int):
    rows = ServiceInstance.all()
    whole = [edge.node.id for edge in (await read_page(rows, order, PageRequest(first=100))).edges]
    assert len(whole) == len(set(whole)) == len(services)

    forwards, after = [], None
    while True:
        page = await read_page(rows, order, PageRequest(first=size, after=after))
        forwards += [edge.node.id for edge in page.edges]
        assert await page.page_info.has_previous_page() == (after is not None)
        after = page.page_info.end_cursor
        if not await page.page_info.has_next_page():
            break
    assert forwards == whole

    backwards: list[Any] = []
    before = None
    while True:
        page = await read_page(rows, order, PageRequest(last=size, before=before))
        backwards = [edge.node.id for edge in page.edges] + backwards
        assert await page.page_info.has_next_page() == (before is not None)
        before = page.page_info.start_cursor
        if not await page.page_info.has_previous_page():
            break
    assert backwards == whole


async def test_null_is_above_everything(services: list[ServiceInstance]):
    page = await read_page(ServiceInstance.all(), BY_DEPLOYED, PageRequest(first=100))
    assert [edge.node.deployed_at is None for edge in page.edges] == [False] * 4 + [True] * 3


async def test_a_row_that_vanishes_shifts_nothing(services: list[ServiceInstance]):
    first = await read_page(ServiceInstance.all(), BY_ID, PageRequest(first=3))
    await first.edges[0].node.delete()
    await first.edges[2].node.delete()
    second = await read_page(ServiceInstance.all(), BY_ID, PageRequest(first=3, after=first.page_info.end_cursor))
    assert [edge.node.id for edge in second.edges] == [one.id for one in services[3:6]]


async def test_nothing_is_outside_of_a_cursor_whose_row_and_all_beyond_are_gone(services: list[ServiceInstance]):
    first, last = BY_ID.cursor(services[0]), BY_ID.cursor(services[6])
    after = await read_page(ServiceInstance.all(), BY_ID, PageRequest(first=2, after=first))
    before = await read_page(ServiceInstance.all(), BY_ID, PageRequest(last=2, before=last))
    assert (await after.page_info.has_previous_page(), await before.page_info.has_next_page()) == (True, True)
    await ServiceInstance.filter(id__in=[services[0].id, services[6].id]).delete()
    assert (await after.page_info.has_previous_page(), await before.page_info.has_next_page()) == (False, False)


async def test_before_alone_counts_from_the_start_and_knows_what_follows(services: list[ServiceInstance]):
    page = await read_page(ServiceInstance.all(), BY_ID, PageRequest(before=BY_ID.cursor(services[3])))
    assert [edge.node.id for edge in page.edges] == [one.id for one in services[:3]]
    assert await page.page_info.has_next_page()
    assert not await page.page_info.has_previous_page()


async def test_between_two_cursors(services: list[ServiceInstance]):
    cursors = [BY_ID.cursor(one) for one in services]
    page = await read_page(ServiceInstance.all(), BY_ID, PageRequest(first=10, after=cursors[1], before=cursors[5]))
    assert [edge.node.id for edge in page.edges] == [one.id for one in services[2:5]]
    assert await page.page_info.has_previous_page()
    assert not await page.page_info.has_next_page()


async def test_size_zero_asks_for_the_count_alone(services: list[ServiceInstance]):
    page = await read_page(ServiceInstance.all(), BY_ID, PageRequest(first=0))
    assert page.edges == []
    assert await page.page_info.has_next_page()
    assert await page.count() == 7


@pytest.mark.parametrize("wrong", [{"first": -1}, {"first": 101}, {"last": 101}, {"last": -5}, {"first": 1, "last": 1}])
def test_bad_page_sizes(wrong: dict[str, int]):
    with pytest.raises(BadPageSize):
        PageRequest(**wrong)  # type: ignore[arg-type]  # first and last alone


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ünicode",
        "a" * 5_000,
        _cursor(),
        _cursor("created_at,id"),
        _cursor("created_at,id", "today", "x"),
        _cursor("created_at,id", None, KEY),
        _cursor("created_at,id", "2026-01-01T00:00:00+00:00", None),
        _cursor("created_at,id", "0001-01-01T00:00:00+23:59", KEY),
        _cursor("status,id", "running", KEY),
        _cursor("created_at,id", "2026-01-01T00:00:00+00:00", "018f0000-0000-7000-8000-000000000000", 1),
        _cursor({"a": 1}),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
async def test_foreign_cursors(cursor: str):
    with pytest.raises(BadCursor):
        BY_ID.place(cursor, ServiceInstance)


@given(st.text())
def test_any_text_is_a_cursor_or_refused(text: str):
    with pytest.raises(BadCursor):
        BY_ID.place(text, ServiceInstance)


@pytest.mark.parametrize(("value", "column"), [("a\x00b", "name"), (2**40, "desired_replicas"), (True, "desired_replicas")])
def test_values_that_the_database_would_refuse(value: Any, column: str):
    with pytest.raises(BadCursor):
        Order((column,)).place(_cursor(column, value), ServiceInstance)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(counts=st.lists(st.integers(0, 4), min_size=1, max_size=4), size=st.integers(0, 3), backwards=st.booleans())
async def test_pages_of_many_parents_are_the_pages_of_each(
    owner: Viewer, team: Team, counts: list[int], size: int, backwards: bool
):
    await Workspace.filter(team_id=team.id).delete()
    parents = [await Workspace.create(name=f"w{index}", team_id=team.id) for index in range(len(counts))]
    for parent, count in zip(parents, counts, strict=True):
        for number in range(count):
            await make_service(parent, f"s{number}")
    keys = [parent.id for parent in parents]
    request = PageRequest(last=size) if backwards else PageRequest(first=size)
    many = await read_pages(ServiceInstance.all(), "workspace_id", keys, BY_ID, request, count=_count, outside=_is_outside)
    for key, count in zip(keys, counts, strict=True):
        alone = await read_page(ServiceInstance.filter(workspace_id=key), BY_ID, request)
        assert many[key] == alone
        assert await many[key].count() == count
    assert await read_counts(ServiceInstance.all(), "workspace_id", keys) == dict(zip(keys, counts, strict=True))


async def _count(key: Any) -> int:
    return await ServiceInstance.filter(workspace_id=key).count()


async def _is_outside(_key: Any, _argument: str) -> bool:
    raise AssertionError("without a cursor nobody asks")
