"""Base images: the language that they bring and its version, the port that they listen on, and what they are made for."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LANGUAGES = {
    "node": "javascript", "bun": "javascript", "deno": "typescript", "python": "python", "pypy": "python", "golang": "go",
    "rust": "rust",
    "ruby": "ruby", "php": "php", "openjdk": "java", "eclipse-temurin": "java", "amazoncorretto": "java", "maven": "java",
    "gradle": "java", "tomcat": "java", "sbt": "scala", "elixir": "elixir", "erlang": "erlang", "perl": "perl", "swift": "swift",
    "dart": "dart", "haskell": "haskell", "julia": "julia", "r-base": "r", "gcc": "c", "clojure": "clojure", "crystal": "crystal",
    "sdk": "csharp", "aspnet": "csharp", "runtime": "csharp", "nodejs": "javascript", "micromamba": "python",
    "miniconda3": "python",
    "uvicorn-gunicorn-fastapi": "python", "uvicorn-gunicorn": "python", "cargo-chef": "rust", "rust-musl-builder": "rust",
    "nim": "nim",
}  # fmt: skip
_DOTNET = frozenset({"sdk", "aspnet", "runtime"})
_VERSION = re.compile(r"^v?(\d{1,3}(?:\.\d{1,4}){0,2})(?![\w.])")
_VERSION_LATER = re.compile(r"(?:^|-)(?:python|node|py|rust-|nodejs)-?(\d{1,2}(?:\.\d{1,4}){1,2})")
_PORTS = {
    "nginx": 80, "nginx-unprivileged": 8080, "httpd": 80, "caddy": 80, "traefik": 80, "haproxy": 80, "apache": 80, "openresty": 80,
    "postgres": 5432, "postgis": 5432, "pgvector": 5432, "mysql": 3306, "mariadb": 3306, "mongo": 27017, "redis": 6379,
    "valkey": 6379,
    "rabbitmq": 5672, "memcached": 11211, "elasticsearch": 9200, "wordpress": 80, "ghost": 2368, "tomcat": 8080, "jetty": 8080,
    "grafana": 3000, "prometheus": 9090, "n8n": 5678, "node-red": 1880, "keycloak": 8080, "minio": 9000, "nextcloud": 80,
    "drupal": 80,
    "uvicorn-gunicorn-fastapi": 80, "uvicorn-gunicorn": 80, "jenkins": 8080, "registry": 5000, "joomla": 80, "solr": 8983,
}  # fmt: skip
_LINES = {
    "nginx": "nginx -g 'daemon off;'", "nginx-unprivileged": "nginx -g 'daemon off;'", "httpd": "httpd-foreground",
    "caddy": "caddy run --config /etc/caddy/Caddyfile --adapter caddyfile",
}  # fmt: skip
_SERVERS = frozenset({"nginx", "nginx-unprivileged", "httpd", "caddy"})
_DEVELOPMENT = re.compile(
    r"\bdevcontainers?\b|^gitpod/|^cimg/|^circleci/|\bjenkins/(?:\w{1,20}-)?agent|\bactions-runner\b|\bgithub-runner\b|\bgitlab-runner\b"
    r"|\bsuper-linter\b|^codercom/|\bgitpod/workspace-"
)
_DISTROLESS = re.compile(r"\bdistroless/(?:static|base|cc)\b")
# Operating systems that machines boot from an image of a container (bootc, OSTree).
_BOOTABLE = re.compile(r"\bublue-os/|-bootc\b|\bbootc-image|\bfedora-ostree-desktops/|\b(?:silverblue|kinoite|coreos)\b")
_BARE = frozenset(
    {"scratch", "alpine", "debian", "ubuntu", "busybox", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "archlinux"}
)
_TOOLS = frozenset(
    {
        "node", "bun", "deno", "python", "pypy", "golang", "rust", "ruby", "php", "openjdk", "eclipse-temurin", "amazoncorretto",
        "maven", "gradle", "sbt", "elixir", "erlang", "perl", "swift", "dart", "haskell", "julia", "r-base", "gcc", "clojure",
        "crystal", "sdk", "runtime", "micromamba", "miniconda3", "cargo-chef", "rust-musl-builder", "nim", "uv", "buildpack-deps",
        "emsdk", "dockcross", "xgo", "goreleaser-cross",
    }
)  # fmt: skip
_SERVING_TAG = re.compile(r":[\w.-]{0,100}(?:apache|fpm)")


@dataclass(frozen=True, slots=True)
class BaseImage:
    """``name``: the last part, without tag. ``language`` is None for what brings none; ``version`` is that of the language."""

    reference: str
    name: str
    language: str | None = None
    version: str | None = None

    @property
    def port(self) -> int | None:
        """The port that the image's own program listens on."""
        return _PORTS.get(self.name)

    @property
    def line(self) -> str | None:
        """What the image runs by itself, where that is plain."""
        return _LINES.get(self.name)

    @property
    def is_bare(self) -> bool:
        """Whether it is a distribution, or the tools of a language only: it has no program of its own to run."""
        return (
            self.name in _BARE
            or _DISTROLESS.search(self.reference) is not None
            or (self.name in _TOOLS and not _SERVING_TAG.search(self.reference))
        )

    @property
    def is_server(self) -> bool:
        """Whether it serves files."""
        return self.name in _SERVERS

    @property
    def is_bootable(self) -> bool:
        """Whether machines boot from it."""
        return _BOOTABLE.search(self.reference) is not None

    @property
    def is_for_development(self) -> bool:
        """Whether it is made for developing or for continuous integration."""
        return _DEVELOPMENT.search(self.reference) is not None


def read_image(reference: str) -> BaseImage:
    """What the reference of an image gives away."""
    plain = reference.partition("@")[0]
    path, _, tag = plain.rpartition(":") if ":" in plain.rpartition("/")[2] else (plain, "", "")
    name = path.rpartition("/")[2].lower()
    language = _LANGUAGES.get(name)
    if name in _DOTNET and "dotnet" not in path:
        language = None
    if language is None:  # registry.local/python3, gcr.io/distroless/nodejs22-debian12, ghcr.io/astral-sh/uv:python3.12-slim
        match = re.match(r"^(?:\w{1,20}-)?(python|nodejs|node|golang|rust|ruby|php|java)(\d{0,3}(?:\.\d{1,3})?)", name)
        language = _LANGUAGES.get(match[1], match[1]) if match else "python" if name == "uv" and "python" in tag else None
        tag = tag if not match or not match[2] or _VERSION.match(tag) else match[2]
    if language is None:
        return BaseImage(reference, name)
    version = _VERSION.match(tag) or _VERSION_LATER.search(tag)
    return BaseImage(reference, name, language, version[1] if version else None)
