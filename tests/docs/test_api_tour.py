"""The guided tour of the API, run: each language's snippets are one program, against a real server with local processes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.end_to_end.server import DevServer, dev_server

REPOSITORY = Path(__file__).parents[2]
TOUR = (REPOSITORY / "docs" / "api.md").read_text()
CLIENT = REPOSITORY / "tests" / "end_to_end" / "client"
NODE_IS_READY = shutil.which("node") is not None and (CLIENT / "node_modules").is_dir()
CURL_IS_READY = shutil.which("curl") is not None and shutil.which("jq") is not None
# Browsers and later versions of Node have WebSocket by themselves.
WEB_SOCKET = "import { WebSocket } from 'ws';\nglobalThis.WebSocket ??= WebSocket;\n"


def program(language: str) -> str:
    """All snippets of a language, from top to bottom."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", TOUR, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
async def server(state_folder: Path) -> AsyncIterator[DevServer]:
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        async with dev_server(Path(folder) / "state", KYOZO_ENGINE="process", KYOZO_SETTLE_SECONDS="0.2") as server:
            yield server


async def run(*command: str | Path, folder: Path, server: DevServer | None = None) -> str:
    given = {} if server is None else {"KYOZO_URL": server.url, "KYOZO_TOKEN": server.token}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=os.environ | given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 120)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.skipif(not CURL_IS_READY and "CI" not in os.environ, reason="needs curl and jq")
async def test_curl(server: DevServer, tmp_path: Path) -> None:
    (tmp_path / "tour.sh").write_text("set -euo pipefail\n" + program("bash"))
    output = await run("bash", "tour.sh", folder=tmp_path, server=server)
    assert '{"status":"SUCCEEDED","foldersAnalyzed":2,"foldersKnown":2}' in output
    assert 'n0["hello<br/>python"]' in output
    assert "content " in output, "the build log"
    assert "\nhello\n" in output, "what the service answers"


async def test_python(server: DevServer, tmp_path: Path) -> None:
    (tmp_path / "tour.py").write_text(program("python"))
    output = await run(sys.executable, "tour.py", folder=tmp_path, server=server)
    assert "SUCCEEDED 2 of 2" in output
    assert 'n0["hello<br/>python"]' in output
    assert "RUNNING HEALTHY" in output
    assert "['DEPLOYMENT_COMPLETED']" in output


@pytest.mark.skipif(not NODE_IS_READY and "CI" not in os.environ, reason="needs node, and npm ci in tests/end_to_end/client")
async def test_typescript(server: DevServer, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(CLIENT / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "tour.ts").write_text(program("ts"))
    (tmp_path / "websocket.js").write_text(WEB_SOCKET)
    modern = ("--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom")
    await run("node_modules/.bin/tsc", "--strict", "--noUncheckedIndexedAccess", *modern, "tour.ts", folder=tmp_path)
    output = await run("node", "--import", "./websocket.js", "tour.js", folder=tmp_path, server=server)
    assert "SUCCEEDED" in output
    assert 'n0["hello<br/>python"]' in output
    assert "RUNNING HEALTHY" in output


def test_the_documents_shown_by_themselves_are_valid() -> None:
    shown = re.findall(r"^```graphql\n(.*?)^```$", TOUR, re.MULTILINE | re.DOTALL)
    schema = build_schema((REPOSITORY / "schema.graphql").read_text())
    assert shown
    assert [validate(schema, parse(document)) for document in shown] == [[]] * len(shown)
