"""How a mutation is declared: it answers with its payload, or raises what the translator turns into a member of its union."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import fields
from functools import reduce
from inspect import getdoc
from operator import or_
from typing import Annotated, Any, Final, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from kyozo_gql.accounts.permissions import LEAST_ROLE, Action
from kyozo_gql.core.errors import KyozoError
from kyozo_gql.core.errors import NotFound as NotFoundError
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.errors import as_union_member
from kyozo_gql.schema.types.errors import Conflict, Forbidden, InvalidInput, NotFound, UserError

Resolver = TypeVar("Resolver", bound=Callable[..., Awaitable[Any]])

ERRORS: Final[tuple[type[UserError], ...]] = (NotFound, InvalidInput, Forbidden, Conflict)


ALLOWS: Final = "allows"
"""In the metadata of a mutation's field: the Action that it is, None where nobody needs a role."""


def mutation(
    payload: type, description: str, *, allows: Action | None, needs: str | None = None
) -> Callable[[Resolver], StrawberryField]:
    """A mutation whose result is the union of a payload (SomethingPayload) and all errors.

    All of them, though not every mutation gives each: clients keep one fragment for errors, and a rule that is added to the domain
    later changes no schema. ``allows`` declares what it is in the table of permissions, which the domain holds it to; the
    description says which role that needs, in the words of ``needs`` where it depends on more.
    """
    name = payload.__name__.removesuffix("Payload") + "Result"
    union = strawberry.union(name, description=f"What `{name[0].lower()}{name[1:].removesuffix('Result')}` answers.")
    annotated: Any = Annotated  # its members are values here, which is more than annotations may be
    result = annotated[reduce(or_, (payload, *ERRORS)), union]

    if needs is None and allows is not None:
        needs = f"Needs the role {LEAST_ROLE[allows].name}."

    def declare(resolver: Resolver) -> StrawberryField:
        field: StrawberryField = strawberry.mutation(
            resolver=resolver,
            description=f"{description} {needs}" if needs else description,
            graphql_type=result,
            extensions=[AnswersErrors()],
            metadata={ALLOWS: allows},
        )
        for argument in field.arguments:
            argument.description = getdoc(argument.type)
        return field

    return declare


class AnswersErrors(FieldExtension):
    """Answers with the error that the domain raised, where it is a member of the union. What was read before is forgotten."""

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any) -> Any:
        """Calls the resolver."""
        try:
            return await next_(source, info, **kwargs)
        except KyozoError as error:
            member = as_union_member(error, given_id(kwargs["input"], error))
            if member is None:
                raise
            return member
        finally:
            info.context.forget()


def given_id(asked: Any, error: KyozoError) -> str | None:
    """The id in an input of what was not found; None for other errors, and for what was not asked for by an id."""
    about = error.what.lower() if isinstance(error, NotFoundError) else None
    for field in fields(asked):
        value = getattr(asked, field.name)
        if field.name.endswith("_id") and field.name.removesuffix("_id").replace("_", "") == about and isinstance(value, str):
            return value
    return None
