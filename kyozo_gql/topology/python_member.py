"""How a Python folder is installed that is no whole without its neighbours: from the root of its workspace."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from kyozo_gql.topology.build_tools import python_tool
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines, system_lines
from kyozo_gql.topology.model import Recommendation
from kyozo_gql.topology.python_build import UV, VENV
from kyozo_gql.topology.python_packages import system_packages
from kyozo_gql.topology.python_project import PythonProject, read_python_project
from kyozo_gql.topology.workspace import Workspace, command_in_member, in_member

_MAX_MANIFESTS = 60


def recommend_member(
    folder: Folder, workspace: Workspace, project: PythonProject, extras: tuple[str, ...], alone: Recommendation
) -> Recommendation:
    """The recommendation for a member; ``alone`` is the one for the folder by itself, its commands run in the folder."""
    line = in_member(workspace, alone.start_command or "")
    port = alone.ports[0].container_port if alone.ports else None
    version = project.version or _version_of(folder, workspace)
    image = base_image(folder.base_images, "python", version)
    building, running = _system_packages(folder, workspace, project)
    if workspace.declared:
        pinned = python_tool(folder.at(workspace.root), "uv", version)
        local = tuple(_uv(step, ".venv/bin/uv") for step in _sync(workspace, extras))
        commands = (("python3", "-m", "venv", ".venv"), (".venv/bin/python", "-m", "pip", "install", *pinned), *local)
        build = _uv_lines(workspace, extras, pinned)
    else:
        makes, *others = alone.build_commands or ((),)
        commands = (makes, *(command_in_member(workspace, command) for command in others)) if makes else ()
        build = _linked_lines(workspace, alone.dockerfile or "")
    dockerfile = dockerfile_text(
        [f"FROM {image} AS build", "WORKDIR /app", *system_lines(building), *build],
        [
            f"FROM {image}",
            "WORKDIR /app",
            *system_lines(running),
            "COPY --from=build /venv /venv",
            f"COPY --chown={USER} . .",
            *_collect_lines(workspace, alone.dockerfile or ""),
            *final_lines(port, line, ("PATH=/venv/bin:$PATH", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")),
        ],
    )
    return replace(alone, start_command=line, build_context=workspace.root, build_commands=commands, dockerfile=dockerfile)


def _system_packages(folder: Folder, workspace: Workspace, project: PythonProject) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What building and what running needs: the member's own libraries, and those of the members that it needs."""
    around = [folder.at(workspace.locate(sibling.path)) for sibling in workspace.siblings]
    places = [(folder, project), *((place, read_python_project(place)) for place in around)]
    needs = [system_packages(found, (place.read(found.manifest) if found.manifest else None) or "") for place, found in places]
    building = sorted({name for need in needs for name in need[0]})
    return tuple(building), tuple(sorted({name for need in needs for name in need[1]}))


def _collect_lines(workspace: Workspace, dockerfile: str) -> list[str]:
    """What gathers static files in the folder's own image, in the folder."""
    lines = (line.removeprefix("RUN ") for line in dockerfile.splitlines() if line.startswith("RUN ") and " collectstatic " in line)
    return [f"RUN cd {shlex.quote(workspace.member)} && ({line})" for line in lines]


def _sync(workspace: Workspace, extras: tuple[str, ...]) -> list[tuple[str, ...]]:
    frozen = ("--frozen",) if workspace.lock else ()
    steps = [("uv", "sync", *frozen, "--no-dev", "--inexact", "--package", workspace.name)]
    return [*steps, ("uv", "pip", "install", *extras)] if extras else steps


def _uv(command: tuple[str, ...], program: str) -> tuple[str, ...]:
    return (program, *command[1:])


def _uv_lines(workspace: Workspace, extras: tuple[str, ...], pinned: tuple[str, ...]) -> list[str]:
    """The dependencies of all from the manifests alone, then the members that are needed."""
    sync, *more = _sync(workspace, extras)
    early = workspace.lock and len(workspace.manifests) <= _MAX_MANIFESTS
    early = early and all(re.fullmatch(r"[\w./-]+", path) for path in workspace.manifests)
    manifests = [f"COPY {path} ./{path}" for path in workspace.manifests]
    first = [f"COPY pyproject.toml {workspace.lock} ./", *manifests, f"RUN {shlex.join((*sync, '--no-install-workspace'))}"]
    return [
        f"RUN python3 -m venv /opt/tool && /opt/tool/bin/pip install --no-cache-dir {shlex.join(pinned)}",
        "RUN python3 -m venv /venv",
        VENV,
        UV,
        *(first if early else []),
        "COPY . .",
        *(f"RUN {shlex.join(step)}" for step in (sync, *more)),
    ]


def _linked_lines(workspace: Workspace, dockerfile: str) -> list[str]:
    """What the folder's own Dockerfile runs to install, in the folder, once everything is there."""
    runs = [line for line in dockerfile.partition("\n\n")[0].splitlines() if line.startswith(("RUN ", "ENV "))]
    runs = [line for line in runs if not line.startswith("RUN apt-get ")]
    make = [] if VENV in runs else ["RUN python3 -m venv /venv"]
    return [*make, "COPY . .", f"WORKDIR /app/{workspace.member}", *runs]


def _version_of(folder: Folder, workspace: Workspace) -> str | None:
    """The version that the root asks for, where the member asks for none."""
    text = folder.at(workspace.root).read(".python-version") if workspace.declared else None
    match = re.match(r"^(3\.\d{1,2}(?:\.\d{1,2})?)\s*$", text or "")
    return match[1] if match else None
