from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from kyozo_gql.core.errors import NotSupported
from kyozo_gql.core.spec import PortMapping, ServiceType
from kyozo_gql.engines.engine import LogStream, ReplicaState
from kyozo_gql.engines.process import ProcessEngine
from kyozo_gql.engines.process_replica import ReplicaFolders
from tests.engines.bench import STEADY, TICKING, Behaviour, Bench, free_port

_ELSEWHERE = """
import asyncio, os, signal, sys
from pathlib import Path
from kyozo_gql.engines.process import ProcessEngine
from tests.engines.bench import Bench, STEADY

async def main():
    bench = Bench(ProcessEngine(Path(sys.argv[1])), Path(sys.argv[2]))
    {action}

asyncio.run(main())
"""


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(ProcessEngine(tmp_path / "state"), tmp_path)
    yield bench
    await bench.clear()


def _start_elsewhere(bench: Bench, action: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _ELSEWHERE.format(action=action), str(bench.folder / "state"), str(bench.folder)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, env=os.environ | {"PYTHONPATH": os.pathsep.join([str(root), *sys.path])})


async def test_a_replica_outlives_who_started_it_and_is_adopted(bench: Bench) -> None:
    starter = _start_elsewhere(bench, "await bench.run(STEADY); os.kill(os.getpid(), signal.SIGKILL)")
    assert await asyncio.to_thread(starter.wait) == -signal.SIGKILL
    (found,) = await bench.engine.observe()
    bench.workspace_id, bench.service_id = found.workspace_id, found.service_id
    assert found.state is ReplicaState.RUNNING
    again = await bench.engine.run(await bench.replica_spec(STEADY, name=found.name, image=found.image))
    assert (again.container_id, again.started_at) == (found.container_id, found.started_at)
    await bench.until_logged(found.container_id, "three")
    await bench.engine.stop(found.container_id, 5)
    assert (await bench.observe()).exit_code == 0


async def test_a_new_engine_reads_on_where_the_old_one_was(bench: Bench) -> None:
    replica = await bench.run(TICKING)
    await bench.until_logged(replica.container_id, "tick 2")
    await bench.engine.close()
    bench.engine = ProcessEngine(bench.folder / "state")
    await bench.until_logged(replica.container_id, "tick 1", "tick 8")


async def test_a_killed_keeper_takes_its_service_along(bench: Bench) -> None:
    replica = await bench.run(Behaviour("setsid sleep 300 & sleep 300"))
    keeper, family = _family(bench, replica.container_id)
    keeper.kill()
    seen = await bench.until(lambda replica: replica.state is ReplicaState.EXITED)
    assert seen.exit_code == 137
    await bench.engine.start(replica.container_id)
    assert not any(_is_alive(process) for process in family)
    assert (await bench.observe()).state is ReplicaState.RUNNING


async def test_stop_ends_daemons_too(bench: Bench) -> None:
    replica = await bench.run(Behaviour("setsid sleep 300 & echo up; sleep 300"))
    await bench.until_logged(replica.container_id, "up")
    _, family = _family(bench, replica.container_id)
    assert len(family) >= 2
    await bench.engine.stop(replica.container_id, 5)
    assert not any(_is_alive(process) for process in family)
    assert (await bench.observe()).exit_code == 143


def _family(bench: Bench, container_id: str) -> tuple[psutil.Process, list[psutil.Process]]:
    state = ReplicaFolders(bench.folder / "state" / "replicas").get(container_id).state()
    keeper = psutil.Process(state["keeper"])
    return keeper, keeper.children(recursive=True)


def _is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


async def test_a_number_that_another_process_has_by_now_is_left_alone(bench: Bench) -> None:
    replica = await bench.run(STEADY)
    folder = ReplicaFolders(bench.folder / "state" / "replicas").get(replica.container_id)
    await folder.stop(5)
    bystander = await asyncio.create_subprocess_exec("sleep", "300", start_new_session=True)
    try:
        state = {"keeper": bystander.pid, "pid": bystander.pid, "started_at": folder.state()["started_at"]}
        (folder.path / "state.json").write_text(json.dumps(state))
        assert (await bench.observe()).state is ReplicaState.EXITED
        assert await bench.engine.stats(replica.container_id) is None
        await bench.engine.stop(replica.container_id, 1)
        await bench.engine.remove(replica.container_id)
        assert bystander.returncode is None
        assert psutil.Process(bystander.pid).status() == psutil.STATUS_SLEEPING
    finally:
        bystander.kill()
        await bystander.wait()


async def test_a_service_sees_a_clean_environment(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("KYOZO_SECRET_KEY", "secret")
    port = free_port()
    replica = await bench.run(
        Behaviour("env; sleep 300"), ports=(PortMapping(80, port),), environment={"GREETING": "hello", "PORT": "80"}
    )
    lines = await bench.until_logged(replica.container_id, "GREETING=hello")
    seen = dict(line.message.split("=", 1) for line in await bench.until_logged(replica.container_id, f"PORT={port}"))
    assert "secret" not in str(lines)
    assert (seen["HOST"], seen["LANG"]) == ("127.0.0.1", "C.UTF-8")
    assert seen["PATH"].startswith(f"{seen['HOME']}/.venv/bin:{seen['HOME']}/node_modules/.bin:")
    assert Path(seen["HOME"]).is_relative_to(bench.folder / "state" / "builds")
    assert sys.prefix == sys.base_prefix or f"{sys.prefix}/bin" not in seen["PATH"].split(":")
    records = list((bench.folder / "state" / "replicas").glob("*/launch.json"))
    assert [record.stat().st_mode & 0o077 for record in records] == [0]


async def test_a_build_sees_its_arguments_and_no_secrets(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    await bench.engine.build(bench.build_spec(("env",), build_args={"FLAVOUR": "plain"}), bench.on_line)
    assert {"FLAVOUR=plain", "HTTPS_PROXY=http://127.0.0.1:3128"} <= set(bench.messages())
    assert not any("secret" in text for text in bench.messages())


async def test_a_build_copies_what_is_not_ignored(bench: Bench) -> None:
    spec = bench.build_spec(("find", ".", "-not", "-type", "d"))
    for name in (".git/config", "node_modules/left/index.js", "src/app.py", "src/app.log", "notes.md"):
        (spec.context / name).parent.mkdir(parents=True, exist_ok=True)
        (spec.context / name).write_text(name)
    (spec.context / ".dockerignore").write_text("**/*.log\nnotes.md\n")
    (spec.context / "inside").symlink_to("src/app.py")
    (spec.context / "outside").symlink_to("/etc/passwd")
    await bench.engine.build(spec, bench.on_line)
    found = {text for text in bench.messages() if text.startswith("./")}
    assert found == {"./.dockerignore", "./hello.txt", "./src/app.py", "./inside"}
    assert any(text.startswith("left out outside") for text in bench.messages())


async def test_a_build_leaves_no_daemon(bench: Bench) -> None:
    seconds = f"62.{os.getpid()}"
    await bench.engine.build(bench.build_spec(("sh", "-c", f"setsid sleep {seconds} & echo done")), bench.on_line)
    assert "done" in bench.messages()
    assert not any(process.info["cmdline"] == ["sleep", seconds] for process in psutil.process_iter(["cmdline"]))


async def test_what_a_killed_worker_was_building_is_ended_and_built_anew(bench: Bench) -> None:
    seconds = f"63.{os.getpid()}"
    action = f"await bench.engine.build(bench.build_spec(('sleep', '{seconds}'), image='kyozo-test/half:1'), bench.on_line)"
    worker = _start_elsewhere(bench, action)
    async with asyncio.timeout(20):
        while not _sleeping(seconds):  # noqa: ASYNC110 — another process
            await asyncio.sleep(0.02)
    worker.kill()
    worker.wait()
    spec = bench.build_spec(("echo", "whole"), image="kyozo-test/half:1")
    assert not await bench.engine.has_image(spec.image)
    assert _sleeping(seconds)
    await bench.engine.build(spec, bench.on_line)
    assert not _sleeping(seconds)
    assert await bench.engine.has_image(spec.image)


def _sleeping(seconds: str) -> bool:
    return any(process.info["cmdline"] == ["sleep", seconds] for process in psutil.process_iter(["cmdline"]))


async def test_the_start_command_of_the_build_serves_where_the_replica_brings_none(bench: Bench) -> None:
    spec = bench.build_spec(start_command="echo from the build; sleep 300")
    await bench.engine.build(spec, bench.on_line)
    replica = await bench.run(STEADY, image=spec.image, command=None)
    await bench.until_logged(replica.container_id, "from the build")


async def test_two_state_folders_never_touch_one_another(bench: Bench) -> None:
    other = Bench(ProcessEngine(bench.folder / "other"), bench.folder)
    mine, theirs = await bench.run(STEADY), await other.run(STEADY, name=f"kyozo-test-{bench.service_id}-0")
    assert [replica.container_id for replica in await bench.engine.observe()] == [mine.container_id]
    assert isinstance(other.engine, ProcessEngine)
    await other.engine.stop_all()
    assert [replica.state for replica in await other.engine.observe()] == [ReplicaState.EXITED]
    assert (await bench.observe()).state is ReplicaState.RUNNING
    await other.engine.remove(theirs.container_id)
    assert (await bench.observe()).state is ReplicaState.RUNNING


async def test_logs_are_bounded_and_long_lines_come_in_pieces(bench: Bench) -> None:
    script = (
        "head -c 14000000 /dev/zero | tr '\\0' x | fold -w 10000; echo; head -c 40000 /dev/zero | tr '\\0' y; echo;"
        " sleep 0.3; echo last >&2; sleep 300"
    )
    replica = await bench.run(Behaviour(script))
    lines = await bench.until_logged(replica.container_id, "last")
    folder = next((bench.folder / "state" / "replicas").iterdir())
    assert sum(file.stat().st_size for file in folder.glob("log*.jsonl")) < 11 * 2**20
    assert [len(line.message) for line in lines if line.message.startswith("y")] == [16384, 16384, 7232]
    assert lines[-1].stream is LogStream.STDERR
    assert [line.timestamp for line in lines] == sorted({line.timestamp for line in lines})


async def test_refusals_say_what_to_do(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refuse = bench.engine.refusal
    for needs_containers in (ServiceType.CONTAINERIZED, ServiceType.COMPOSE_STACK, ServiceType.PROXY):
        assert "container engine" in str(refuse(needs_containers, image=None))
    assert "container engine" in str(refuse(ServiceType.PYTHON, image="postgres:17"))
    monkeypatch.setenv("PATH", str(tmp_path))
    for kind, tool in ((ServiceType.NODEJS, "node"), (ServiceType.GOLANG, "go"), (ServiceType.RUST, "cargo")):
        assert f"needs {tool} on PATH" in str(refuse(kind, image=None))
    with pytest.raises(NotSupported):
        await bench.engine.build(bench.build_spec(service_type=ServiceType.CONTAINERIZED), bench.on_line)
