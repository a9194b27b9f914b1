"""Go: a module with a main package.

The binary is started, whichever main package it is made of: that of the folder, else the one of cmd/ that serves, those called as
the module or ``server``, ``api``, ``web`` … first. A Procfile adds the arguments.
"""

from __future__ import annotations

import re

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.environment import read_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.golang_build import BINARY, build_commands, write_dockerfile
from kyozo_gql.topology.golang_main import MainPackage, find_mains
from kyozo_gql.topology.images import final_lines
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.serving import choose_health_check, note_environment, note_port, port_mappings
from kyozo_gql.topology.versions import Request, RuntimeVersion, choose_go, choose_version, note_version, requested_versions
from kyozo_gql.topology.workspace_other import find_go_workspace

# Ahead of the others: what contains them.
_FRAMEWORKS = {
    "github.com/gobuffalo/buffalo": "buffalo", "github.com/go-kratos/kratos": "kratos", "github.com/zeromicro/go-zero": "go-zero",
    "github.com/pocketbase/pocketbase": "pocketbase", "github.com/cloudwego/hertz": "hertz", "github.com/gin-gonic/gin": "gin",
    "github.com/labstack/echo": "echo", "github.com/gofiber/fiber": "fiber", "github.com/kataras/iris": "iris",
    "github.com/beego/beego": "beego", "github.com/astaxie/beego": "beego", "github.com/revel/revel": "revel",
    "github.com/go-chi/chi": "chi", "github.com/danielgtaylor/huma": "huma", "github.com/gorilla/mux": "gorilla",
    "github.com/go-fuego/fuego": "fuego", "goa.design/goa": "goa", "github.com/julienschmidt/httprouter": "httprouter",
    "github.com/valyala/fasthttp": "fasthttp", "connectrpc.com/connect": "connect", "github.com/bufbuild/connect-go": "connect",
    "google.golang.org/grpc": "grpc",
}  # fmt: skip
_CLIENTS_TOO = frozenset({"grpc", "connect", "fasthttp"})
_PORTS = {
    "fiber": 3000,
    "echo": 1323,
    "hertz": 8888,
    "grpc": 50051,
    "buffalo": 3000,
    "pocketbase": 8090,
    "kratos": 8000,
    "go-zero": 8888,
}
_COMMAND_LINE = (
    "github.com/spf13/cobra", "github.com/urfave/cli", "github.com/alecthomas/kong", "github.com/charmbracelet/bubbletea",
    "github.com/jessevdk/go-flags", "github.com/rivo/tview", "github.com/mitchellh/cli",
)  # fmt: skip
_NO_SERVICES = {
    "github.com/wailsapp/wails": "a desktop application", "fyne.io/fyne": "a desktop application",
    "github.com/hashicorp/terraform-plugin-sdk": "a plugin of Terraform",
    "github.com/hashicorp/terraform-plugin-framework": "a plugin of Terraform", "github.com/hajimehoshi/ebiten": "a game",
    "golang.org/x/tools/go/analysis": "a linter",
}  # fmt: skip
_REQUIRE = re.compile(
    r"^[ \t]{0,8}(?:require[ \t]{1,4})?([a-z0-9][\w.-]{0,99}\.[a-z]{2,20}(?:/\S{1,200})?)[ \t]{1,4}"
    r"v\d\S{0,100}([ \t]{0,4}//[ \t]{0,4}indirect)?",
    re.MULTILINE,
)
_MODULE = re.compile(r"^module\s+\"?([^\s\"]{1,200})", re.MULTILINE)
_DIRECTIVE = re.compile(r"^(toolchain|go)[ \t]+(\S{1,40})[ \t]*(?://.*)?$", re.MULTILINE)
_DEFAULT_PORT = 8080
_SERVE = re.compile(r"^(?:web:\s)?(?:\S*/)?[\w.-]{1,60}((?:\s+\S{1,100}){0,10})$")


def detect_golang(folder: Folder) -> Finding | None:
    """What the rules for Go make of a folder; None where there is no go.mod."""
    module = folder.read("go.mod")
    if module is None:
        return None
    direct = frozenset(match[1].removesuffix("/") for match in _REQUIRE.finditer(module) if not match[2])
    named = _MODULE.search(module)
    path = named[1] if named else ""
    mains = find_mains(folder, path)
    main = mains[0] if mains else None
    framework = _framework(direct, main) or ("net/http" if main and main.serves else None)
    finding = Finding(ServiceType.GOLANG, project_name=re.sub(r"/v\d{1,3}$", "", path).rpartition("/")[2] or None)
    runtime = _version(folder, module)
    finding.patterns = Patterns("go", framework, "go", runtime.version if runtime else None)
    finding.indicators.append(folder.indicate("go.mod", "golang.manifest", 0.35, f"module {path or 'without a name'}"))
    note_version(finding, folder, runtime, "golang.version", "Go")
    _weigh(finding, folder, direct, mains)
    if main:
        _recommend(finding, folder, direct, main)
    return finding


def _version(folder: Folder, module: str) -> RuntimeVersion | None:
    directives = {match[1]: (match[2], module.count("\n", 0, match.start()) + 1) for match in _DIRECTIVE.finditer(module)}
    requests = [*requested_versions(folder, "GO", ("golang", "go"), (".go-version",))]
    for name in ("toolchain", "go"):
        if name in directives:
            text, line = directives[name]
            requests.append(Request(text, "go.mod", line, name))
    return choose_version(requests, choose_go)


def _framework(direct: frozenset[str], main: MainPackage | None) -> str | None:
    """The framework that is required; what clients require as well counts only where main serves."""
    found = (name for path, name in _FRAMEWORKS.items() if any(f"{library}/".startswith(f"{path}/") for library in direct))
    return next((name for name in found if name not in _CLIENTS_TOO or (main and main.serves)), None)


def _weigh(finding: Finding, folder: Folder, direct: frozenset[str], mains: list[MainPackage]) -> None:
    found = finding.indicators
    other = next(
        (kind for path, kind in _NO_SERVICES.items() if any(f"{library}/".startswith(f"{path}/") for library in direct)), None
    )
    if other:
        found.append(folder.indicate("go.mod", "golang.no_service", -0.8, f"what it requires makes it {other}"))
    if not mains:
        found.append(folder.indicate("go.mod", "golang.library", -0.2, "no main package: a library"))
        return
    main = mains[0]
    framework = _framework(direct, main)
    others = f"; {len(mains) - 1} more main packages" if len(mains) > 1 else ""
    found.append(folder.indicate(main.file, "golang.main", 0.2, f"holds the main package{others}"))
    if framework:
        found.append(folder.indicate("go.mod", "golang.framework", 0.2, f"requires {framework}"))
    if main.served_in:
        found.append(folder.indicate(main.served_in, "golang.application", 0.25, "opens a port"))
    if main.hints.reads_port:
        found.append(folder.indicate(main.file, "port.environment", 0.1, "listens on the port that PORT names"))
    tool = next((library for library in sorted(direct) if library.startswith(_COMMAND_LINE)), None)
    if tool and not main.serves and not (main.command and framework):
        found.append(folder.indicate("go.mod", "golang.command", -0.3, f"requires {tool}: a program for the command line"))
    elif not main.serves and framework is None and not direct:
        found.append(folder.indicate(main.file, "golang.command", -0.2, "requires nothing and opens no port: a program that ends"))


def _recommend(finding: Finding, folder: Folder, direct: frozenset[str], main: MainPackage) -> None:
    framework = _framework(direct, main)
    web = main.serves or framework is not None
    port = (main.hints.port or _PORTS.get(framework or "", _DEFAULT_PORT)) if web else None
    target = "." if main.package == "." else f"./{main.package}"
    workspace = find_go_workspace(folder)
    line = _start_line(finding, folder, direct, main, port)
    sources = dict.fromkeys((main.file, main.served_in or main.file))
    defaults, required = note_environment(finding, folder, "go.mod", direct, sources)
    if port:
        note_port(finding, folder, main.served_in or main.file, main.hints)
    finding.metadata |= {"start_command_source": main.file, "reads_port": main.hints.reads_port}
    finding.recommendation = Recommendation(
        start_command=line,
        build_context=workspace.root if workspace else None,
        build_commands=build_commands(target, workspace),
        dockerfile=write_dockerfile(folder, finding.patterns.runtime_version, direct, target, workspace, final_lines(port, line)),
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=web and framework != "grpc", path=main.hints.health_path),
    )


def _start_line(finding: Finding, folder: Folder, direct: frozenset[str], main: MainPackage, port: int | None) -> str:
    """The binary, with the arguments that a Procfile gives it, or the sub-command that serves."""
    process = read_process(folder, "golang")
    if process:
        detail = f"{process.name}: {process.command[:200]}; the module is built to ./{BINARY} all the same"
        finding.indicators.append(folder.indicate("Procfile", process.rule, 0.1, detail, line=process.line))
        match = _SERVE.match(process.command)
        arguments = match[1].strip() if match and not process.command.startswith("go ") else ""
        return f"./{BINARY} {arguments}".strip()
    if _framework(direct, main) == "pocketbase":
        return f"./{BINARY} serve --http 0.0.0.0:$PORT"
    tool = any(library.startswith(_COMMAND_LINE) for library in direct)
    return f"./{BINARY} {main.command}" if tool and main.command and port else f"./{BINARY}"
