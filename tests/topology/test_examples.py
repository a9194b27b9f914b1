"""The examples are recognised as what they are, and run."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from kyozo_gql.core.spec import HealthCheckKind
from kyozo_gql.topology.analysis import analyze_folder, analyze_tree
from kyozo_gql.topology.model import Recommendation
from kyozo_gql.topology.tree import DiskTree

EXAMPLES = Path(__file__).parents[2] / "examples"
HTTP = HealthCheckKind.HTTP


def advice_for(folder: str, **images: str) -> Recommendation:
    advice = analyze_folder(DiskTree(EXAMPLES), folder, base_images=images).recommendation
    assert advice is not None
    return advice


TABLE = [
    # folder, type, port, start command, build commands, health check
    ("compose-guestbook", "compose_stack", 8088, None, (), (HealthCheckKind.NONE, None)),
    ("dockerfile-hello", "containerized", 8080, None, (), (HTTP, "/health.txt")),
    ("golang-hello", "golang", 8080, "./bin/app", (("go", "build", "-o", "bin/app", "."),), (HTTP, "/health")),
    ("nodejs-hello", "nodejs", 3000, "node server.js", (), (HTTP, "/health")),
    ("proxy-nginx", "proxy", 8090, "nginx -g 'daemon off;'", (), (HTTP, "/health")),
    ("python-hello", "python", 8000, "python3 main.py", (), (HTTP, "/health")),
    ("rust-hello", "rust", 8081, "./target/release/rust-hello", (("cargo", "build", "--release", "--locked"),), (HTTP, "/health")),
]


@pytest.mark.parametrize(("folder", "kind", "port", "command", "build", "health"), TABLE, ids=[row[0] for row in TABLE])
def test_an_example_is_recognised(folder, kind, port, command, build, health):
    detection = analyze_folder(DiskTree(EXAMPLES), folder)
    advice = advice_for(folder)
    assert (detection.name, detection.service_type) == (folder, kind)
    assert detection.confidence >= 0.7
    assert advice.ports[0].container_port == port
    assert (advice.start_command, advice.build_commands) == (command, build)
    assert (advice.health_check.kind, advice.health_check.path) == health
    if kind not in {"compose_stack", "containerized"}:
        assert f"PORT={port}\nEXPOSE {port}\nUSER 10001:10001\nCMD exec {command}\n" in (advice.dockerfile or "")


def test_the_whole_folder_is_these_services_and_the_proxy_comes_after_what_it_serves():
    analysis = analyze_tree(DiskTree(EXAMPLES))
    assert [detection.folder_path for detection in analysis.detections] == [row[0] for row in TABLE]
    assert [detection.folder_path for detection in analysis.parts] == ["compose-guestbook/counter", "compose-guestbook/web"]
    assert {(edge.source, edge.target) for edge in analysis.dependencies if edge.kind == "proxy"} == {
        ("proxy-nginx", "nodejs-hello"),
        ("proxy-nginx", "python-hello"),
    }
    assert analysis.order.index("proxy-nginx") > analysis.order.index("python-hello")
    assert analysis.cycles == ()


def test_the_stack_starts_the_counter_before_the_web():
    web, counter = advice_for("compose-guestbook").compose_services
    assert (web.name, web.needs, web.build_context) == ("web", ("counter",), "compose-guestbook/web")
    assert (counter.name, counter.needs, counter.exposed, counter.ports) == ("counter", (), (8089,), ())
    assert web.refusals == counter.refusals == ()


def test_base_images_replace_the_defaults():
    dockerfile = advice_for("golang-hello", golang="registry.local/go:1", debian="registry.local/debian:1").dockerfile or ""
    assert [line for line in dockerfile.splitlines() if line.startswith("FROM")] == [
        "FROM registry.local/go:1 AS build",
        "FROM registry.local/debian:1",
    ]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ({"*": "mirror.example/{image}"}, ["mirror.example/golang:1.22", "mirror.example/debian:trixie-slim"]),
        ({"golang": "own.example/go:{version}-alpine"}, ["own.example/go:1.22-alpine", "debian:trixie-slim"]),
        ({"*": "a.example/{image}", "debian": "b.example/base"}, ["a.example/golang:1.22", "b.example/base"]),
    ],
)
def test_base_images_are_told_the_version(images, expected):
    dockerfile = advice_for("golang-hello", **images).dockerfile or ""
    assert [line.split()[1] for line in dockerfile.splitlines() if line.startswith("FROM")] == expected


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str) -> httpx.Response:
    limit = time.monotonic() + 20
    while True:
        try:
            return httpx.get(url, timeout=2)
        except httpx.TransportError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.02)


def test_the_recommended_command_runs_python_hello_and_sigterm_ends_it(free_port):
    command = advice_for("python-hello").start_command
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with subprocess.Popen(
        ["sh", "-c", f"exec {command}"],
        cwd=EXAMPLES / "python-hello",
        env={"PATH": path, "PORT": str(free_port), "HOST": "127.0.0.1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert wait_for(f"http://127.0.0.1:{free_port}/").text == "Hello from Python!\n"
            assert wait_for(f"http://127.0.0.1:{free_port}/health").text == "ok\n"
            assert wait_for(f"http://127.0.0.1:{free_port}/nothing").status_code == 404
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=5)
        finally:
            process.kill()
    assert process.returncode == 0
    assert [line for line in output.splitlines() if "GET /health" in line]
