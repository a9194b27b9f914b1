"""A package that is published: a library, a plugin, a program for the command line, or a server that is started by its command."""

from __future__ import annotations

import re

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.node_app import NodeApplication
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.node_start import StartLine

_LIBRARY_KEYS = frozenset(
    {"exports", "module", "types", "typings", "peerDependencies", "publishConfig", "files", "unpkg", "jsdelivr"}
)
_HOSTS = frozenset(
    {*known.SERVERS, *known.META, *known.STATIC, "react", "vue", "svelte", "@angular/common", "webpack", "rollup", "eslint", "gulp"}
)
_PLUGIN = re.compile(
    r"^(?:@[\w-]+/)?(?:fastify|express|koa|hapi|eslint|babel|vite|rollup|webpack|gatsby|nuxt|gulp|grunt|homebridge|hubot|n8n-nodes|strapi|medusa|prettier|postcss|tailwindcss)-(?:plugin-)?\w|-(?:plugin|middleware|loader|preset)$"
)
# Never the name of an application, however it is published.
_EXTENSION = re.compile(
    r"^(?:@[\w-]+/)?(?:homebridge|hubot|n8n-nodes|eslint-(?:plugin|config)|(?:babel|rollup|prettier|vite|postcss)-plugin)-\w"
)
_EXAMPLE = re.compile(r"^(?:examples?|demos?|tests?|samples?|playground|__tests__)/")
_EXAMPLE_GIVEN = re.compile(r"(?:^|\s)(?:\./)?(?:examples?|demos?)/")
_ENTRIES = frozenset({"main", "module", "exports"})
# What starts a project, or works on one, and is named so that npm init and Yeoman find it.
_TOOL = re.compile(r"^(?:@[\w-]+/)?(?:create|generator)-\w|[-/]cli$")
_SERVER = re.compile(r"\b(?:servers?|self-?hosted|registry|platform|broker|gateway|bridge|daemon|backend|cms)\b", re.IGNORECASE)
_NO_SERVER = re.compile(
    r"\b(?:framework|middleware|plugin|library|client|cli|command.line|generator|scaffold\w*|boilerplate|static|develop\w*|test\w*|mock\w*|fake|prototyp\w*)\b",
    re.IGNORECASE,
)


def is_published_server(project: NodeProject, application: NodeApplication, start: StartLine | None) -> bool:
    """Whether a published command starts a server: the package says so of itself, and depends on what serves."""
    return (
        project.command is not None
        and not project.private
        and not is_tool(project)
        and not _HOSTS & project.peers
        and (application.framework is not None or is_scripted(start))
        and _SERVER.search(project.about) is not None
        and _NO_SERVER.search(project.about) is None
    )


def is_tool(project: NodeProject) -> bool:
    """Whether a published package is named as what makes projects, or as a command line."""
    return not project.private and _TOOL.search(project.name or "") is not None


def is_scripted(start: StartLine | None) -> bool:
    """Whether a Procfile or a script starts it, and not only its command or main file."""
    return start is not None and (start.source == "Procfile" or (start.field or "").startswith("scripts."))


def weigh_published(
    finding: Finding, folder: Folder, project: NodeProject, application: NodeApplication, start: StartLine | None
) -> None:
    """Keys that only a published package needs; a package that its user brings the framework for extends that framework."""

    def note(rule: str, weight: float, detail: str, field: str) -> None:
        finding.indicators.append(folder.indicate("package.json", rule, weight, detail, field=field))

    if is_published_server(project, application, start):
        note("nodejs.published", 0.0, f"{project.command} is the command of a server: {project.about[:100]}", "bin")
        return
    unstarted = not project.private and not is_scripted(start)
    plugin = None if project.private else _what_it_extends(project)
    library = _library_weight(project, application, start)
    if plugin:
        note("nodejs.plugin", -0.5, *plugin)
    elif library:
        signs = sorted(_LIBRARY_KEYS & project.keys) or ["repository"]
        listens = ", and nothing starts what opens a port" if application.serves else ""
        note("nodejs.library", library, f"has {', '.join(signs)}{listens}: a library", signs[0])
    if project.main and not project.private and _starts_example(application, start):
        note("nodejs.example", -0.8, "only starts an example of how it is used: a library", "scripts.start")
    if project.command and not application.static and (unstarted or not application.serves):
        note("nodejs.command", -0.3, "has bin: a program for the command line", "bin")
    if is_tool(project) and (project.command or not is_scripted(start)):
        note("nodejs.tool", -0.5, f"the package {project.name} makes projects, or works on them", "name")


def _what_it_extends(project: NodeProject) -> tuple[str, str] | None:
    """A sentence about the framework that a package is for, and the key that says so."""
    hosts, name = sorted(_HOSTS & project.peers), project.name or ""
    if hosts:
        return f"its user brings {hosts[0]}: a library", "peerDependencies"
    named = _EXTENSION.search(name) or (_PLUGIN.search(name) and _LIBRARY_KEYS & project.keys)
    return (f"the package {name} extends a framework", "name") if named else None


def _library_weight(project: NodeProject, application: NodeApplication, start: StartLine | None) -> float:
    """How much the keys of a package say that it is a library; 0 for nothing. What it exports, others import."""
    signs = bool(_LIBRARY_KEYS & project.keys)
    if application.static:
        return -0.5 if signs and not project.private and _ENTRIES & project.keys else 0.0
    if application.serves:
        if project.private or is_scripted(start) or not (signs or (application.exports and "repository" in project.keys)):
            return 0.0
        return -0.8 if signs and application.exports else -0.5
    started = start is not None and (start.field or "").startswith("scripts.start")
    return -0.3 if signs and not (application.framework and (project.private or started)) else 0.0


def _starts_example(application: NodeApplication, start: StartLine | None) -> bool:
    text = start.text if start else ""
    return _EXAMPLE.match(application.file or "") is not None or _EXAMPLE_GIVEN.search(text) is not None
