"""What a Python folder says of itself: its dependencies, package manager and version. Nothing is judged here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text
from kyozo_gql.topology.python_pixi import PIXI_FILE, pixi_names, pixi_python, read_pixi
from kyozo_gql.topology.versions import Request, RuntimeVersion, choose_python, choose_version, requested_versions

REQUIREMENT_FILES = (
    "requirements.txt", "requirements/production.txt", "requirements/prod.txt", "requirements/base.txt", "requirements/main.txt",
    "requirements/requirements.txt", "requirements-prod.txt", "requirements.prod.txt", "requirements.in", "reqs.txt",
)  # fmt: skip
ENVIRONMENT_FILES = ("environment.yml", "environment.yaml", "conda.yaml", "conda.yml")
LOCKS = (("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("pipenv", "Pipfile.lock"), ("pixi", "pixi.lock"))
_REQUIREMENT = re.compile(r"^\s{0,20}([A-Za-z0-9][A-Za-z0-9._-]{0,99})\s{0,5}(?:\[([A-Za-z0-9._,\s-]{0,200})\])?")
_INCLUDED = re.compile(r"^(?:-r|--requirement)[ =]{0,5}([\w./-]{1,100})$")
_INSTALL_REQUIRES = re.compile(r"install_requires\s{0,5}=\s{0,5}[\[(]([^\])]{0,8000})[\])]")
_QUOTED = re.compile(r"""["']([^"'\n]{1,200})["']""")
_SETUP_NAME = re.compile(
    r"""\bname\s{0,5}=\s{0,5}["']([\w.-]{1,100})["']"""
    r"""|^\[metadata\](?s:[^\[]{0,2000}?)^name[ \t]{0,5}=[ \t]{0,5}([\w.-]{1,100})[ \t]*$""",
    re.MULTILINE,
)
_SETUP_PYTHON = re.compile(r"""\bpython_requires\s{0,5}=\s{0,5}["']([^"'\n]{1,60})["']""")
_CONDA = re.compile(r"^(?:[\w-]{1,40}::)?([A-Za-z0-9][\w.-]{0,99})\s{0,5}([=<>!~].{0,60})?$")
_SETUP_DESCRIPTION = re.compile(
    r"""^[ \t]{0,12}["']?description["']?\s{0,5}[=:]\s{0,5}\(?\s{0,12}(?:["']{1,3})?([^"'\n]{1,300})""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class PythonProject:
    """``manifest``: the file that the dependencies stand in. ``dependencies``: normalised names to their extras.

    ``optional``: what only development or an extra needs. ``builds``: pip can install the folder itself. ``scripts``: commands
    that it installs. ``classifiers``: those of the index of packages. ``description``: its one line, "" where it has none.
    """

    manifest: str | None = None
    manager: str | None = None
    name: str | None = None
    dependencies: dict[str, frozenset[str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    runtime: RuntimeVersion | None = None
    builds: bool = False
    scripts: dict[str, str] = field(default_factory=dict)
    classifiers: tuple[str, ...] = ()
    description: str = ""

    @property
    def version(self) -> str | None:
        """The Python that it asks for."""
        return self.runtime.version if self.runtime else None


@dataclass(frozen=True, slots=True)
class _Manifests:
    """The parts of the manifests that more than one question is asked of."""

    pyproject: dict[str, Any]
    project: dict[str, Any]
    poetry: dict[str, Any]
    pipfile: dict[str, Any]
    setup: str


def read_python_project(folder: Folder) -> PythonProject:
    """The project that a folder's manifests describe."""
    pyproject = as_table(folder.toml("pyproject.toml"))
    parts = _Manifests(
        pyproject,
        as_table(pyproject.get("project")),
        as_table(as_table(pyproject.get("tool")).get("poetry")),
        as_table(folder.toml("Pipfile")),
        (folder.read("setup.py") or "") + (folder.read("setup.cfg") or ""),
    )
    manifest, dependencies = _dependencies(folder, parts)
    name = as_text(parts.project.get("name")) or as_text(parts.poetry.get("name"))
    if name is None and (match := _SETUP_NAME.search(parts.setup)):
        name = match[1] or match[2]
    told = as_text(parts.project.get("description")) or as_text(parts.poetry.get("description"))
    if told is None and (match := _SETUP_DESCRIPTION.search(parts.setup)):
        told = match[1]
    scripts = {**as_table(parts.poetry.get("scripts")), **as_table(parts.project.get("scripts"))}
    if "console_scripts" in parts.setup:
        scripts.setdefault(name or "setup", "console_scripts")
    return PythonProject(
        manifest=manifest,
        manager=_manager(folder, pyproject, manifest) if manifest else None,
        name=name,
        dependencies=dependencies,
        optional=frozenset(_optional(parts)) - frozenset(dependencies),
        runtime=choose_version(_versions(folder, parts), choose_python),
        builds=(bool(parts.project or parts.poetry or "[metadata]" in parts.setup) and "build-system" in pyproject)
        or "setup(" in parts.setup,
        scripts={key: text for key, value in scripts.items() if (text := as_text(value))},
        classifiers=tuple(text for item in as_list(parts.project.get("classifiers")) if (text := as_text(item))),
        description=(told or "")[:300],
    )


def requirement(text: str) -> tuple[str, frozenset[str]] | None:
    """The normalised name and the extras of a requirement; None for an option, a URL or a comment."""
    match = _REQUIREMENT.match(text)
    if match is None:
        return None
    extras = frozenset(extra.strip().lower() for extra in (match[2] or "").split(",") if extra.strip())
    return re.sub(r"[-_.]+", "-", match[1]).lower(), extras


def _dependencies(folder: Folder, parts: _Manifests) -> tuple[str | None, dict[str, frozenset[str]]]:
    listed = [text for item in as_list(parts.project.get("dependencies")) if (text := as_text(item))]
    listed += [
        f"{name}[{','.join(map(str, as_list(as_table(value).get('extras'))))}]"
        for name, value in as_table(parts.poetry.get("dependencies")).items()
        if name != "python" and not _is_left_out(value)
    ]
    manifest = "pyproject.toml" if parts.project or parts.poetry or folder.has("pyproject.toml") else None
    if not listed:
        manifest, listed = _listed_elsewhere(folder, parts, manifest)
    pairs = (requirement(text) for text in listed)
    return manifest, dict(pair for pair in pairs if pair)


def _is_left_out(value: Any) -> bool:
    """Whether Poetry installs a dependency for an extra alone."""
    return as_table(value).get("optional") is True


def _listed_elsewhere(folder: Folder, parts: _Manifests, manifest: str | None) -> tuple[str | None, list[str]]:
    """What requirements.txt, Pipfile, setup.py or environment.yml list, the first of them that is there."""
    requirements = folder.first(*REQUIREMENT_FILES)
    if requirements:
        return requirements, list(_requirement_lines(folder, requirements))
    if folder.has("Pipfile"):
        return "Pipfile", [*as_table(parts.pipfile.get("packages"))]
    pixi = pixi_names(read_pixi(folder))
    if pixi or folder.has(PIXI_FILE):
        return PIXI_FILE if folder.has(PIXI_FILE) else manifest, pixi
    environment = folder.first(*ENVIRONMENT_FILES)
    if manifest is None and folder.first("setup.py", "setup.cfg"):
        return folder.first("setup.py", "setup.cfg"), list(_setup_requirements(folder))
    if manifest is None and environment:
        return environment, list(_conda_packages(folder, environment))
    return manifest, []


def _requirement_lines(folder: Folder, file: str) -> Iterator[str]:
    """The lines of a requirements file and of those that it includes, each file once."""
    waiting, seen = [file], {file}
    while waiting and len(seen) < 10:  # noqa: PLR2004 — more are no requirements but a loop of them
        current = waiting.pop(0)
        for line in (folder.read(current) or "").splitlines():
            included = _INCLUDED.match(line.strip())
            if included is None:
                yield line
                continue
            path = f"{current.rpartition('/')[0]}/{included[1]}".removeprefix("/").replace("/./", "/").removeprefix("./")
            if path not in seen and ".." not in path:
                seen.add(path)
                waiting.append(path)


def _setup_requirements(folder: Folder) -> Iterator[str]:
    text = folder.read("setup.py") or ""
    match = _INSTALL_REQUIRES.match(text, max(text.find("install_requires"), 0))
    if match:
        yield from (item[1] for item in _QUOTED.finditer(match[1]))
    inside = False
    for line in (folder.read("setup.cfg") or "").splitlines():
        if inside and line[:1] in {" ", "\t"}:
            yield line.strip()
        else:
            inside = line.replace(" ", "").startswith("install_requires=")


def _conda_packages(folder: Folder, file: str) -> Iterator[str]:
    for item in as_list(as_table(folder.yaml(file)).get("dependencies")):
        text = as_text(item)
        match = _CONDA.match(text.strip()) if text else None
        if match and match[1] != "python":
            yield match[1]
        yield from (line for entry in as_list(as_table(item).get("pip")) if (line := as_text(entry)))


def _optional(parts: _Manifests) -> Iterator[str]:
    """The names of what an extra or a group of development asks for."""
    tables = [
        as_table(parts.project.get("optional-dependencies")),
        as_table(parts.pyproject.get("dependency-groups")),
        {"": [*as_table(parts.poetry.get("dev-dependencies"))]},
        {"": [name for name, value in as_table(parts.poetry.get("dependencies")).items() if _is_left_out(value)]},
        {"": [*as_table(parts.pipfile.get("dev-packages"))]},
        {name: [*as_table(as_table(group).get("dependencies"))] for name, group in as_table(parts.poetry.get("group")).items()},
    ]
    for table in tables:
        for listed in table.values():
            pairs = (requirement(text) for item in as_list(listed) if (text := as_text(item)))
            yield from (pair[0] for pair in pairs if pair)


def _manager(folder: Folder, pyproject: dict[str, Any], manifest: str) -> str:
    """The manager of the lock file, else the one that pyproject.toml configures or is built with, else that of the manifest."""
    for manager, file in LOCKS:
        if folder.has(file):
            return manager
    tools = as_table(pyproject.get("tool"))
    backend = as_text(as_table(pyproject.get("build-system")).get("build-backend")) or ""
    if manifest == "pyproject.toml":
        declared = next((manager for manager in ("poetry", "pdm", "uv", "pixi") if manager in tools), None)
        built = {"poetry": "poetry", "pdm": "pdm", "uv_build": "uv"}.get(backend.partition(".")[0])
        if declared or built:
            return declared or built or "pip"
    if manifest in {"Pipfile", PIXI_FILE}:
        return "pipenv" if manifest == "Pipfile" else "pixi"
    environment = folder.first(*ENVIRONMENT_FILES)
    if environment and (manifest == environment or manifest in (folder.read(environment) or "")):
        return "conda"
    return "pip"


def _versions(folder: Folder, parts: _Manifests) -> Iterator[Request]:
    """What is asked for, by precedence; among the manifests: pyproject.toml, Pipfile, setup.py, environment.yml."""
    yield from requested_versions(folder, "PYTHON", ("python", "python3"), (".python-version", "runtime.txt"))
    if text := as_text(parts.project.get("requires-python")):
        yield Request(text, "pyproject.toml", field="project.requires-python")
    poetry = as_table(parts.poetry.get("dependencies")).get("python")
    if text := as_text(poetry) or as_text(as_table(poetry).get("version")):
        yield Request(text, "pyproject.toml", field="tool.poetry.dependencies.python")
    requires = as_table(parts.pipfile.get("requires"))
    for key in ("python_full_version", "python_version"):
        if text := as_scalar(requires.get(key)):
            yield Request(text, "Pipfile", field=f"requires.{key}")
    if match := _SETUP_PYTHON.search(parts.setup):
        yield Request(match[1], "setup.py" if folder.has("setup.py") else "setup.cfg", field="python_requires")
    if text := pixi_python(read_pixi(folder)):
        yield Request(text, PIXI_FILE if folder.has(PIXI_FILE) else "pyproject.toml", field="dependencies.python")
    environment = folder.first(*ENVIRONMENT_FILES)
    if environment:
        for item in as_list(as_table(folder.yaml(environment)).get("dependencies")):
            match = _CONDA.match((as_text(item) or "").strip())
            if match and match[1] == "python" and match[2]:
                yield Request(match[2], environment, field="dependencies")
