"""The line that starts a Node.js application in production.

In this order: the scripts ``start:prod``, ``start:production`` and ``start`` (none that starts a server for development), the
framework's own command, the script ``serve`` where it runs Node.js, what a server for development watches, ``main`` where a build
makes it, the entry file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.node_app import NodeApplication
from kyozo_gql.topology.node_project import NodeProject

_SCRIPTS = ("start:prod", "start:production", "start-prod", "start:server", "start")
_SIMPLE = re.compile(r"^(?:node(?: (?:-r|--require|--import|--loader) [\w@./-]+| --?[\w=./-]+)*|bun(?: run)?) [\w./-]+$")
# What leaves a daemon behind and ends, what starts other containers, and what starts nothing.
_ENDS = re.compile(r"\b(?:pm2|forever) start\b(?!.{0,200}--no-daemon)|\bdocker(?:-compose)?\b|^(?:echo|exit|true|open)\b|^$")
_BUILDS_FIRST = re.compile(
    r"^(?:(?:(?:npm run|yarn(?: run)?|pnpm(?: run)?|bun run) [\w:-]{0,40}build[\w:-]{0,40}"
    r"|tsc(?: (?:-p|--project|-b|--build) [\w./-]{1,60})?|(?:rimraf|rm -rf) [\w./-]{1,60}) && )+"
)
_WATCHED = re.compile(
    r"\b(?:nodemon|node\s+--watch\S{0,20}|ts-node-dev|tsnd|tsx\s+watch|tsx|ts-node|bun\s+(?:run\s+)?--(?:watch|hot))\s"
    r"(?:[^&|;]{0,80}?\s)?((?:[\w.-]+/){0,6}[\w.-]+\.[cm]?[jt]s)\b"
)
_OUT_DIR = re.compile(r'^\s{0,8}"outDir"\s{0,3}:\s{0,3}"(?:\./)?([\w.-][\w./-]{0,60})"', re.MULTILINE)
_ROOT_DIR = re.compile(r'^\s{0,8}"rootDir"\s{0,3}:\s{0,3}"([\w./-]{1,60})"', re.MULTILINE)
_OUTFILE = re.compile(r"--(?:outfile|out-file)[= ](?:\./)?([\w./-]{1,80}\.[cm]?js)\b")
_OUTDIR = re.compile(r"(?:--outdir|--out-dir|-d)[= ](?:\./)?([\w.-][\w./-]{0,60})(?=\s|$|&)")
_RUNNERS = (
    ("tsx", "npx tsx"),
    ("ts-node", "npx ts-node"),
    ("@swc-node/register", "node -r @swc-node/register"),
    ("esno", "npx esno"),
)


@dataclass(frozen=True, slots=True)
class StartLine:
    """``source`` is a file, or a framework; ``field`` the key of package.json. ``text``: the script that the line runs."""

    line: str
    source: str
    field: str | None = None
    text: str = ""


def start_line(folder: Folder, project: NodeProject, application: NodeApplication) -> StartLine | None:
    """The production command; None where there is none. A site of files is served by its image."""
    if application.static:
        return None
    output = application.output
    if output.prefer and output.line and output.line not in {project.scripts.get(name) for name in _SCRIPTS}:
        return StartLine(output.line, output.source or application.framework or "package.json")
    scripted = _script_line(project, application)
    if scripted:
        return scripted
    if output.line and application.framework:
        return StartLine(output.line, output.source or application.framework)
    serve = project.scripts.get("serve", "")
    if re.match(r"^node [\w./-]+$", serve):
        return StartLine(serve, "package.json", "scripts.serve", serve)
    return _file_line(folder, project, application)


def is_dev_server(script: str) -> bool:
    """Whether a script starts what is meant for development only."""
    return known.DEV_SERVER.search(script) is not None


def _script_line(project: NodeProject, application: NodeApplication) -> StartLine | None:
    for script in _SCRIPTS:
        text = project.scripts.get(script, "").strip()
        # `nest start` compiles before it starts: what it compiles to is started instead.
        if _ENDS.search(project.script(script)) or _runs_development(project, text) or re.match(r"^nest start\b", text):
            continue
        text = _without_build(project, text)
        if known.STATIC_SERVER.match(text) and application.framework in set(known.META.values()):
            continue
        line = text if _SIMPLE.match(text) else f"{project.manager.name} run {script}"
        return StartLine(line, "package.json", f"scripts.{script}", text)
    return None


def _without_build(project: NodeProject, text: str) -> str:
    """A script without the build that it begins with, which was made before."""
    rest = text[match.end() :] if (match := _BUILDS_FIRST.match(text)) else text
    return rest if _SIMPLE.match(rest) and ("build" in project.scripts or rest == text) else text


def _runs_development(project: NodeProject, text: str) -> bool:
    """Whether a script, or the script that it does nothing but run, starts a server for development."""
    inner = re.match(r"^(?:npm|pnpm|yarn|bun)(?: run)? ([\w:.-]+)$", text)
    text = f"{text} && {project.scripts.get(inner[1], '')}" if inner else text
    compiled = re.match(r"^node [\w./-]+$", project.scripts.get("serve", ""))
    return is_dev_server(text) or ("babel-node" in text and compiled is not None)


def _file_line(folder: Folder, project: NodeProject, application: NodeApplication) -> StartLine | None:
    watched = next(
        (
            (name, match[1])
            for name in ("start", "dev", "start:dev", "serve", "develop")
            if (match := _WATCHED.search(project.scripts.get(name, "")))
        ),
        None,
    )
    if watched and folder.has(watched[1]):
        return StartLine(_run(folder, project, watched[1]), "package.json", f"scripts.{watched[0]}")
    if project.command and not project.private and not application.serves and folder.has(project.command.removeprefix("./")):
        return StartLine(f"node {project.command.removeprefix('./')}", "package.json", "bin")
    main = (project.main or "").removeprefix("./")
    if application.file is None and not (application.framework and _is_built(project, main)):
        return None
    file = application.file or main
    return StartLine(
        _run(folder, project, file), file if application.file else "package.json", None if application.file else "main"
    )


def _is_built(project: NodeProject, main: str) -> bool:
    return "build" in project.scripts and re.match(r"^(?:dist|build|lib|out)/[\w./-]+\.[cm]?js$", main) is not None


def _run(folder: Folder, project: NodeProject, file: str) -> str:
    """How a file is run: compiled first where a build does so, else by what runs TypeScript."""
    if project.manager.name == "bun":
        return f"bun {file}"
    if not re.search(r"\.[cm]?ts$", file):
        return f"node {file}"
    compiled = compiled_file(folder, project, file)
    if compiled:
        return f"node {compiled}"
    runner = next((line for name, line in _RUNNERS if name in project.everything), None)
    return f"{runner} {file}" if runner else f"node {file}"


def compiled_file(folder: Folder, project: NodeProject, file: str) -> str | None:
    """The JavaScript that a TypeScript file is built to; None where nothing builds it."""
    build = project.scripts.get("build", "")
    if not build and not compiles_with_tsc(folder, project):
        return None
    main = (project.main or "").removeprefix("./")
    if _is_built(project, main):
        return main
    outfile, outdir = _OUTFILE.search(build), _OUTDIR.search(build)
    if outfile:
        return outfile[1]
    text = folder.read("tsconfig.json") or ""
    out, root = _OUT_DIR.search(text), _ROOT_DIR.search(text)
    place = outdir[1] if outdir else out[1] if out else "dist"
    stem = re.sub(r"\.([cm]?)ts$", r".\1js", file)
    whole = root is not None and root[1].strip("./") == ""
    return f"{place.rstrip('/')}/{stem if whole else stem.removeprefix('src/')}"


def compiles_with_tsc(folder: Folder, project: NodeProject) -> bool:
    """Whether there is no build script, though TypeScript is installed and told where to put what it compiles."""
    return (
        "build" not in project.scripts
        and "typescript" in project.everything
        and _OUT_DIR.search(folder.read("tsconfig.json") or "") is not None
    )
