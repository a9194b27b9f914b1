"""What the name of a single file gives away."""

from __future__ import annotations

_BY_NAME = {
    "Dockerfile": ("docker",), "Containerfile": ("docker",), ".dockerignore": ("docker",),
    "compose.yaml": ("docker", "compose"), "compose.yml": ("docker", "compose"),
    "docker-compose.yaml": ("docker", "compose"), "docker-compose.yml": ("docker", "compose"),
    "package.json": ("nodejs",), "package-lock.json": ("nodejs", "npm"), "pnpm-lock.yaml": ("nodejs", "pnpm"),
    "yarn.lock": ("nodejs", "yarn"), "bun.lock": ("nodejs", "bun"), "bun.lockb": ("nodejs", "bun"),
    "tsconfig.json": ("typescript",),
    "requirements.txt": ("python", "pip"), "pyproject.toml": ("python",), "Pipfile": ("python", "pipenv"), "setup.py": ("python",),
    "uv.lock": ("python", "uv"), "poetry.lock": ("python", "poetry"), "pdm.lock": ("python", "pdm"),
    "manage.py": ("python", "django"),
    "go.mod": ("golang",), "go.sum": ("golang",), "Cargo.toml": ("rust", "cargo"), "Cargo.lock": ("rust", "cargo"),
    "nginx.conf": ("nginx",), "Caddyfile": ("caddy",), "traefik.yml": ("traefik",), "traefik.yaml": ("traefik",),
    "traefik.toml": ("traefik",), "haproxy.cfg": ("haproxy",), "Procfile": ("procfile",),
}  # fmt: skip
_BY_SUFFIX = {
    ".py": "python", ".js": "nodejs", ".mjs": "nodejs", ".cjs": "nodejs", ".ts": "typescript", ".tsx": "typescript",
    ".go": "golang", ".rs": "rust",
}  # fmt: skip


def file_technologies(name: str) -> tuple[str, ...]:
    """The technologies that a file of this name (without its folder) belongs to; empty for any other file."""
    suffix = f".{name.rpartition('.')[2]}"
    return _BY_NAME.get(name) or ((_BY_SUFFIX[suffix],) if suffix in _BY_SUFFIX else ())


def is_service_indicator(name: str) -> bool:
    """Whether a file of this name says what kind of service its folder may be."""
    return name in _BY_NAME
