"""Proxy: the configuration of nginx, Caddy, Traefik or HAProxy as the heart of a folder."""

from __future__ import annotations

import json

from kyozo_gql.core.spec import PortMapping, ServiceType
from kyozo_gql.topology.backing import address_host
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.images import base_image, dockerfile_text, final_lines
from kyozo_gql.topology.model import Dependency, Patterns, Recommendation
from kyozo_gql.topology.proxy_config import ProxyConfig, read_caddyfile, read_haproxy, read_nginx, read_traefik
from kyozo_gql.topology.serving import choose_health_check

FILES = ("nginx.conf", "Caddyfile", "haproxy.cfg", "traefik.yml", "traefik.yaml", "traefik.toml", "default.conf")
_COMMANDS = {
    "nginx": "nginx -g 'daemon off;'",
    "caddy": "caddy run --config /etc/caddy/Caddyfile --adapter caddyfile",
    "haproxy": "haproxy -W -db -f /usr/local/etc/haproxy/haproxy.cfg",
    "traefik": "traefik --configFile=/etc/traefik/{}",
}
_ASSETS = ("html", "public", "static", "site", "www", "conf.d", "snippets", "dynamic", "errors")


def detect_proxy(folder: Folder) -> Finding | None:
    """What the configuration of a proxy makes of a folder; None where there is none."""
    config = next((config for name in FILES if folder.has(name) and (config := _read(folder, name))), None)
    if config is None:
        return None
    finding = Finding(ServiceType.PROXY)
    finding.patterns = Patterns(framework=config.kind)
    ports = ", ".join(map(str, config.ports[:10]))
    finding.indicators.append(folder.indicate(config.file, "proxy.configuration", 0.7, f"{config.kind} listens on {ports}"))
    if config.upstreams:
        detail = f"passes requests to {', '.join(config.upstreams[:10])}"
        finding.indicators.append(folder.indicate(config.file, "proxy.upstreams", 0.2, detail))
    hosts = dict.fromkeys(host for upstream in config.upstreams if (host := address_host(upstream)))
    finding.dependencies += [
        Dependency(folder.path, host, "proxy", f"{folder.locate(config.file)} passes requests to {host}") for host in hosts
    ]
    finding.metadata |= {"upstreams": list(config.upstreams), "reads_port": False, "start_command_source": config.file}
    command = "nginx" if config.foreground else _COMMANDS[config.kind].format(config.file)
    finding.recommendation = Recommendation(
        start_command=command,
        dockerfile=_write_dockerfile(folder, config, command),
        ports=tuple(PortMapping(port) for port in config.ports),
        health_check=choose_health_check(config.ports[0], web=False, path=config.health_path),
    )
    return finding


def _read(folder: Folder, name: str) -> ProxyConfig | None:
    if name.startswith("traefik"):
        return read_traefik(folder, name)
    text = folder.read(name)
    if text is None:
        return None
    if name == "Caddyfile":
        return read_caddyfile(text, name)
    return read_haproxy(text, name) if name == "haproxy.cfg" else read_nginx(text, name)


def _write_dockerfile(folder: Folder, config: ProxyConfig, command: str) -> str:
    lines = [f"FROM {base_image(folder.base_images, config.kind)}"]
    match config.kind:
        case "nginx":
            target = "/etc/nginx/nginx.conf" if config.whole else "/etc/nginx/conf.d/default.conf"
            place = "/etc/nginx"
            # Its own folders have to be writable for a user who is not root.
            lines.append("USER root")
            lines.append("RUN mkdir -p /var/cache/nginx /var/log/nginx /run && chmod -R a+rwX /var/cache/nginx /var/log/nginx /run")
        case "caddy":
            target, place = "/etc/caddy/Caddyfile", "/etc/caddy"
        case "haproxy":
            target, place = "/usr/local/etc/haproxy/haproxy.cfg", "/usr/local/etc/haproxy"
        case _:
            target, place = f"/etc/traefik/{config.file}", "/etc/traefik"
    lines += [f"COPY {config.file} {target}"]
    lines += [f"COPY {name} {place}/{name}" for name in _ASSETS if folder.has_folder(name)]
    lines += final_lines(config.ports[0], command)
    if config.kind == "traefik":
        # Its image may have no shell.
        lines[-1] = f"ENTRYPOINT {json.dumps(command.split())}"
    return dockerfile_text(lines)
