"""The ports that a proxy listens on and the addresses that it passes requests to, out of its configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_table, as_text
from kyozo_gql.topology.sources import as_port

_MAX_TEXT = 100_000
_MAX_FOUND = 200
_WITH_PORT = re.compile(r"(?:https?://)?[^/\s]{0,200}:\d{1,5}")
_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """``ports`` in order; ``upstreams`` as written, host or host:port, without those that are only names of groups."""

    kind: str
    file: str
    ports: tuple[int, ...] = ()
    upstreams: tuple[str, ...] = ()
    whole: bool = True  # nginx: a whole configuration, no fragment for conf.d
    health_path: str | None = None
    foreground: bool = False  # nginx: the configuration itself keeps it in the foreground


def read_nginx(text: str, file: str) -> ProxyConfig | None:
    """An nginx configuration; None for a text that is none."""
    text = _COMMENT.sub("", text[:_MAX_TEXT])
    if not re.search(r"\b(?:server|http|stream|upstream)\b[^;{}]{0,200}\{", text):
        return None
    groups = set(re.findall(r"\bupstream\s+([\w.-]{1,100})\s*\{", text))
    ports = [as_port(port) for port in re.findall(r"\blisten\s+(?:[\w.\[\]*-]{1,60}:(?=\d))?(?:\[::\]:)?(\d{1,5})\b", text)]
    passed = re.findall(r"\b(?:proxy_pass|grpc_pass|fastcgi_pass|uwsgi_pass)\s+(?:\w{2,6}://)?([\w.-]{1,100}(?::\d{1,5})?)", text)
    servers = re.findall(r"\bserver\s+([\w.-]{1,100}(?::\d{1,5})?)(?:\s[^;{}]{0,200})?;", text)
    variables = re.findall(r"\bset\s+\$\w+\s+[\"']?(?:\w{2,6}://)?([\w-]{1,100}:\d{1,5})", text)
    health = re.search(r"\blocation\s+(?:=\s+|\^~\s+)?(/(?:healthz?|health-check|nginx-health|_health))\s*\{", text)
    upstreams = [address for address in (*servers, *passed, *variables) if address not in groups]
    whole = re.search(r"\b(?:http|events|stream)\s*\{", text) is not None
    return ProxyConfig(
        "nginx", file, _ports(ports, 80), _unique(upstreams), whole, health[1] if health else None, "daemon off" in text
    )


def read_caddyfile(text: str, file: str) -> ProxyConfig | None:
    """A Caddyfile; None for a text that is none."""
    text = _COMMENT.sub("", text[:_MAX_TEXT])
    ports = [as_port(address.rpartition(":")[2]) for address in _sites(text) if _WITH_PORT.fullmatch(address)]
    lines = re.findall(r"\b(?:reverse_proxy|php_fastcgi)\s+([^{\n]{1,500})", text)
    upstreams = [
        address
        for line in lines
        for word in line.split()
        if (address := re.sub(r"^\w{2,6}://", "", word)) and re.match(r"[\w.-]+(?::\d+)?$", address)
    ]
    if not ports and not upstreams and not re.search(r"\b(?:file_server|respond|redir|root)\b", text):
        return None
    return ProxyConfig("caddy", file, _ports(ports, 80), _unique(upstreams))


def _sites(text: str) -> list[str]:
    """The addresses of the sites of a Caddyfile: what stands before each outermost brace, or alone on the first line."""
    found: list[str] = []
    depth = 0
    for number, line in enumerate(text.strip().splitlines()):
        words = line.replace(",", " ").split()
        if depth == 0 and (words[-1:] == ["{"] or number == 0):
            found += [word for word in words if word != "{"]
        depth += (words[-1:] == ["{"]) - (words[:1] == ["}"])
    return found[:_MAX_FOUND]


def read_haproxy(text: str, file: str) -> ProxyConfig | None:
    """An HAProxy configuration; None for a text that is none."""
    text = _COMMENT.sub("", text[:_MAX_TEXT])
    if not re.search(r"(?m)^(?:frontend|listen|backend)\s", text):
        return None
    ports = [as_port(port) for port in re.findall(r"(?m)^[ \t]*bind[ \t]+[^\s:]{0,60}:(\d{1,5})\b", text)]
    upstreams = re.findall(r"(?m)^[ \t]*server[ \t]+\S{1,100}[ \t]+([\w.-]{1,100}(?::\d{1,5})?)", text)
    return ProxyConfig("haproxy", file, _ports(ports, 80), _unique(upstreams))


def read_traefik(folder: Folder, file: str) -> ProxyConfig | None:
    """Traefik's static configuration, with the services of a dynamic one where they stand in the same file."""
    document = as_table(folder.toml(file) if file.endswith(".toml") else folder.yaml(file))
    entries = as_table(document.get("entryPoints"))
    if not entries and not document.get("providers") and not as_table(document.get("http")):
        return None
    ports = [
        as_port((as_text(as_table(entry).get("address")) or "").rpartition(":")[2].partition("/")[0]) for entry in entries.values()
    ]
    services = as_table(as_table(document.get("http")).get("services"))
    upstreams = [re.sub(r"^\w{2,6}://", "", url).rstrip("/") for service in services.values() for url in _urls(service)]
    return ProxyConfig("traefik", file, _ports(ports, 80), _unique(upstreams), "entryPoints" in document)


def _urls(service: Any) -> list[str]:
    servers = as_table(as_table(service).get("loadBalancer")).get("servers")
    return [url for server in (servers if isinstance(servers, list) else []) if (url := as_text(as_table(server).get("url")))]


def _ports(ports: list[int | None], default: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(port for port in ports[:_MAX_FOUND] if port)) or (default,)


def _unique(addresses: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))[:_MAX_FOUND]
