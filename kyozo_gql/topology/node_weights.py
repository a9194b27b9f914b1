"""What speaks for and against a Node.js folder being a service."""

from __future__ import annotations

import re

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Indicator
from kyozo_gql.topology.node_app import NodeApplication
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.node_published import weigh_published
from kyozo_gql.topology.node_start import StartLine
from kyozo_gql.topology.parsing import as_table, as_text
from kyozo_gql.topology.workspace_node import is_node_root

_OTHER_APPLICATIONS = {
    "composer.json": "PHP", "artisan": "Laravel", "Gemfile": "Ruby", "config.ru": "Ruby", "pom.xml": "Java", "build.gradle": "Java",
    "build.gradle.kts": "Java", "mix.exs": "Elixir", "manage.py": "Django",
}  # fmt: skip
_FUNCTIONS = {
    **dict.fromkeys(("serverless.yml", "serverless.yaml", "serverless.ts", "serverless.json"), "functions of a cloud"),
    **dict.fromkeys(known.EDGE_FILES, "a worker of Cloudflare"),
    **dict.fromkeys(("template.yaml", "samconfig.toml", "cdk.json", "sst.config.ts", "host.json"), "functions of a cloud"),
}
_BELOW = re.compile(r"^cd (?:\./)?([\w.-][\w./-]{0,80}) &&|\s--(?:prefix|cwd|dir)[ =](?:\./)?([\w.-][\w./-]{0,80})(?=\s|$)")
_DELEGATED = re.compile(
    r"\b(?:turbo|nx|lerna|rush|wireit)\b|\bpnpm\b.*\s(?:-r|--recursive|--filter\b|-F|--parallel|-C|--dir)|\bnpm\b.*\s(?:-w|--workspaces?|--prefix)\b"
    r"|\byarn (?:workspaces?|--cwd)\b|\bbun\b.*\s(?:--filter|-F|--cwd)\b|^cd \S+ &&"
)


def weigh_package(
    finding: Finding, folder: Folder, project: NodeProject, application: NodeApplication, start: StartLine | None
) -> None:
    """The package.json; against it: what is built with it is no service, or it only helps another application."""

    def note(rule: str, weight: float, detail: str, field: str | None = None) -> None:
        finding.indicators.append(folder.indicate("package.json", rule, weight, detail, field=field))

    manager = project.manager
    asked = f" as {manager.field or manager.source} says" if manager.source else ""
    note("nodejs.manifest", 0.3, f"{len(project.everything)} dependencies, installed with {manager.name}{asked}")
    other = folder.first(*_OTHER_APPLICATIONS)
    if other and "start" not in project.scripts:
        note("nodejs.other_application", -0.4, f"stands beside {other} of {_OTHER_APPLICATIONS[other]}: it only builds assets")
    for library, kind in known.NO_SERVICES.items():
        served = application.serves or application.output.line is not None or application.static is not None
        if library in project.everything and not (served and library in known.NO_SERVICES_UNLESS_SERVED):
            note("nodejs.no_service", -0.6, f"depends on {library}: {kind}", "dependencies")
            break
    if "engines.vscode" in project.keys or "contributes" in project.keys:
        note("nodejs.no_service", -0.8, "an extension of an editor", "engines.vscode")
    _weigh_role(finding, folder, project)
    manifest = folder.first("manifest.json", "public/manifest.json", "src/manifest.json")
    if manifest and "manifest_version" in (folder.json(manifest) or {}):
        finding.indicators.append(
            folder.indicate(manifest, "nodejs.no_service", -0.6, "an extension of a browser", field="manifest_version")
        )
    finding.indicators += _weigh_functions(folder, application)
    if folder.first("action.yml", "action.yaml"):
        note("nodejs.no_service", -0.6, "an action of GitHub")
    if "workspaces" in project.keys or folder.has("pnpm-workspace.yaml") or folder.has("lerna.json") or is_node_root(folder):
        note("nodejs.workspace", -0.3, "the root of several packages", "workspaces" if "workspaces" in project.keys else None)
    weigh_published(finding, folder, project, application, start)


def _weigh_functions(folder: Folder, application: NodeApplication) -> list[Indicator]:
    """Against it: a cloud calls what is here, as a file of its says, or the entry file."""
    if application.serves or application.output.line is not None or application.static is not None:
        return []
    if functions := folder.first(*_FUNCTIONS):
        return [folder.indicate(functions, "nodejs.no_service", -0.6, f"{functions} describes {_FUNCTIONS[functions]}")]
    if application.entry and application.entry.handles:
        return [folder.indicate(application.entry.file, "nodejs.no_service", -0.6, "exports a handler: functions of a cloud")]
    return []


def _weigh_role(finding: Finding, folder: Folder, project: NodeProject) -> None:
    """A package of Backstage that its application or its backend loads is no service."""
    package = (folder.json("package.json") or {}) if "backstage" in project.keys else {}
    role = as_text(as_table(package.get("backstage")).get("role"))
    if role and role not in {"frontend", "backend"}:
        detail = f"a {role[:60]} of Backstage"
        finding.indicators.append(folder.indicate("package.json", "nodejs.no_service", -0.8, detail, field="backstage.role"))


def _delegates(folder: Folder, project: NodeProject, start: StartLine) -> bool:
    """Whether the root of a workspace only starts its members, or a folder only starts the package in a folder below."""
    text = project.scripts.get((start.field or "").removeprefix("scripts."), "")
    below = _BELOW.search(text)
    if below and folder.has(f"{(below[1] or below[2]).strip('/')}/package.json"):
        return True
    return is_node_root(folder) and _DELEGATED.search(text) is not None


def _is_of_a_package(start: StartLine, found: list[Indicator]) -> bool:
    """Whether all that could be started is an example, or the command or the built main file of what is no server."""
    rules = {indicator.rule for indicator in found}
    return (
        "nodejs.example" in rules
        or (start.field == "bin" and "nodejs.published" not in rules)
        or (start.field == "main" and "nodejs.library" in rules)
    )


def weigh_application(
    finding: Finding, folder: Folder, project: NodeProject, application: NodeApplication, start: StartLine | None
) -> None:
    """What is started: a script, a site of files, a file that opens a port, a worker."""
    found = finding.indicators
    entry = application.entry
    if start and start.field and _delegates(folder, project, start):
        detail = (
            f"{start.field} starts a package in a folder of its own: {project.scripts[start.field.removeprefix('scripts.')][:200]}"
        )
        found.append(folder.indicate("package.json", "nodejs.delegates", -0.5, detail, field=start.field))
    elif start and start.field and not _is_of_a_package(start, found):
        quiet = entry is not None and not entry.serves and not entry.keeps_running and application.framework is None
        detail = f"{start.field} is started with {start.line[:200]}" + ("; no port was seen to be opened" if quiet else "")
        weight = 0.25 if quiet or start.field == "bin" else 0.4
        found.append(folder.indicate("package.json", "nodejs.start", weight, detail, field=start.field))
    output = application.output
    if application.static:
        detail = f"a front end that {application.framework} builds to {application.static}" + (
            f"; {output.detail}" if output.detail else ""
        )
        found.append(folder.indicate(output.source or "package.json", "nodejs.static", 0.5, detail))
        return
    if output.source and output.detail:
        found.append(folder.indicate(output.source, "nodejs.output", 0.0, f"{application.framework} {output.detail}"))
    if entry and entry.served_in:
        found.append(folder.indicate(entry.served_in, "nodejs.application", 0.5, "opens a port"))
        if application.hints.reads_port:
            found.append(folder.indicate(entry.served_in, "port.environment", 0.15, "listens on the port that PORT names"))
    elif entry and entry.keeps_running and (application.worker or not start):
        found.append(folder.indicate(entry.file, "nodejs.worker", 0.3, f"keeps running with {application.worker or 'events'}"))
    _weigh_framework(finding, folder, project, application, start)


def _weigh_framework(
    finding: Finding, folder: Folder, project: NodeProject, application: NodeApplication, start: StartLine | None
) -> None:
    framework = application.framework
    if framework is None or framework in {"ws", "socket.io"} or framework == application.worker:
        return
    itself = application.output.line is not None and "build" in project.scripts
    weight = (
        0.4 if itself and not application.serves else 0.3 if start and start.field != "bin" and not application.serves else 0.15
    )
    if application.output.line is None and framework in set(known.META.values()) and not application.serves and start is None:
        weight = 0.0
    finding.indicators.append(
        folder.indicate("package.json", "nodejs.framework", weight, f"uses {framework}", field="dependencies")
    )
