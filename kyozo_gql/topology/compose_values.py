"""The values of the Compose Specification in their short and long forms, as ours: ports, times, sizes, commands, environments."""

from __future__ import annotations

import math
import re
import shlex
from decimal import Decimal
from typing import Any

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, PortProtocol
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text
from kyozo_gql.topology.sources import as_port

_SHORT_PORT = re.compile(
    r"^(?:(\[[0-9a-f:]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}):)?(?:(\d{0,5})(?:-(\d{1,5}))?:)?(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp))?$"
)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|us|µs|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_SIZE = re.compile(r"^(\d{1,15})(?:\.\d+)?\s*(?:([kmgt]?)(?:i?b)?)$", re.IGNORECASE)
_MAX_PORTS = 100  # of one service, each of which is published: a range of thousands is a mistake
_MAX_SECONDS = 86_400
_MAX_REPLICAS = 1_000
_MAX_RETRIES = 100
_MAX_TIMEOUT = 3_600
_DIGITS = 5


def read_ports(value: object) -> tuple[PortMapping, ...]:
    """The published ports: "8080:80", "3000", 3000, ranges, addresses in front, or mappings with target and published."""
    found: list[PortMapping] = []
    for item in as_list(value)[:_MAX_PORTS]:
        found += read_port(item)
    return tuple(dict.fromkeys(found[:_MAX_PORTS]))


def read_port(item: object) -> list[PortMapping]:
    """The ports of one entry; none where it is no entry."""
    return _long_port(as_table(item)) if isinstance(item, dict) else _short_port(as_scalar(item) or "")


def port_key(item: object) -> object:
    """What makes an entry of ``ports`` the same one as another: address, ports, protocol."""
    if isinstance(item, dict):
        table = as_table(item)
        target, published = as_scalar(table.get("target")), as_scalar(table.get("published"))
        return as_text(table.get("host_ip")), published, target, as_text(table.get("protocol")) or "tcp"
    match = _SHORT_PORT.match((as_scalar(item) or "").strip().lower())
    if match is None:
        return as_scalar(item)
    address, host, host_end, first, last, protocol = match.groups()
    published = f"{host}-{host_end}" if host_end else host or None
    return address, published, f"{first}-{last}" if last else first, protocol or "tcp"


def volume_target(text: str) -> str:
    """Where a volume of the short form is mounted."""
    parts = text.split(":")
    if len(parts) > 1 and len(parts[0]) == 1 and parts[1].startswith("\\"):  # a drive letter of Windows
        parts = [":".join(parts[:2]), *parts[2:]]
    return parts[0] if len(parts) == 1 else parts[1]


def read_exposed(value: object) -> tuple[int, ...]:
    """The container ports that ``expose`` opens to the siblings."""
    ports = (as_port((as_scalar(item) or "").partition("/")[0]) for item in as_list(value)[:_MAX_PORTS])
    return tuple(dict.fromkeys(port for port in ports if port))


def read_command(value: object) -> tuple[str, ...] | None:
    """A command as an argument vector, empty where it is an empty one; None where the image's own is meant.

    A line is split as a shell would split it, but there is no shell: nothing in it is expanded.
    """
    if isinstance(value, list):
        return tuple(text for item in value if (text := as_scalar(item)) is not None)
    text = as_scalar(value)
    if text is None:
        return None
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return ("sh", "-c", text)


def read_variables(value: object) -> dict[str, str]:
    """An environment (or build arguments) written as a mapping or as a list of NAME=value; a name without a value is left out."""
    if isinstance(value, dict):
        pairs = ((key, as_scalar(item)) for key, item in as_table(value).items())
        return {key: text for key, text in pairs if text is not None}
    texts = (text for item in as_list(value) if (text := as_text(item)) and "=" in text)
    return {name: rest for name, _, rest in (text.partition("=") for text in texts) if name}


def read_names(value: object) -> tuple[str, ...]:
    """Names written as a list or as the keys of a mapping (depends_on, profiles, links)."""
    items = list(value) if isinstance(value, dict) else as_list(value)
    return tuple(dict.fromkeys(text.partition(":")[0] for item in items if (text := as_text(item))))


def read_health_check(value: object, port: int | None) -> HealthCheckSpec | None:
    """The health check of a service; None where it has none of its own. Times are rounded up to whole seconds.

    What it leaves out is as the Compose Specification has it: every 30 seconds, for 30 seconds, 3 times, from the start on.
    """
    table = as_table(value)
    if not table:
        return None
    if as_scalar(table.get("disable")) == "true":
        return HealthCheckSpec()
    command = _health_command(table.get("test"))
    if command == ("NONE",):
        return HealthCheckSpec()
    kind = HealthCheckKind.COMMAND if command else HealthCheckKind.TCP
    if command is None and port is None:
        return None
    retries = as_scalar(table.get("retries")) or ""
    return HealthCheckSpec(
        kind,
        command=command,
        port=port,
        interval_seconds=read_seconds(table.get("interval")) or 30,
        timeout_seconds=min(read_seconds(table.get("timeout")) or 30, _MAX_TIMEOUT),
        retries=min(int(retries), _MAX_RETRIES) if retries.isdecimal() and 0 < len(retries) <= _DIGITS and int(retries) else 3,
        start_period_seconds=read_seconds(table.get("start_period")) or 0,
    )


def read_seconds(value: object) -> int | None:
    """A duration such as 1m30s in seconds, rounded up, at least 1 and at most a day; None for what is none."""
    text = as_scalar(value) or ""
    if text.isdecimal():  # version 1 of Compose read a plain number as seconds
        text = f"{text[:9]}s"
    total = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text[:40]))
    return min(_MAX_SECONDS, max(1, math.ceil(total))) if total > 0 else None


def read_memory(value: object) -> str | None:
    """A size such as 512m or 1gb in Kubernetes notation (Compose counts in powers of 1024); None for what is none."""
    match = _SIZE.match((as_scalar(value) or "").strip())
    if match is None or int(match[1]) == 0:
        return None
    return f"{int(match[1])}{match[2].upper()}i" if match[2] else str(int(match[1]))


def read_cpus(value: object) -> str | None:
    """A share of CPUs such as 0.5; None for what is none."""
    text = (as_scalar(value) or "").strip()
    if not re.fullmatch(r"\d{1,4}(?:\.\d{1,9})?", text) or Decimal(text) == 0:
        return None
    return text


def read_replicas(value: object) -> int:
    """How many replicas are asked for; 1 where nothing sensible is."""
    number = as_scalar(value)
    return min(int(number), _MAX_REPLICAS) if number and number.isdecimal() and len(number) <= _DIGITS else 1


def _short_port(text: str) -> list[PortMapping]:
    match = _SHORT_PORT.match(text.strip().lower())
    if match is None:
        return []
    _, host, host_end, first, last, protocol = match.groups()
    targets = range(int(first), int(last or first) + 1)
    same = not host_end or int(host_end) - int(host or 0) == len(targets) - 1
    found: list[PortMapping] = []
    for offset, target in enumerate(targets[:_MAX_PORTS]):
        published = as_port(int(host) + offset) if host and same and (host_end or len(targets) == 1) else None
        if as_port(target):
            found.append(PortMapping(target, published, PortProtocol(protocol or "tcp")))
    return found


def _long_port(table: dict[str, Any]) -> list[PortMapping]:
    target = as_port(as_scalar(table.get("target")))
    protocol = as_text(table.get("protocol"))
    kind = PortProtocol.UDP if protocol == "udp" else PortProtocol.TCP
    return [PortMapping(target, as_port(as_scalar(table.get("published"))), kind)] if target else []


def _health_command(test: object) -> tuple[str, ...] | None:
    if isinstance(test, str):
        return ("sh", "-c", test) if as_text(test) else None
    words = [text for item in as_list(test) if (text := as_scalar(item)) is not None]
    match words:
        case ["NONE"]:
            return ("NONE",)
        case ["CMD", *arguments] if arguments:
            return tuple(arguments)
        case ["CMD-SHELL", line, *_]:
            return ("sh", "-c", line)
        case _:
            return None
