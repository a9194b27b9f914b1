"""A registry of our own for the tests: Debian's docker-registry on 127.0.0.1, its files in one folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

_PROGRAM = "docker-registry"
_START_SECONDS = 20
_CONFIG = """\
version: 0.1
log: {{level: warn}}
storage:
  filesystem: {{rootdirectory: {folder}/data}}
  maintenance: {{readonly: {{enabled: {read_only}}}}}
http: {{addr: "{address}"}}
"""


@contextmanager
def _running(*, read_only: bool) -> Iterator[str]:
    if shutil.which(_PROGRAM) is None:
        if os.environ.get("CI"):
            pytest.fail(f"not installed: {_PROGRAM}")
        pytest.skip(f"not installed: {_PROGRAM}")
    with tempfile.TemporaryDirectory(prefix="kyozo-registry-") as folder, _served(Path(folder), read_only) as address:
        yield address


@contextmanager
def _served(folder: Path, read_only: bool) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    (folder / "config.yml").write_text(_CONFIG.format(folder=folder, address=address, read_only=str(read_only).lower()))
    # The package's library for traces would look for a collector; and nothing but the file is to configure it.
    environment = {"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([_PROGRAM, "serve", folder / "config.yml"], stdout=log, stderr=log, env=environment)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the registry did not start:\n{(folder / 'log').read_text()[-4000:]}")
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/v2/", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """The host and port of an empty registry; where there can be none the tests are skipped, in CI they fail."""
    with _running(read_only=False) as address:
        yield address


@pytest.fixture
def read_only_registry() -> Iterator[str]:
    """One that takes nothing."""
    with _running(read_only=True) as address:
        yield address
