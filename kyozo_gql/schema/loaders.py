"""Batched reading: what the fields of one operation ask for one by one is read together, once.

What is to be read is a value (rows of a model by a column, a page of them, a count); equal values share a batch. Loaders belong to
one operation, and a mutation or a subscription's event begins with new ones, so that nobody is shown what was true before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Hashable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from kyozo_gql.core.paging import Order, Page, PageRequest, read_counts, read_page, read_pages, rows_outside

M = TypeVar("M", bound=Model)
V_co = TypeVar("V_co", covariant=True)

Condition = tuple[str, Hashable]


class ValuesByKey(Protocol[V_co]):
    """Something that can be read for many keys at once; hashable, so that equal ones share a batch."""

    async def read(self, keys: list[Any], loaders: Loaders) -> Sequence[V_co]:
        """The value of each key, in their order."""
        ...


class Loaders:
    """The loaders of one operation, made when they are first asked."""

    def __init__(self) -> None:
        self._loaders: dict[ValuesByKey[Any], DataLoader[Any, Any]] = {}

    def load(self, values: ValuesByKey[V_co], key: Any) -> Awaitable[V_co]:
        """The value of a key, read together with its like."""
        loader = self._loaders.get(values)
        if loader is None:
            loader = self._loaders[values] = DataLoader(lambda keys: values.read(keys, self))
        return loader.load(key)


@dataclass(frozen=True, slots=True)
class RowsById(Generic[M]):
    """A row of ``model`` by its id, or None."""

    model: type[M]

    async def read(self, keys: list[UUID], loaders: Loaders) -> list[M | None]:  # noqa: ARG002 — the protocol's
        """One query."""
        rows = {row.pk: row for row in await self.model.filter(id__in=keys)}
        return [rows.get(key) for key in keys]


@dataclass(frozen=True, slots=True)
class RowsByColumns(Generic[M]):
    """All rows of ``model`` by one or more columns (the key: a value, or a tuple of values), in an order."""

    model: type[M]
    columns: tuple[str, ...]
    order: str
    where: tuple[Condition, ...] = ()

    async def read(self, keys: list[Any], loaders: Loaders) -> list[list[M]]:  # noqa: ARG002 — the protocol's
        """One query."""
        tuples = [key if isinstance(key, tuple) else (key,) for key in keys]
        within = {f"{column}__in": {values[i] for values in tuples} for i, column in enumerate(self.columns)}
        found: dict[tuple[Any, ...], list[M]] = defaultdict(list)
        for row in await select(self.model, self.where).filter(**within).order_by(self.order):
            found[tuple(getattr(row, column) for column in self.columns)].append(row)
        return [found[values] for values in tuples]


@dataclass(frozen=True, slots=True)
class CountsByColumn:
    """How many rows of ``model`` belong to a parent."""

    model: type[Model]
    column: str
    where: tuple[Condition, ...] = ()

    async def read(self, keys: list[UUID], loaders: Loaders) -> list[int]:  # noqa: ARG002 — the protocol's
        """One query."""
        counts = await read_counts(select(self.model, self.where), self.column, keys)
        return [counts[key] for key in keys]


@dataclass(frozen=True, slots=True)
class OutsideByColumn:
    """Whether rows of ``model`` that belong to a parent lie on the other side of a page's cursor."""

    model: type[Model]
    column: str
    order: Order
    request: PageRequest
    argument: str
    where: tuple[Condition, ...] = ()

    async def read(self, keys: list[UUID], loaders: Loaders) -> list[bool]:  # noqa: ARG002 — the protocol's
        """One query."""
        outside = rows_outside(select(self.model, self.where), self.order, self.request, self.argument)
        counts = await read_counts(outside, self.column, keys)
        return [counts[key] > 0 for key in keys]


@dataclass(frozen=True, slots=True)
class PagesByColumn:
    """A page of the rows of ``model`` that belong to a parent."""

    model: type[Model]
    column: str
    order: Order
    request: PageRequest
    where: tuple[Condition, ...] = ()

    async def read(self, keys: list[UUID], loaders: Loaders) -> list[Page[Any]]:
        """Two queries, one for a single parent."""
        counts = CountsByColumn(self.model, self.column, self.where)
        rows = select(self.model, self.where)
        if len(keys) == 1:
            of_one = rows.filter(**{self.column: keys[0]})
            return [await read_page(of_one, self.order, self.request)]
        pages = await read_pages(
            rows,
            self.column,
            keys,
            self.order,
            self.request,
            count=lambda key: loaders.load(counts, key),
            outside=lambda key, argument: loaders.load(self._outside(argument), key),
        )
        return [pages[key] for key in keys]

    def _outside(self, argument: str) -> OutsideByColumn:
        return OutsideByColumn(self.model, self.column, self.order, self.request, argument, self.where)


def select(model: type[M], where: tuple[Condition, ...]) -> QuerySet[M]:
    """The rows for which all conditions hold: lookups of Tortoise and their values; ``a|b`` holds where one of the lookups does."""
    return narrow(model.all(), where)


def narrow(rows: QuerySet[M], where: tuple[Condition, ...]) -> QuerySet[M]:
    """Those of the rows for which all conditions hold, as in ``select``."""
    return rows.filter(*(reduce(or_, (_where(lookup, value) for lookup in lookups.split("|"))) for lookups, value in where))


def _where(lookup: str, value: Any) -> Q:
    return Q(**{lookup: value})
