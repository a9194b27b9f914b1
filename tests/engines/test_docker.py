from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kyozo_gql.core.errors import BuildFailed, ConfigurationError, Conflict, EngineUnreachable
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, ResourceLimits
from kyozo_gql.engines.docker import DockerEngine
from kyozo_gql.engines.engine import EngineEvent, EngineEventKind, LogStream, ReplicaState
from kyozo_gql.engines.probe import probe_proxied
from tests.docker_engine import PrivateDocker
from tests.docker_images import make_python_image
from tests.engines.bench import BASE_IMAGE, STEADY, WEB_PORT, Behaviour, Bench, News, free_port

pytestmark = pytest.mark.docker


@pytest.fixture
async def bench(docker_socket: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    engine = DockerEngine(docker_socket, installation="specific")
    bench = Bench(engine, tmp_path)
    yield bench
    await bench.clear()
    await engine.close()


def _inspect(socket: Path, path: str) -> Any:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://docker") as client:
        return client.get(path).raise_for_status().json()


async def test_a_container_carries_labels_limits_and_no_more_rights_than_it_needs(bench: Bench, docker_socket: Path) -> None:
    port = free_port()
    replica = await bench.run(
        STEADY, index=2, ports=(PortMapping(80, port), PortMapping(81)), limits=ResourceLimits("128Mi", "0.25", "1Gi")
    )
    record = _inspect(docker_socket, f"/containers/{replica.container_id}/json")
    labels, host = record["Config"]["Labels"], record["HostConfig"]
    assert {name: labels[f"kyozo.{name}"] for name in ("instance", "service", "deployment", "workspace", "replica")} == {
        "instance": "specific",
        "service": str(bench.service_id),
        "deployment": str(bench.deployment_id),
        "workspace": str(bench.workspace_id),
        "replica": "2",
    }
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"], host["PidsLimit"]) == (2**27, 2**27, 250_000_000, 512)
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert (host["CapDrop"], "NET_BIND_SERVICE" in host["CapAdd"], "NET_RAW" in host["CapAdd"]) == (["ALL"], True, False)
    assert (host["Privileged"], host["Init"]) == (False, True)
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}
    assert host["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert replica.ports == (PortMapping(80, port), PortMapping(81))


async def test_services_of_a_workspace_find_each_other_and_no_others(bench: Bench) -> None:
    await bench.run_web(alias="api")
    client = await bench.run(STEADY, index=1, alias="client")
    by_name = ("wget", "-qO-", f"http://api:{WEB_PORT}/index.html")
    await _until_fetched(bench, client.container_id, by_name)
    address = next(replica.address for replica in await bench.engine.observe(bench.service_id) if replica.index == 0)
    by_address = ("wget", "-qO-", f"http://{address}:{WEB_PORT}/index.html")
    await _until_fetched(bench, client.container_id, by_address)
    stranger = Bench(bench.engine, bench.folder)
    outside = await stranger.run(STEADY)
    assert (await bench.engine.execute(outside.container_id, by_name, 20)).exit_code != 0
    with pytest.raises(TimeoutError):
        await bench.engine.execute(outside.container_id, by_address, 2)
    await stranger.clear()


async def _until_fetched(bench: Bench, container_id: str, fetch: tuple[str, ...]) -> None:
    async with asyncio.timeout(20):
        while (await bench.engine.execute(container_id, fetch, 10)).output != "hello\n":  # noqa: ASYNC110 — another process
            await asyncio.sleep(0.05)


async def test_two_installations_on_one_engine_leave_each_other_alone(bench: Bench, docker_socket: Path) -> None:
    spec = await bench.replica_spec(STEADY)
    replica = await bench.engine.run(spec)
    other = DockerEngine(docker_socket, installation="other")
    assert await other.observe() == ()
    assert await other.remove_images(bench.service_id, frozenset()) == ()
    with pytest.raises(Conflict, match="not ours"):
        await other.run(spec)
    await other.close()
    assert (await bench.observe()).container_id == replica.container_id


@pytest.mark.parametrize(
    ("dockerfile", "error", "words"),
    [
        (None, ConfigurationError, "no Dockerfile"),
        ("", ConfigurationError, "empty"),
        (f"FROM {BASE_IMAGE}\nRAN true\n", ConfigurationError, "line 2: unknown instruction: RAN"),
        (f"FROM {BASE_IMAGE}\nCOPY nothing /\n", ConfigurationError, "nothing"),
        ("FROM 127.0.0.1:9/nobody/nothing:1\n", ConfigurationError, "base image 127.0.0.1:9/nobody/nothing:1 can't be pulled"),
        (f"FROM {BASE_IMAGE}\nRUN --mount=type=cache,target=/x true\n", ConfigurationError, "BuildKit"),
        (f"FROM {BASE_IMAGE}\nRUN exit 7\n", BuildFailed, "7"),
    ],
)
async def test_what_is_wrong_with_a_build(bench: Bench, dockerfile: str | None, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        await bench.engine.build(bench.build_spec(dockerfile=dockerfile), bench.on_line)
    assert type(raised.value) is error


async def test_the_dockerfile_is_neither_in_the_folder_nor_in_the_image(bench: Bench) -> None:
    dockerfile = f"FROM {BASE_IMAGE}\nWORKDIR /app\nCOPY . .\nARG FLAVOUR\nRUN find . -type f; echo is $FLAVOUR; echo aside >&2\n"
    spec = bench.build_spec(dockerfile=dockerfile, build_args={"FLAVOUR": "plain"})
    (spec.context / "debug.log").touch()
    (spec.context / ".dockerignore").write_text("*.log\n")
    (spec.context / "link").symlink_to("hello.txt")
    before = sorted(spec.context.iterdir())
    await bench.engine.build(spec, bench.on_line)
    assert sorted(spec.context.iterdir()) == before
    assert [text for text in bench.messages() if text.startswith("./")] == ["./hello.txt"]
    assert "is plain" in bench.messages()
    assert [line.message for line in bench.lines if line.stream is LogStream.STDERR] == ["aside"]


async def test_what_only_containers_can_do_without_is_refused_by_the_engine(bench: Bench) -> None:
    with pytest.raises(ConfigurationError):
        await bench.run(STEADY, limits=ResourceLimits(memory="1Mi"))
    assert await bench.engine.observe(bench.service_id) == ()


async def test_a_service_that_fails_is_restarted_some_times(bench: Bench) -> None:
    await bench.run(Behaviour("exit 4"))
    seen = await bench.until(lambda replica: replica.state is ReplicaState.EXITED, seconds=40)
    assert (seen.exit_code, seen.restart_count) == (4, 5)


async def test_a_command_that_is_given_up_does_not_go_on(bench: Bench, docker_socket: Path) -> None:
    replica = await bench.run(STEADY)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await bench.engine.execute(replica.container_id, ("sleep", "300"), 0.3)
    top = _inspect(docker_socket, f"/containers/{replica.container_id}/top")
    assert not [row for row in top["Processes"] if row[-1] == "sleep 300"]


async def test_a_forwarder_without_a_service_behind_is_not_healthy(bench: Bench) -> None:
    port = free_port()
    check = HealthCheckSpec(HealthCheckKind.TCP, port=80)
    replica = await bench.run(STEADY, ports=(PortMapping(80, port),))
    await bench.until_logged(replica.container_id, "three")
    assert not (await bench.engine.probe(replica.container_id, check)).healthy
    assert not (await probe_proxied("127.0.0.1", port, check)).healthy
    _, web_port = await bench.run_web(index=1)
    async with asyncio.timeout(15):
        while not (await probe_proxied("127.0.0.1", web_port, check)).healthy:  # noqa: ASYNC110 — another process
            await asyncio.sleep(0.05)


async def test_forget_workspace_waits_for_its_last_replica(bench: Bench, docker_socket: Path) -> None:
    replica = await bench.run(STEADY)
    network = f"/networks/kyozo-specific-workspace-{bench.workspace_id}"
    await bench.engine.forget_workspace(bench.workspace_id)
    assert _inspect(docker_socket, network)["Labels"]["kyozo.workspace"] == str(bench.workspace_id)
    await bench.engine.remove(replica.container_id)
    await bench.engine.forget_workspace(bench.workspace_id)
    with pytest.raises(httpx.HTTPStatusError):
        _inspect(docker_socket, network)


async def test_events_go_on_after_the_engine_was_away(bench: Bench, private_docker: PrivateDocker) -> None:
    replica = await bench.run(STEADY)
    async with News(bench.engine) as news:
        await asyncio.to_thread(private_docker.stop)
        for call in (bench.engine.info(), bench.engine.observe(), bench.engine.stop(replica.container_id, 1)):
            with pytest.raises(EngineUnreachable):
                await call
        await asyncio.to_thread(private_docker.start)
        await news.until(EngineEvent(EngineEventKind.RESYNC), EngineEvent(EngineEventKind.RESYNC))
        assert (await bench.observe()).container_id == replica.container_id
        await bench.engine.remove(replica.container_id)
        await news.until(EngineEvent(EngineEventKind.REMOVED, bench.service_id, replica.container_id))


async def test_a_python_service_runs_on_the_image_made_here(bench: Bench, docker_socket: Path) -> None:
    await asyncio.to_thread(make_python_image, docker_socket, "python:3.13-slim")
    dockerfile = (
        "FROM python:3.13-slim\nRUN python -m venv /venv && /venv/bin/python -c 'import ssl, sqlite3, zoneinfo' && pip --version\n"
        f'WORKDIR /app\nCOPY . .\nUSER nobody\nCMD ["/venv/bin/python", "-m", "http.server", "{WEB_PORT}"]\n'
    )
    spec = bench.build_spec(dockerfile=dockerfile)
    await bench.engine.build(spec, bench.on_line)
    replica = await bench.run(STEADY, image=spec.image, command=None, ports=(PortMapping(WEB_PORT, free_port()),))
    check = HealthCheckSpec(HealthCheckKind.HTTP, path="/hello.txt")
    async with asyncio.timeout(20):
        while not (await bench.engine.probe(replica.container_id, check)).healthy:  # noqa: ASYNC110 — another process
            await asyncio.sleep(0.05)


def test_the_private_engine_leaves_the_default_bridge_alone(docker_socket: Path) -> None:
    links = json.loads(subprocess.run(["ip", "-j", "link"], check=True, capture_output=True).stdout)
    bridge = _inspect(docker_socket, "/networks/bridge")["Options"]["com.docker.network.bridge.name"]
    assert bridge.startswith("kyozo")
    assert bridge in [link["ifname"] for link in links]


async def test_replicas_that_start_at_the_same_moment_share_one_network(bench: Bench, docker_socket: Path) -> None:
    engines = [DockerEngine(docker_socket, installation="race") for _ in range(4)]
    specs = [await bench.replica_spec(STEADY, index=index, name=f"race-{index}") for index in range(4)]
    try:
        await asyncio.gather(*(engine.run(spec) for engine, spec in zip(engines, specs, strict=True)))
        replicas = await engines[0].observe()
        assert {replica.state for replica in replicas} == {ReplicaState.RUNNING}
        networks = [network["Name"] for network in _inspect(docker_socket, "/networks")]
        assert len([name for name in networks if name.startswith("kyozo-race-")]) == 1
    finally:
        for replica in await engines[0].observe():
            await engines[0].remove(replica.container_id)
        await engines[0].forget_workspace(bench.workspace_id)
        for engine in engines:
            await engine.close()
