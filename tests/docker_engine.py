"""A Docker engine of our own for the tests: started, used and cleaned up here, beside any other on the machine."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.docker_images import make_busybox_image

_START_SECONDS = 60


class PrivateDocker:
    """One dockerd with all its files in one folder, and a bridge and address range of its own."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self._bridge = f"kyozo{number}"
        self._range = f"10.{200 + number % 50}."
        rules = subprocess.run(["iptables", "-S", "FORWARD"], check=True, capture_output=True, text=True).stdout
        self._forwarded = "-P FORWARD ACCEPT" in rules
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        subprocess.run(["ip", "link", "add", self._bridge, "type", "bridge"], check=False, capture_output=True)
        subprocess.run(["ip", "addr", "replace", f"{self._range}0.1/24", "dev", self._bridge], check=True)
        subprocess.run(["ip", "link", "set", self._bridge, "up"], check=True)
        arguments: list[str | Path] = [
            "dockerd", "--data-root", self.folder / "data", "--exec-root", self.folder / "exec", "-H", f"unix://{self.socket}",
            "--pidfile", self.folder / "pid", "--bridge", self._bridge, "--config-file", self.folder / "none.json",
            "--default-address-pool", f"base={self._range}64.0/18,size=26", "--shutdown-timeout", "2",
        ]  # fmt: skip
        (self.folder / "none.json").write_text("{}")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(arguments, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"dockerd did not start:\n{(self.folder / 'log').read_text()[-4000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
            connection.settimeout(2)
            connection.connect(str(self.socket))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(1024)
        return False

    def stop(self) -> None:
        """Ends it, with everything that runs in it."""
        if self._process is None:
            return
        below = psutil.Process(self._process.pid).children(recursive=True)
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for process in below:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._process = None

    def kill(self) -> None:
        """Ends the engine alone, as a crash would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def clear(self) -> None:
        """Removes its bridges, rules, mounts and files."""
        self.stop()
        for mount in sorted((part.mountpoint for part in psutil.disk_partitions(all=True)), key=len, reverse=True):
            if mount.startswith(f"{self.folder}/"):
                subprocess.run(["umount", "-l", mount], check=False)
        links = json.loads(subprocess.run(["ip", "-j", "addr"], check=True, capture_output=True).stdout)
        bridges = {link["ifname"] for link in links for part in link["addr_info"] if part.get("local", "").startswith(self._range)}
        self._remove_rules(bridges | {self._bridge})
        for bridge in bridges | {self._bridge}:
            subprocess.run(["ip", "link", "del", bridge], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_rules(self, bridges: set[str]) -> None:
        for table in ("filter", "nat"):
            rules = subprocess.run(["iptables", "-t", table, "-S"], check=True, capture_output=True, text=True).stdout
            for rule in map(shlex.split, rules.splitlines()):
                ours = bridges & set(rule) or any(word.startswith(self._range) for word in rule)
                if rule[0] == "-A" and ours:
                    subprocess.run(["iptables", "-t", table, "-D", *rule[1:]], check=False, capture_output=True)
        if self._forwarded:
            subprocess.run(["iptables", "-P", "FORWARD", "ACCEPT"], check=True)


def why_no_docker() -> str | None:
    """Why no engine can be started here."""
    if os.geteuid() != 0:
        return "starting a Docker engine needs root"
    missing = [name for name in ("dockerd", "busybox", "ip", "iptables") if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


@pytest.fixture(scope="session")
def private_docker() -> Iterator[PrivateDocker]:
    """A Docker engine with ``busybox:latest``; where there can be none the tests are skipped, in CI they fail."""
    reason = why_no_docker()
    if reason is not None:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="kyozo-docker-"))
    docker = PrivateDocker(folder, os.getpid() % 10_000)
    try:
        docker.start()
        make_busybox_image(docker.socket)
        yield docker
    finally:
        docker.clear()


@pytest.fixture(scope="session")
def docker_socket(private_docker: PrivateDocker) -> Path:
    """The socket of the private engine."""
    return private_docker.socket
