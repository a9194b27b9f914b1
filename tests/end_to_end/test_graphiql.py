"""GraphiQL in Chromium, against a development server, used as a person does."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.server import DevServer, dev_server, make_service

CLIENT = Path(__file__).parent / "client"
EXAMPLES = Path(__file__).parents[2] / "graphiql" / "src" / "examples"
READY = shutil.which("node") and shutil.which("chromium") and (CLIENT / "node_modules").is_dir()
FILES = {"web/Dockerfile": 'FROM busybox\nEXPOSE 8080\nCMD ["httpd", "-f", "-p", "8080"]\n'}


async def use(server: DevServer, screenshot: Path, ids: dict[str, str]) -> dict[str, Any]:
    """What the page showed."""
    chromium = shutil.which("chromium")
    assert chromium is not None
    process = await asyncio.create_subprocess_exec(
        "node", "graphiql.mjs", server.url.removesuffix("/graphql"), chromium, screenshot,
        cwd=CLIENT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, errors = await asyncio.wait_for(process.communicate(json.dumps(ids).encode()), 150)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert output, errors.decode()
    shown: dict[str, Any] = json.loads(output)
    return shown


@pytest.mark.browser
@pytest.mark.skipif(not READY and "CI" not in os.environ, reason="needs Chromium, node, and npm ci in tests/end_to_end/client")
async def test_a_person_uses_it(state_folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        async with dev_server(Path(folder) / "state") as server:
            _, service = await make_service(server, FILES, "web")
            viewer = await server.ask("{ viewer { memberships { team { id } } } }")
            team = viewer["viewer"]["memberships"][0]["team"]["id"]
            shown = await use(server, Path(folder) / "page.png", {"team": team, "service": service})
            workspaces = await server.ask("{ workspaces { edges { node { name } } } }")
    assert "failed" not in shown, shown
    named = [
        re.search(r"^(?:query|mutation|subscription) (\w+)", path.read_text(), re.MULTILINE)
        for path in sorted(EXAMPLES.glob("*.graphql"))
    ]
    assert shown["tabs"] == [found[1] for found in named if found]
    assert "owner@localhost" in shown["query"]
    assert "made-in-the-browser" in [edge["node"]["name"] for edge in workspaces["workspaces"]["edges"]]
    assert "Builds a service's folder as it is now" in shown["docs"]
    assert "serviceStatusChanged" in shown["explorer"]
    assert shown["problems"] == []
    assert shown["foreign"] == []
