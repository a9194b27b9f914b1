"""Go: a module with a main package.

The binary is started, whichever main package it is made of: that of the folder, else the one of cmd/ that serves, those called as
the module or ``server``, ``api``, ``web`` … first. A Procfile adds the arguments.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.confidence import THRESHOLD
from kyozo_gql.topology.configured_port import configured_port, note_configured_port
from kyozo_gql.topology.environment import read_process
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.golang_bare import MANIFESTS, import_path, is_bare
from kyozo_gql.topology.golang_build import BINARY, build_commands, write_dockerfile
from kyozo_gql.topology.golang_libraries import command_line_of
from kyozo_gql.topology.golang_main import MainPackage, find_mains
from kyozo_gql.topology.golang_programs import as_program, find_programs, module_around
from kyozo_gql.topology.golang_weights import Program, weigh_program
from kyozo_gql.topology.images import final_lines
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.serving import choose_health_check, note_environment, note_port, port_mappings
from kyozo_gql.topology.sources import Hints
from kyozo_gql.topology.versions import Request, RuntimeVersion, choose_go, choose_version, note_version, requested_versions
from kyozo_gql.topology.workspace_other import find_go_workspace

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
_REQUIRE = re.compile(
    r"^[ \t]{0,8}(?:require[ \t]{1,4})?([a-z0-9][\w.-]{0,99}\.[a-z]{2,20}(?:/\S{1,200})?)[ \t]{1,4}"
    r"v\d\S{0,100}([ \t]{0,4}//[ \t]{0,4}indirect)?",
    re.MULTILINE,
)
_MODULE = re.compile(r"^module\s+\"?([^\s\"]{1,200})", re.MULTILINE)
_DIRECTIVE = re.compile(r"^(toolchain|go)[ \t]+(\S{1,40})[ \t]*(?://.*)?$", re.MULTILINE)
_DEFAULT_PORT = 8080
_SERVE = re.compile(r"^(?:web:\s)?(?:\S*/)?[\w.-]{1,60}((?:\s+\S{1,100}){0,10})$")


@dataclass(frozen=True, slots=True)
class _Module:
    """``text`` of a go.mod, the import ``path``, what it requires ``direct``ly; ``manifest``: the file that says so."""

    text: str
    path: str
    direct: frozenset[str]
    manifest: str = "go.mod"


def detect_golang(folder: Folder) -> Finding | None:
    """What the rules for Go make of a folder with a go.mod, or with another program of the module around; None of others."""
    module = _read_module(folder)
    if module is None:
        return None if folder.has("go.mod") else _detect_program(folder) or _detect_bare(folder)
    mains = find_mains(folder, module.path, module.direct)
    main = mains[0] if mains else None
    finding = _judge(folder, module, Program(module.direct, main, len(mains)))
    if main and finding.score >= THRESHOLD:
        programs = find_programs(folder, module.path, main)
        finding.metadata |= {"programs": [folder.locate(package) for package in programs]} if programs else {}
    return finding


def _detect_program(folder: Folder) -> Finding | None:
    """Another program of the module around a folder, where it is a service of its own."""
    root = module_around(folder)
    module = _read_module(root) if root else None
    if root is None or module is None:
        return None
    mains = find_mains(root, module.path, module.direct)
    package = posixpath.relpath(folder.path, root.path or ".")
    program = find_programs(root, module.path, mains[0]).get(package) if mains else None
    if program is None:
        return None
    finding = _judge(root, module, as_program(program))
    detail = f"one of several programs of the module in {root.path or 'the root'}, which is built from there"
    finding.indicators.append(root.indicate(program.file, "golang.program", -0.15, detail))
    finding.metadata["member_of"] = root.path
    finding.recommendation = replace(finding.recommendation, build_context=finding.recommendation.build_context or root.path)
    return finding


def _detect_bare(folder: Folder) -> Finding | None:
    """A server that is older than modules, in the folder itself or, with a manifest of its time, below it."""
    if not is_bare(folder):
        return None
    path, manifest = import_path(folder), folder.first(*MANIFESTS)
    mains = [main for main in find_mains(folder, path, frozenset()) if manifest or main.package == "."]
    if not mains or not mains[0].serves:
        return None
    module = _Module("", path, frozenset(), manifest or mains[0].file)
    return _judge(folder, module, Program(frozenset(), mains[0], len(mains), manifest=module.manifest))


def _read_module(folder: Folder) -> _Module | None:
    text = folder.read("go.mod")
    if text is None:
        return None
    named = _MODULE.search(text)
    direct = frozenset(match[1].removesuffix("/") for match in _REQUIRE.finditer(text) if not match[2])
    return _Module(text, named[1] if named else "", direct)


def _judge(folder: Folder, module: _Module, program: Program) -> Finding:
    """What speaks for one program of a module, and how it is run; ``folder`` is the module's."""
    main = program.main
    name = re.sub(r"/v\d{1,3}$", "", module.path).rpartition("/")[2]
    finding = Finding(ServiceType.GOLANG, project_name=name or None)
    runtime = _version(folder, module.text)
    framework = program.framework or ("net/http" if main and main.serves else None)
    finding.patterns = Patterns("go", framework, "go", runtime.version if runtime else None)
    if module.text:
        finding.indicators.append(folder.indicate("go.mod", "golang.manifest", 0.35, f"module {module.path or 'without a name'}"))
    else:
        finding.indicators.append(
            folder.indicate(module.manifest, "golang.bare", 0.25, f"no go.mod: built as module {module.path}")
        )
    note_version(finding, folder, runtime, "golang.version", "Go")
    weigh_program(finding, folder, program)
    if main:
        _recommend(finding, folder, program, main)
    return finding


def _version(folder: Folder, module: str) -> RuntimeVersion | None:
    directives = {match[1]: (match[2], module.count("\n", 0, match.start()) + 1) for match in _DIRECTIVE.finditer(module)}
    requests = [*requested_versions(folder, "GO", ("golang", "go"), (".go-version",))]
    for name in ("toolchain", "go"):
        if name in directives:
            text, line = directives[name]
            requests.append(Request(text, "go.mod", line, name))
    return choose_version(requests, choose_go)


def _recommend(finding: Finding, folder: Folder, program: Program, main: MainPackage) -> None:
    framework, hints = program.framework, main.traits.hints
    web = main.serves or framework is not None
    served_in = main.traits.served_in or main.file
    port = _choose_port(finding, folder, framework, hints, served_in) if web else None
    target = "." if main.package == "." else f"./{main.package}"
    workspace = find_go_workspace(folder)
    line = _start_line(finding, folder, program, main, port)
    defaults, required = note_environment(finding, folder, program.manifest, program.direct, dict.fromkeys((main.file, served_in)))
    finding.metadata |= {"start_command_source": main.file, "reads_port": hints.reads_port}
    finding.recommendation = Recommendation(
        start_command=line,
        build_context=workspace.root if workspace else None,
        build_commands=build_commands(folder, target, workspace),
        dockerfile=write_dockerfile(
            folder, finding.patterns.runtime_version, program.direct, target, workspace, final_lines(port, line)
        ),
        ports=port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=choose_health_check(port, web=web and framework != "grpc", path=hints.health_path),
    )


def _choose_port(finding: Finding, folder: Folder, framework: str | None, hints: Hints, served_in: str) -> int:
    """The port that the source names, else that of a configuration file, else the framework's own."""
    if hints.port:
        note_port(finding, folder, served_in, hints)
        return hints.port
    configured = configured_port(folder)
    if configured:
        note_configured_port(finding, folder, configured)
        return configured.port
    return _PORTS.get(framework or "", _DEFAULT_PORT)


def _start_line(finding: Finding, folder: Folder, program: Program, main: MainPackage, port: int | None) -> str:
    """The binary, with the arguments that a Procfile gives it, or the sub-command that serves."""
    process = None if program.beside else read_process(folder, "golang")
    if process:
        detail = f"{process.name}: {process.command[:200]}; the module is built to ./{BINARY} all the same"
        finding.indicators.append(folder.indicate("Procfile", process.rule, 0.1, detail, line=process.line))
        match = _SERVE.match(process.command)
        arguments = match[1].strip() if match and not process.command.startswith("go ") else ""
        return f"./{BINARY} {arguments}".strip()
    if program.framework == "pocketbase":
        return f"./{BINARY} serve --http 0.0.0.0:$PORT"
    command = main.traits.serve_command if command_line_of(program.own) else None
    return f"./{BINARY} {command}" if command and port else f"./{BINARY}"
