"""Every place of the schema that takes an id, found by a walk: another team's can't be told from one that does not exist."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from kyozo_gql.accounts.models import ApiToken
from kyozo_gql.accounts.viewer import Viewer, hash_secret
from kyozo_gql.api import serving
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.schema.visible import VISIBLE
from kyozo_gql.settings import Settings
from kyozo_gql.workspaces.models import Workspace
from tests.schema.attempts import attempt, attempts, make_ids
from tests.schema.conftest import Client

SCHEMA = build_schema()._schema
SECONDS = 15.0


@dataclass(frozen=True)
class Place:
    """An argument, or a field of its inputs, that takes an id: its path begins with the argument."""

    parent: str
    name: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.parent}.{self.name}({'.'.join(self.path)})"

    @property
    def field(self) -> GraphQLField:
        parent = SCHEMA.type_map[self.parent]
        assert isinstance(parent, GraphQLObjectType)
        field: GraphQLField = parent.fields[self.name]
        return field

    def types(self) -> list[str]:
        """The types whose ids belong there."""
        asked = self.path[-1]
        if asked == "subjectId":  # of any type: one for all
            found = ["Workspace"]
        elif asked.endswith("Id"):
            name = asked.removesuffix("Id")
            found = [name[0].upper() + name[1:]]
        else:
            type_ = get_named_type(self.field.type)
            found = list(VISIBLE) if isinstance(type_, GraphQLInterfaceType) else [type_.name]
        assert VISIBLE.keys() >= set(found), f"the walk does not know what {self} takes"
        return found


Inputs = Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]


def id_paths(inputs: Inputs, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, one in inputs.items():
        type_ = get_named_type(one.type)
        if type_.name == "ID":
            yield (name,)
        elif isinstance(type_, GraphQLInputObjectType):
            assert type_.name not in seen, "an input that holds itself: the walk would never end"
            for path in id_paths(type_.fields, (*seen, type_.name)):
                yield (name, *path)


PLACES = [
    Place(parent.name, name, path)
    for parent in SCHEMA.type_map.values()
    if isinstance(parent, GraphQLObjectType) and not parent.name.startswith("__")
    for name, field in parent.fields.items()
    for path in id_paths(field.args)
]
READ = [place for place in PLACES if place.parent not in ("Mutation", "Subscription")]
WRITTEN = [place for place in PLACES if place.parent == "Mutation"]
WATCHED = [place for place in PLACES if place.parent == "Subscription"]


def test_the_walk_finds_what_there_is():
    assert {str(one) for one in READ} >= {"Query.nodes(ids)", "Workspace.serviceInstances(filter.teamId)"}
    assert {str(one) for one in WRITTEN} >= {
        "Mutation.rollbackService(input.deploymentId)",
        "Mutation.uploadArchive(input.workspaceId)",
    }
    assert {str(one) for one in WATCHED} >= {"Subscription.deploymentEvents(workspaceId)"}


@pytest.fixture
async def own(owner: Viewer, workspace: Workspace, settings: Settings) -> dict[str, str]:
    return await make_ids(owner)


@pytest.fixture
async def foreign(other_owner: Viewer, settings: Settings) -> dict[str, str]:
    return await make_ids(other_owner)


def without_id(answer: Any, id: str) -> Any:
    return json.loads(json.dumps(answer).replace(id, "the id"))


def document_of(place: Place) -> str:
    """A query with the argument in a variable."""
    argument = place.field.args[place.path[0]]
    others = [name for name, one in place.field.args.items() if is_required_argument(one) and name != place.path[0]]
    assert not others, f"the walk does not know what to give for {others} of {place}"
    type_ = get_named_type(place.field.type)
    fields = type_.fields if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) else {}
    selection = "" if is_leaf_type(type_) else " { totalCount }" if "totalCount" in fields else " { __typename }"
    asked = f"{place.name}({place.path[0]}: $given){selection}"
    if place.parent == "Query":
        return f"query($given: {argument.type}) {{ {asked} }}"
    if place.parent == "Viewer":
        return f"query($given: {argument.type}) {{ viewer {{ {asked} }} }}"
    parent = SCHEMA.type_map[place.parent]
    assert isinstance(parent, GraphQLObjectType)
    assert "Node" in {one.name for one in parent.interfaces}, f"the walk does not know how to reach {place}"
    return f"query($given: {argument.type}, $parent: ID!) {{ node(id: $parent) {{ ... on {place.parent} {{ {asked} }} }} }}"


def given_at(place: Place, id: str) -> Any:
    """The value of the argument that has the id in its place."""
    argument = place.field.args[place.path[0]].type
    nullable = argument.of_type if isinstance(argument, GraphQLNonNull) else argument
    given: Any = [id] if isinstance(nullable, GraphQLList) else id
    for name in reversed(place.path[1:]):
        given = {name: given}
    return given


@pytest.mark.parametrize("place", READ, ids=str)
async def test_reading(client: Client, own: dict[str, str], foreign: dict[str, str], owner: Viewer, place: Place):
    token = await ApiToken.get(secret_hash=hash_secret(client.token))
    own |= {"ApiToken": encode_id("ApiToken", token.id)}  # those of colleagues are not shown
    if place.parent == "Viewer":
        own |= {"User": encode_id("User", owner.user.id)}  # what others did is not shown there
    document, parent = document_of(place), {} if place.parent in ("Query", "Viewer") else {"parent": own[place.parent]}

    async def ask(id: str) -> Any:
        return without_id((await client.post(document, given=given_at(place, id), **parent)).json(), id)

    for type_name in place.types():
        theirs, missing = await ask(foreign[type_name]), await ask(encode_id(type_name, uuid4()))
        assert theirs == missing
        assert await ask(own[type_name]) != missing, "or the walk would find nothing whatever it asked"


@pytest.mark.parametrize("place", WRITTEN, ids=str)
async def test_writing(client: Client, own: dict[str, str], foreign: dict[str, str], place: Place):
    (type_name,) = place.types()
    given = attempts(own)[place.name]
    argument, *inner, last = place.path
    assert (argument, inner) == ("input", []), f"the walk does not know how to give {place}"
    assert last in given, f"the walk leaves out {place}: add it to attempts()"

    async def ask(id: str) -> Any:
        return without_id(await attempt(client, place.name, given | {last: id}), id)

    theirs, missing = await ask(foreign[type_name]), await ask(encode_id(type_name, uuid4()))
    assert theirs == missing
    assert (theirs["__typename"], theirs["id"]) == ("NotFound", "the id")
    assert (await ask(own[type_name]))["__typename"] != "NotFound"


@pytest.fixture(scope="module")
async def address(app: Starlette) -> AsyncIterator[str]:
    """The app on a real port; what it uses is open already."""
    bare = Starlette(routes=app.routes)
    bare.state.resources, bare.state.redis = app.state.resources, app.state.redis
    async with serving(bare, "127.0.0.1", 0) as port:
        yield f"ws://127.0.0.1:{port}/graphql"


async def refusal_of(address: str, token: str, document: str, variables: dict[str, str]) -> Any:
    """What a subscription is refused with, over a socket of its own."""
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket, asyncio.timeout(SECONDS):
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        payload = {"query": document, "variables": variables}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        async for frame in socket:
            message = json.loads(frame)
            if message["type"] in ("next", "error", "complete"):
                assert message["type"] == "error", message
                return message["payload"]
    raise AssertionError("the socket was closed")


@pytest.mark.parametrize("place", WATCHED, ids=str)
async def test_watching(address: str, client: Client, own: dict[str, str], foreign: dict[str, str], place: Place):
    (type_name,), (asked,) = place.types(), place.path
    arguments = place.field.args
    type_ = get_named_type(place.field.type)
    selection = "" if is_leaf_type(type_) else " { __typename }"
    takes_ids = {one.path[0]: one.types()[0] for one in WATCHED if one.name == place.name}
    needed = {name for name, one in arguments.items() if is_required_argument(one)} | {asked}
    assert needed <= takes_ids.keys(), f"the walk does not know what to give for {needed - takes_ids.keys()} of {place}"
    for names in (needed, set(takes_ids)):  # alone, and with all else that may be said of it
        declared = ", ".join(f"${name}: {arguments[name].type}" for name in names)
        passed = ", ".join(f"{name}: ${name}" for name in names)
        document = f"subscription({declared}) {{ {place.name}({passed}){selection} }}"
        base = {name: own[takes_ids[name]] for name in names}
        answers = [
            without_id(await refusal_of(address, client.token, document, base | {asked: id}), id)
            for id in (foreign[type_name], encode_id(type_name, uuid4()))
        ]
        assert answers[0] == answers[1]
        assert [error["extensions"]["code"] for error in answers[0]] == ["NOT_FOUND"]
