"""Runtime versions: what a folder asks for, as the version of an image."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import default_version

_PYTHONS = tuple(f"3.{minor}" for minor in range(14, 5, -1))
_NODES = tuple(range(26, 9, -1))
_EXACT = re.compile(r"^v?(\d{1,3}(?:\.\d{1,4}){0,2})$")
_COMPARISON = re.compile(r"(>=|<=|>|<|=|\^|~)?\s*v?(\d{1,3})(?:\.(?:\d{1,4}|[xX*]))*")
_LTS = {
    "argon": 4,
    "boron": 6,
    "carbon": 8,
    "dubnium": 10,
    "erbium": 12,
    "fermium": 14,
    "gallium": 16,
    "hydrogen": 18,
    "iron": 20,
    "jod": 22,
}


def exact_version(text: str) -> str | None:
    """The version that a text names (``v18.17.0`` → ``18.17.0``); None for a range or anything else."""
    match = _EXACT.match(text.strip())
    return match[1] if match else None


def read_version_file(folder: Folder, *names: str) -> tuple[str, str] | None:
    """The first line of the first of these files that is there, and the file's name."""
    for name in names:
        lines = (folder.read(name) or "").strip().splitlines()
        if lines and len(lines[0]) <= 100:  # noqa: PLR2004 — longer than any version
            return lines[0].strip(), name
    return None


def read_tool_version(folder: Folder, *tools: str) -> tuple[str, str] | None:
    """The version of a tool in .tool-versions, and that file's name."""
    for line in (folder.read(".tool-versions") or "").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] in tools and exact_version(words[1]):
            return words[1], ".tool-versions"
    return None


def choose_python(requirement: str) -> str | None:
    """The Python that fits a requirement (``>=3.10``, ``^3.11``, ``3.12``): the default one, else the newest that does."""
    text = requirement.strip().removeprefix("python-")
    if exact_version(text):
        return exact_version(text)
    text = re.sub(r"\^\s*(\d+)\.", r">=\1.", text).replace("^", ">=")  # Poetry's caret, within Python 3
    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier:
        return None
    candidates = (default_version("python"), *_PYTHONS)
    return next((version for version in candidates if specifier.contains(f"{version}.99") or specifier.contains(version)), None)


def choose_node(requirement: str) -> str | None:
    """The Node.js that fits a requirement (``>=18 <21``, ``^20 || 22.x``, ``lts/iron``): the default major, else the newest."""
    text = requirement.strip().lower()
    if text.startswith("lts/"):
        return str(_LTS.get(text[4:], default_version("node")))
    if exact_version(text):
        return exact_version(text)
    alternatives = text[:200].split("||")
    candidates = (int(default_version("node")), *_NODES)
    return next((str(major) for major in candidates if any(_admits(part, major) for part in alternatives)), None)


def _admits(requirement: str, major: int) -> bool:
    if requirement.strip() in {"*", "x", "latest", "node", "stable", "current"}:
        return True
    span = re.match(r"^\s*v?(\d+)[\d.x]*\s+-\s+v?(\d+)[\d.x]*\s*$", requirement)
    if span:
        return int(span[1]) <= major <= int(span[2])
    comparisons = [(match[1] or "=", match[0], int(match[2])) for match in _COMPARISON.finditer(requirement)]
    return bool(comparisons) and all(_compares(operator, text, bound, major) for operator, text, bound in comparisons)


def _compares(operator: str, text: str, bound: int, major: int) -> bool:
    match operator:
        case ">=":
            return major >= bound
        case ">":
            return major > bound or (major == bound and "." in text)
        case "<":
            return major < bound or (major == bound and re.search(r"\d\.\d*[1-9]", text) is not None)
        case "<=":
            return major <= bound
        case _:
            return major == bound
