"""Proxies whose configuration is a document: Traefik (static and dynamic), Envoy, and Caddy's JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kyozo_gql.core.spec import PortProtocol
from kyozo_gql.topology.addresses import read_address
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text
from kyozo_gql.topology.proxy_config import Listener, ProxyConfig, Upstream, unique_listeners, unique_upstreams
from kyozo_gql.topology.sources import as_port

_ENTRY = re.compile(r"^(?:\[[0-9a-fA-F:]*\]|[^:\[\]]*):(\d{1,5})(?:/(tcp|udp))?$")
_CADDY = re.compile(r"^(?:(tcp|udp)\d?/)?(?:\[[0-9a-fA-F:]*\]|[^:\[\]]*):(\d{1,5})(?:-\d{1,5})?$")
_MAX_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file; ``lines`` are those of its keys by path, where they are known."""

    file: str
    table: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]

    def line(self, *path: object) -> int | None:
        """The line of a key, or of the nearest one above it."""
        keys = tuple(map(str, path))
        return next((self.lines[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in self.lines), None)


def read_traefik(document: Document, dynamic: list[Document]) -> ProxyConfig | None:
    """Traefik's static configuration with the services of its dynamic ones; None where it is no static configuration."""
    table = document.table
    entries = _lower_table(table, "entryPoints")
    if not entries and not _lower_table(table, "providers") and not table.get("api"):
        return None
    listeners: list[Listener] = []
    for name, entry in entries.items():
        text = as_text(_lower_get(as_table(entry), "address")) or ""
        match = _ENTRY.match(text)
        port = as_port(match[1]) if match else None
        if match and port:
            protocol = PortProtocol(match[2] or "tcp")
            listeners.append(Listener(port, document.file, document.line("entryPoints", name, "address"), protocol, name))
    if not entries:
        listeners.append(Listener(80, document.file, None, name="http"))  # what Traefik does of itself
    if _lower_table(table, "api").get("insecure") is True and not any(item.name == "traefik" for item in listeners):
        listeners.append(Listener(8080, document.file, document.line("api", "insecure"), name="traefik"))
    if not listeners:
        return None
    found = [upstream for item in (document, *dynamic) for upstream in traefik_upstreams(item)]
    return ProxyConfig(
        "traefik",
        document.file,
        unique_listeners(sorted(listeners, key=lambda item: item.name == "traefik")),
        unique_upstreams(found),
        files=tuple(item.file for item in (document, *dynamic)),
        health_path="/ping" if "ping" in table else None,
    )


def traefik_upstreams(document: Document) -> Iterator[Upstream]:
    """The servers of the services of a dynamic configuration, version 2 and 3, or of the back ends of version 1."""
    for kind, key in (("http", "url"), ("tcp", "address"), ("udp", "address")):
        services = as_table(as_table(document.table.get(kind)).get("services"))
        for name, service in services.items():
            for index, server in enumerate(as_list(_lower_table(as_table(service), "loadBalancer").get("servers"))):
                path = (kind, "services", name, "loadBalancer", "servers", index, key)
                yield from _upstream(as_text(as_table(server).get(key)), document, path)
    for name, backend in as_table(document.table.get("backends")).items():
        for server in as_table(as_table(backend).get("servers")).values():
            yield from _upstream(as_text(as_table(server).get("url")), document, ("backends", name))


def read_envoy(document: Document) -> ProxyConfig | None:
    """Envoy's static resources; None where it has no listener of its own."""
    static = as_table(document.table.get("static_resources") or document.table.get("staticResources"))
    listeners: list[Listener] = []
    for index, listener in enumerate(as_list(static.get("listeners"))):
        table = as_table(listener)
        socket = _socket(table.get("address"))
        port = as_port(as_scalar(socket.get("port_value", socket.get("portValue"))))
        if port:
            protocol = PortProtocol.UDP if as_text(socket.get("protocol")) == "UDP" else PortProtocol.TCP
            line = document.line("static_resources", "listeners", index, "address", "socket_address", "port_value")
            listeners.append(Listener(port, document.file, line, protocol, as_text(table.get("name"))))
    if not listeners:
        return None
    upstreams: list[Upstream] = []
    for index, cluster in enumerate(as_list(static.get("clusters"))):
        for socket in _endpoints(as_table(cluster)):
            host, port = as_text(socket.get("address")), as_port(as_scalar(socket.get("port_value", socket.get("portValue"))))
            if host:
                line = document.line("static_resources", "clusters", index)
                upstreams.append(Upstream(host, port, document.file, line))
    return ProxyConfig("envoy", document.file, unique_listeners(listeners), unique_upstreams(upstreams), files=(document.file,))


def _socket(address: object) -> dict[str, Any]:
    table = as_table(address)
    return as_table(table.get("socket_address") or table.get("socketAddress"))


def _endpoints(cluster: dict[str, Any]) -> Iterator[dict[str, Any]]:
    assignment = as_table(cluster.get("load_assignment") or cluster.get("loadAssignment"))
    for group in as_list(assignment.get("endpoints")):
        table = as_table(group)
        for endpoint in as_list(table.get("lb_endpoints") or table.get("lbEndpoints")):
            yield _socket(as_table(as_table(endpoint).get("endpoint")).get("address"))
    for host in as_list(cluster.get("hosts")):  # version 2 of its API
        yield _socket(host)


def read_caddy_json(document: Document) -> ProxyConfig | None:
    """Caddy's native configuration; None where no server of it listens."""
    servers = as_table(as_table(as_table(document.table.get("apps")).get("http")).get("servers"))
    listeners: list[Listener] = []
    upstreams: list[Upstream] = []
    for name, server in servers.items():
        for address in as_list(as_table(server).get("listen")):
            match = _CADDY.match(as_text(address) or "")
            port = as_port(match[2]) if match else None
            if match and port:
                listeners.append(Listener(port, document.file, None, PortProtocol(match[1] or "tcp"), name))
        upstreams += [upstream for handler in _handlers(as_table(server), 0) for upstream in _dialled(handler, document)]
    if not listeners:
        return None
    return ProxyConfig("caddy", document.file, unique_listeners(listeners), unique_upstreams(upstreams), files=(document.file,))


def _handlers(table: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    for route in as_list(table.get("routes")):
        for item in as_list(as_table(route).get("handle")):
            handler = as_table(item)
            yield handler
            yield from _handlers(handler, depth + 1)


def _dialled(handler: dict[str, Any], document: Document) -> Iterator[Upstream]:
    if handler.get("handler") == "reverse_proxy":
        for upstream in as_list(handler.get("upstreams")):
            yield from _upstream(as_text(as_table(upstream).get("dial")), document, ("apps", "http"))


def _upstream(text: str | None, document: Document, path: tuple[object, ...]) -> Iterator[Upstream]:
    address = read_address(text) if text else None
    if address:
        yield Upstream(address.host, address.port, document.file, document.line(*path))


def _lower_get(table: Mapping[str, Any], key: str) -> Any:
    """An entry whose key Traefik takes in any case."""
    return table.get(key, next((value for name, value in table.items() if name.lower() == key.lower()), None))


def _lower_table(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    return as_table(_lower_get(table, key))
