"""Go: a module with a main package."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.environment import read_web_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.serving import choose_health_check, note_environment, port_mappings
from kyozo_gql.topology.sources import Hints, merge_hints, read_hints
from kyozo_gql.topology.workspace import Workspace
from kyozo_gql.topology.workspace_other import find_go_workspace

_FRAMEWORKS = {
    "github.com/gin-gonic/gin": "gin", "github.com/labstack/echo": "echo", "github.com/gofiber/fiber": "fiber",
    "github.com/go-chi/chi": "chi", "github.com/gorilla/mux": "gorilla", "github.com/beego/beego": "beego",
    "github.com/julienschmidt/httprouter": "httprouter", "connectrpc.com/connect": "connect", "google.golang.org/grpc": "grpc",
}  # fmt: skip
_COMMAND_LINE = (
    "github.com/spf13/cobra",
    "github.com/urfave/cli",
    "github.com/alecthomas/kong",
    "github.com/charmbracelet/bubbletea",
)
_REQUIRE = re.compile(
    r"^[ \t]*(?:require[ \t]+)?([a-z0-9][\w.-]{0,99}\.[a-z]{2,20}(?:/\S{1,200})?)[ \t]+v\d\S{0,100}([ \t]*//[ \t]*indirect)?",
    re.MULTILINE,
)
_MODULE = re.compile(r"^module\s+\"?([^\s\"]{1,200})", re.MULTILINE)
_VERSION = re.compile(r"^go\s+(\d+\.\d+(?:\.\d+)?)\s*$", re.MULTILINE)
_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_SERVES = re.compile(
    r"\bListenAndServe(?:TLS)?\(|\bnet\.Listen\(|\.Listen\(\s*[\":a-z]|\b(?:r|router|e|engine|app|srv|server)\.(?:Run|Start|Listen|Serve)\("
)
_ASSETS = ("templates", "template", "views", "static", "public", "assets", "web", "migrations", "config", "configs", "locales")
_PREFERRED = ("server", "api", "web", "app", "main", "service")
_BINARY = "bin/app"
_DEFAULT_PORT = 8080
_MAX_SOURCES = 40


@dataclass(frozen=True, slots=True)
class _Main:
    """A main package: its folder below the module ("." for the module itself), one of its files, and what they give away."""

    package: str
    file: str
    serves: bool
    hints: Hints


def detect_golang(folder: Folder) -> Finding | None:
    """What the rules for Go make of a folder; None where there is no go.mod."""
    module = folder.read("go.mod")
    if module is None:
        return None
    direct = frozenset(match[1].removesuffix("/") for match in _REQUIRE.finditer(module) if not match[2])
    name, version = _MODULE.search(module), _VERSION.search(module)
    mains = _find_mains(folder, name[1].rpartition("/")[2] if name else "")
    framework = _framework(direct) or ("net/http" if mains and mains[0].serves else None)
    finding = Finding(ServiceType.GOLANG, project_name=name[1].rpartition("/")[2] if name else None)
    finding.patterns = Patterns("go", framework, "go", version[1] if version else None)
    finding.indicators.append(folder.indicate("go.mod", "golang.manifest", 0.35, f"module {name[1] if name else 'without a name'}"))
    if version:
        finding.metadata["runtime_version_source"] = "go.mod"
        finding.indicators.append(folder.indicate("go.mod", "golang.version", 0.0, f"asks for Go {version[1]}"))
    _weigh(finding, folder, direct, mains)
    if mains:
        _recommend(finding, folder, direct, mains[0])
    return finding


def _framework(direct: frozenset[str]) -> str | None:
    return next(
        (name for path, name in _FRAMEWORKS.items() if any(f"{library}/".startswith(f"{path}/") for library in direct)), None
    )


def _find_mains(folder: Folder, module_name: str) -> list[_Main]:
    """The main packages: that of the folder, else those under cmd/, the likeliest server first."""
    found = [main for main in [_read_main(folder, ".")] if main]
    if not found:
        places = [f"cmd/{name}" for name in folder.tree.subfolders(folder.locate("cmd"))[:_MAX_SOURCES]]
        found = [main for place in ("cmd", *places, "src", "server") if (main := _read_main(folder, place))]
    order = (module_name, *_PREFERRED)

    def rank(main: _Main) -> tuple[bool, int, str]:
        last = main.package.rpartition("/")[2]
        return not main.serves, order.index(last) if last in order else len(order), main.package

    return sorted(found, key=rank)


def _read_main(folder: Folder, package: str) -> _Main | None:
    if not re.fullmatch(r"[\w./-]+", package):
        return None
    prefix = "" if package == "." else f"{package}/"
    names = [
        name
        for name in folder.tree.files(folder.locate(package) if prefix else folder.path)
        if name.endswith(".go") and not name.endswith("_test.go")
    ]
    names.sort(key=lambda name: (name != "main.go", name))
    first, serves, hints = None, False, Hints()
    for name in names[:_MAX_SOURCES]:
        text = folder.read(f"{prefix}{name}") or ""
        if _MAIN.search(text):
            first = first or f"{prefix}{name}"
            serves = serves or _SERVES.search(text) is not None
            hints = merge_hints(hints, read_hints(text))
    return _Main(package, first, serves, hints) if first else None


def _weigh(finding: Finding, folder: Folder, direct: frozenset[str], mains: list[_Main]) -> None:
    found = finding.indicators
    if not mains:
        found.append(folder.indicate("go.mod", "golang.library", -0.2, "no main package: a library"))
        return
    main = mains[0]
    framework = _framework(direct)
    others = f"; {len(mains) - 1} more under cmd" if len(mains) > 1 else ""
    found.append(folder.indicate(main.file, "golang.main", 0.2, f"holds the main package{others}"))
    if framework:
        found.append(folder.indicate("go.mod", "golang.framework", 0.2, f"requires {framework}"))
    if main.serves:
        found.append(folder.indicate(main.file, "golang.application", 0.25, "opens a port"))
    if main.hints.reads_port:
        found.append(folder.indicate(main.file, "port.environment", 0.1, "listens on the port that PORT names"))
    tool = next((library for library in sorted(direct) if library.startswith(_COMMAND_LINE)), None)
    if tool and not main.serves:
        found.append(folder.indicate("go.mod", "golang.command", -0.3, f"requires {tool}: a program for the command line"))


def _recommend(finding: Finding, folder: Folder, direct: frozenset[str], main: _Main) -> None:
    web = main.serves or _framework(direct) is not None
    port = (main.hints.port or _DEFAULT_PORT) if web else None
    procfile = read_web_process(folder, "golang")
    target = "." if main.package == "." else f"./{main.package}"
    line = f"./{_BINARY}"
    defaults, required = note_environment(finding, folder, "go.mod", direct)
    finding.metadata |= {"start_command_source": main.file, "reads_port": main.hints.reads_port}
    if procfile:
        detail = f"web: {procfile[:200]}; the module is built to {line} all the same"
        finding.indicators.append(folder.indicate("Procfile", "procfile.web", 0.1, detail))
    workspace = find_go_workspace(folder)
    place = ("-C", workspace.member, "-o", f"{'../' * len(workspace.member.split('/'))}{_BINARY}") if workspace else ("-o", _BINARY)
    finding.recommendation = Recommendation(
        start_command=line,
        build_context=workspace.root if workspace else None,
        build_commands=(("go", "build", *place, target),),
        dockerfile=_write_member_dockerfile(folder, finding.patterns.runtime_version, target, port, line, workspace)
        if workspace
        else _write_dockerfile(folder, finding.patterns.runtime_version, target, port, line),
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=web and _framework(direct) != "grpc", path=main.hints.health_path),
    )


def _write_dockerfile(folder: Folder, version: str | None, target: str, port: int | None, line: str) -> str:
    modules = "go.mod go.sum" if folder.has("go.sum") else "go.mod"
    build = [
        f"FROM {base_image(folder.base_images, 'golang', version)} AS build",
        "WORKDIR /app",
        "ENV CGO_ENABLED=0",
        f"COPY {modules} ./",
        *(["RUN go mod download"] if folder.has("go.sum") else []),
        "COPY . .",
        f"RUN go build -trimpath -o {_BINARY} {target} && mkdir -p /etc/ssl/certs",
    ]
    final = [
        f"FROM {base_image(folder.base_images, 'debian')}",
        "WORKDIR /app",
        "COPY --from=build /etc/ssl/certs /etc/ssl/certs",
        *(f"COPY --chown={USER} {name} ./{name}" for name in _ASSETS if folder.has_folder(name)),
        f"COPY --from=build /app/{_BINARY} ./{_BINARY}",
        *final_lines(port, line),
    ]
    return dockerfile_text(build, final)


def _write_member_dockerfile(
    folder: Folder, version: str | None, target: str, port: int | None, line: str, workspace: Workspace
) -> str:
    """For a module that is built with its neighbours: their manifests make the layer of the dependencies."""
    sums = [f"{manifest.removesuffix('go.mod')}go.sum" for manifest in workspace.manifests]
    there = [path for path in sums if folder.at(workspace.root).has(path)]
    works = [name for name in ("go.work", "go.work.sum") if folder.at(workspace.root).has(name)]
    copied = [f"COPY {path} ./{path}" for path in (*workspace.manifests, *there)]
    early = (
        workspace.declared and len(copied) <= _MAX_SOURCES and all(re.fullmatch(r"[\w./-]+", path) for path in workspace.manifests)
    )
    build = [
        f"FROM {base_image(folder.base_images, 'golang', version)} AS build",
        "WORKDIR /app",
        "ENV CGO_ENABLED=0",
        *([f"COPY {' '.join(works)} ./", *copied, "RUN go mod download"] if early else []),
        "COPY . .",
        f"RUN cd {shlex.quote(workspace.member)} && go build -trimpath -o /app/{_BINARY} {target} && mkdir -p /etc/ssl/certs",
    ]
    final = [
        f"FROM {base_image(folder.base_images, 'debian')}",
        "WORKDIR /app",
        "COPY --from=build /etc/ssl/certs /etc/ssl/certs",
        *(f"COPY --chown={USER} {workspace.member}/{name} ./{name}" for name in _ASSETS if folder.has_folder(name)),
        f"COPY --from=build /app/{_BINARY} ./{_BINARY}",
        *final_lines(port, line),
    ]
    return dockerfile_text(build, final)
