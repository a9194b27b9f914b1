"""What everything with an id shares."""

from __future__ import annotations

from typing import Any

import strawberry
from tortoise.models import Model

from kyozo_gql.core.records import Record
from kyozo_gql.schema.fields import resolved
from kyozo_gql.schema.ids import encode_id


@strawberry.interface(description="An object with an id, which the query `node` finds again.")
class Node:
    """The types that implement it are named like their rows: the name is in the id."""

    @resolved("Opaque and globally unique. Keep it as it is: it holds for the object's whole life.")
    @staticmethod
    def id(root: strawberry.Parent[Record]) -> strawberry.ID:
        return strawberry.ID(encode_id(type(root).__name__, root.id))


def rows_are(model: type[Model]) -> Any:
    """The ``is_type_of`` of a type whose rows are of ``model``."""

    def is_type_of(row: object, _info: object) -> bool:
        return isinstance(row, model)

    return staticmethod(is_type_of)
