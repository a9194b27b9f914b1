"""The schema, put together."""

from __future__ import annotations

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.extensions import DisableIntrospection, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from kyozo_gql.schema.extensions import OneOperation, OwnContext, Registered, ReportedErrors
from kyozo_gql.schema.limits import Limits
from kyozo_gql.schema.mutations.accounts import AccountMutations
from kyozo_gql.schema.mutations.lifecycle import LifecycleMutations
from kyozo_gql.schema.mutations.services import ServiceMutations
from kyozo_gql.schema.mutations.topology import TopologyMutations
from kyozo_gql.schema.mutations.workspaces import WorkspaceMutations
from kyozo_gql.schema.persisted import Documents
from kyozo_gql.schema.queries import Query
from kyozo_gql.schema.rate_limit import Rated
from kyozo_gql.schema.scalars import SCALARS
from kyozo_gql.schema.subscriptions import Subscription


@strawberry.type(
    description=(
        "Writing. Each mutation takes one input and answers with its payload, or with a UserError that says why nothing changed. "
        "What takes longer is accepted, and brought about by workers: follow it with a subscription."
    )
)
class Mutation(AccountMutations, WorkspaceMutations, TopologyMutations, ServiceMutations, LifecycleMutations):
    """The fields of every mutation."""


class Schema(strawberry.Schema):
    """Leaves the logging of errors to ReportedErrors, which knows a client's mistake from ours.

    ``documents``: where the texts of operations are found, and which of them may run.
    """

    documents = Documents()

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing."""


def build_schema(*, introspection: bool = True, suggestions: bool = False) -> Schema:
    """The schema with everything that surrounds its operations. ReportedErrors comes first: it sees what all others left.

    ``suggestions``: whether errors name fields that a client may have meant.
    """
    extensions: list[type[SchemaExtension]] = [ReportedErrors, OwnContext, OneOperation, Registered, Limits, Rated]
    if not introspection:
        extensions.append(DisableIntrospection)
    config = StrawberryConfig(disable_field_suggestions=not suggestions, scalar_map=SCALARS)
    schema = Schema(Query, Mutation, Subscription, extensions=extensions, config=config)
    _leave_out_null_defaults(schema._schema)  # noqa: SLF001 — Strawberry offers no other way to the schema of graphql-core
    return schema


def _leave_out_null_defaults(schema: GraphQLSchema) -> None:
    """A default of null says nothing that an optional argument does not: it would only stand in the way of the reader."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            inputs: list[GraphQLInputField | GraphQLArgument] = list(type_.fields.values())
        else:
            fields = type_.fields.values() if isinstance(type_, GraphQLObjectType) else ()
            inputs = [argument for field in fields for argument in field.args.values()]
        for one in inputs:
            if one.default_value is None:
                one.default_value = Undefined
