"""Runtime versions: what a folder asks for, as the version of an image.

Whoever runs the folder comes first, then whoever develops it, then the manifest:

1. an override in the folder's configuration: ``RAILPACK_NODE_VERSION``, ``NIXPACKS_NODE_VERSION``, ``BP_NODE_VERSION`` or
   ``NODE_VERSION`` in .env, nixpacks.toml, netlify.toml or project.toml, or ``packages`` of railpack.json;
2. version files (.nvmrc, .python-version …), .tool-versions, mise.toml;
3. the manifest (engines, requires-python, the go directive …).

An exact version is taken as it is. A range is answered with the release line that is installed where nothing is asked for, if the
range admits it, else with the newest one that it admits; of Node.js, lines with long-term support go before the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kyozo_gql.topology.environment import parse_env
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.images import default_version
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text

_PYTHONS = tuple(f"3.{minor}" for minor in range(15, 4, -1))
_NODES = (*range(26, 3, -2), *range(25, 4, -2))  # lines with long-term support are even
_GOS = (12, 26)
_RUSTS = (30, 96)
_EXACT = re.compile(r"^v?(\d{1,3}(?:\.\d{1,4}){0,2})$")
_COMPARISON = re.compile(r"(>=|<=|>|<|=|\^|~)?\s{0,3}v?(\d{1,3})(?:\.(?:\d{1,4}|[xX*])){0,3}")
_SPAN = re.compile(r"^\s{0,5}v?(\d{1,3})[\d.x]{0,10}\s{1,5}-\s{1,5}v?(\d{1,3})[\d.x]{0,10}\s{0,5}$")
_LTS = {
    "argon": 4, "boron": 6, "carbon": 8, "dubnium": 10, "erbium": 12, "fermium": 14, "gallium": 16, "hydrogen": 18, "iron": 20,
    "jod": 22, "krypton": 24,
}  # fmt: skip
_ANY = frozenset({"*", "x", "latest", "node", "stable", "current", "lts", ""})
_OVERRIDES = ("RAILPACK_{}_VERSION", "NIXPACKS_{}_VERSION", "BP_{}_VERSION", "{}_VERSION")
_MAX_TEXT = 100


@dataclass(frozen=True, slots=True)
class Request:
    """What a folder asks for, as written, and where."""

    text: str
    file: str
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class RuntimeVersion:
    """The version that was chosen, and what asked for it."""

    version: str
    request: Request


def requested_versions(folder: Folder, tool: str, names: tuple[str, ...], files: tuple[str, ...]) -> Iterator[Request]:
    """What everything but the manifest asks for, in the order of precedence.

    ``tool`` is its name in variables (``NODE``), ``names`` those in .tool-versions and the like, ``files`` hold nothing else.
    """
    yield from _overrides(folder, tool, names)
    for file in files:
        yield from _first_line(folder, file)
    for number, line in enumerate((folder.read(".tool-versions") or "").splitlines(), start=1):
        words = line.split()
        if len(words) > 1 and words[0] in names:
            yield Request(words[1], ".tool-versions", number)
    for file in ("mise.toml", ".mise.toml"):
        tools = as_table(as_table(folder.toml(file)).get("tools"))
        for name in names if tools else ():
            wanted = tools.get(name)
            first = as_list(wanted)[0] if as_list(wanted) else wanted
            text = as_scalar(first) or as_scalar(as_table(first).get("version"))
            if text:
                yield Request(text, file, field=f"tools.{name}")


def choose_version(requests: Iterable[Request], choose: Callable[[str], str | None]) -> RuntimeVersion | None:
    """The version for the first request that there is one for."""
    for request in requests:
        version = choose(request.text) if 0 < len(request.text) <= _MAX_TEXT else None
        if version:
            return RuntimeVersion(version, request)
    return None


def note_version(finding: Finding, folder: Folder, chosen: RuntimeVersion | None, rule: str, language: str) -> None:
    """Says in the evidence which version was chosen, and why."""
    if chosen is None:
        return
    request = chosen.request
    asked = "" if request.text.strip() == chosen.version else f" ({request.text.strip()})"
    detail = f"asks for {language} {chosen.version}{asked}"
    finding.metadata |= {"runtime_version_source": request.file, "runtime_version_request": request.text.strip()}
    finding.indicators.append(folder.indicate(request.file, rule, 0.0, detail, line=request.line, field=request.field))


def exact_version(text: str) -> str | None:
    """The version that a text names (``v18.17.0`` → ``18.17.0``); None for a range or anything else."""
    match = _EXACT.match(text.strip())
    return match[1] if match else None


def choose_python(requirement: str) -> str | None:
    """The Python that fits a requirement (``>=3.10``, ``^3.11``, ``~3.11``, ``3.12.*``, ``python-3.12.1``)."""
    text = requirement.strip().removeprefix("python-").removeprefix("cpython-").strip()
    exact = exact_version(text.lstrip("= ") if text.count(".") > 1 else text)
    if exact and "." in exact:
        return exact if _minor(exact) in {*_PYTHONS, "2.7"} else None
    text = re.sub(r"\^\s{0,3}(\d{1,3})(?=\.|$|,)", r">=\1", text)  # Poetry's caret, within Python 3
    text = re.sub(r"(?<![=!<>~])~\s{0,3}(\d{1,3}\.\d{1,3})(?:\.\d{1,4})?", r"==\1.*", text)
    text = re.sub(r"^={0,2}\s{0,3}(\d{1,3}(?:\.\d{1,3})?)(?:\.[xX*])?$", r"==\1.*", text)
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 — long to load, and rarely needed

    try:
        specifier = SpecifierSet("" if text == "*" else text)
    except InvalidSpecifier:
        return None
    candidates = (default_version("python"), *_PYTHONS)
    return next((version for version in candidates if specifier.contains(f"{version}.99") or specifier.contains(version)), None)


def choose_node(requirement: str) -> str | None:
    """The Node.js that fits a requirement (``>=18 <21``, ``^20 || 22.x``, ``lts/iron``)."""
    text = requirement.strip().lower().removeprefix("node@").removeprefix("node-")
    if text.startswith("lts/"):
        return str(_LTS.get(text[4:], default_version("node")))
    exact = exact_version(text)
    if exact:
        return exact if int(exact.partition(".")[0]) <= max(_NODES) else None
    alternatives = text[:200].split("||")
    candidates = (int(default_version("node")), *_NODES)
    return next((str(major) for major in candidates if any(_admits(part, major) for part in alternatives)), None)


def choose_go(text: str) -> str | None:
    """The Go that a text names (``1.22``, ``go1.22.3``, ``1.22.x``)."""
    version = exact_version(re.sub(r"(?:\.[xX*]|rc\d{1,2}|beta\d)$", "", text.strip().removeprefix("go")))
    minor = int((version or "").split(".")[1]) if version and "." in version else 0
    return version if version and _GOS[0] <= minor <= _GOS[1] else None


def choose_rust(text: str) -> str | None:
    """The Rust that a text names (``1.80``, ``1.80.1-x86_64-unknown-linux-gnu``); None for a channel."""
    version = exact_version(text.strip().partition("-")[0])
    minor = int((version or "").split(".")[1]) if version and "." in version else 0
    return version if version and _RUSTS[0] <= minor <= _RUSTS[1] else None


def _overrides(folder: Folder, tool: str, names: tuple[str, ...]) -> Iterator[Request]:
    variables = [pattern.format(tool) for pattern in _OVERRIDES]
    for file, values in _variables(folder):
        yield from (Request(values[name], file, field=name) for name in variables if values.get(name))
    packages = as_table(as_table(folder.json("railpack.json")).get("packages"))
    for name in names:
        text = as_scalar(packages.get(name))
        if text:
            yield Request(text, "railpack.json", field=f"packages.{name}")


def _variables(folder: Folder) -> Iterator[tuple[str, dict[str, str]]]:
    if folder.has(".env"):
        yield ".env", parse_env(folder.read(".env") or "")
    if folder.has("nixpacks.toml"):
        yield "nixpacks.toml", _texts(as_table(folder.toml("nixpacks.toml")).get("variables"))
    if folder.has("netlify.toml"):
        yield "netlify.toml", _texts(as_table(as_table(folder.toml("netlify.toml")).get("build")).get("environment"))
    if folder.has("project.toml"):
        build = as_table(as_table(as_table(folder.toml("project.toml")).get("io")).get("buildpacks")).get("build")
        pairs = [as_table(item) for item in as_list(as_table(build).get("env"))]
        yield (
            "project.toml",
            {name: value for pair in pairs if (name := as_text(pair.get("name"))) and (value := as_text(pair.get("value")))},
        )


def _texts(table: object) -> dict[str, str]:
    return {key: text for key, value in as_table(table).items() if (text := as_scalar(value))}


def _first_line(folder: Folder, file: str) -> Iterator[Request]:
    for number, line in enumerate((folder.read(file) or "").splitlines()[:20], start=1):
        text = line.partition("#")[0].strip()
        if text:
            yield Request(text, file, number)
            return


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _admits(requirement: str, major: int) -> bool:
    if requirement.strip() in _ANY:
        return True
    span = _SPAN.match(requirement)
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
            return major < bound or (major == bound and re.search(r"\d\.\d{0,4}[1-9]", text) is not None)
        case "<=":
            return major <= bound
        case _:
            return major == bound
