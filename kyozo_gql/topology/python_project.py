"""What a Python folder says of itself: its dependencies, package manager and version. Nothing is judged here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.versions import choose_python, read_tool_version, read_version_file

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]{0,99})\s*(?:\[([A-Za-z0-9._,\s-]{0,200})\])?")
REQUIREMENT_FILES = ("requirements.txt", "requirements/production.txt", "requirements/prod.txt", "requirements/base.txt")


@dataclass(frozen=True, slots=True)
class PythonProject:
    """``manifest``: the file that the dependencies stand in. ``dependencies``: normalised names to their extras."""

    manifest: str | None = None
    manager: str | None = None
    name: str | None = None
    dependencies: dict[str, frozenset[str]] = field(default_factory=dict)
    version: str | None = None
    version_source: str | None = None
    builds: bool = False  # pyproject.toml can be installed with pip
    scripts: dict[str, str] = field(default_factory=dict)


def read_python_project(folder: Folder) -> PythonProject:
    """The project that a folder's manifests describe."""
    pyproject = as_table(folder.toml("pyproject.toml"))
    project, poetry = as_table(pyproject.get("project")), as_table(as_table(pyproject.get("tool")).get("poetry"))
    manifest, dependencies = _dependencies(folder, project, poetry)
    version = _version(folder, project, poetry)
    return PythonProject(
        manifest=manifest,
        manager=_manager(folder, pyproject) if manifest else None,
        name=as_text(project.get("name")) or as_text(poetry.get("name")),
        dependencies=dependencies,
        version=version[0] if version else None,
        version_source=version[1] if version else None,
        builds=bool(project or poetry) and "build-system" in pyproject,
        scripts={key: value for key, value in as_table(project.get("scripts")).items() if as_text(value)},
    )


def requirement(text: str) -> tuple[str, frozenset[str]] | None:
    """The normalised name and the extras of a requirement; None for an option, a URL or a comment."""
    match = _REQUIREMENT.match(text)
    if match is None:
        return None
    extras = frozenset(extra.strip().lower() for extra in (match[2] or "").split(",") if extra.strip())
    return re.sub(r"[-_.]+", "-", match[1]).lower(), extras


def _dependencies(folder: Folder, project: dict[str, Any], poetry: dict[str, Any]) -> tuple[str | None, dict[str, frozenset[str]]]:
    listed: list[str] = [text for item in as_list(project.get("dependencies")) if (text := as_text(item))]
    tables = as_table(poetry.get("dependencies"))
    listed += [
        f"{name}[{','.join(map(str, as_list(as_table(value).get('extras'))))}]"
        for name, value in tables.items()
        if name != "python"
    ]
    manifest = "pyproject.toml" if project or poetry or folder.has("pyproject.toml") else None
    if not listed:
        requirements = folder.first(*REQUIREMENT_FILES)
        if requirements:
            manifest, listed = requirements, (folder.read(requirements) or "").splitlines()
        elif folder.has("Pipfile"):
            manifest, listed = "Pipfile", [*as_table(as_table(folder.toml("Pipfile")).get("packages"))]
    manifest = manifest or folder.first("setup.py", "setup.cfg", "environment.yml")
    pairs = (requirement(text) for text in listed[:2_000])
    return manifest, dict(pair for pair in pairs if pair)


def _manager(folder: Folder, pyproject: dict[str, Any]) -> str:
    tools = as_table(pyproject.get("tool"))
    for manager, file in (("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("pipenv", "Pipfile.lock")):
        if folder.has(file):
            return manager
    declared = next((manager for manager in ("poetry", "pdm", "uv") if manager in tools), None)
    if declared:
        return declared
    if folder.has("Pipfile") and not folder.has("requirements.txt"):
        return "pipenv"
    return "conda" if folder.has("environment.yml") and not folder.has("requirements.txt") and not pyproject else "pip"


def _version(folder: Folder, project: dict[str, Any], poetry: dict[str, Any]) -> tuple[str, str] | None:
    """The version and where it came from: a version file, then .tool-versions, then the manifest."""
    pipfile = as_table(as_table(folder.toml("Pipfile")).get("requires"))
    asked = (
        read_version_file(folder, ".python-version", "runtime.txt"),
        read_tool_version(folder, "python"),
        (as_text(project.get("requires-python")) or "", "pyproject.toml"),
        (as_text(as_table(poetry.get("dependencies")).get("python")) or "", "pyproject.toml"),
        (as_text(pipfile.get("python_full_version")) or as_text(pipfile.get("python_version")) or "", "Pipfile"),
    )
    for candidate in asked:
        version = choose_python(candidate[0]) if candidate and candidate[0] else None
        if candidate and version:
            return version, candidate[1]
    return None
