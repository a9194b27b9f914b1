"""What a mutation answers where it did nothing: errors that the caller can mend."""

from __future__ import annotations

import strawberry

from kyozo_gql.schema.types.enums import Role


@strawberry.interface(description="Why a mutation did nothing. Nothing was changed.")
class UserError:
    """Made of ``core.errors.UserError``."""

    code: str = strawberry.field(
        description="A stable code for programs: `NOT_FOUND`, `INVALID_INPUT`, `FORBIDDEN` or `CONFLICT`; there may be more."
    )
    message: str = strawberry.field(description="A sentence for people.")


@strawberry.type(description="There is no such object for you: it does not exist, or it belongs to a team that you are not in.")
class NotFound(UserError):
    """Made of ``core.errors.NotFound``."""

    id: strawberry.ID | None = strawberry.field(
        description="The id that was asked for, as it was given; null: it was not asked for by an id."
    )


@strawberry.type(description="One wrong field of an input.")
class FieldError:
    """Read from ``core.errors.FieldError``."""

    path: str = strawberry.field(description="Where it is in the input, such as `portMappings.0.hostPort`.")
    message: str = strawberry.field(description="What is wrong with it.")


@strawberry.type(description="The input is wrong.")
class InvalidInput(UserError):
    """Made of ``core.errors.InvalidInput``."""

    fields: list[FieldError] = strawberry.field(description="Each wrong field.")


@strawberry.type(description="Your role, or your token's, does not allow it.")
class Forbidden(UserError):
    """Made of ``core.errors.Forbidden``."""

    required_role: Role | None = strawberry.field(description="The least role that may; null: no role may.")


@strawberry.type(description="The input is fine; the state of things does not allow it now.")
class Conflict(UserError):
    """Made of ``core.errors.Conflict``, or of what an engine refuses."""
