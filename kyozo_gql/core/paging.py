"""Keyset paging: pages of a list that stay put while rows come and go.

A cursor is a place in an order, not a number of rows, so that a row that appears or vanishes before it shifts nothing. Cursors are
opaque to clients: base64url of the order's columns and the row's values of them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from tortoise import connections
from tortoise.expressions import Q, RawSQL
from tortoise.fields import Field
from tortoise.functions import Count
from tortoise.models import Model
from tortoise.queryset import QuerySet

from kyozo_gql.core.errors import KyozoError
from kyozo_gql.core.inforce import settings_in_force
from kyozo_gql.settings import Settings

_DEFAULT_PAGE: Final = 20
_LONGEST_CURSOR: Final = 2_048

R = TypeVar("R")
M = TypeVar("M", bound=Model)


class BadCursor(KyozoError):
    """A cursor that is none of ours, or one of a list in another order; ``argument`` is where it was given."""

    code = "BAD_CURSOR"

    def __init__(self, message: str, argument: str) -> None:
        super().__init__(message)
        self.facts = {"argument": argument}


class BadPageSize(KyozoError):
    """``argument`` asks for a number of elements that is out of bounds, 0 to ``most``."""

    code = "BAD_PAGE_SIZE"

    def __init__(self, message: str, argument: str, most: int) -> None:
        super().__init__(message)
        self.facts = {"argument": argument, "limit": most}


def largest_page() -> int:
    """The most rows of one page: by the settings in force, or their default where none are yet."""
    settings = settings_in_force()
    return int(Settings.model_fields["max_page_size"].default) if settings is None else settings.max_page_size


def default_page() -> int:
    """How many rows a page has that names no number."""
    return min(_DEFAULT_PAGE, largest_page())


@dataclass(frozen=True, slots=True)
class Order:
    """The columns that a list is sorted by; the last one is unique.

    ``nullable``: the first one may be null, which is above everything, as in PostgreSQL.
    """

    columns: tuple[str, ...]
    descending: bool = False
    nullable: bool = False

    def reversed(self) -> Order:
        """The same places, walked the other way."""
        return replace(self, descending=not self.descending)

    def cursor(self, row: object) -> str:
        """The place of a row."""
        values = [_plain(getattr(row, column)) for column in self.columns]
        return base64.urlsafe_b64encode(json.dumps([",".join(self.columns), *values]).encode()).decode().rstrip("=")

    def place(self, cursor: str, model: type[Model], argument: str = "after") -> list[Any]:
        """The values of the columns of ``model`` at a cursor, which came as ``argument``. Raises BadCursor."""
        try:
            name, *values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
            if len(cursor) > _LONGEST_CURSOR or name != ",".join(self.columns) or len(values) != len(self.columns):
                raise ValueError
            if None in values[int(self.nullable) :]:
                raise ValueError
            fields = model._meta.fields_map  # noqa: SLF001 — the one way to a model's fields
            return [_parse(value, fields[column]) for value, column in zip(values, self.columns, strict=True)]
        except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError) as error:
            raise BadCursor(f"{argument} is no cursor of this list", argument) from error


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: the ``first`` rows ``after`` a cursor, or the ``last`` ones ``before`` one. Raises BadPageSize."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise BadPageSize("give first or last, not both", "last", largest_page())
        if not 0 <= self.size <= largest_page():
            argument = "last" if self.backwards else "first"
            raise BadPageSize(f"{argument} must be between 0 and {largest_page()}", argument, largest_page())

    @property
    def backwards(self) -> bool:
        """Whether the page is counted from the end."""
        return self.last is not None

    @property
    def size(self) -> int:
        """How many rows at most."""
        wanted = self.last if self.last is not None else self.first
        return default_page() if wanted is None else wanted


@dataclass(frozen=True, slots=True)
class Edge(Generic[R]):
    """A row and its place."""

    node: R
    cursor: str


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What lies around a page; ``more``: there is more in the direction that ``request`` counts.

    ``outside`` asks whether there is anything on the other side of a cursor, named by its argument.
    """

    request: PageRequest
    more: bool
    start_cursor: str | None
    end_cursor: str | None
    outside: Callable[[str], Awaitable[bool]] = field(compare=False)

    async def has_next_page(self) -> bool:
        """Whether anything comes after the page; with ``first``, up to ``before``."""
        if self.request.first is not None:
            return self.more
        return (self.more and not self.request.backwards) or await self._is_outside("before", self.request.before)

    async def has_previous_page(self) -> bool:
        """Whether anything comes before the page; with ``last``, down to ``after``."""
        return self.more if self.request.backwards else await self._is_outside("after", self.request.after)

    async def _is_outside(self, argument: str, cursor: str | None) -> bool:
        return cursor is not None and await self.outside(argument)


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A page of a list; ``count`` asks how long the whole list is."""

    edges: list[Edge[R]]
    page_info: PageInfo
    count: Callable[[], Awaitable[int]] = field(compare=False)


async def read_page(rows: QuerySet[M], order: Order, request: PageRequest) -> Page[M]:
    """One page of ``rows``, one query. Raises BadCursor."""
    found = await _ordered(rows, order, request).limit(request.size + 1)
    return _page(found, order, request, rows.count, lambda argument: rows_outside(rows, order, request, argument).exists())


def rows_outside(rows: QuerySet[M], order: Order, request: PageRequest, argument: str) -> QuerySet[M]:
    """Those of the rows that ``after``, or ``before``, keeps out of a page: up to the cursor, or from it on. Raises BadCursor."""
    cursor, outwards = (request.after, order.reversed()) if argument == "after" else (request.before, order)
    values = order.place(cursor or "", rows.model, argument)
    return rows.filter(_beyond(outwards, values) | _at(order, values))


async def read_pages(
    rows: QuerySet[M],
    parent: str,
    keys: Sequence[Any],
    order: Order,
    request: PageRequest,
    *,
    count: Callable[[Any], Awaitable[int]],
    outside: Callable[[Any, str], Awaitable[bool]],
) -> dict[Any, Page[M]]:
    """The same page of the rows of each parent (by its column ``parent``), two queries for all. Raises BadCursor.

    ``count`` and ``outside`` answer for one parent what ``Page`` and ``PageInfo`` ask.
    """
    table = rows.model._meta.db_table  # noqa: SLF001 — the one way to a model's table
    walk = "DESC" if _walked(order, request).descending else "ASC"
    sorted_by = ", ".join(f'"{table}"."{column}" {walk}' for column in order.columns)
    rank = RawSQL(f'ROW_NUMBER() OVER (PARTITION BY "{table}"."{parent}" ORDER BY {sorted_by})')
    ranked = _ordered(rows.filter(**{f"{parent}__in": keys}), order, request).order_by().annotate(rank=rank).values("id", "rank")
    ranked.sql()
    sql, values = ranked.query.get_parameterized_sql()
    within = f'SELECT "id" FROM ({sql}) AS "ranked" WHERE "rank" <= {request.size + 1:d}'  # noqa: S608 — of the query builder
    ids = [row["id"] for row in await connections.get("default").execute_query_dict(within, values)]
    found: dict[Any, list[M]] = {key: [] for key in keys}
    for row in await rows.model.filter(id__in=ids).order_by(*_terms(_walked(order, request))) if ids else ():
        found[getattr(row, parent)].append(row)
    return {key: _page(found[key], order, request, partial(count, key), partial(outside, key)) for key in keys}


async def read_counts(rows: QuerySet[M], parent: str, keys: Sequence[Any]) -> dict[Any, int]:
    """How many of the rows belong to each parent, one query."""
    counted = rows.filter(**{f"{parent}__in": keys}).annotate(rows=Count("id")).group_by(parent).values_list(parent, "rows")
    return dict.fromkeys(keys, 0) | dict(await counted)


def _walked(order: Order, request: PageRequest) -> Order:
    return order.reversed() if request.backwards else order


def _terms(order: Order) -> Iterable[str]:
    return (f"-{column}" if order.descending else column for column in order.columns)


def _ordered(rows: QuerySet[M], order: Order, request: PageRequest) -> QuerySet[M]:
    if request.after is not None:
        rows = rows.filter(_beyond(order, order.place(request.after, rows.model, "after")))
    if request.before is not None:
        rows = rows.filter(_beyond(order.reversed(), order.place(request.before, rows.model, "before")))
    return rows.order_by(*_terms(_walked(order, request)))


def _beyond(order: Order, values: Sequence[Any]) -> Q:
    """What comes after ``values`` in this order, column by column."""
    (column, *others), (value, *rest) = order.columns, values
    further = _further(order, value)
    if not others:
        return further
    return further | (_same(column, value) & _beyond(Order(tuple(others), order.descending), rest))


def _at(order: Order, values: Sequence[Any]) -> Q:
    """What is at ``values`` themselves: one row at most."""
    return Q(*(_same(column, value) for column, value in zip(order.columns, values, strict=True)))


def _same(column: str, value: Any) -> Q:
    return _where(f"{column}__isnull", True) if value is None else _where(column, value)


def _where(lookup: str, value: Any) -> Q:
    return Q(**{lookup: value})


def _further(order: Order, value: Any) -> Q:
    column = order.columns[0]
    if value is None:  # nothing is above null, everything else is below
        return _where(f"{column}__isnull", False) if order.descending else _where("id__in", [])
    if order.descending:
        return _where(f"{column}__lt", value)
    above = _where(f"{column}__gt", value)
    return above | _where(f"{column}__isnull", True) if order.nullable else above


def _page(
    found: Sequence[R],
    order: Order,
    request: PageRequest,
    count: Callable[[], Awaitable[int]],
    outside: Callable[[str], Awaitable[bool]],
) -> Page[R]:
    rows = list(found[: request.size])
    if request.backwards:
        rows.reverse()
    edges = [Edge(row, order.cursor(row)) for row in rows]
    info = PageInfo(
        request=request,
        more=len(found) > request.size,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
        outside=outside,
    )
    return Page(edges, info, count)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


def _parse(value: Any, column: Field[Any]) -> Any:
    """A cursor comes from a client: whatever is not what we wrote raises ValueError."""
    if value is None:
        return None
    if column.field_type is int:
        if type(value) is not int or abs(value) > column.constraints["le"]:
            raise ValueError
        return value
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    if column.field_type is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    return UUID(value) if column.field_type is UUID else value
