"""What the surroundings of a folder say: that it stands aside, in tests, examples or documentation, or beside something foreign."""

from __future__ import annotations

import re

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.manifests import FOREIGN, PROJECTS
from kyozo_gql.topology.model import Indicator
from kyozo_gql.topology.published import published_around, weigh_published

_TESTS = (
    "test", "tests", "__tests__", "testdata", "test-data", "fixtures", "__fixtures__", "spec", "specs", "e2e", "mocks", "testing",
)  # fmt: skip
_EXAMPLES = (
    "examples", "example", "samples", "sample", "demo", "demos", "templates", "template", "benchmark", "benchmarks", "bench",
    "playground", "playgrounds", "starters", "boilerplates", "tutorial", "tutorials", "snippets", "sandbox", "docs_src", "contrib",
)  # fmt: skip
_DOCUMENTS = ("docs", "doc", "documentation")
_ASIDE = {
    **dict.fromkeys(_TESTS, -0.9),
    **dict.fromkeys(_EXAMPLES, -0.6),
    **dict.fromkeys(_DOCUMENTS, -0.2),
}
# Words of a longer name: ui-tests, project_template; example-app, test_project.
_LAST_WORDS = frozenset(
    {"test", "tests", "e2e", "fixtures", "example", "examples", "samples", "template", "templates", "benchmarks"}
)
_FIRST_WORDS = {**dict.fromkeys(("example", "examples", "sample"), "example"), **dict.fromkeys(("test", "tests"), "sample")}
_SEPARATORS = re.compile(r"[-_.]")
_UNFILLED = ("{{", "{%")
_SIDE_FOLDERS = frozenset({*_ASIDE, "scripts", "script", "assets", "images", "img", "media", "tools", "bin", "ci"})
_PROJECT_FILES = PROJECTS | {"Makefile"}
_SOURCES = (".py", ".js", ".ts", ".go", ".rs", ".php", ".rb", ".java", ".c", ".cpp", ".cs")
# What says that the folder is an application of an ecosystem that is not run here.
_FOREIGN = {
    **FOREIGN,
    "artisan": "PHP",
    "wp-config.php": "PHP",
    "index.php": "PHP",
    "config.ru": "Ruby",
}
_FOREIGN_SUFFIXES = {
    ".csproj": ".NET",
    ".fsproj": ".NET",
    ".sln": ".NET",
    ".cabal": "Haskell",
    ".gemspec": "Ruby",
    ".xcodeproj": "Swift",
}
_OWN = frozenset({"nodejs.application", "python.application", "nodejs.other_application", "python.part"})


def weigh_place(finding: Finding, folder: Folder) -> None:
    """Adds what the surroundings say to the evidence of a rule set that found something."""
    if finding.score <= 0:
        return
    aside = _find_aside(folder)
    if aside:
        finding.indicators.append(Indicator(folder.path, "place.aside", *aside))
    if finding.service_type in {ServiceType.NODEJS, ServiceType.PYTHON}:
        _weigh_foreign(finding, folder)
    if finding.service_type is ServiceType.PYTHON:
        weigh_published(finding, folder)
    if finding.service_type is ServiceType.NODEJS and (package := published_around(folder)):
        detail = f"builds assets of the package of Python that {package} publishes"
        finding.indicators.append(Indicator(package, "nodejs.other_application", -0.4, detail))


def _find_aside(folder: Folder) -> tuple[float, str] | None:
    """The folder of tests, examples or documentation of a project that this folder stands in: what it weighs, and why.

    The one that weighs most counts. Where there is no project besides, the examples are what the tree is for.
    """
    found = []
    for number, name in enumerate(map(_without_mark, folder.path.split("/"))):
        if "{" in name and any(sign in name for sign in _UNFILLED):
            found.append((-0.9, f"the name of {name[:100]} is not filled in: a template"))
        plain = _without_mark(name.lower())
        kind = _kind_of(plain)
        if kind and (plain in _TESTS or _has_project(folder, number)):
            found.append((_ASIDE[kind], f"stands in a folder named {name[:100]}"))
    return min(found, default=None)


def _without_mark(name: str) -> str:
    """A name without the one _ that Go passes over what begins with."""
    return name[1:] if name.startswith("_") and not name.startswith("__") else name


def _kind_of(name: str) -> str | None:
    """The name of a folder, or the word in it, that says what stands aside."""
    if name in _ASIDE:
        return name
    first, *others = _SEPARATORS.split(name)
    if not others:
        return None
    return others[-1] if others[-1] in _LAST_WORDS else _FIRST_WORDS.get(first)


def _has_project(folder: Folder, depth: int) -> bool:
    """Whether one of the folders around the first ``depth`` parts of the path holds a project of its own."""
    names = folder.path.split("/")
    return any(_is_project(folder, "/".join(names[:length])) for length in range(depth + 1))


def _is_project(folder: Folder, path: str) -> bool:
    def find_out() -> bool:
        files = folder.tree.files(path)
        if _PROJECT_FILES.isdisjoint(files):
            return False
        others = [name for name in folder.tree.subfolders(path) if name.lower() not in _SIDE_FOLDERS]
        if others or any(name.endswith(_SOURCES) for name in files):
            return True
        # A program whose sources were left out of what is published.
        return "package.json" in files and "bin" in (folder.at(path).json("package.json") or {})

    return folder.shared.remember(("project", path), find_out)


def _weigh_foreign(finding: Finding, folder: Folder) -> None:
    """A package.json or requirements beside an application of another ecosystem build its assets or help its developers."""
    name = folder.first(*_FOREIGN)
    kind = _FOREIGN[name] if name else None
    # Deno serves with what looks like a program of Node.js.
    deno = kind == "Deno" and not folder.has("package.json")
    if not deno and any(indicator.rule in _OWN for indicator in finding.indicators):
        return
    if name is None:
        name = next((item for item in sorted(folder.names) if item.endswith(tuple(_FOREIGN_SUFFIXES))), None)
        kind = next((kind for suffix, kind in _FOREIGN_SUFFIXES.items() if name and name.endswith(suffix)), None)
    if name and kind:
        finding.indicators.append(folder.indicate(name, "place.foreign", -0.4, f"stands beside {name} of {kind}"))
