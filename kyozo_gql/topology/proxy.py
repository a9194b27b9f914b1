"""Proxy: the configuration of nginx, Caddy, Traefik, HAProxy or Envoy as the heart of a folder."""

from __future__ import annotations

import re

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.addresses import Address
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.manifests import PROJECTS
from kyozo_gql.topology.model import Dependency, Patterns, Recommendation
from kyozo_gql.topology.proxy_config import ProxyConfig
from kyozo_gql.topology.proxy_files import find_config
from kyozo_gql.topology.proxy_image import start_command, write_dockerfile
from kyozo_gql.topology.proxy_part import find_part
from kyozo_gql.topology.serving import choose_health_check, port_mappings

# An application stands here; a proxy's configuration beside it is a part of how it is served.
_MANIFESTS = PROJECTS | {"artisan", "__init__.py"}
_PLAIN = frozenset({"nginx", "haproxy"})  # where braces in pairs mean nothing
_TEMPLATE = re.compile(r"\{\{|\{%|<%")


def detect_proxy(folder: Folder) -> Finding | None:
    """What the configuration of a proxy makes of a folder; None where there is none that listens."""
    config = find_config(folder)
    if config is None:
        return None
    finding = Finding(ServiceType.PROXY)
    finding.patterns = Patterns(framework=config.kind)
    _weigh(finding, folder, config)
    finding.dependencies += _dependencies(folder, config)
    port = config.first_port or 80
    finding.metadata |= {
        "upstreams": [upstream.address for upstream in config.upstreams],
        "reads_port": "PORT" in config.variables,
        "start_command_source": config.file,
    }
    command = start_command(config)
    finding.recommendation = Recommendation(
        start_command=command,
        dockerfile=write_dockerfile(folder, config, command, port),
        ports=config.ports or port_mappings(port),
        required_environment=tuple(name for name in config.variables if name.isupper() and name != "PORT"),
        health_check=choose_health_check(port, web=False, path=config.health_path),
    )
    return finding


def _weigh(finding: Finding, folder: Folder, config: ProxyConfig) -> None:
    found = finding.indicators
    first = config.listeners[0] if config.listeners else None
    ports = ", ".join(str(mapping.container_port) for mapping in config.ports[:10])
    found.append(
        folder.indicate(
            first.file if first else config.file,
            "proxy.configuration",
            0.7,
            f"{config.kind} listens on {ports or 'a port that a variable names'}",
            line=first.line if first else None,
        )
    )
    if config.upstreams:
        one = config.upstreams[0]
        detail = f"passes requests to {', '.join(upstream.address for upstream in config.upstreams[:10])}"
        found.append(folder.indicate(one.file, "proxy.upstreams", 0.2, detail[:400], line=one.line))
    if config.variables:
        detail = f"leaves to variables where it passes requests to or what it listens on: {', '.join(config.variables[:10])}"
        found.append(folder.indicate(config.file, "proxy.variables", 0.0, detail[:400]))
    text = folder.read(config.file) or "" if config.kind in _PLAIN else ""
    marker = _TEMPLATE.search(text)
    if marker:
        line = text.count("\n", 0, marker.start()) + 1
        detail = f"holds {marker[0]}: a template that another program fills in"
        found.append(folder.indicate(config.file, "proxy.template", -0.5, detail, line=line))
    beside = next((name for name in sorted(_MANIFESTS & folder.names)), None)
    if beside:
        found.append(
            folder.indicate(beside, "proxy.beside", -0.5, "an application stands here: the proxy's configuration is a part of it")
        )
        return
    part = find_part(folder, config)
    if part:
        found.append(part)


def _dependencies(folder: Folder, config: ProxyConfig) -> list[Dependency]:
    found: dict[str, Dependency] = {}
    for upstream in config.upstreams:
        target = Address(upstream.host, upstream.port).target
        if target and target not in found:
            place = f"{folder.locate(upstream.file)}:{upstream.line}" if upstream.line else folder.locate(upstream.file)
            found[target] = Dependency(folder.path, target, "proxy", f"{place} passes requests to {upstream.address}")
    return list(found.values())
