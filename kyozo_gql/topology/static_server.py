"""The server of a static front end: Caddy, its configuration written while the image is built."""

from __future__ import annotations

import shlex

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import base_image, final_lines

STATIC_LINE = "caddy run --config /etc/caddy/Caddyfile --adapter caddyfile"
# Files that a bundler names by what is in them: one that changes gets another name. In folders of theirs alone, as Vite's eight
# characters; or by a hash that no word looks like.
_HASHED = (
    r"^/(?:_astro|_nuxt|_next/static|_app/immutable)/|^/assets/(?:.*/)?[^/]*[-.][\w-]{8}\.\w{2,5}$"
    r"|[-.](?:[0-9a-f]{8,20}|[0-9A-Z]{8})(?:_bg)?(?:\.chunk)?\.(?:m?js|css|wasm|woff2?|png|jpe?g|gif|svg|webp|avif)$"
)
# What a browser asks for as a part of a page: a page in its place would only hide that it is missing.
_PARTS = r"\.(?:m?js|css|map|json|wasm|txt|xml|ico|png|jpe?g|gif|svg|webp|avif|woff2?|ttf)$"
# No API of its own, and an end that does not wait for ever for a client that keeps its connection.
_GLOBAL = ("{", "admin off", "grace_period 5s", "}")
WRITABLE = ("XDG_CONFIG_HOME=/tmp", "XDG_DATA_HOME=/tmp")  # those of the image belong to root
_CACHING = (
    "@hashed {", "file", f"path_regexp {_HASHED}", "}", 'header @hashed Cache-Control "public, max-age=31536000, immutable"',
    "header ?Cache-Control no-cache",
)  # fmt: skip
_MISSING = ("handle_errors {", "rewrite * /404.html", "file_server", "}")


def server_lines(folder: Folder, port: int, *, pages: bool) -> list[str]:
    """The stage that serves what the stage ``build`` has put into /site.

    A site of ``pages`` knows what is missing; an application of one page finds its way itself, wherever it is opened.
    """
    rules = [shlex.quote(rule) for rule in _rules(pages=pages)]
    return [
        f"FROM {base_image(folder.base_images, 'caddy')}",
        " \\\n    ".join(["RUN mkdir -p /etc/caddy && printf '%s\\n'", *rules, "> /etc/caddy/Caddyfile"]),
        "COPY --from=build /site /site",
        *final_lines(port, STATIC_LINE, WRITABLE),
    ]


def _rules(*, pages: bool) -> tuple[str, ...]:
    """The lines of the Caddyfile."""
    page = ("@page file {path} {path}.html {path}/index.html", "rewrite @page {http.matchers.file.relative}")
    parts = f"not path_regexp {_PARTS}"
    asked = ("@application {", parts, "not file {path} {path}.html {path}/index.html", *(("file /200.html",) if pages else ()), "}")
    found = (*asked, f"rewrite @application {'/200.html' if pages else '/index.html'}", *page)
    site = (":{$PORT} {", "root * /site", "encode zstd gzip", *_CACHING, *found, "file_server", *(_MISSING if pages else ()), "}")
    return (*_GLOBAL, *site)
