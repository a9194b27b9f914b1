"""The image of a proxy: its own one with the folder's configuration in it, run by a user who is not root."""

from __future__ import annotations

import json

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import base_image, dockerfile_text, final_lines
from kyozo_gql.topology.proxy_config import ProxyConfig

_ASSETS = ("html", "public", "static", "site", "www", "conf.d", "sites-enabled", "snippets", "dynamic", "conf", "errors", "certs")
_NGINX_FOLDERS = "/var/cache/nginx /var/lib/nginx /var/log/nginx /run /etc/nginx/conf.d"


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
    lines = [f"FROM {base_image(folder.base_images, config.kind)}"]
    if config.kind == "nginx":
        # Its own folders have to be writable for a user who is not root.
        lines += ["USER root", f"RUN mkdir -p {_NGINX_FOLDERS} && chmod -R a+rwX {_NGINX_FOLDERS}"]
        if config.template and config.whole:
            lines += ["RUN chmod a+rwX /etc/nginx", "ENV NGINX_ENVSUBST_OUTPUT_DIR=/etc/nginx"]
    place = _place(config)
    lines.append(f"COPY {json.dumps([config.file, place])}")
    root = place.rpartition("/")[0] if config.kind != "nginx" else "/etc/nginx"
    lines += [f"COPY {name} {root}/{name}" for name in _ASSETS if folder.has_folder(name)]
    named = (name for name in (*config.files, *_included(config)) if "/" not in name and name != config.file)
    lines += [f"COPY {json.dumps([name, f'{root}/{name}'])}" for name in dict.fromkeys(named)]
    lines += final_lines(port, command)
    if config.kind in {"traefik", "envoy"}:
        lines[-1] = f"ENTRYPOINT {json.dumps(command.split())}"  # their images may have no shell
    elif config.template:
        # The image fills in its templates where its own program is what is started, and nothing else.
        lines[-1] = f"CMD {json.dumps(['nginx', '-g', 'daemon off;'] if not config.foreground else ['nginx'])}"
    return dockerfile_text(lines)


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
