"""Tokens."""

from __future__ import annotations

from datetime import datetime

import strawberry

from kyozo_gql.accounts import models as rows
from kyozo_gql.accounts.tokens import create_token
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.types.accounts import ApiToken
from kyozo_gql.schema.types.enums import Role


@strawberry.input(description="Makes a token of your own for one team.")
class CreateApiTokenInput:
    """A new token."""

    name: str = strawberry.field(description="What it is for, 1 to 100 characters.")
    team_id: strawberry.ID = strawberry.field(description="The team that it reaches.")
    role: Role = strawberry.field(description="The most that it may do; not above your own role.")
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="When it ends: in the future, and not after the token in use. Default: never.",
    )


@strawberry.type(description="The token that was made.")
class CreateApiTokenPayload:
    """The new token."""

    api_token: rows.ApiToken = strawberry.field(graphql_type=ApiToken, description="The token.")
    secret: str = strawberry.field(description="What to send as `Authorization: Bearer …`. It is shown this once and kept nowhere.")


@strawberry.type
class AccountMutations:
    """Part of Mutation."""

    @mutation(CreateApiTokenPayload, "Makes a token of your own for one team.")
    async def create_api_token(self, info: Info, input: CreateApiTokenInput) -> CreateApiTokenPayload:
        team_id = key_of(input.team_id, "Team")
        token, secret = await create_token(info.context.viewer, team_id, input.name, input.role, input.expires_at)
        return CreateApiTokenPayload(api_token=token, secret=secret)
