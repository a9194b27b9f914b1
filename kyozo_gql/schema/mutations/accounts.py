"""Signing in, tokens, teams and their members."""

from __future__ import annotations

from datetime import datetime

import strawberry

from kyozo_gql.accounts import models as rows
from kyozo_gql.accounts.members import create_team, remove_member, set_member
from kyozo_gql.accounts.permissions import Action
from kyozo_gql.accounts.sign_in import sign_in
from kyozo_gql.accounts.tokens import create_token, revoke_token
from kyozo_gql.schema.context import Info
from kyozo_gql.schema.ids import key_of
from kyozo_gql.schema.inputs import IDEMPOTENCY_KEY
from kyozo_gql.schema.mutation import mutation
from kyozo_gql.schema.rate_limit import client_address
from kyozo_gql.schema.types.accounts import ApiToken, Membership, Team, User
from kyozo_gql.schema.types.enums import Role


@strawberry.input(description="Signs in with a password.")
class SignInInput:
    """Who signs in."""

    email: str = strawberry.field(description="The address, at most 254 characters; case does not matter.")
    password: str = strawberry.field(description="The password, at most 1024 characters.")


@strawberry.input(
    description="Makes a token of your own for one team. It takes no idempotency key: the secret is shown once, and kept nowhere."
)
class CreateApiTokenInput:
    """A new token."""

    name: str = strawberry.field(description="What it is for, 1 to 100 characters.")
    team_id: strawberry.ID = strawberry.field(description="The team that it reaches.")
    role: Role = strawberry.field(description="The most that it may do; not above your own role.")
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="When it ends: in the future, and not after the token in use unless that is from `signIn`. Default: never.",
    )


@strawberry.input(description="Ends a token.")
class RevokeApiTokenInput:
    """A token to end."""

    api_token_id: strawberry.ID = strawberry.field(description="The token: one of your own, or as an admin one for your team.")


@strawberry.input(description="Makes a team whose owner you are.")
class CreateTeamInput:
    """A new team."""

    name: str = strawberry.field(description="1 to 100 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Adds a member to a team, or changes a member's role.")
class SetTeamMemberInput:
    """A member of a team."""

    team_id: strawberry.ID = strawberry.field(description="The team.")
    email: str = strawberry.field(
        description="The member's address, at most 254 characters. Who is no user yet becomes one, without a password."
    )
    role: Role = strawberry.field(description="What the member may do; not above your own role.")


@strawberry.input(description="Removes a member from a team, or leaves it.")
class RemoveTeamMemberInput:
    """A member to remove."""

    team_id: strawberry.ID = strawberry.field(description="The team.")
    user_id: strawberry.ID = strawberry.field(description="The member: yourself, or as an admin somebody else.")


@strawberry.type(description="You are signed in.")
class SignInPayload:
    """A token, and whose it is."""

    token: str = strawberry.field(
        description="What to send as `Authorization: Bearer …` for the next 30 days. It reaches all of your teams."
    )
    user: rows.User = strawberry.field(graphql_type=User, description="Who you are.")


@strawberry.type(description="The token that was made.")
class CreateApiTokenPayload:
    """The new token."""

    api_token: rows.ApiToken = strawberry.field(graphql_type=ApiToken, description="The token.")
    secret: str = strawberry.field(description="What to send as `Authorization: Bearer …`. It is shown this once and kept nowhere.")


@strawberry.type(description="The token does not hold any more.")
class RevokeApiTokenPayload:
    """The ended token."""

    api_token: rows.ApiToken = strawberry.field(graphql_type=ApiToken, description="The token.")


@strawberry.type(description="The team that was made.")
class CreateTeamPayload:
    """The new team."""

    team: rows.Team = strawberry.field(graphql_type=Team, description="The new team. A token for one team does not reach it.")


@strawberry.type(description="The membership as it is now.")
class SetTeamMemberPayload:
    """The new or changed membership."""

    membership: rows.Membership = strawberry.field(graphql_type=Membership, description="The membership.")


@strawberry.type(description="The member is gone, and the member's tokens for the team have ended.")
class RemoveTeamMemberPayload:
    """The team that was left."""

    team: rows.Team = strawberry.field(graphql_type=Team, description="The team.")


@strawberry.type
class AccountMutations:
    """Part of Mutation."""

    @mutation(
        SignInPayload,
        "Signs in with a password. The only operation without a token: alone in its request, over HTTP. After too many failures of "
        "an account or of a client it answers `RATE_LIMITED`, with the seconds to wait.",
        allows=None,
    )
    async def sign_in(self, input: SignInInput) -> SignInPayload:
        user, _, secret = await sign_in(input.email, input.password, client_address())
        return SignInPayload(token=secret, user=user)

    @mutation(CreateTeamPayload, "Makes a team whose owner you are.", allows=None, needs="Needs no role.")
    async def create_team(self, info: Info, input: CreateTeamInput) -> CreateTeamPayload:
        return CreateTeamPayload(team=await create_team(info.context.viewer, input.name, input.idempotency_key))

    @mutation(
        SetTeamMemberPayload,
        "Adds a member to a team, or changes a member's role. The last owner stays one.",
        allows=Action.MANAGE_MEMBERS,
        needs="Needs the role ADMIN; OWNER to make somebody an owner, or to change an owner.",
    )
    async def set_team_member(self, info: Info, input: SetTeamMemberInput) -> SetTeamMemberPayload:
        team_id = key_of(input.team_id, "Team")
        return SetTeamMemberPayload(membership=await set_member(info.context.viewer, team_id, input.email, input.role))

    @mutation(
        RemoveTeamMemberPayload,
        "Removes a member from a team, or leaves it. The last owner stays.",
        allows=Action.MANAGE_MEMBERS,
        needs="Needs the role ADMIN, OWNER to remove an owner; to leave, a token with your own role.",
    )
    async def remove_team_member(self, info: Info, input: RemoveTeamMemberInput) -> RemoveTeamMemberPayload:
        team_id, user_id = key_of(input.team_id, "Team"), key_of(input.user_id, "User")
        return RemoveTeamMemberPayload(team=await remove_member(info.context.viewer, team_id, user_id))

    @mutation(
        RevokeApiTokenPayload,
        "Ends a token at once, and the subscriptions that it began. Again is fine.",
        allows=Action.MANAGE_MEMBERS,
        needs="Needs the role ADMIN, OWNER for a token with that role; for your own tokens, none.",
    )
    async def revoke_api_token(self, info: Info, input: RevokeApiTokenInput) -> RevokeApiTokenPayload:
        return RevokeApiTokenPayload(api_token=await revoke_token(info.context.viewer, key_of(input.api_token_id, "ApiToken")))

    @mutation(
        CreateApiTokenPayload,
        "Makes a token of your own for one team.",
        allows=Action.CREATE_TOKENS,
        needs="Needs the role MEMBER, and the one that the token gets.",
    )
    async def create_api_token(self, info: Info, input: CreateApiTokenInput) -> CreateApiTokenPayload:
        team_id = key_of(input.team_id, "Team")
        token, secret = await create_token(info.context.viewer, team_id, input.name, input.role, input.expires_at)
        return CreateApiTokenPayload(api_token=token, secret=secret)
