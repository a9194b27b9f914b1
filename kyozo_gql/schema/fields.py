"""How fields are declared.

A plain field reads the attribute of its own name; ``related`` is a mapping to other rows and nothing else; ``resolved`` and
``watched`` need code of their own. The description is for clients, and says what the code does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry
from strawberry.types.field import StrawberryField

from kyozo_gql.schema.context import Info
from kyozo_gql.schema.loaders import ValuesByKey

R = TypeVar("R", bound=Callable[..., Any])


def related(values: ValuesByKey[Any], by: str, description: str) -> Any:
    """A field whose value is what ``values`` has for the row's attribute ``by``."""

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        key = getattr(root, by)
        return None if key is None else await info.context.load(values, key)

    return strawberry.field(resolver=resolve, description=description)


def resolved(description: str, shown_as: Any = None) -> Callable[[R], StrawberryField]:
    """A field that the decorated function resolves; ``shown_as`` is its type, where the function answers with rows."""

    def declare(resolver: R) -> StrawberryField:
        field: StrawberryField = strawberry.field(resolver=resolver, description=description, graphql_type=shown_as)
        return field

    return declare


def watched(description: str, shown_as: Any = None) -> Callable[[R], StrawberryField]:
    """A field of Subscription: the decorated function checks, and answers with the generator of what is sent."""

    def declare(resolver: R) -> StrawberryField:
        field: StrawberryField = strawberry.subscription(resolver=resolver, description=description, graphql_type=shown_as)
        return field

    return declare
