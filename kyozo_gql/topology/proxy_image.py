"""The image of a proxy: its own one with the folder's configuration in it, run by a user who is not root."""

from __future__ import annotations

import json
import re
import shlex

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import USER, base_image, dockerfile_text, final_lines
from kyozo_gql.topology.proxy_config import ProxyConfig

_ASSETS = ("html", "public", "static", "site", "www", "conf.d", "sites-enabled", "snippets", "dynamic", "conf", "errors", "certs")
_COPY = f"COPY --chown={USER}"  # whatever the modes of the files are, the user of the image may read them
_WRITABLE = {
    "nginx": "/var/cache/nginx /var/lib/nginx /var/log/nginx /run /etc/nginx/conf.d",
    "caddy": "/config /data",
    "haproxy": "/run/haproxy /run /var/lib/haproxy",
}
_ABSOLUTE = re.compile(r"(?<![\w./:*-])((?:/[\w.-]{1,60}){1,12})(?=/?[\s;\"'{},]|/?$)")
_MAX_PLACES = 4
# HAProxy ends where it is told to become another user, or to lock itself in, and may not.
_GLOBAL_IDENTITY = re.compile(r"^[ \t]{1,40}(?:chroot|user|group|uid|gid)[ \t]{1,40}\S", re.MULTILINE)
_WITHOUT_IDENTITY = (
    "/^[[:space:]]*global/,/^[[:space:]]*(defaults|frontend|backend|listen|userlist|peers|resolvers|cache)/"
    "{/^[[:space:]]*(chroot|user|group|uid|gid)[[:space:]]/d}"
)


def start_command(config: ProxyConfig) -> str:
    """The line that starts a proxy with the configuration where the image has it."""
    match config.kind:
        case "nginx":
            return "nginx" if config.foreground else "nginx -g 'daemon off;'"
        case "caddy":
            adapter = "" if config.file.endswith(".json") else " --adapter caddyfile"
            return f"caddy run --config {_place(config)}{adapter}"
        case "haproxy":
            return f"haproxy -W -db -f {_place(config)}"
        case "envoy":
            return f"envoy -c {_place(config)}"
        case _:
            return f"traefik --configFile={_place(config)}"


def write_dockerfile(folder: Folder, config: ProxyConfig, command: str, port: int) -> str:
    """A Dockerfile out of the proxy's image and the folder's configuration."""
    lines = [f"FROM {base_image(folder.base_images, config.kind)}", *_writable_lines(config)]
    place = _place(config)
    lines.append(f"{_COPY} {json.dumps([config.file, place])}")
    root = place.rpartition("/")[0] if config.kind != "nginx" else "/etc/nginx"
    for name in filter(folder.has_folder, _ASSETS):
        places = dict.fromkeys((f"{root}/{name}", *_named_places(folder, config, name)))
        lines += [f"{_COPY} {name} {target}" for target in places]
    named = (name for name in (*config.files, *_included(config)) if "/" not in name and name != config.file)
    lines += [f"{_COPY} {json.dumps([name, f'{root}/{name}'])}" for name in dict.fromkeys(named)]
    if config.kind == "haproxy" and _GLOBAL_IDENTITY.search(folder.read(config.file) or ""):
        lines.append(f"RUN sed -i -E {shlex.quote(_WITHOUT_IDENTITY)} {place}")
    if config.kind != "nginx":
        lines.append(f"WORKDIR {root}")  # where relative paths start, as in the folder
    lines += final_lines(port, command)
    if config.kind in {"traefik", "envoy"}:
        lines[-1] = f"ENTRYPOINT {json.dumps(command.split())}"  # their images may have no shell
    elif config.template:
        # The image fills in its templates where its own program is what is started, and nothing else.
        lines[-1] = f"CMD {json.dumps(['nginx', '-g', 'daemon off;'] if not config.foreground else ['nginx'])}"
    return dockerfile_text(lines)


def _writable_lines(config: ProxyConfig) -> list[str]:
    """Makes the proxy's own folders writable for a user who is not root."""
    folders = _WRITABLE.get(config.kind)
    if folders is None:
        return []
    lines = ["USER root", f"RUN mkdir -p {folders} && chmod -R a+rwX {folders}"]
    if config.template and config.whole:
        lines += ["RUN chmod a+rwX /etc/nginx", "ENV NGINX_ENVSUBST_OUTPUT_DIR=/etc/nginx"]
    return lines


def _named_places(folder: Folder, config: ProxyConfig, name: str) -> list[str]:
    """Where the configuration looks for a folder of this name: /usr/share/nginx/html for html."""
    texts = (folder.read(file) or "" for file in dict.fromkeys((config.file, *config.files)))
    found = (match[1] for text in texts for match in _ABSOLUTE.finditer(text))
    return [path for path in dict.fromkeys(found) if path.endswith(f"/{name}") and ".." not in path][:_MAX_PLACES]


def _included(config: ProxyConfig) -> tuple[str, ...]:
    return tuple(listener.file for listener in config.listeners)


def _place(config: ProxyConfig) -> str:
    name = config.file.rpartition("/")[2]
    match config.kind:
        case "nginx" if config.template:
            return f"/etc/nginx/templates/{name}"
        case "nginx":
            return "/etc/nginx/nginx.conf" if config.whole else "/etc/nginx/conf.d/default.conf"
        case "caddy":
            return f"/etc/caddy/{name}"
        case "haproxy":
            return "/usr/local/etc/haproxy/haproxy.cfg"
        case kind:
            return f"/etc/{kind}/{name}"
