"""Our reading of Compose files beside that of ``docker-compose config``: every case with a Compose file in its root.

The program is whatever ``docker-compose`` is installed, of version 1 or 2; a case says by ``"compose": 2`` that it takes version 2.
Where the program refuses the files, ours has to say what is wrong with them.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kyozo_gql.topology import compose_values as values
from kyozo_gql.topology.compose_files import FILES
from kyozo_gql.topology.compose_stack import ComposeStack, read_stack
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import ComposeService
from kyozo_gql.topology.tree import DiskTree

CASES = sorted(
    path.parent
    for path in (Path(__file__).parent / "cases").glob("*/expected.json")
    if any((path.parent / "tree" / name).is_file() for name in FILES)
)
# What ours refuses or bounds on purpose, and the program does not (one of them it does not survive).
_BOUNDED = {"compose-bomb", "compose-host-asked", "compose-huge-range"}
# What version 1 of the program took: its own format, and mistakes.
_OF_VERSION_1 = {"compose-legacy", "compose-tools-beside", "compose-oddities"}


@pytest.fixture(scope="session")
def version() -> int:
    """The version of the program; without it the tests are skipped, in CI they fail."""
    if shutil.which("docker-compose") is None:
        if os.environ.get("CI"):
            pytest.fail("docker-compose is not installed")
        pytest.skip("docker-compose is not installed")
    text = subprocess.run(["docker-compose", "version", "--short"], check=True, capture_output=True, text=True).stdout
    return int(text.strip().removeprefix("v").partition(".")[0])


def reference(folder: Path, version: int) -> dict[str, Any] | None:
    """The services as the program reads them; None where it refuses the files."""
    options = ["--format", "json"] if version > 1 else []
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PWD": str(folder)}
    result = subprocess.run(
        ["docker-compose", "config", *options], check=False, capture_output=True, text=True, cwd=folder, env=environment
    )
    if result.returncode != 0:
        return None
    document = json.loads(result.stdout) if version > 1 else yaml.safe_load(result.stdout)
    services: dict[str, Any] = document.get("services") or {}
    return services


def said(service: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What the program says of a service, in our words."""
    build = service.get("build") or {}
    build = {"context": build} if isinstance(build, str) else build
    check = service.get("healthcheck") or {}
    limits = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    return {
        "image": service.get("image"),
        "context": os.path.relpath(build["context"], folder) if build.get("context") else None,
        "target": build.get("target"),
        "args": {name: str(value) for name, value in pairs(build.get("args")).items() if value is not None},
        "command": list(values.read_command(service.get("command")) or []),
        "entrypoint": list(values.read_command(service.get("entrypoint")) or []),
        "environment": {name: value for name, value in pairs(service.get("environment")).items() if value is not None},
        "ports": sorted({port for item in service.get("ports") or [] for port in map(shown, values.read_port(item))}),
        "needs": sorted({*(service.get("depends_on") or ()), *(link.partition(":")[0] for link in service.get("links") or ())}),
        "volumes": sorted(mount(item, folder) for item in service.get("volumes") or []),
        "test": check.get("test") if not check.get("disable") else None,
        "user": service.get("user"),
        "working_dir": service.get("working_dir"),
        "memory": str(limits.get("memory", service.get("mem_limit") or "")),
    }


def ours(service: ComposeService, folder: Path) -> dict[str, Any]:
    check = service.health_check
    command = list(check.command or ()) if check else []
    files = [
        f"{os.path.relpath(folder / (item.source or ''), folder)}:{item.target}"
        for item in service.files
        if item.source is not None
    ]
    return {
        "image": service.image,
        "context": (service.build_context or ".") if service.build_context is not None else None,
        "target": service.build_target,
        "args": service.build_args,
        "command": list(service.command or []),
        "entrypoint": list(service.entrypoint or []),
        "environment": service.environment,
        "ports": sorted(map(shown, service.ports)),
        "needs": sorted(service.needs),
        "volumes": sorted([*(f"{item.name}:{item.target}" for item in service.volumes), *files]),
        "test": command or None,
        "user": service.user,
        "working_dir": service.working_dir,
        "memory": service.memory or "",
    }


def pairs(value: Any) -> dict[str, Any]:
    items = value.items() if isinstance(value, dict) else (item.partition("=")[::2] for item in value or [])
    return {str(name): None if item is None else str(item).replace("$$", "$") for name, item in items}


def shown(port: Any) -> str:
    return f"{port.host_port or ''}:{port.container_port}/{port.protocol}"


def mount(item: Any, folder: Path) -> str:
    if isinstance(item, str):
        source, _, target = item.removesuffix(":rw").removesuffix(":ro").partition(":")
    elif item.get("type") == "tmpfs":
        return "tmpfs"
    else:
        source, target = item.get("source", ""), item["target"]
    return f"{os.path.relpath(source, folder) if source.startswith('/') else source}:{target}"


def as_checked(found: dict[str, Any], read: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both without what is said in other words on purpose."""
    test = found["test"]
    words = (
        ["sh", "-c", *test[1:]]
        if isinstance(test, list) and test[:1] == ["CMD-SHELL"]
        else test[1:]
        if isinstance(test, list)
        else None
    )
    words = ["sh", "-c", test] if isinstance(test, str) else words
    found = found | {"test": words, "volumes": [item for item in found["volumes"] if item != "tmpfs"]}
    sizes = {key: (value and {"memory": memory(str(value["memory"]))}) for key, value in (("found", found), ("read", read))}
    host_free = [port for port in found["ports"] if not port.startswith(":")]
    return found | sizes["found"] | {"ports": host_free}, read | sizes["read"] | {
        "ports": [p for p in read["ports"] if not p.startswith(":")]
    }


def memory(text: str) -> int | None:
    match = re.fullmatch(r"(\d+)([kmgt]?)i?b?", text.lower())
    return int(match[1]) * 1024 ** " kmgt".index(match[2] or " ") if match else None


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in _BOUNDED], ids=lambda path: path.name)
def test_files_are_read_as_compose_reads_them(case, version, tmp_path):
    if json.loads((case / "expected.json").read_text()).get("compose", 1) > version:
        pytest.skip("takes a newer docker-compose")
    folder = tmp_path / "project"
    shutil.copytree(case / "tree", folder)
    stack = read_stack(Folder(DiskTree(folder), ""))
    services = reference(folder, version)
    if services is None:
        assert stack is not None
        assert _complaints(stack)
        return
    if case.name in _OF_VERSION_1 and version == 1:
        return
    assert stack is not None
    read = {item.name: item for item in stack.services}
    assert set(services) <= {*read, *(name for name, _ in stack.profiles)}
    assert set(read) <= set(services)
    for name, service in read.items():
        found, mine = as_checked(said(services[name], folder), ours(service, folder))
        assert mine == found, name


def _complaints(stack: ComposeStack) -> list[str]:
    refusals = [refusal for item in stack.services for refusal in item.refusals]
    return [*stack.faults, *refusals, *(["no services"] if not stack.services else [])]
