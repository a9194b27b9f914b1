"""How a Go module is built: in an image, and in a copy of the folder or of the root of its workspace."""

from __future__ import annotations

import re
import shlex

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text
from kyozo_gql.topology.workspace import Workspace

BINARY = "bin/app"
_CGO = ("github.com/mattn/go-sqlite3", "github.com/confluentinc/confluent-kafka-go", "gorm.io/driver/sqlite")
_TEMPL = "github.com/a-h/templ"
_ASSETS = (
    "templates", "template", "views", "static", "public", "assets", "web", "migrations", "config", "configs", "locales", "conf",
    "data",
    "etc", "sql", "db",
)  # fmt: skip
_MAX_MANIFESTS = 40
_MODULE = re.compile(r"^module[ \t]{1,5}([\w./~-]{1,200})\s*$", re.MULTILINE)


def build_commands(target: str, workspace: Workspace | None) -> tuple[tuple[str, ...], ...]:
    """The argument vector that builds the main package ``target`` to ``BINARY``."""
    if workspace is None:
        return (("go", "build", "-o", BINARY, target),)
    return (("go", "build", "-C", workspace.member, "-o", f"{'../' * len(workspace.member.split('/'))}{BINARY}", target),)


def write_dockerfile(
    folder: Folder, version: str | None, direct: frozenset[str], target: str, workspace: Workspace | None, final: list[str]
) -> str:
    """A Dockerfile of two stages: the modules make a layer of their own; the image holds the binary and what it may read.

    ``direct``: the modules that are required; ``final``: how the image ends.
    """
    build = [
        f"FROM {base_image(folder.base_images, 'golang', version)} AS build",
        "WORKDIR /app",
        f"ENV CGO_ENABLED={int(any(library.startswith(_CGO) for library in direct))}",
        *(_member_lines(folder, target, workspace) if workspace else _own_lines(folder, direct, target)),
    ]
    place = f"{workspace.member}/" if workspace else ""
    image = [
        f"FROM {base_image(folder.base_images, 'debian')}",
        "WORKDIR /app",
        "COPY --from=build /etc/ssl/certs /etc/ssl/certs",
        *(f"COPY --chown={USER} {place}{name} ./{name}" for name in _ASSETS if folder.has_folder(name)),
        f"COPY --from=build /app/{BINARY} ./{BINARY}",
        *final,
    ]
    return dockerfile_text(build, image)


def _own_lines(folder: Folder, direct: frozenset[str], target: str) -> list[str]:
    vendored = folder.has_folder("vendor")  # then go takes the modules from there, and fetches none
    early = ["COPY go.mod go.sum ./", "RUN go mod download"] if folder.has("go.sum") and not vendored else []
    return [
        *early,
        "COPY . .",
        *([f"RUN go run {_TEMPL}/cmd/templ generate"] if _needs_templ(folder, direct) else []),
        f"RUN go build -trimpath -o {BINARY} {target} && mkdir -p /etc/ssl/certs",
    ]


def _member_lines(folder: Folder, target: str, workspace: Workspace) -> list[str]:
    """For a module that is built with its neighbours: their manifests make the layer of the dependencies."""
    root = folder.at(workspace.root)
    sums = [f"{manifest.removesuffix('go.mod')}go.sum" for manifest in workspace.manifests]
    copied = [f"COPY {path} ./{path}" for path in (*workspace.manifests, *(path for path in sums if root.has(path)))]
    safe = all(re.fullmatch(r"[\w./-]+", path) for path in workspace.manifests)
    early = workspace.declared and len(copied) <= _MAX_MANIFESTS and safe
    works = " ".join(name for name in ("go.work", "go.work.sum") if root.has(name))
    return [
        *([f"COPY {works} ./", *copied, f"RUN {_download_line(root, workspace)}"] if early else []),
        "COPY . .",
        f"RUN cd {shlex.quote(workspace.member)} && go build -trimpath -o /app/{BINARY} {target} && mkdir -p /etc/ssl/certs",
    ]


def _download_line(root: Folder, workspace: Workspace) -> str:
    """Fetches the modules. One that is a member is nowhere to be had: no copy of a manifest asks for it until all is there.

    ``go build`` takes members from their folders, ``go mod download`` does not.
    """
    texts = {path: root.read(path) or "" for path in workspace.manifests}
    modules = [match[1] for text in texts.values() if (match := _MODULE.search(text))]
    edits = []
    for path, text in texts.items():
        listed = set(text.split())
        dropped = [f"-droprequire={module}" for module in modules if module in listed and f"module {module}" not in text]
        edits += [f"go mod edit {' '.join(dropped)} {path}"] if dropped else []
    return " && ".join([*edits, "go mod download"])


def _needs_templ(folder: Folder, direct: frozenset[str]) -> bool:
    """Whether templates of templ are in the folder without the Go that they become."""
    if _TEMPL not in direct:
        return False
    places = [folder.path, *(folder.locate(name) for name in folder.tree.subfolders(folder.path))]
    names = [name for place in places for name in folder.tree.files(place)]
    return not any(name.endswith("_templ.go") for name in names)
