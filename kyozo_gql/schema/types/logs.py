"""Log lines, of builds and of replicas."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import strawberry

from kyozo_gql.containers.models import BuildLogLine
from kyozo_gql.core.paging import Edge, Page
from kyozo_gql.schema.lists import BY_NUMBER
from kyozo_gql.schema.types.enums import LogStream


@strawberry.type(description="One line of a log.")
class LogLine:
    """Read from ``containers.logs.ServiceLogLine``, or made of a row of ``build_log_lines``."""

    cursor: str = strawberry.field(description="The place in the log: opaque.")
    timestamp: datetime = strawberry.field(description="When it was written.")
    stream: LogStream = strawberry.field(description="Where it was written.")
    replica: int | None = strawberry.field(description="The index of the replica that wrote it; null: the build.")
    message: str = strawberry.field(description="The line, without its line end.")


def build_line(row: BuildLogLine) -> LogLine:
    """A line of a build log as clients see it."""
    return LogLine(
        cursor=BY_NUMBER.cursor(row), timestamp=row.created_at, stream=LogStream(row.stream), replica=None, message=row.message
    )


def build_log_page(page: Page[BuildLogLine]) -> Page[LogLine]:
    """A page of a build log as clients see it."""
    return replace(page, edges=[Edge(build_line(edge.node), edge.cursor) for edge in page.edges])  # type: ignore[return-value,arg-type]  # replace() keeps the type of what it copies
