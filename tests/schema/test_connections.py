"""Every connection of the schema, found by a walk: pages both ways, and what is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type
from tortoise.models import Model

from kyozo_gql.accounts.models import Team
from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.models import BuildLogLine, Deployment, ServiceInstance
from kyozo_gql.core.clock import now
from kyozo_gql.schema.build import build_schema
from kyozo_gql.schema.ids import encode_id
from kyozo_gql.workspaces.models import File, Workspace
from tests.schema.conftest import Client
from tests.schema.rows import make_deployment, make_detection, make_entry, make_event, make_service

NEWEST_FIRST = {"ServiceInstance.deployments", "ServiceInstance.events", "Team.auditEntries", "Viewer.auditEntries"}


@dataclass(frozen=True)
class World:
    """Something of each type that has lists; it is in no list that it would be among the elements of."""

    owner: Viewer
    team: Team
    workspace: Workspace
    service: ServiceInstance
    deployment: Deployment

    def id_of(self, type_name: str) -> str:
        for row in (self.team, self.workspace, self.service, self.deployment):
            if type(row).__name__ == type_name:
                return encode_id(type_name, row.id)
        raise LookupError(f"the walk does not know how to reach a {type_name}: add one to World")


async def make_workspace(world: World, number: int) -> Model:
    return await Workspace.create(name=f"x{number}", team_id=world.team.id)


async def make_file(world: World, number: int) -> Model:
    return await File.create(workspace_id=world.workspace.id, path=f"x{number}", size_bytes=1, content_hash="0")


async def make_line(world: World, number: int) -> Model:
    return await BuildLogLine.create(
        deployment_id=world.deployment.id, number=number, stream="stdout", message=f"x{number}", created_at=now()
    )


async def make_owners_entry(world: World, number: int) -> Model:
    return await make_entry(world.team.id, world.owner.user, f"x{number}")


# How an element of each type is made, and the field that its number is read from.
ELEMENTS: dict[str, tuple[Callable[[World, int], Awaitable[Model]], str]] = {
    "AuditEntry": (make_owners_entry, "subjectName"),
    "Workspace": (make_workspace, "name"),
    "ServiceInstance": (lambda world, number: make_service(world.workspace, f"x{number}"), "name"),
    "TopologyDetection": (lambda world, number: make_detection(world.workspace, f"x{number}"), "folderPath"),
    "Deployment": (lambda world, number: make_deployment(world.service, number), "number"),
    "DeploymentEvent": (lambda world, number: make_event(world.service, number, event_data={"number": number}), "eventData"),
    "File": (make_file, "path"),
    "LogLine": (make_line, "message"),
}


def connections() -> Iterator[tuple[str, str, str]]:
    """The parent, the field and the type of the elements of each connection."""
    for parent in build_schema()._schema.type_map.values():
        for name, field in parent.fields.items() if isinstance(parent, GraphQLObjectType) else ():
            type_ = get_named_type(field.type)
            if isinstance(type_, GraphQLObjectType) and "pageInfo" in type_.fields:
                assert {"first", "after", "last", "before"} <= field.args.keys(), f"{parent.name}.{name} does not page both ways"
                edge = get_named_type(type_.fields["edges"].type)
                assert isinstance(edge, GraphQLObjectType)
                yield parent.name, name, get_named_type(edge.fields["node"].type).name


CONNECTIONS = list(connections())
EVERY = pytest.mark.parametrize(("parent", "field", "element"), CONNECTIONS, ids=[f"{one[0]}.{one[1]}" for one in CONNECTIONS])


@pytest.fixture
async def world(owner: Viewer, team: Team, workspace: Workspace) -> World:
    service = await make_service(workspace, "api")
    return World(owner, team, workspace, service, await make_deployment(service, 1_000))


class List:
    """One connection, as a client pages it."""

    def __init__(self, client: Client, world: World, parent: str, field: str, element: str) -> None:
        self.client = client
        self._make, self.label = ELEMENTS[element]
        self.world = world
        arguments = "(first: $first, after: $after, last: $last, before: $before)"
        asked = f"list: {field}{arguments} {{ totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}"
        asked += f" edges {{ cursor node {{ {self.label} }} }} }}"
        self.id = None if parent in ("Query", "Viewer") else world.id_of(parent)
        self.inner = asked if self.id is None else f"node(id: $id) {{ ... on {parent} {{ {asked} }} }}"
        if parent == "Viewer":
            self.inner = f"viewer {{ {asked} }}"
        self.document = (
            f"query($first: Int, $after: String, $last: Int, $before: String{'' if self.id is None else ', $id: ID!'})"
            f" {{ {self.inner} }}"
        )

    async def make(self, number: int) -> Model:
        return await self._make(self.world, number)

    def _variables(self, asked: dict[str, Any]) -> dict[str, Any]:
        return asked if self.id is None else asked | {"id": self.id}

    async def page(self, **asked: Any) -> dict[str, Any]:
        data = await self.client.ask(self.document, **self._variables(asked))
        found: dict[str, Any] = (data.get("node") or data.get("viewer") or data)["list"]
        return found

    async def refusal(self, **asked: Any) -> dict[str, Any]:
        extensions: dict[str, Any] = (await self.client.fail(self.document, **self._variables(asked)))["extensions"]
        return extensions

    def numbers(self, page: dict[str, Any]) -> list[int]:
        """Those of the elements that the test has made."""
        labels = [edge["node"][self.label] for edge in page["edges"]]
        texts = [str(label["number"] if isinstance(label, dict) else label).removeprefix("x") for label in labels]
        return [int(text) for text in texts if text.isdecimal() and int(text) < 1_000]


@pytest.fixture
async def listing(client: Client, world: World, parent: str, field: str, element: str) -> List:
    if element not in ELEMENTS:
        pytest.fail(f"the walk does not know how to make a {element}: add it to ELEMENTS")
    return List(client, world, parent, field, element)


@EVERY
@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_pages_visit_everything_once_and_in_order_both_ways(listing: List, parent: str, field: str, size: int):
    for number in range(10, 17):
        await listing.make(number)
    expected = list(range(10, 17))
    if f"{parent}.{field}" in NEWEST_FIRST:
        expected.reverse()
    whole = await listing.page(first=100)
    cursors = [edge["cursor"] for edge in whole["edges"]]
    assert listing.numbers(whole) == expected
    assert whole["totalCount"] == len(cursors) == len(set(cursors))

    forwards: list[str] = []
    while True:
        page = await listing.page(first=size, after=forwards[-1] if forwards else None)
        assert page["pageInfo"]["hasPreviousPage"] == bool(forwards)
        forwards += [edge["cursor"] for edge in page["edges"]]
        assert page["pageInfo"]["hasNextPage"] == (len(forwards) < len(cursors))
        assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (page["edges"][0]["cursor"], forwards[-1])
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert forwards == cursors

    backwards: list[str] = []
    while True:
        page = await listing.page(last=size, before=backwards[0] if backwards else None)
        assert page["pageInfo"]["hasNextPage"] == bool(backwards)
        backwards = [edge["cursor"] for edge in page["edges"]] + backwards
        assert page["pageInfo"]["hasPreviousPage"] == (len(backwards) < len(cursors))
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert backwards == cursors


@EVERY
@pytest.mark.parametrize("way", ["forwards", "backwards"])
async def test_what_comes_and_goes_between_pages_shifts_nothing(listing: List, parent: str, field: str, way: str):
    rows = {number: await listing.make(number) for number in range(10, 20)}
    newest_first = f"{parent}.{field}" in NEWEST_FIRST
    walked_down = newest_first == (way == "forwards")
    size, onwards, edge, more = (
        ("first", "after", "endCursor", "hasNextPage")
        if way == "forwards"
        else ("last", "before", "startCursor", "hasPreviousPage")
    )
    visited: list[int] = []
    cursor = None
    for turn in range(20):
        page = await listing.page(**{size: 2, onwards: cursor})
        numbers = listing.numbers(page)
        visited += numbers if way == "forwards" else reversed(numbers)
        cursor = page["pageInfo"][edge]
        if not page["pageInfo"][more]:
            break
        if turn == 1:
            await rows[visited[0]].delete()  # what was seen already, the place itself, and what is still to come
            await rows[visited[-1]].delete()
            await rows.pop(13 if walked_down else 16).delete()
            await listing.make(30)
    assert [number for number in visited if number != 30] == sorted(rows, reverse=walked_down)
    assert visited.count(30) == (0 if walked_down else 1), "it is at the end of what is made in order"


@EVERY
@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"first": -1}, {"code": "BAD_PAGE_SIZE", "argument": "first", "limit": 100}),
        ({"first": 101}, {"code": "BAD_PAGE_SIZE", "argument": "first", "limit": 100}),
        ({"last": 101}, {"code": "BAD_PAGE_SIZE", "argument": "last", "limit": 100}),
        ({"first": 1, "last": 1}, {"code": "BAD_PAGE_SIZE", "argument": "last", "limit": 100}),
        ({"after": "x"}, {"code": "BAD_CURSOR", "argument": "after"}),
        ({"last": 1, "before": "x"}, {"code": "BAD_CURSOR", "argument": "before"}),
    ],
    ids=str,
)
async def test_bad_pages_are_refused_by_name(listing: List, asked: dict[str, Any], refusal: dict[str, Any]):
    assert await listing.refusal(**asked) == refusal


@EVERY
async def test_an_empty_page_has_no_cursors(listing: List):
    page = await listing.page(first=0)
    assert (page["edges"], page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == ([], None, None)


async def test_each_of_many_lists_knows_what_lies_outside_of_it(client: Client, team: Team, world: World):
    other = await Workspace.create(name="other", team_id=team.id)
    for workspace, paths in ((world.workspace, "ab"), (other, "z")):
        for path in paths:
            await File.create(workspace_id=workspace.id, path=path, size_bytes=1, content_hash="0")
    document = """query($ids: [ID!]!, $first: Int, $last: Int, $after: String, $before: String) {
      nodes(ids: $ids) { ... on Workspace { files(first: $first, last: $last, after: $after, before: $before) {
        pageInfo { hasNextPage hasPreviousPage } edges { cursor node { path } } } } } }"""
    ids = [encode_id("Workspace", one.id) for one in (world.workspace, other)]
    whole = [node["files"]["edges"] for node in (await client.ask(document, ids=ids))["nodes"]]
    assert [[edge["node"]["path"] for edge in edges] for edges in whole] == [["a", "b"], ["z"]]
    after = await client.ask(document, ids=ids, first=5, after=whole[0][0]["cursor"])
    assert [node["files"]["pageInfo"]["hasPreviousPage"] for node in after["nodes"]] == [True, False]
    before = await client.ask(document, ids=ids, last=5, before=whole[0][1]["cursor"])
    assert [node["files"]["pageInfo"]["hasNextPage"] for node in before["nodes"]] == [True, True]
