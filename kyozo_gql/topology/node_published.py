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
# What starts a project, or works on one, and is named so that npm init and Yeoman find it.
_TOOL = re.compile(r"^(?:@[\w-]+/)?(?:create|generator)-\w|[-/]cli$")
_SERVER = re.compile(r"\b(?:servers?|self-?hosted|registry|platform|broker|gateway|bridge|daemon|backend|cms)\b", re.IGNORECASE)
_NO_SERVER = re.compile(
    r"\b(?:framework|middleware|plugin|library|client|cli|command.line|generator|scaffold\w*|boilerplate|static|develop\w*|test\w*|mock\w*|fake)\b",
    re.IGNORECASE,
)


def is_published_server(project: NodeProject, application: NodeApplication, start: StartLine | None) -> bool:
    """Whether a published command starts a server: the package says so of itself, and depends on what serves."""
    return (
        project.command is not None
        and not project.private
        and not is_tool(project)
        and not _HOSTS & project.peers
        and (application.framework is not None or application.serves or is_scripted(start))
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
    starts = start is not None and (start.field or "").startswith("scripts.start")
    hosts = sorted(_HOSTS & project.peers)
    signs, name = sorted(_LIBRARY_KEYS & project.keys), project.name or ""
    unstarted = not project.private and not is_scripted(start)
    if not project.private and (hosts or _EXTENSION.search(name) or (_PLUGIN.search(name) and signs)):
        detail = f"its user brings {hosts[0]}: a library" if hosts else f"the package {project.name} extends a framework"
        note("nodejs.plugin", -0.5, detail, "peerDependencies" if hosts else "name")
    elif signs and unstarted and application.serves and project.main:
        note("nodejs.library", -0.5, f"has {', '.join(signs)}, and nothing starts what opens a port: a library", signs[0])
    elif signs and project.main and not project.private and _EXAMPLE.match(application.file or ""):
        note("nodejs.library", -0.8, f"has {', '.join(signs)}, and only starts its example {application.file}: a library", signs[0])
    elif (
        signs and not application.serves and not application.static and not (application.framework and (project.private or starts))
    ):
        note("nodejs.library", -0.3, f"has {', '.join(signs)}: a library", signs[0])
    if project.command and not application.static and (unstarted or not application.serves):
        note("nodejs.command", -0.3, "has bin: a program for the command line", "bin")
    if is_tool(project) and (project.command or not is_scripted(start)):
        note("nodejs.tool", -0.5, f"the package {project.name} makes projects, or works on them", "name")
