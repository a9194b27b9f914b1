from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path


async def test_the_demo_deploys_the_examples_and_shows_that_they_answer(state_folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=state_folder) as folder:
        Path(folder).chmod(0o711)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kyozo_gql.cli", "demo", "examples", "--once", "--state", f"{folder}/state",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"KYOZO_ENGINE": "process"},
        )  # fmt: skip
        out, said = await asyncio.wait_for(process.communicate(), 150)
    text = out.decode()
    assert process.returncode == 0, text + said.decode()
    assert "engine: process" in text
    assert "python-hello is RUNNING HEALTHY" in text
    assert "build python-hello | building python-hello as kyozo/" in text
    assert "event python-hello DEPLOYMENT_COMPLETED" in text
    assert "python-hello answers http://127.0.0.1:" in text
    assert "dockerfile-hello is left out: A containerized service needs a container engine" in text
    assert "Traceback" not in said.decode()
