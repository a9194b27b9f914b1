"""A package of Python that others install to build on: what opens a port in it is what it offers them, not a service of its own."""

from __future__ import annotations

import re

from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.python_frameworks import WEB, WORKERS

_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg")
_LISTS = ("requirements.txt", "Pipfile", "environment.yml", "Procfile")
_FOUND = frozenset({"python.application", "python.worker", "python.entry"})
_KNOWN = frozenset({"python.library", "python.extension", "python.part", "procfile.web", "procfile.worker"})
_FOR_OTHERS = ("Intended Audience :: Developers", "Topic :: Software Development :: Libraries", "Environment :: Console")
_FOR_A_FRAMEWORK = "Framework :: "
_LISTED = "Programming Language :: Python"  # what is published says so, and little else does
_FRAMEWORK, _OTHER = -0.7, -0.5
_NAME = re.compile(r"""(?:^|[(,{])\s{0,12}["']?name["']?\s{0,3}[=:]\s{0,3}["']?([\w.-]{1,100})""", re.MULTILINE)


def weigh_published(finding: Finding, folder: Folder) -> None:
    """Adds ``python.published`` where what was found is a part of a library that is published.

    A framework is known by its name, another library by the classifiers that it is published with. These count for what lies in the
    package; a program beside it is not published with it, unless the whole extends a framework (a reusable application).
    """
    file = next((item.path for item in finding.indicators if item.rule in _FOUND), None)
    place = _find_package(folder)
    if file is None or place is None:
        return
    said = folder.shared.remember(("published", place.path), lambda: _read_published(place)) or _find_framework(file)
    if said is None:
        return
    weight, detail, whole = said
    if weight == _OTHER and any(item.rule in _KNOWN for item in finding.indicators):
        return
    inside = "/" in (file.removeprefix(f"{place.path}/") if place.path else file)
    if inside or whole:
        manifest = next(name for name in _MANIFESTS if place.has(name))
        finding.indicators.append(place.indicate(manifest, "python.published", weight, detail))


def published_around(folder: Folder) -> str | None:
    """The path of the manifest that publishes the package of Python that a folder lies in; None where it lies in none."""
    path = folder.path.rpartition("/")[0]
    while path and "__init__.py" not in folder.tree.files(path):
        path = path.rpartition("/")[0]
    if not path:
        return None
    while path and "__init__.py" in folder.tree.files(path):
        path = path.rpartition("/")[0]
    place = folder.at(path.rpartition("/")[0] if path.rpartition("/")[2] == "src" else path)
    name = next((name for name in _MANIFESTS if place.has(name) and _LISTED in (place.read(name) or "")), None)
    return place.locate(name) if name else None


def _find_package(folder: Folder) -> Folder | None:
    """The folder whose manifest builds the package that this folder is, or lies in; None for what has a list of its own."""
    path = folder.path
    while True:
        around = folder if path == folder.path else folder.at(path)
        if any(_builds(around.read(name) or "") for name in _MANIFESTS if around.has(name)):
            return around
        if not path or around.first(*_LISTS, "package.json", "go.mod"):
            return None
        path = path.rpartition("/")[0]


def _read_published(place: Folder) -> tuple[float, str, bool] | None:
    """What it weighs that a package is published, and why; whether that counts for what lies beside the package as well."""
    text = "\n".join(place.read(name) or "" for name in _MANIFESTS if place.has(name))
    name = re.sub(r"[-_.]+", "-", match[1]).lower() if (match := _NAME.search(text)) else ""
    if name in WEB or name in WORKERS:
        return _itself(name)
    said = next((sign for sign in _FOR_OTHERS if sign in text), None)
    if _FOR_A_FRAMEWORK in text:
        return _OTHER, f"is published with a classifier of a framework ({_FOR_A_FRAMEWORK}…): it extends that", True
    return (_OTHER, f"is published with the classifier {said}: a library or a tool", False) if said else None


def _find_framework(file: str) -> tuple[float, str, bool] | None:
    """The framework whose package a file stands in, where the manifest keeps its name in a variable."""
    package = file.removeprefix("src/").partition("/")[0]
    return _itself(package) if "/" in file and package in WEB else None


def _itself(name: str) -> tuple[float, str, bool]:
    return _FRAMEWORK, f"is the framework {name} itself", True


def _builds(text: str) -> bool:
    return "setup(" in text or "[build-system]" in text or "[metadata]" in text
