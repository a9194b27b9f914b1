"""Addresses in variables and configuration files: who may be meant by a URL, a host name, a port of this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kyozo_gql.topology.sources import as_port

_URL = re.compile(
    r"(?:jdbc:)?[a-z][a-z0-9+.-]{1,30}://(?:[^/@\s\"']{1,200}@)?([A-Za-z0-9_.-]{1,100}|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?"
)
_HOST_PORT = re.compile(r"(?:[^/@\s]{1,200}@)?([A-Za-z0-9][A-Za-z0-9_.-]{0,99}):(\d{2,5})(?:[/?].*)?")
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_HOST_NAME = re.compile(r"(?:^|_)(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS|ENDPOINT|UPSTREAM|URL|URI)$")
# Who calls us, not whom we call.
_CALLERS = re.compile(
    r"CORS|ORIGIN|ALLOWED|TRUSTED|REDIRECT|CALLBACK|FRONTEND|CLIENT_(?:URL|HOST)|WEBHOOK|^(?:PUBLIC|SITE|APP|BASE|WEB|NEXTAUTH|AUTH)_URL$"
)
# What looks like host and port, and is a name with its version.
_VERSIONED = re.compile(r"IMAGE|TAG|VERSION|REPOSITORY|PLATFORM|COLORS?$")
# What a container or a platform calls its own machine.
_HERE = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal", "[::1]", "::1"})  # noqa: S104 — compared, not bound
_PRIVATE = re.compile(r"^([A-Za-z0-9_-]{1,63})(?:\.[A-Za-z0-9_-]{1,63})?\.(?:svc(?:\.cluster\.local)?|internal|local|lan)$")
_MAX = 20


@dataclass(frozen=True, slots=True)
class Address:
    """A host as it is written, without port; ``port`` where one is written."""

    host: str
    port: int | None = None

    @property
    def target(self) -> str | None:
        """What an edge may lead to: the name of a sibling, or ``localhost:PORT``; None for anybody else."""
        if self.host.lower() in _HERE:
            return f"localhost:{self.port}" if self.port else None
        return sibling_name(self.host)


def referenced_addresses(variable: str, value: str) -> tuple[Address, ...]:
    """The addresses in the value of a variable: URLs, host:port, lists of them,
    and bare hosts where its name says that it is one.
    """
    found: list[Address] = []
    if _CALLERS.search(variable.upper()) or _VERSIONED.search(variable.upper()):
        return ()
    for part in value[:2_000].split(",")[:_MAX]:
        text = part.strip()
        match = _URL.match(text) or _HOST_PORT.fullmatch(text)
        if match:
            found.append(Address(match[1], as_port(match[2])))
        elif _HOST_NAME.search(variable.upper()) and _HOST.fullmatch(text):
            found.append(Address(text))
    return tuple(dict.fromkeys(found))


def read_address(text: str) -> Address | None:
    """A URL, host:port or host; None for what is none."""
    text = text.strip()
    match = _URL.match(text) or _HOST_PORT.fullmatch(text)
    if match:
        return Address(match[1], as_port(match[2]))
    return Address(text) if _HOST.fullmatch(text) else None


def sibling_name(host: str) -> str | None:
    """The name of a sibling that a host can be: one label, or the first of a private name; None for any other host."""
    private = _PRIVATE.match(host)
    if private:
        return private[1]
    return None if "." in host or not host or host.isdigit() or host.lower() == "localhost" or not host[0].isalnum() else host
