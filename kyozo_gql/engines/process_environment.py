"""What a local process gets to see: a clean environment, never the server's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kyozo_gql.engines.engine import ReplicaSpec

# Where the tools of a language live, when they are not found through HOME.
_TOOL_HOMES = {"RUSTUP_HOME": ".rustup", "PYENV_ROOT": ".pyenv", "VOLTA_HOME": ".volta", "NVM_DIR": ".nvm"}
# How a build reaches the network from this machine: mirrors, proxies, certificates.
_NETWORK = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GOPROXY", "GONOSUMDB", "GOFLAGS")
_NETWORK_PREFIXES = ("PIP_", "UV_", "NPM_CONFIG_", "CARGO_NET_", "CARGO_REGISTR")
_NETWORK_SUFFIXES = ("_PROXY",)

RUN_MARK = "REPLICA_ID"
BUILD_MARK = "BUILD_ID"


def tool_path() -> str:
    """The server's PATH, without the virtual environment that the server itself runs in."""
    own = str(Path(sys.prefix) / "bin") if sys.prefix != sys.base_prefix else None
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if folder and folder != own)


def run_environment(app: Path, spec: ReplicaSpec, container_id: str) -> dict[str, str]:
    """What a service sees: its own variables, PORT and HOST to listen on, and the tools of its folder first in PATH.

    The mark lets its processes be told from all others, whatever became of their parents.
    """
    published = [port.host_port for port in spec.ports if port.host_port is not None]
    place = {"PORT": str(published[0])} if published else {}
    return {**_clean(app), **spec.environment, **place, "HOST": "127.0.0.1", RUN_MARK: container_id}


def build_environment(app: Path, cache: Path, mark: str, build_args: Mapping[str, str]) -> dict[str, str]:
    """What the commands of a build see: the build's arguments, the machine's way to the network, and caches that builds share."""
    network = {name: value for name, value in os.environ.items() if _is_about_the_network(name.upper())}
    user_config = Path.home() / ".npmrc"
    if user_config.is_file():
        network.setdefault("NPM_CONFIG_USERCONFIG", str(user_config))
    caches = {
        "XDG_CACHE_HOME": str(cache),
        "NPM_CONFIG_CACHE": str(cache / "npm"),
        "GOPATH": str(cache / "go"),
        "CARGO_HOME": str(cache / "cargo"),
    }
    return {**network, **_clean(app), **caches, **build_args, BUILD_MARK: mark}


def _clean(app: Path) -> dict[str, str]:
    path = os.pathsep.join([str(app / ".venv" / "bin"), str(app / "node_modules" / ".bin"), tool_path()])
    tools = {
        name: os.environ.get(name) or str(Path.home() / folder)
        for name, folder in _TOOL_HOMES.items()
        if name in os.environ or (Path.home() / folder).is_dir()
    }
    return {**tools, "PATH": path, "HOME": str(app), "LANG": "C.UTF-8"}


def _is_about_the_network(name: str) -> bool:
    return name in _NETWORK or name.startswith(_NETWORK_PREFIXES) or name.endswith(_NETWORK_SUFFIXES)
