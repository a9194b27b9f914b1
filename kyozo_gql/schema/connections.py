"""Pages of lists as GraphQL shows them, and the arguments that ask for one."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

import strawberry

from kyozo_gql.core import paging as pages
from kyozo_gql.core.paging import Page
from kyozo_gql.schema.fields import resolved

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(description="How many from the start (or after `after`), 0 to 100. Default: 20. Not with `last`."),
]
After = Annotated[str | None, strawberry.argument(description="A cursor: what comes after it.")]
Last = Annotated[
    int | None, strawberry.argument(description="How many from the end (or before `before`), 0 to 100. Not with `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="A cursor: what comes before it.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Read from ``core.paging.PageInfo``."""

    @resolved("Whether there is more after this page; with `first`, up to `before`.")
    @staticmethod
    async def has_next_page(root: strawberry.Parent[pages.PageInfo]) -> bool:
        return await root.has_next_page()

    @resolved("Whether there is more before this page; with `last`, down to `after`.")
    @staticmethod
    async def has_previous_page(root: strawberry.Parent[pages.PageInfo]) -> bool:
        return await root.has_previous_page()

    start_cursor: str | None = strawberry.field(description="The cursor of the first edge; null where there is none.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge; null where there is none.")


@strawberry.type(description="One element of a list and its place.")
class Edge(Generic[T]):
    """Read from ``core.paging.Edge``."""

    cursor: str = strawberry.field(description="The place in the list: opaque, for `after` and `before`.")
    node: T = strawberry.field(description="The element.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """Read from ``core.paging.Page``."""

    edges: list[Edge[T]] = strawberry.field(description="The elements of this page, in the list's order.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")

    @resolved("How many elements the whole list has, on all pages. Counted only where it is asked for.")
    @staticmethod
    async def total_count(root: strawberry.Parent[Page[Any]]) -> int:
        return await root.count()
