"""HAProxy: what its front ends bind to, and the servers of its back ends."""

from __future__ import annotations

import re
import shlex

from kyozo_gql.core.spec import PortProtocol
from kyozo_gql.topology.proxy_config import Listener, ProxyConfig, Upstream, unique_listeners, unique_upstreams
from kyozo_gql.topology.sources import as_port

_SECTION = re.compile(
    r"^(?:global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|cache|program|ring|http-errors|log-forward|"
    r"fcgi-app|crt-store|traces|acme)\b"
)
_FAMILY = re.compile(r"^(?:(ipv4|ipv6|unix|abns|fd|sockpair|quic4|quic6|udp4?|udp6)@)?(.*)$")
_PORTS = re.compile(r"^(?:.*:)?(\d{1,5})(?:-(\d{1,5}))?$")
_SERVER = re.compile(r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9_][\w.-]{0,120})(?::\+?(\d{1,5}))?$")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_MAX_RANGE = 100


def read_haproxy(text: str, file: str) -> ProxyConfig | None:
    """An HAProxy configuration; None for a text that has no section that listens."""
    listeners: list[Listener] = []
    upstreams: list[Upstream] = []
    variables: list[str] = []
    section, health = ("", ""), None
    for number, line in enumerate(text.splitlines(), start=1):
        words = _words(line)
        if not words:
            continue
        if _SECTION.match(line):
            section = (words[0], words[1] if len(words) > 1 else "")
            if words[0] in {"frontend", "listen"} and len(words) > 2:  # noqa: PLR2004 — an address of the old form
                listeners += _bound(words[2], file, number, section[1], variables)
        elif words[0] == "bind" and section[0] in {"frontend", "listen"} and len(words) > 1:
            listeners += _bound(words[1], file, number, section[1], variables)
        elif words[0] in {"server", "server-template"} and section[0] in {"backend", "listen"}:
            at = 2 if words[0] == "server" else 3
            if len(words) > at:
                upstreams += _server(words[at], file, number, words, variables)
        elif words[0] == "monitor-uri" and len(words) > 1:
            health = words[1]
    if not listeners and not variables:
        return None
    return ProxyConfig(
        "haproxy", file, unique_listeners(listeners), unique_upstreams(upstreams), tuple(dict.fromkeys(variables)), (file,), health
    )


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line[:2_000], comments=True)
    except ValueError:
        return line.partition("#")[0].split()


def _bound(text: str, file: str, line: int, name: str, variables: list[str]) -> list[Listener]:
    found: list[Listener] = []
    for part in text.split(",")[:_MAX_RANGE]:
        match = _FAMILY.match(part)
        family, address = (match[1], match[2]) if match else (None, part)
        if family in {"unix", "abns", "fd", "sockpair"} or address.startswith("/"):
            continue
        if "$" in address:
            variables += _VARIABLE.findall(address)
            continue
        ports = _PORTS.match(address)
        if ports is None:
            continue
        protocol = PortProtocol.UDP if family and family.startswith(("quic", "udp")) else PortProtocol.TCP
        first, last = int(ports[1]), int(ports[2] or ports[1])
        numbers = range(first, min(last, first + _MAX_RANGE) + 1)
        found += [Listener(port, file, line, protocol, name or None) for number in numbers if (port := as_port(number))]
    return found


def _server(text: str, file: str, line: int, words: list[str], variables: list[str]) -> list[Upstream]:
    match = _FAMILY.match(text)
    address = match[2] if match else text
    if address.startswith("/") or (match and match[1] in {"unix", "abns"}):
        return []
    if "$" in address:
        variables += _VARIABLE.findall(address)
        return []
    found = _SERVER.match(address)
    return [Upstream(found[1], as_port(found[2]), file, line, "backup" in words)] if found else []
