"""Go from before modules: a main package without a go.mod, in the folder or beside a manifest of dep, glide or godep.

It is built as a module that is made for the build, under the path that its own packages are imported by.
"""

from __future__ import annotations

import re

from kyozo_gql.topology.folder import Folder

MANIFESTS = ("Gopkg.toml", "Gopkg.lock", "glide.yaml", "glide.lock")
_IMPORT = re.compile(
    r'^\s{0,8}(?:import\s{1,4})?(?:[\w.]{1,40}\s{1,4})?"([a-z0-9][\w.-]{0,60}\.[a-z]{2,10}/[\w./-]{1,150})"', re.MULTILINE
)
_MAX_SOURCES = 20
_DEFAULT = "app"


def is_bare(folder: Folder) -> bool:
    """Whether sources of Go stand here and no folder around has a go.mod: then nothing else says what they are."""
    if folder.has("go.mod") or not (folder.first(*MANIFESTS) or any(name.endswith(".go") for name in folder.names)):
        return False
    parts = folder.path.split("/")
    return all("go.mod" not in folder.tree.files("/".join(parts[:length])) for length in range(len(parts)))


def import_path(folder: Folder) -> str:
    """The path that the packages of the folder are imported by, as far as an import names one that is there."""
    return folder.shared.remember(("go", "path", folder.path), lambda: _find_path(folder))


def _find_path(folder: Folder) -> str:
    places = ["", *(f"{name}/" for name in ("cmd", "server") if folder.has_folder(name))]
    files = [f"{place}{name}" for place in places for name in folder.tree.files(folder.locate(place.rstrip("/")).rstrip("/"))]
    for file in sorted(name for name in files if name.endswith(".go"))[:_MAX_SOURCES]:
        for match in _IMPORT.finditer(folder.read(file) or ""):
            parts = match[1].split("/")
            for length in range(1, len(parts)):
                inner = "/".join(parts[length:])
                if folder.has_folder(parts[length]) and any(
                    name.endswith(".go") for name in folder.tree.files(folder.locate(inner))
                ):
                    return "/".join(parts[:length])
    return _DEFAULT
