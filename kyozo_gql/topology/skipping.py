"""What of a directory is not worth a look: what tools made."""

from __future__ import annotations

# Dependencies, caches and build output: what stands there was not written by the owner of the folder. Hidden folders (.git,
# .venv, .tox, .devcontainer …) are left out by their dot, but for those that owners keep in the way of how something is run.
HIDDEN_OF_OWNERS = frozenset({".docker", ".deploy", ".infra"})
SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__", "node_modules", "bower_components", "jspm_packages", "venv", "virtualenv", "site-packages", "target", "dist",
        "build", "out", "_build", "coverage", "htmlcov", "bazel-out", "Pods", "DerivedData", "elm-stuff", "__pypackages__",
    }
)  # fmt: skip
# A folder that holds one of these was made by a tool, whatever it is called: a virtual environment, a cache
# (https://bford.info/cachedir), the dependencies of Go, PHP and Ruby.
_MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
_VENDORED = frozenset({"modules.txt", "autoload.php", "composer", "bundle"})
# Only a folder of that name with a manifest is somebody's own.
_OWN_BY_MANIFEST = {
    "vendor": frozenset({"package.json", "pyproject.toml", "go.mod", "Cargo.toml", "Dockerfile", "requirements.txt"})
}


def is_made_by_a_tool(name: str, files: list[str], folders: list[str]) -> bool:
    """Whether a folder is a virtual environment, a cache, or the dependencies of others, by what it holds."""
    if not _MARKS.isdisjoint(files):
        return True
    if name == "env":
        return "bin" in folders and "lib" in folders
    own = _OWN_BY_MANIFEST.get(name)
    return own is not None and (own.isdisjoint(files) or not _VENDORED.isdisjoint((*files, *folders)))
