"""Base images and the lines that every generated Dockerfile shares.

Generated Dockerfiles keep to what every builder knows: no heredocs, no mounts. The user is a number, because a base image from a
private registry need not know any name; HOME is a folder that this user may write to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_DEFAULTS = {
    "python": ("python:{}-slim", "3.13"),
    "node": ("node:{}-slim", "24"),
    "golang": ("golang:{}", "1.25"),
    "rust": ("rust:{}-slim", "1"),
    "debian": ("debian:{}-slim", "trixie"),
    "nginx": ("nginx:{}-alpine", "1.29"),
    "caddy": ("caddy:{}-alpine", "2"),
    "traefik": ("traefik:{}", "v3"),
    "envoy": ("envoyproxy/envoy:{}", "v1.36-latest"),
    "haproxy": ("haproxy:{}-alpine", "3.2"),
    "micromamba": ("mambaorg/micromamba:{}", "2"),
}
ANY_IMAGE = "*"
USER = "10001:10001"
_SIMPLE_COMMAND = re.compile(r"^(?:'[^'\n]*'|[^;&|<>()`'\n])+$")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")


def base_image(base_images: Mapping[str, str], key: str, version: str | None = None) -> str:
    """The image to build on: the one given for ``key``, else for ``*``, else the default at ``version``.

    In what is given, ``{version}`` is the version that the folder asks for, and ``{image}`` the default image.
    """
    template, default = _DEFAULTS[key]
    image = template.format(version or default)
    given = base_images.get(key) or base_images.get(ANY_IMAGE) or image
    return given.replace("{version}", version or default).replace("{image}", image)


def default_version(key: str) -> str:
    """The version that is taken where a folder asks for none."""
    return _DEFAULTS[key][1]


def command_line(command: str) -> str:
    """The CMD instruction for a line of shell ($PORT is expanded). A single command replaces the shell, and so gets its signals."""
    if not _SIMPLE_COMMAND.match(command):
        return f"CMD {command}"
    return f"CMD exec {'env ' if _ASSIGNMENT.match(command) else ''}{command}"


def final_lines(port: int | None, command: str, environment: Iterable[str] = ()) -> list[str]:
    """How every generated image ends: environment, port, user, command."""
    settings = ["HOME=/tmp", *environment, *([f"PORT={port}"] if port else [])]
    lines = [f"ENV {' '.join(settings)}"]
    if port:
        lines.append(f"EXPOSE {port}")
    return [*lines, f"USER {USER}", command_line(command)]


def system_lines(packages: Iterable[str]) -> list[str]:
    """The line that installs packages of Debian; none where there is nothing to install."""
    names = " ".join(packages)
    install = f"apt-get update && apt-get install --yes --no-install-recommends {names} && rm -rf /var/lib/apt/lists/*"
    return [f"RUN {install}"] if names else []


def dockerfile_text(*blocks: Iterable[str]) -> str:
    """The text of a Dockerfile out of its stages."""
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"
