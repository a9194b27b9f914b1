"""Every field that can be read answers, for something of each type that has an id."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from kyozo_gql.accounts.models import ApiToken
from kyozo_gql.accounts.viewer import Viewer, hash_secret
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import GlobalId, encode_id
from kyozo_gql.schema.visible import VISIBLE
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.attempts import make_ids
from tests.schema.conftest import Client
from tests.schema.rows import make_build_lines, make_check, make_replica

SCHEMA = build_schema()._schema


@pytest.fixture
async def ids(client: Client, owner: Viewer, workspace: Workspace, settings: Settings) -> dict[str, str]:
    """With something in every list."""
    ids = await make_ids(owner)
    service = await ServiceInstance.get(id=GlobalId.parse(ids["ServiceInstance"]).key)
    deployment = await Deployment.get(id=GlobalId.parse(ids["Deployment"]).key)
    await make_replica(service, deployment, 0, 8000)
    await make_check(service)
    await make_build_lines(deployment.id, 2)
    token = await ApiToken.get(secret_hash=hash_secret(client.token))
    return ids | {"ApiToken": encode_id("ApiToken", token.id)}


def selection(type_: GraphQLNamedType, deep: int) -> str:
    """All fields of a type that need no argument, and those of what they lead to, so deep."""
    if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    asked = (f"{name}{part}" for name, field in type_.fields.items() if (part := _part(field, deep)) is not None)
    return f" {{ __typename {' '.join(asked)} }}"


def _part(field: GraphQLField, deep: int) -> str | None:
    type_ = get_named_type(field.type)
    if any(is_required_argument(one) for one in field.args.values()) or (deep == 0 and not is_leaf_type(type_)):
        return None
    through = type_.name.endswith(("Connection", "Edge"))  # what leads on to elements alone
    return selection(type_, deep if through else deep - 1)


def fields_in(answer: Any) -> set[str]:
    """Which fields were answered, as ``Type.field``."""
    if isinstance(answer, list):
        return set().union(*map(fields_in, answer)) if answer else set()
    if not isinstance(answer, dict):
        return set()
    name = answer.get("__typename", "")
    return set().union({f"{name}.{field}" for field in answer}, *map(fields_in, answer.values()))


async def test_every_field_answers(client: Client, ids: dict[str, str]):
    answered: set[str] = set()
    for name, id in ids.items():
        document = f"query($id: ID!) {{ node(id: $id) {{ ... on {name}{selection(SCHEMA.type_map[name], 1)} }} }}"
        answered |= fields_in(await client.ask(document, id=id))
    for field, name in (("viewer", "Viewer"), ("engine", "Engine")):
        answered |= fields_in(await client.ask(f"{{ {field}{selection(SCHEMA.type_map[name], 1)} }}"))
    expected = {
        f"{name}.{field}"
        for name in (*VISIBLE, "Viewer", "Engine", "PageInfo")
        for field in SCHEMA.type_map[name].fields  # type: ignore[attr-defined]  # all of them are objects
    }
    assert expected - answered == set()
