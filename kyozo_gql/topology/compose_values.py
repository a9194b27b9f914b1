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
    r"^(?:(?:\[[0-9a-fA-F:]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}):)?(?:(\d{0,5})(?:-(\d{1,5}))?:)?(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp))?$"
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}
_SIZE = re.compile(r"^(\d{1,15})(?:\.\d+)?\s*(?:([kmgt]?)(?:i?b)?)$", re.IGNORECASE)
_MAX_PORTS = 100
_MAX_SECONDS = 86_400
_MAX_REPLICAS = 1_000


def read_ports(value: object) -> tuple[PortMapping, ...]:
    """The published ports: "8080:80", "3000", 3000, ranges, addresses in front, or mappings with target and published."""
    found: list[PortMapping] = []
    for item in as_list(value)[:_MAX_PORTS]:
        found += _long_port(as_table(item)) if isinstance(item, dict) else _short_port(as_scalar(item) or "")
    return tuple(dict.fromkeys(found[:_MAX_PORTS]))


def read_exposed(value: object) -> tuple[int, ...]:
    """The container ports that ``expose`` opens to the siblings."""
    ports = (as_port((as_scalar(item) or "").partition("/")[0]) for item in as_list(value)[:_MAX_PORTS])
    return tuple(dict.fromkeys(port for port in ports if port))


def read_command(value: object) -> tuple[str, ...] | None:
    """A command as an argument vector; None where the image's own is meant."""
    if isinstance(value, list):
        return tuple(text for item in value if (text := as_scalar(item)) is not None) or None
    text = as_text(value)
    if not text:
        return None
    try:
        return tuple(shlex.split(text)) or None
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
    """The health check of a service; None where it has none of its own. Times are rounded up to whole seconds."""
    table = as_table(value)
    if not table:
        return None
    if table.get("disable") is True:
        return HealthCheckSpec()
    command = _health_command(table.get("test"))
    if command is None:
        return None
    defaults = HealthCheckSpec(HealthCheckKind.COMMAND, command=command, port=port)
    if command == ("NONE",):
        return HealthCheckSpec()
    retries = table.get("retries")
    return HealthCheckSpec(
        HealthCheckKind.COMMAND,
        command=command,
        port=port,
        interval_seconds=read_seconds(table.get("interval")) or defaults.interval_seconds,
        timeout_seconds=read_seconds(table.get("timeout")) or defaults.timeout_seconds,
        retries=retries if isinstance(retries, int) and 0 < retries <= _MAX_REPLICAS else defaults.retries,
        start_period_seconds=read_seconds(table.get("start_period")) or defaults.start_period_seconds,
    )


def read_seconds(value: object) -> int | None:
    """A duration such as 1m30s in seconds, rounded up, at least 1 and at most a day; None for what is none."""
    total = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall((as_text(value) or "")[:40]))
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
    return min(int(number), _MAX_REPLICAS) if number and number.isdecimal() and len(number) < 6 else 1  # noqa: PLR2004 — digits


def _short_port(text: str) -> list[PortMapping]:
    match = _SHORT_PORT.match(text.strip().lower())
    if match is None:
        return []
    host, host_end, first, last, protocol = match.groups()
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
