"""Dockerfiles that are kept apart from what they build: in a packaging folder (docker/, build/ …), or beside it with a name of
their own (Dockerfile.prod).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kyozo_gql.topology.dockerfile_context import is_in, stands_in
from kyozo_gql.topology.dockerfile_text import DockerfileText, parse_dockerfile
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.manifests import PROJECTS

FILES = ("Dockerfile", "Containerfile", "dockerfile")
# Folders that hold how something is packaged, not what it is.
_PACKAGING = frozenset(
    {
        "docker", ".docker", "dockerfile", "dockerfiles", "container", "containers", "image", "images", "build", "builds", "deploy",
        "deployment", "deployments", "packaging", "package", "pkg", "infra", "infrastructure", "ops", "devops", "release", "prod",
        "production", "contrib", "dist", "etc", "ci", ".ci", "scripts", "tools", "hack", "misc", "extras", ".github", "alpine",
        "debian", "ubuntu", "fedora", "centos", "distroless", "slim", "linux", "windows", "dev", "development", "test", "debug",
        "podman", ".devcontainer", "devcontainer",
    }
)  # fmt: skip
# Where the Dockerfile of a whole folder is looked for, in order.
_PLACES = (
    "docker",
    ".docker",
    "build",
    "deploy",
    "deployment",
    "packaging",
    "container",
    "dockerfiles",
    "infra",
    "ops",
    "src/main/docker",
)
_NOT_TO_RUN = re.compile(
    r"(?:^|[._-])(?:dev|devel|development|local|test|tests|testing|e2e|ci|debug|debugger|[a-z]{0,20}build[a-z]{0,10}|base|lint|docs?|cross|bench"
    r"|rpm|deb|windows|arm\w{0,8}|s390x|ppc64le|riscv\w{0,4}|dockerignore|template|in|j2|tmpl|tpl|jinja2?|erb|md|sh|bak|old|orig)"
    r"(?:[._-]|$)|\.(?:pm|py|rb|js|ts|go|php|vim|lua|json|ya?ml|txt|html)$|^(?:pm|py|rb|js|ts|go|php|vim|lua|json|ya?ml|txt|html)$"
)
_TO_RUN = re.compile(r"(?:^|[._-])(?:prod|production|release|deploy|live|app|server|web|service|jvm)(?:[._-]|$)")
_NAMED = re.compile(
    r"^(?:dockerfile|containerfile)[._-]([\w.-]{1,60})$|^([\w.-]{1,60})[._-](?:dockerfile|containerfile)$", re.IGNORECASE
)
_SOURCES = (".go", ".rs", ".js", ".ts", ".tsx", ".rb", ".php", ".java", ".kt", ".cs", ".ex", ".c", ".cpp", ".html")
_MAX_LOOKS = 12  # the likeliest come first; more are one of each system that the same is packaged for
_MAX_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Apart:
    """A Dockerfile of a folder that stands elsewhere or has a name of its own; ``name`` is relative to the folder."""

    name: str
    parsed: DockerfileText


def find_apart(folder: Folder) -> Apart | None:
    """The Dockerfile of a folder which has none by the usual name: one with a name of its own, or in a packaging folder."""
    names = _named(folder)
    for place in _PLACES:
        if folder.has_folder(place.partition("/")[0]):
            names += _below(folder, place)
    for name in names[:_MAX_LOOKS]:
        text = folder.read(name)
        parsed = parse_dockerfile(text) if text else None
        if parsed is None or parsed.base is None or len(parsed.unknown) > parsed.known:
            continue
        sub = folder.at(folder.locate(name.rpartition("/")[0])) if "/" in name else folder
        if sub is folder or builds_around(sub, parsed) == folder.path:
            return Apart(name, parsed)
    return None


def _named(folder: Folder) -> list[str]:
    """Dockerfiles with a name of their own, but for those to develop, to test or to build with; those to run come first."""
    found = []
    for name in sorted(name for name in folder.names if "erfile" in name.lower()):
        match = _NAMED.match(name)
        kind = (match[1] or match[2]).lower() if match else ""
        if kind and not _NOT_TO_RUN.search(kind):
            found.append((not _TO_RUN.search(kind), name))
    return [name for later, name in sorted(found)] if len(found) == 1 or (found and not min(found)[0]) else []


def _below(folder: Folder, place: str) -> list[str]:
    """The Dockerfiles of a packaging folder and of those below it, one for each folder; those to run come first."""
    found, paths = list[str](), [place]
    for path in paths:
        there = folder.at(folder.locate(path))
        name = there.first(*FILES) or next(iter(_named(there)), None)
        if name:
            found.append(f"{path}/{name}")
        if path.count("/") - place.count("/") < _MAX_DEPTH and len(paths) < _MAX_LOOKS:
            subs = [sub for sub in folder.tree.subfolders(there.path) if not _NOT_TO_RUN.search(sub.lower())]
            paths += [f"{path}/{sub}" for sub in sorted(subs, key=lambda sub: (not _TO_RUN.search(sub), sub))][:_MAX_LOOKS]
    return found


def builds_around(folder: Folder, parsed: DockerfileText) -> str | None:
    """The folder around that the Dockerfile of a packaging folder builds; None where it builds its own folder, or stands alone."""
    if not is_packaging(folder):
        return None
    absent = [source for source in parsed.sources if not stands_in(folder.tree, folder.path, source)]
    if not absent and not (_takes_all(parsed) and _is_bare(folder)):
        return None
    place = folder.path
    while place:
        place = place.rpartition("/")[0]
        if all(is_in(folder.tree, place, source) for source in absent) and _has_more(folder, place):
            return place
    return None


def is_packaging(folder: Folder) -> bool:
    """Whether a folder holds how another one is packaged, by its name and by what else is in it."""
    return folder.path.rpartition("/")[2].lower() in _PACKAGING and not is_application(folder)


def is_application(folder: Folder) -> bool:
    """Whether a folder holds a manifest or sources, and so is more than the packaging of another one."""
    return not PROJECTS.isdisjoint(folder.names) or any(name.endswith(_SOURCES) for name in folder.names)


def _takes_all(parsed: DockerfileText) -> bool:
    return any(source.strip("\"'").removesuffix("/") in {"", "."} for source in parsed.sources)


def _is_bare(folder: Folder) -> bool:
    """Whether nothing but the packaging itself stands in a folder: nothing that a copy of all of it would be for."""
    return not any(name for name in folder.tree.subfolders(folder.path) if name.lower() not in _PACKAGING)


def _has_more(folder: Folder, place: str) -> bool:
    """Whether a folder around holds a project to build."""
    return is_application(folder.at(place)) or bool(
        {"Makefile", "configure.ac", "meson.build", "src"} & set(folder.at(place).names)
    )
