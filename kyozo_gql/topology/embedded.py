"""A front end that another program of the tree serves: its build is embedded by a Go module, written into another project, or a
stage of the image around. It is a part of that program, and no service of its own.
"""

from __future__ import annotations

import posixpath
import re

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.dockerfile_apart import FILES
from kyozo_gql.topology.dockerfile_images import read_image
from kyozo_gql.topology.dockerfile_text import parse_dockerfile
from kyozo_gql.topology.folder import Finding, Folder

_EMBED = re.compile(r"^//go:embed[ \t]{1,8}([^\n]{1,300})", re.MULTILINE)
_OUT_DIR = re.compile(
    r"""^[^/\n]{0,200}\b(?:outDir|outputPath|distDir)["']?\s{0,3}[:=]\s{0,3}["']((?:\.\./){1,4}[\w./-]{1,100})["']""", re.MULTILINE
)
_RESOLVED = re.compile(
    r"""\b(?:outDir|distDir)\s{0,3}:\s{0,3}(?:path\.)?(?:resolve|join)\(\s{0,4}__dirname,\s{0,4}["']((?:\.\./){1,4}[\w./-]{1,100})["']"""
)
_CONFIGURATIONS = ("vite.config.ts", "vite.config.js", "vite.config.mts", "vite.config.mjs", "vue.config.js", "angular.json")
_MANIFESTS = ("go.mod", "Cargo.toml", "pyproject.toml", "requirements.txt", "pom.xml", "build.gradle", "composer.json", "manage.py")
_MAX_UP = 3
_MAX_SOURCES = 20


def weigh_embedding(finding: Finding, folder: Folder) -> None:
    """Adds to the evidence for a folder of Node.js that another program serves what it builds."""
    if finding.service_type is not ServiceType.NODEJS or finding.score <= 0 or not folder.path:
        return
    found = _embedded_by(folder) or _written_into(folder) or _stage_of(folder)
    if found:
        file, detail = found
        finding.indicators.append(folder.at("").indicate(file, "place.embedded", -0.6, detail))


def _around(folder: Folder) -> list[Folder]:
    """The folders around, the nearest first."""
    parts = folder.path.split("/")
    return [folder.at("/".join(parts[:length])) for length in range(len(parts) - 1, max(-1, len(parts) - 1 - _MAX_UP), -1)]


def _embedded_by(folder: Folder) -> tuple[str, str] | None:
    """The Go file, in this folder or in one around, that embeds the folder or its build."""
    around = _around(folder)
    if not any("go.mod" in place.names for place in around):
        return None
    for place in (folder, *around):
        for name in sorted(name for name in place.names if name.endswith(".go"))[:_MAX_SOURCES]:
            text = place.read(name) or ""
            for match in _EMBED.finditer(text) if "//go:embed" in text else ():
                for pattern in match[1].split()[:_MAX_SOURCES]:
                    path = posixpath.normpath(place.locate(pattern.strip('"`').removeprefix("all:")))
                    if f"{path}/".startswith(f"{folder.path}/"):
                        return place.locate(name), "a program of Go embeds what is built here, and serves it"
    return None


def _written_into(folder: Folder) -> tuple[str, str] | None:
    """The configuration that leads the build into another project."""
    for name in _CONFIGURATIONS:
        text = folder.read(name) if folder.has(name) else None
        match = (_OUT_DIR.search(text) or _RESOLVED.search(text)) if text else None
        if match is None:
            continue
        place = posixpath.normpath(folder.locate(match[1]))
        while place not in {"", ".", ".."} and not place.startswith("../"):
            place = place.rpartition("/")[0]
            if folder.path.startswith(f"{place}/") and place:
                break
            if not {*_MANIFESTS}.isdisjoint(folder.tree.files(place)):
                return folder.locate(name), f"the build is written to {match[1][:100]}, into another project"
    return None


def _stage_of(folder: Folder) -> tuple[str, str] | None:
    """The Dockerfile around whose image takes the build of this folder, made in a stage with Node.js, and runs something else."""
    if folder.first(*FILES):
        return None
    for place in _around(folder):
        name = place.first(*FILES)
        text = place.read(name) if name else None
        if name is None or text is None:
            continue
        parsed = parse_dockerfile(text)
        own = posixpath.relpath(folder.path, place.path or ".")
        copied = any(f"{source.removeprefix('./').strip('/')}/".startswith(f"{own}/") for source in parsed.sources)
        languages = [read_image(image).language for image in parsed.images]
        runs = read_image(parsed.bases[-1]).language if parsed.bases else None
        if copied and "javascript" in languages and runs != "javascript" and len(languages) > 1:
            return place.locate(name), "is built in a stage of the image around, which serves it"
    return None
