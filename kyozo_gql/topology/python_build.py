"""How a Python folder is installed: in an image, and in a copy of the folder with a virtual environment of its own."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import Any

from kyozo_gql.topology.build_tools import python_tool
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines, system_lines
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.python_packages import system_packages
from kyozo_gql.topology.python_pixi import conda_specifications, pip_specifications, read_pixi
from kyozo_gql.topology.python_project import ENVIRONMENT_FILES, PythonProject

_REQUIREMENTS = re.compile(r"^(?:requirements|constraints|reqs)[\w.-]{0,60}\.(?:txt|in)$")
_PIP = "pip install --no-cache-dir"
VENV = "ENV VIRTUAL_ENV=/venv UV_PROJECT_ENVIRONMENT=/venv PATH=/venv/bin:/opt/tool/bin:$PATH"
# The image's own Python runs what is installed: another one that uv fetched would not be in the second stage.
UV = "ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1"
# What takes a version from Git's tags, and what tells it one: neither Git nor tags need be where an image is built.
_VERSIONERS = {
    "setuptools-scm": "SETUPTOOLS_SCM_PRETEND_VERSION", "setuptools_scm": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "hatch-vcs": "SETUPTOOLS_SCM_PRETEND_VERSION", "pbr": "PBR_VERSION", "pdm-backend": "PDM_BUILD_SCM_VERSION",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Installation:
    """``files`` are copied first; ``commands`` install the dependencies, with the environment's programs on PATH.

    ``whole``: the project itself is installed, so the folder is copied before. ``tool``: the program that does it; ``pinned``: the
    requirements that bring it. ``early``: what of a whole project can be installed out of ``files`` alone, for a layer of its own.
    """

    files: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    whole: bool = False
    tool: str | None = None
    pinned: tuple[str, ...] = ()
    early: tuple[tuple[str, ...], ...] = ()


def plan_installation(folder: Folder, project: PythonProject, extras: tuple[str, ...], *, whole: bool) -> Installation:
    """What installs the dependencies of a project. ``whole``: the project has to be installed itself (a src layout, a script)."""
    if project.manager == "conda":
        return _install_with_conda(folder, extras)
    if project.manager == "pixi":
        return _install_like_pixi(folder, extras)
    if project.manager in _INSTALLERS and project.dependencies:
        steps = _INSTALLERS[project.manager](folder, whole)
        steps = replace(steps, pinned=python_tool(folder, project.manager, project.version))
    else:
        steps = _install_with_pip(folder, project, whole)
    if extras:
        pip = ("uv", "pip", "install") if steps.tool == "uv" else ("python3", "-m", "pip", "install")
        steps = replace(steps, commands=(*steps.commands, (*pip, *extras)))
    return steps


def build_commands(steps: Installation) -> tuple[tuple[str, ...], ...]:
    """The argument vectors that prepare a copy of the folder; none where there is nothing to install."""
    if not steps.commands:
        return ()
    if steps.tool == "micromamba":
        return tuple(tuple(".venv" if part == "/venv" else part for part in command) for command in steps.commands)
    install_tool = ((".venv/bin/python", "-m", "pip", "install", *steps.pinned),) if steps.pinned else ()
    local = {"python3": ".venv/bin/python", **({steps.tool: f".venv/bin/{steps.tool}"} if steps.tool else {})}
    prefix = ("env", "PIPENV_VENV_IN_PROJECT=1") if steps.tool == "pipenv" else ()
    commands = (((*(prefix if command[0] == steps.tool else ()), local[command[0]], *command[1:])) for command in steps.commands)
    return (("python3", "-m", "venv", ".venv"), *install_tool, *commands)


def write_dockerfile(
    folder: Folder, project: PythonProject, steps: Installation, port: int | None, command: str, *, collect: str | None = None
) -> str:
    """A Dockerfile of two stages: the virtual environment is made in the first, and runs in the second.

    ``collect``: the manage.py that gathers static files.
    """
    image = base_image(folder.base_images, "python", project.version)
    environment = ("PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")
    manifest = (folder.read(project.manifest) if project.manifest else None) or ""
    building, running = system_packages(project, manifest)
    if not steps.commands:
        return dockerfile_text(
            [f"FROM {image}", "WORKDIR /app", f"COPY --chown={USER} . .", *final_lines(port, command, environment)]
        )
    if steps.tool == "micromamba":
        image = base_image(folder.base_images, "debian")
        build = _conda_stage(folder, steps)
    else:
        build = _venv_stage(image, steps, building, _version_line(folder) if steps.whole else "")
    final = [
        f"FROM {image}",
        "WORKDIR /app",
        *system_lines(running),
        "COPY --from=build /venv /venv",
        f"COPY --chown={USER} . .",
        *_collect_lines(collect),
        *final_lines(port, command, ("PATH=/venv/bin:$PATH", *environment)),
    ]
    return dockerfile_text(build, final)


def _venv_stage(image: str, steps: Installation, packages: tuple[str, ...], environment: str) -> list[str]:
    venv = [VENV, *([UV] if steps.tool == "uv" else [])]
    # An environment of its own: what the tool needs is neither the image's nor the project's.
    tool = [f"RUN python3 -m venv /opt/tool && /opt/tool/bin/{_PIP} {shlex.join(steps.pinned)}"] if steps.pinned else []
    early = [*_copies(replace(steps, whole=False)), *(f"RUN {_shell(command)}" for command in steps.early)] if steps.early else []
    runs = [f"RUN {_shell(arguments)}" for arguments in steps.commands]
    head = [f"FROM {image} AS build", "WORKDIR /app", *system_lines(packages), *tool, "RUN python3 -m venv /venv"]
    told = [environment] if environment else []  # not before: it would be the version of all that is built
    return [*head, *venv, *early, *_copies(steps), *told, *runs]


def _version_line(folder: Folder) -> str:
    """Tells the build of the package a version, where it would ask Git for one."""
    system = as_table(as_table(folder.toml("pyproject.toml")).get("build-system"))
    text = " ".join(filter(None, map(as_text, as_list(system.get("requires"))))) or (folder.read("setup.py") or "")
    name = next((variable for tool, variable in _VERSIONERS.items() if re.search(rf"(?<![\w-]){tool}(?![\w-])", text)), None)
    return f"ENV {name}=0.0.0" if name else ""


def _conda_stage(folder: Folder, steps: Installation) -> list[str]:
    runs = [f"RUN {shlex.join(command)}" for command in steps.commands]
    image = base_image(folder.base_images, "micromamba")
    return [f"FROM {image} AS build", "USER root", "WORKDIR /app", *_copies(steps), *runs]


def _collect_lines(manage: str | None) -> list[str]:
    """Static files are gathered while the image is made; settings that need what only the start knows go without."""
    if manage is None:
        return []
    line = f"/venv/bin/python3 {manage} collectstatic --noinput"
    return [f"RUN SECRET_KEY=build DJANGO_SECRET_KEY=build {line} || echo 'static files were not collected'"]


def _install_with_conda(folder: Folder, extras: tuple[str, ...]) -> Installation:
    file = folder.first(*ENVIRONMENT_FILES) or ENVIRONMENT_FILES[0]
    text = folder.read(file) or ""
    listed = tuple(name for name in sorted(folder.names) if _REQUIREMENTS.match(name) and name in text)
    create = ("micromamba", "create", "--yes", "--prefix", "/venv", "--file", file)
    more = ("micromamba", "run", "--prefix", "/venv", "pip", "install", "--no-cache-dir", *extras)
    local = re.search(r"^\s{0,20}- ['\"]?(?:-e )?\.['\"]?\s*$", text, re.MULTILINE) is not None
    return Installation((file, *listed), (create, *((more,) if extras else ())), local, "micromamba")


def _install_like_pixi(folder: Folder, extras: tuple[str, ...]) -> Installation:
    """What pixi lists, installed with the program that environments of conda are made with."""
    table = read_pixi(folder)
    create = ("micromamba", "create", "--yes", "--prefix", "/venv", "--channel", "conda-forge", *conda_specifications(table))
    listed = as_list(as_table(as_table(folder.toml("pyproject.toml")).get("project")).get("dependencies"))
    names = [text for item in listed if (text := as_text(item)) and "\n" not in text and not text.startswith("-")]
    names += [*pip_specifications(table), *extras]
    more = ("micromamba", "run", "--prefix", "/venv", "pip", "install", "--no-cache-dir", *names)
    return Installation((), (create, *((more,) if names else ())), tool="micromamba")


def _install_with_pip(folder: Folder, project: PythonProject, whole: bool) -> Installation:
    if project.manifest and project.manifest.endswith((".txt", ".in")):
        lines = (folder.read(project.manifest) or "").splitlines()
        local = any(line.strip().startswith(("-e", "--editable", ".", "file:")) for line in lines)
        names = [name for name in sorted(folder.names) if _REQUIREMENTS.match(name)]
        files = (
            tuple(names)
            if project.manifest in folder.names
            else ((f"{project.manifest.split('/', maxsplit=1)[0]}/",) if "/" in project.manifest else (project.manifest,))
        )
        if not project.dependencies and not local:
            return Installation((), ())
        return Installation(files, (("python3", "-m", "pip", "install", "-r", project.manifest),), whole=local)
    listed = as_list(as_table(as_table(folder.toml("pyproject.toml")).get("project")).get("dependencies"))
    names = [text for item in listed if (text := as_text(item)) and "\n" not in text and not text.startswith("-")]
    install = (("python3", "-m", "pip", "install", *names),) if names else ()
    if project.manifest in {"setup.py", "setup.cfg"} or (whole and project.builds):
        early = () if any("file:" in name for name in names) else install
        return Installation((), (("python3", "-m", "pip", "install", "."),), whole=True, early=early)
    return Installation((), install)


def _install_with_uv(folder: Folder, whole: bool) -> Installation:
    files = tuple(name for name in ("pyproject.toml", "uv.lock") if folder.has(name))
    sync = ("uv", "sync", *(("--frozen",) if folder.has("uv.lock") else ()), "--no-dev", "--inexact")
    return _in_two_steps(folder, Installation(files, (sync,), whole, "uv"), "--no-install-project")


def _install_with_poetry(folder: Folder, whole: bool) -> Installation:
    files = tuple(name for name in ("pyproject.toml", "poetry.lock") if folder.has(name))
    install = ("poetry", "install", "--only", "main", "--no-interaction")
    return _in_two_steps(folder, Installation(files, (install,), whole, "poetry"), "--no-root")


def _install_with_pdm(folder: Folder, whole: bool) -> Installation:
    files = tuple(name for name in ("pyproject.toml", "pdm.lock") if folder.has(name))
    install = ("pdm", "sync" if folder.has("pdm.lock") else "install", "--prod")
    return _in_two_steps(folder, Installation(files, (install,), whole, "pdm"), "--no-self")


def _in_two_steps(folder: Folder, steps: Installation, without: str) -> Installation:
    """The dependencies first, then the project itself, where it is to be installed; ``without`` leaves it out."""
    dependencies = tuple((*command, without) for command in steps.commands)
    local = _has_local_sources(folder.toml("pyproject.toml"))
    if not steps.whole:
        return replace(steps, commands=dependencies, whole=local)
    return steps if local else replace(steps, early=dependencies)


def _has_local_sources(pyproject: dict[str, Any] | None) -> bool:
    """Whether a dependency is a folder of the tree, so that manifests alone are not enough to install."""
    tool = as_table(as_table(pyproject).get("tool"))
    sources = [*as_table(as_table(tool.get("uv")).get("sources")).values()]
    sources += as_table(as_table(tool.get("poetry")).get("dependencies")).values()
    tables = [as_table(item) for source in sources for item in (source if isinstance(source, list) else [source])]
    listed = as_list(as_table(as_table(pyproject).get("project")).get("dependencies"))
    inside = any("file:" in (as_text(item) or "") for item in listed)
    return inside or "workspace" in as_table(tool.get("uv")) or any({"path", "workspace"} & set(table) for table in tables)


def _install_with_pipenv(folder: Folder, whole: bool) -> Installation:
    files = tuple(name for name in ("Pipfile", "Pipfile.lock") if folder.has(name))
    verb = ("sync",) if folder.has("Pipfile.lock") else ("install", "--skip-lock")
    return Installation(files, (("pipenv", *verb),), whole, "pipenv")


_INSTALLERS = {
    "uv": _install_with_uv,
    "poetry": _install_with_poetry,
    "pdm": _install_with_pdm,
    "pipenv": _install_with_pipenv,
}


def _copies(steps: Installation) -> list[str]:
    if steps.whole:
        return ["COPY . ."]
    if len(steps.files) == 1 and steps.files[0].endswith("/"):
        return [f"COPY {steps.files[0]} ./{steps.files[0]}"]
    return [f"COPY {' '.join(steps.files)} ./"] if steps.files else []


def _shell(command: tuple[str, ...]) -> str:
    if command[:4] == ("python3", "-m", "pip", "install"):
        return f"{_PIP} {shlex.join(command[4:])}"
    return shlex.join(command)
