"""The ports that a proxy listens on and the addresses that it passes requests to: the values that every reader answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kyozo_gql.core.spec import PortMapping, PortProtocol

MAX_FOUND = 200  # listeners and upstreams that are kept of one proxy, each once
# The files that a pattern means, with their texts; patterns count from the folder of the configuration.
Opener = Callable[[str], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that is listened on, and where that is said; ``name`` of a front end or entry point, where it has one."""

    port: int
    file: str
    line: int | None = None
    protocol: PortProtocol = PortProtocol.TCP
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Upstream:
    """A host (and port) that requests are passed to, and where that is said; ``backup``: only where the others fail."""

    host: str
    port: int | None
    file: str
    line: int | None = None
    backup: bool = False

    @property
    def address(self) -> str:
        """The host, with its port where there is one."""
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """``listeners`` and ``upstreams`` in order. ``variables`` are the names that addresses are made of and that stand nowhere.

    ``whole`` (nginx): no fragment for conf.d. ``foreground`` (nginx): the configuration itself keeps it there. ``template``: the
    image fills in the environment. ``serves``: it answers requests itself (files, texts), whether or not it passes any on.
    """

    kind: str
    file: str
    listeners: tuple[Listener, ...] = ()
    upstreams: tuple[Upstream, ...] = ()
    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    health_path: str | None = None
    whole: bool = True
    foreground: bool = False
    template: bool = False
    serves: bool = False

    @property
    def ports(self) -> tuple[PortMapping, ...]:
        """What is listened on, each once."""
        return tuple(dict.fromkeys(PortMapping(item.port, protocol=item.protocol) for item in self.listeners[:MAX_FOUND]))

    @property
    def first_port(self) -> int | None:
        """The port that its traffic comes to: the first that is TCP."""
        return next((item.port for item in self.listeners if item.protocol is PortProtocol.TCP), None)


def unique_upstreams(found: Iterable[Upstream]) -> tuple[Upstream, ...]:
    """Each address once, as it is first said."""
    by_address: dict[tuple[str, int | None], Upstream] = {}
    for item in found:
        by_address.setdefault((item.host, item.port), item)
    return tuple(by_address.values())[:MAX_FOUND]


def unique_listeners(found: Iterable[Listener]) -> tuple[Listener, ...]:
    """Each port once, as it is first said."""
    by_port: dict[tuple[int, PortProtocol], Listener] = {}
    for item in found:
        by_port.setdefault((item.port, item.protocol), item)
    return tuple(by_port.values())[:MAX_FOUND]
