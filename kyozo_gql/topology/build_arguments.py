"""The arguments of a build in a Dockerfile that was generated: a stage sees those alone that it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BUILD_STAGE = re.compile(r"^FROM \S+ AS build$")
_ASKED = re.compile(r"^ARG (\w+)", re.MULTILINE)
# Every stage sees these by itself, and no image keeps them. https://docs.docker.com/build/building/variables/#pre-defined-build-arguments
_KNOWN_TO_ALL = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})


def ask_for_arguments(dockerfile: str, names: Iterable[str]) -> str:
    """A generated Dockerfile whose stage that builds asks for these arguments too, so that they reach what installs and builds.

    The stage that runs asks for none: what it is told stays in the image for whoever has it.
    """
    asked = set(_ASKED.findall(dockerfile))
    wanted = sorted({name for name in names if name.upper() not in _KNOWN_TO_ALL} - asked)
    lines = []
    for line in dockerfile.splitlines():
        lines.append(line)
        if _BUILD_STAGE.match(line):
            lines += [f"ARG {name}" for name in wanted]
    return "\n".join(lines) + "\n"
