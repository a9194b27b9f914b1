"""How a Node.js folder is installed and built: in an image, and in a copy of the folder."""

from __future__ import annotations

import shlex

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines
from kyozo_gql.topology.node_member import member_build_commands, member_lines, place_option
from kyozo_gql.topology.node_project import NodeProject

_CONFIGURATION = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml")


def install_command(project: NodeProject) -> tuple[str, ...] | None:
    """What installs the dependencies, exactly those of the lock file where there is one; None where there is nothing to install."""
    if not project.everything and not (project.workspace and project.workspace.declared):
        return None
    locked = project.lock is not None
    match project.manager:
        case "pnpm":
            return ("pnpm", "install", *(("--frozen-lockfile",) if locked else ()))
        case "yarn":
            return ("yarn", "install", *((("--immutable",) if project.berry else ("--frozen-lockfile",)) if locked else ()))
        case "bun":
            return ("bun", "install", *(("--frozen-lockfile",) if locked else ()))
        case _:
            return ("npm", "ci") if locked else ("npm", "install")


def build_command(project: NodeProject) -> tuple[str, ...] | None:
    """The build script, where there is one."""
    return (project.manager, "run", "build") if "build" in project.scripts else None


def build_commands(project: NodeProject) -> tuple[tuple[str, ...], ...]:
    """The argument vectors that prepare a copy of the folder, or of the root of its workspace."""
    if project.workspace:
        install, builds = _member_commands(project)
        return ((install,) if install else ()) + builds
    return tuple(command for command in (install_command(project), build_command(project)) if command)


def _member_commands(project: NodeProject) -> tuple[tuple[str, ...] | None, tuple[tuple[str, ...], ...]]:
    if project.workspace is None:
        return None, ()
    install = install_command(project)
    if install and not project.workspace.declared:
        install = (install[0], *place_option(project.workspace), *install[1:])
    return install, member_build_commands(project.workspace, builds="build" in project.scripts)


def write_dockerfile(folder: Folder, project: NodeProject, port: int | None, command: str) -> str:
    """A Dockerfile for a server: dependencies, then sources and the build, then an image without what only the build needs."""
    image = base_image(folder.base_images, "node", project.version)
    final = final_lines(port, command, ("NODE_ENV=production",))
    if not build_commands(project):
        return dockerfile_text([f"FROM {image}", "WORKDIR /app", f"COPY --chown={USER} . .", *final])
    tool = _tool_lines(project)
    runtime_tool = tool if command.startswith(project.manager) else []
    build = [f"FROM {image} AS build", "WORKDIR /app", *tool, *_build_lines(folder, project), *_prune_lines(project)]
    return dockerfile_text(
        build, [f"FROM {image}", "WORKDIR /app", *runtime_tool, f"COPY --from=build --chown={USER} /app ./", *final]
    )


def write_static_dockerfile(folder: Folder, project: NodeProject, output: str, port: int) -> str:
    """A Dockerfile for a static front end: built with Node.js, served by Caddy with a fall-back to its page."""
    image = base_image(folder.base_images, "node", project.version)
    server = base_image(folder.base_images, "caddy")
    build = [f"FROM {image} AS build", "WORKDIR /app", *_tool_lines(project), *_build_lines(folder, project)]
    if project.workspace:
        output = f"{project.workspace.member}/{output}"
    # Angular puts the site into a folder of the project's name, and then into browser/.
    page = f"$(find {output} -name index.html | sort | head -n 1)"
    site = f'RUN mkdir /site && cp -r "$(dirname "{page}")"/. /site'
    rules = (":{$PORT}", "root * /site", "encode gzip", "try_files {path} {path}/ /index.html", "file_server")
    config = f"RUN printf '%s\\n' {' '.join(shlex.quote(rule) for rule in rules)} > /etc/caddy/Caddyfile"
    caddy = "caddy run --config /etc/caddy/Caddyfile --adapter caddyfile"
    return dockerfile_text([*build, site], [f"FROM {server}", config, "COPY --from=build /site /site", *final_lines(port, caddy)])


def _build_lines(folder: Folder, project: NodeProject) -> list[str]:
    if project.workspace:
        return member_lines(folder.at(project.workspace.root), project.workspace, *_member_commands(project))
    install, build = install_command(project), build_command(project)
    lines: list[str] = []
    if install:
        files = ["package.json", *([project.lock] if project.lock else []), *(name for name in _CONFIGURATION if folder.has(name))]
        # A script that runs after the installation (Prisma's, for one) may read the sources.
        early = not {"postinstall", "prepare", "preinstall", "install"} & set(project.scripts) and not folder.has_folder("patches")
        lines += [f"COPY {' '.join(files)} ./"] if early else ["COPY . ."]
        lines += [f"RUN {' '.join(install)}", *(["COPY . ."] if early else [])]
    else:
        lines.append("COPY . .")
    return [*lines, *([f"RUN {' '.join(build)}"] if build else [])]


def _prune_lines(project: NodeProject) -> list[str]:
    if not project.development or not project.everything or (project.workspace and project.manager != "npm"):
        return []
    if project.manager == "pnpm":
        return ["RUN CI=true pnpm prune --prod --ignore-scripts"]
    return ["RUN npm prune --omit=dev --ignore-scripts"] if project.manager == "npm" else []


def _tool_lines(project: NodeProject) -> list[str]:
    """The package manager itself, where the base image does not bring the right one."""
    if project.manager == "bun":
        return ["RUN npm install --global bun"]
    if project.manager == "pnpm" or (project.manager == "yarn" and project.berry):
        return ["ENV COREPACK_ENABLE_DOWNLOAD_PROMPT=0 COREPACK_HOME=/opt/corepack", "RUN corepack enable"]
    return []
