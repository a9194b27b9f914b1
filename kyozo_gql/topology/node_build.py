"""How a Node.js folder is installed and built: in an image, and in a copy of the folder."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from kyozo_gql.topology import node_frameworks as known
from kyozo_gql.topology.build_tools import node_tool
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines, system_lines
from kyozo_gql.topology.node_app import NodeApplication
from kyozo_gql.topology.node_install import (
    has_hooks,
    install_command,
    installs_for_production,
    member_prune_lines,
    production_command,
    prune_lines,
)
from kyozo_gql.topology.node_member import RUSH, member_build_commands, member_lines, place_option
from kyozo_gql.topology.node_packages import BROWSER, system_packages
from kyozo_gql.topology.node_project import NodeProject
from kyozo_gql.topology.node_start import compiles_with_tsc
from kyozo_gql.topology.static_server import server_lines
from kyozo_gql.topology.workspace import command_in_member

_CONFIGURATION = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml", ".pnpmfile.cjs")
_CLASSIC_YARN_GONE = 26  # the images of Node.js bring Yarn until then


@dataclass(frozen=True, slots=True)
class NodeBuild:
    """What is built, and what the build is told besides its command."""

    project: NodeProject
    application: NodeApplication
    public: tuple[str, ...] = ()
    tsc: bool = False


def plan_build(folder: Folder, project: NodeProject, application: NodeApplication, names: Iterable[str]) -> NodeBuild:
    """The build of an application; ``names`` are variables of the environment, of which the public ones go into what is built."""
    public = tuple(dict.fromkeys(match[1] for name in names if (match := known.PUBLIC_VARIABLES.fullmatch(name))))
    typed = (application.file or "").endswith((".ts", ".mts", ".cts"))
    return NodeBuild(project, application, public, tsc=typed and compiles_with_tsc(folder, project))


def build_command(build: NodeBuild) -> tuple[str, ...] | None:
    """The build script; where there is none, the framework's own build, or the compiler of TypeScript."""
    if "build" in build.project.scripts:
        return (build.project.manager.name, "run", "build")
    if build.tsc:
        return ("npx", "tsc")
    framework = build.application.framework or ""
    needed = build.application.static is not None or build.application.output.line is not None
    return ("npx", *known.BUILDS[framework].split()) if needed and framework in known.BUILDS else None


def build_commands(build: NodeBuild) -> tuple[tuple[str, ...], ...]:
    """The argument vectors that prepare a copy of the folder, or of the root of its workspace."""
    project = build.project
    if project.workspace:
        install, builds = _member_commands(build)
        return ((_linked(project, install),) if install else ()) + builds
    install, command = install_command(project), build_command(build)
    install = _linked(project, install) if install else None
    told = build.application.output.build_environment
    commands = [install, ("env", *told, *command) if command and told else command]
    copies = [("cp", "-r", source, target) for source, target in build.application.output.copies] if command else []
    return tuple(item for item in (*commands, *copies) if item)


def _linked(project: NodeProject, install: tuple[str, ...]) -> tuple[str, ...]:
    """Makes Yarn put the dependencies where Node.js looks for them, whatever starts it."""
    return ("env", "YARN_NODE_LINKER=node-modules", *install) if project.manager.berry else install


def write_dockerfile(folder: Folder, build: NodeBuild, port: int | None, command: str) -> str:
    """A Dockerfile for a server: dependencies, then sources and the build, then an image without what only the build needs."""
    project = build.project
    image = base_image(folder.base_images, "node", project.version)
    environment = ("NODE_ENV=production", "HOST=0.0.0.0", *_environment(build))
    final = final_lines(port, command, environment)
    building, running = system_packages(project)
    if not build_commands(build):
        return dockerfile_text([f"FROM {image}", "WORKDIR /app", f"COPY --chown={USER} . .", *final])
    tool = _tool_lines(folder, project)
    word = command.removeprefix("exec ").partition(" ")[0]
    runtime_tool = tool if word == project.manager.name or f" {project.manager.name} " in command else []
    first = [f"FROM {image} AS build", "WORKDIR /app", *system_lines(building), *tool]
    built = [*first, *_build_lines(folder, build, command)]
    head = [f"FROM {image}", "WORKDIR /app", *system_lines(running), *runtime_tool]
    return dockerfile_text(built, [*head, *_copied(build), *final])


def write_static_dockerfile(folder: Folder, build: NodeBuild, output: str, port: int) -> str:
    """A Dockerfile for a static front end: built with Node.js, served by Caddy with a fall-back to its page."""
    project = build.project
    image = base_image(folder.base_images, "node", project.version)
    first = [f"FROM {image} AS build", "WORKDIR /app", *system_lines(system_packages(project)[0]), *_tool_lines(folder, project)]
    if project.workspace:
        output = f"{project.workspace.member}/{output}"
    # Angular puts the site into a folder of the project's name, and then into browser/: the page nearest to the top is the site's.
    nearest = "awk -F/ '{print NF, $0}' | sort -n | head -n 1 | cut -d' ' -f2-"
    page = f"page=$(find {shlex.quote(output)} -name 'index*.html' | {nearest})"
    site = f'RUN {page} && test -n "$page" && mkdir /site && cp -r "$(dirname "$page")"/. /site'
    site += ' && (test -e /site/index.html || cp "$page" /site/index.html)'  # Angular's index.csr.html
    server = server_lines(folder, port, pages=build.application.framework in known.PAGES)
    return dockerfile_text([*first, *_build_lines(folder, build), site], server)


def _environment(build: NodeBuild) -> tuple[str, ...]:
    """What the framework has to be told to be reached, and where a browser is."""
    found = ("HOSTNAME=0.0.0.0",) if build.application.framework in {"nextjs", "payload"} else ()
    chromium = ("PUPPETEER_EXECUTABLE_PATH=/usr/bin/chromium",) if BROWSER in build.project.everything else ()
    return found + chromium


def _copied(build: NodeBuild) -> list[str]:
    """What the image takes from the build: the standalone server of Next.js is whole by itself."""
    if build.application.output.copies and not build.project.workspace:
        return [f"COPY --from=build --chown={USER} /app/.next/standalone ./.next/standalone"]
    return [f"COPY --from=build --chown={USER} /app ./"]


def _member_commands(build: NodeBuild) -> tuple[tuple[str, ...] | None, tuple[tuple[str, ...], ...]]:
    project, workspace = build.project, build.project.workspace
    if workspace is None:
        return None, ()
    install = install_command(project)
    if workspace.runner == "rush":
        install = (*RUSH, "install" if workspace.lock else "update")
    elif install and not workspace.declared:
        install = (install[0], *place_option(workspace), *install[1:])
    scripted = "build" in project.scripts
    own = None if scripted or workspace.runner in {"rush", "nx"} else build_command(build)
    builds = member_build_commands(workspace, builds=scripted)
    return install, (*builds, command_in_member(workspace, own)) if own else builds


def _build_lines(folder: Folder, build: NodeBuild, line: str | None = None) -> list[str]:
    """Dependencies, sources, build; and then, where ``line`` starts a server, no more than that needs."""
    project, told = build.project, build.application.output.build_environment
    arguments = [f"ARG {name}" for name in build.public]
    environment = [f"ENV {' '.join(told)}"] if told else []
    if project.workspace:
        root = folder.at(project.workspace.root)
        lines = member_lines(root, project.workspace, *_member_commands(build))
        return [*arguments, *environment, *lines, *(member_prune_lines(root, project, line) if line else [])]
    command = build_command(build)
    copies = [f"RUN cp -r {source} {target}" for source, target in build.application.output.copies] if command else []
    prisma = [f"RUN {generate}"] if command and (generate := _generate_line(folder, project)) else []
    built = [*arguments, *environment, *prisma, *([f"RUN {' '.join(command)}{_cleaning(build)}"] if command else []), *copies]
    if command is None and not prisma and line and installs_for_production(project, line) and not folder.has_folder("patches"):
        return [*_install_lines(folder, project, production_command(project)), *built]
    pruned = prune_lines(project, line) if line and not build.application.output.copies else []
    return [*_install_lines(folder, project, install_command(project)), *built, *pruned]


def _cleaning(build: NodeBuild) -> str:
    """What Next.js keeps for its next build is as large as the rest, and of no use where it runs."""
    whole = build.application.framework in {"nextjs", "payload"} and not build.application.output.static
    return " && rm -rf .next/cache" if whole and not build.application.output.copies else ""


def _install_lines(folder: Folder, project: NodeProject, install: tuple[str, ...] | None) -> list[str]:
    """The manifest and the lock file first, so that the layer of the dependencies holds until one of them changes.

    A script that runs after the installation may read the sources: then everything is copied before.
    """
    if install is None:
        return ["COPY . ."]
    linker = ["ENV YARN_NODE_LINKER=node-modules"] if project.manager.berry else []
    skipped = ["ENV PUPPETEER_SKIP_DOWNLOAD=true"] if BROWSER in project.everything else []
    run = [*linker, *skipped, f"RUN {' '.join(install)}"]
    inside = any(version.startswith(("file:", "link:", "portal:")) for version in project.asked.values())
    if has_hooks(project) or folder.has_folder("patches") or inside:
        return ["COPY . .", *run]
    files = ["package.json", *([project.manager.lock] if project.manager.lock else [])]
    files += [name for name in _CONFIGURATION if folder.has(name)]
    kept = ["COPY .yarn ./.yarn"] if project.manager.keeps_itself else []
    return [f"COPY {' '.join(files)} ./", *kept, *run, "COPY . ."]


def _generate_line(folder: Folder, project: NodeProject) -> str | None:
    """Prisma's client, where no script makes it."""
    if "prisma" not in project.everything or not folder.has("prisma/schema.prisma"):
        return None
    return None if any("prisma generate" in text for text in project.scripts.values()) else "npx prisma generate"


def _tool_lines(folder: Folder, project: NodeProject) -> list[str]:
    """The package manager itself, where the base image does not bring the right one; npm needs no network to start it later."""
    manager = project.manager
    if manager.name == "npm":
        return []
    major = int((project.version or "0").partition(".")[0] or 0)
    if manager.name == "yarn" and not manager.berry:
        version = node_tool(folder.base_images, "yarn", "1", project.version)
        return [f"RUN npm install --global yarn@{version}"] if major >= _CLASSIC_YARN_GONE else []
    version = node_tool(folder.base_images, manager.name, manager.version, project.version)
    # The image's own Yarn is in the place of the newer one.
    package = "--force @yarnpkg/cli-dist" if manager.name == "yarn" else manager.name
    return [f"RUN npm install --global {package}@{version}"]
