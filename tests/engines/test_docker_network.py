"""Who reaches whom by which name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from kyozo_gql.core.errors import EngineError
from kyozo_gql.core.ids import new_id
from kyozo_gql.engines.docker import DockerEngine
from kyozo_gql.engines.docker_network import is_network_unsettled
from kyozo_gql.engines.engine import ObservedReplica, ReplicaState
from tests.engines.bench import STEADY, WEB_PORT, Behaviour, Bench

pytestmark = pytest.mark.docker


async def _serve(
    bench: Bench, alias: str, words: str, stack_id: UUID | None = None, stack_alias: str | None = None
) -> ObservedReplica:
    script = Behaviour(f"echo {words} > index.html; exec httpd -f -p {WEB_PORT}")
    name = f"kyozo-test-{bench.service_id}-{alias}"
    return await bench.run(script, alias=alias, name=name, stack_id=stack_id, stack_alias=stack_alias)


async def _fetch(bench: Bench, replica: ObservedReplica, host: str) -> str:
    fetch = ("wget", "-qO-", f"http://{host}:{WEB_PORT}/index.html")
    async with asyncio.timeout(20):
        while (result := await bench.engine.execute(replica.container_id, fetch, 10)).exit_code:  # noqa: ASYNC110 — another process
            await asyncio.sleep(0.05)
    return result.output.strip()


def _client(socket: Path) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://docker")


def _networks(socket: Path, workspace_id: UUID) -> set[str]:
    with _client(socket) as client:
        records = client.get("/networks").raise_for_status().json()
    return {record["Name"] for record in records if record["Labels"].get("kyozo.workspace") == str(workspace_id)}


async def test_two_stacks_of_a_workspace_use_the_same_names_for_their_own(docker_bench: Bench) -> None:
    bench = docker_bench
    # Many, since which of two networks comes first must not be luck.
    stacks = [new_id() for _ in range(4)]
    await _serve(bench, "db", "the-workspaces-own")
    webs = []
    for number, stack in enumerate(stacks):
        await _serve(bench, f"app{number}-db", f"db-of-{number}", stack, "db")
        webs.append(await _serve(bench, f"app{number}-web", f"web-of-{number}", stack, "web"))
    for number, web in enumerate(webs):
        assert {await _fetch(bench, web, "db") for _ in range(5)} == {f"db-of-{number}"}
        assert await _fetch(bench, web, "web") == f"web-of-{number}"
    # Across the workspace every service has one name that is its own.
    assert await _fetch(bench, webs[0], "app1-db") == "db-of-1"
    alone = await _serve(bench, "alone", "alone")
    assert await _fetch(bench, alone, "db") == "the-workspaces-own"
    assert await _fetch(bench, alone, "app3-web") == "web-of-3"


async def test_networks_go_with_their_last_replica(docker_bench: Bench, docker_socket: Path) -> None:
    bench = docker_bench
    stack = new_id()
    workspace_name = f"kyozo-specific-workspace-{bench.workspace_id}"
    part = await _serve(bench, "app-db", "x", stack, "db")
    alone = await _serve(bench, "alone", "y")
    both = {workspace_name, f"kyozo-specific-stack-{stack}"}
    assert _networks(docker_socket, bench.workspace_id) == both
    await bench.engine.stop(part.container_id, 0)
    await bench.engine.forget_workspace(bench.workspace_id)
    assert _networks(docker_socket, bench.workspace_id) == both
    await bench.engine.remove(part.container_id)
    await bench.engine.forget_workspace(bench.workspace_id)
    assert _networks(docker_socket, bench.workspace_id) == {workspace_name}
    await bench.engine.remove(alone.container_id)
    await bench.engine.forget_workspace(bench.workspace_id)
    assert _networks(docker_socket, bench.workspace_id) == set()


async def test_a_replica_joins_its_networks_again_where_they_were_removed(docker_bench: Bench, docker_socket: Path) -> None:
    bench = docker_bench
    stack = new_id()
    db = await bench.replica_spec(STEADY, alias="app-db", stack_id=stack, stack_alias="db")
    replica = await bench.engine.run(db)
    assert (await bench.engine.run(db)).started_at == replica.started_at
    await bench.engine.stop(replica.container_id, 0)
    for network in _networks(docker_socket, bench.workspace_id):
        with _client(docker_socket) as client:
            client.delete(f"/networks/{network}").raise_for_status()
    with pytest.raises(EngineError) as raised:
        await bench.engine.start(replica.container_id)
    assert is_network_unsettled(raised.value)
    again = await bench.engine.run(db)
    assert (again.container_id, again.state) == (replica.container_id, ReplicaState.RUNNING)
    web = await _serve(bench, "app-web", "web", stack, "web")
    assert await _fetch(bench, web, "web") == "web"
    found = await bench.engine.execute(web.container_id, ("nslookup", "db"), 10)
    assert found.exit_code == 0, found.output
    assert await _fetch(bench, web, "app-web") == "web"
    assert (await bench.engine.execute(web.container_id, ("nslookup", "app-db"), 10)).exit_code == 0


async def test_the_least_version_of_the_api_is_a_setting(docker_socket: Path) -> None:
    engine = DockerEngine(docker_socket, installation="networks", api_version="1.999")
    with pytest.raises(EngineError, match=r"speaks API 1\.\d+; 1\.999 is needed at least"):
        await engine.info()
    await engine.close()
    older = DockerEngine(docker_socket, installation="networks", api_version="1.9")
    assert (await older.info()).api_version
    await older.close()
