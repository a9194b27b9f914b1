"""The system packages (of Debian) that libraries of Node.js need, where npm's own packages do not bring them."""

from __future__ import annotations

from kyozo_gql.topology.node_project import NodeProject

_COMPILER = ("g++", "make", "python3")
# What is compiled where there is no binary for the platform and the version of Node.js.
_COMPILED = frozenset(
    {
        "bcrypt", "argon2", "better-sqlite3", "sqlite3", "node-rdkafka", "zeromq", "isolated-vm", "re2", "serialport", "node-pty",
        "node-sass", "leveldown", "usb", "libpq", "pg-native", "farmhash", "microtime", "node-gyp", "node-canvas", "robotjs",
        "snappy",
        "kerberos", "iconv", "deasync", "bufferutil", "utf-8-validate", "@discordjs/opus", "sodium-native", "couchbase",
    }
)  # fmt: skip
_NEEDS = {
    "canvas": (
        (*_COMPILER, "libcairo2-dev", "libgif-dev", "libjpeg-dev", "libpango1.0-dev", "librsvg2-dev", "pkg-config"),
        ("libcairo2", "libgif7", "libjpeg62-turbo", "libpango-1.0-0", "libpangocairo-1.0-0", "librsvg2-2"),
    ),
    "prisma": (("openssl",), ("openssl",)),
    "@prisma/client": (("openssl",), ("openssl",)),
    "pg-native": (("libpq-dev",), ("libpq5",)),
    "libpq": (("libpq-dev",), ("libpq5",)),
    "puppeteer": ((), ("chromium",)),
    "fluent-ffmpeg": ((), ("ffmpeg",)),
}
BROWSER = "puppeteer"


def system_packages(project: NodeProject) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What building and what running a project needs, each sorted."""
    needs = [need for name, need in _NEEDS.items() if name in project.everything]
    building = {name for build, _ in needs for name in build}
    if project.everything & _COMPILED:
        building.update(_COMPILER)
    if any(version.startswith(("git", "github:", "gitlab:")) for version in project.asked.values()):
        building.update(("ca-certificates", "git"))
    running = {name for build, run in needs for name in run}
    return tuple(sorted(building)), tuple(sorted(running))
