"""The scalars: what they take and what they give."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final, NewType

import strawberry
from starlette.datastructures import UploadFile
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

JSON = NewType("JSON", object)
Quantity = NewType("Quantity", str)
Upload = NewType("Upload", UploadFile)

_LONGEST_QUANTITY: Final = 64


def _write_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _read_time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise StrawberryInputCoercionError("a DateTime is written as in RFC 3339, with its offset: 2026-01-31T12:00:00Z")


def _read_quantity(value: object) -> str:
    """Whether it is above zero and of a known unit is for the field's own rules: they answer with an InvalidInput."""
    if isinstance(value, str) and len(value) <= _LONGEST_QUANTITY:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    raise StrawberryInputCoercionError('a Quantity is a text such as "512Mi", "0.5" or "250m"')


def _read_upload(value: object) -> UploadFile:
    if isinstance(value, UploadFile):
        return value
    raise StrawberryInputCoercionError("an Upload is a file of a multipart request, not a value")


def _write_upload(_value: object) -> None:
    raise TypeError("an Upload is never an answer")


def _as_it_is(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as in RFC 3339. Answers are in UTC with microseconds: `2026-01-31T12:00:00.000000Z`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_write_time,
        parse_value=_read_time,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value: an object, a list, a text, a number, a boolean or null.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=_as_it_is,
        parse_value=_as_it_is,
    ),
    Quantity: strawberry.scalar(
        name="Quantity",
        description=(
            "A quantity in Kubernetes notation, above zero: `512Mi` and `1Gi` are powers of 1024, `500M` and `1G` powers of 1000; "
            "`0.5` or `500m` of a CPU is half of one core."
        ),
        specified_by_url="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/",
        serialize=str,
        parse_value=_read_quantity,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description="A file, sent beside the operation as the GraphQL multipart request specification has it.",
        specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
        serialize=_write_upload,
        parse_value=_read_upload,
    ),
}
