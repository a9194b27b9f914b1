"""Generated Dockerfiles are built and run by a real engine: what is in the image, who runs it, what is built again, how it ends."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.build_arguments import ask_for_arguments
from kyozo_gql.topology.tree import DiskTree
from tests.docker_engine import docker_socket, private_docker
from tests.docker_images import make_node_image, make_python_image

__all__ = ["docker_socket", "private_docker"]
pytestmark = pytest.mark.docker

SERVER = "const ms = require('ms');\nrequire('http').createServer((_, r) => r.end(ms(1000))).listen(process.env.PORT || 3000);\n"
PACKAGE = {
    "name": "app",
    "private": True,
    "scripts": {"start": "node index.js", "dev": "nodemon index.js"},
    "dependencies": {"ms": "2.1.3"},
    "devDependencies": {"mri": "1.2.0"},
}
BUILT = {**PACKAGE, "scripts": {"build": "mkdir -p dist && cp index.js dist/", "start": "node dist/index.js"}}
PAGE = """from http.server import BaseHTTPRequestHandler, HTTPServer
import os

import six


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(six.__version__.encode())


HTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8000"))), Page).serve_forever()
"""


class Builder:
    """Builds folders with the Dockerfiles that are generated for them."""

    def __init__(self, socket: Path) -> None:
        self._docker = ("docker", "-H", f"unix://{socket}")

    def run(self, *arguments: str, text: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self._docker, *arguments], input=text, check=check, capture_output=True, text=True)

    def build(self, folder: Path, tag: str, check: bool = True, **arguments: str) -> str:
        """What the build said."""
        advice = analyze_folder(DiskTree(folder), "").recommendation
        assert advice is not None
        (folder.parent / "Dockerfile").write_text(ask_for_arguments(advice.dockerfile or "", arguments))
        told = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        done = self.run("build", "-t", tag, "-f", str(folder.parent / "Dockerfile"), *told, str(folder), check=check)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def builder(docker_socket: Path) -> Builder:
    make_node_image(docker_socket)
    make_python_image(docker_socket, "python:3.13-slim")
    return Builder(docker_socket)


def write_node(folder: Path, package: dict[str, object]) -> Path:
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps(package))
    (folder / "index.js").write_text(SERVER)
    subprocess.run(["npm", "install", "--package-lock-only", "--no-audit"], cwd=folder, check=True, capture_output=True)
    return folder


def write_python(folder: Path) -> Path:
    folder.mkdir()
    (folder / "requirements.txt").write_text("six==1.17.0\n")
    (folder / "main.py").write_text(PAGE)
    return folder


def answer_of(builder: Builder, tag: str, port: int) -> tuple[str, str, float]:
    """What it answers, who runs it, and how many seconds it takes to end."""
    name = builder.run("run", "-d", "--init", "-p", f"127.0.0.1::{port}", tag).stdout.strip()
    address = builder.run("port", name).stdout.split()[-1]
    limit = time.monotonic() + 20
    try:
        while True:
            try:
                text = httpx.get(f"http://{address}/", timeout=2).text
                break
            except httpx.TransportError:
                assert time.monotonic() < limit, builder.run("logs", name).stderr
                time.sleep(0.1)
        user = builder.run("exec", name, "id", "-u").stdout.strip()
        begun = time.monotonic()
        builder.run("stop", "-t", "20", name)
        return text, user, time.monotonic() - begun
    finally:
        builder.run("rm", "-f", name)


def is_kept(output: str, instruction: str) -> bool:
    """Whether the step with this instruction was taken from the build before."""
    lines = output.splitlines()
    step = next(index for index, line in enumerate(lines) if line.startswith("Step") and instruction in line)
    return "Using cache" in lines[step + 1]


@pytest.mark.parametrize(("package", "install"), [(PACKAGE, "npm ci --omit=dev"), (BUILT, "npm ci")], ids=["plain", "built"])
def test_a_server_of_node(builder, tmp_path, package, install):
    folder = write_node(tmp_path / "app", package)
    builder.build(folder, "generated:node")
    text, user, seconds = answer_of(builder, "generated:node", 3000)
    assert (text, user) == ("1s", "10001")
    assert seconds < 10
    assert builder.run("run", "--rm", "generated:node", "ls", "node_modules").stdout.split() == ["ms"]
    (folder / "index.js").write_text(SERVER + "// changed\n")
    again = builder.build(folder, "generated:node")
    assert is_kept(again, f"RUN {install}")
    assert not is_kept(again, "COPY . .")


def test_a_server_of_python(builder, tmp_path):
    folder = write_python(tmp_path / "app")
    builder.build(folder, "generated:python", PIP_TIMEOUT="123")
    text, user, seconds = answer_of(builder, "generated:python", 8000)
    assert (text, user) == ("1.17.0", "10001")
    assert seconds < 10
    assert "PIP_TIMEOUT" not in builder.run("history", "--no-trunc", "--format", "{{.CreatedBy}}", "generated:python").stdout
    (folder / "main.py").write_text(PAGE + "# changed\n")
    assert is_kept(builder.build(folder, "generated:python", PIP_TIMEOUT="123"), "install --no-cache-dir -r")


def test_arguments_reach_what_installs(builder, tmp_path):
    folder = write_python(tmp_path / "app")
    nowhere = "http://127.0.0.1:9/simple"
    failed = builder.build(folder, "generated:nowhere", check=False, PIP_INDEX_URL=nowhere, PIP_RETRIES="0")
    assert "six==1.17.0" in failed
    assert not builder.run("images", "-q", "generated:nowhere").stdout
