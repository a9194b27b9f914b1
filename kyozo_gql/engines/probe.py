"""One health check over HTTP or TCP, wherever the replica answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx

from kyozo_gql.core.errors import ConfigurationError, Conflict
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortMapping, PortProtocol
from kyozo_gql.engines.engine import CommandResult, ProbeResult


def checked_port(check: HealthCheckSpec, ports: tuple[PortMapping, ...]) -> int | None:
    """The container port that a check is about: its own, else the first TCP port that is mapped; None where there is none."""
    if check.port is not None:
        return check.port
    return next((port.container_port for port in ports if port.protocol is PortProtocol.TCP), None)


def judge_command(result: CommandResult, seconds: float) -> ProbeResult:
    """What a health command's end says: exit code 0 is healthy."""
    detail = f"the command ended with exit code {result.exit_code}"
    if result.exit_code != 0 and result.output.strip():
        detail = f"{detail}: {result.output.strip().splitlines()[-1][:300]}"
    return ProbeResult(result.exit_code == 0, seconds * 1000, detail)


_PROXY_SECONDS = 0.2


async def probe_by_command(
    execute: Callable[[str, tuple[str, ...], float], Awaitable[CommandResult]], container_id: str, check: HealthCheckSpec
) -> ProbeResult:
    """Checks by a command that an engine executes in the replica."""
    if not check.command:
        return ProbeResult(False, None, "the health check has no command")
    started = time.perf_counter()
    try:
        result = await execute(container_id, check.command, check.timeout_seconds)
    except TimeoutError:
        return ProbeResult(False, None, f"the command did not end within {check.timeout_seconds} s")
    except (ConfigurationError, Conflict) as error:
        return ProbeResult(False, None, str(error))
    return judge_command(result, time.perf_counter() - started)


async def probe_address(host: str, port: int, check: HealthCheckSpec) -> ProbeResult:
    """Checks what answers at ``host:port``. HTTP: a status from 200 to 399 is healthy, redirects are not followed."""
    started = time.perf_counter()
    try:
        async with asyncio.timeout(check.timeout_seconds):
            healthy, detail = await (_ask_http if check.kind is HealthCheckKind.HTTP else _ask_tcp)(host, port, check)
    except TimeoutError:
        return ProbeResult(False, None, f"no answer within {check.timeout_seconds} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return ProbeResult(False, None, f"{type(error).__name__}: {error}"[:300])
    return ProbeResult(healthy, (time.perf_counter() - started) * 1000, detail)


async def _ask_http(host: str, port: int, check: HealthCheckSpec) -> tuple[bool, str]:
    path = "/" + (check.path or "/").lstrip("/")
    # A health check must not go through the proxy of the server's own environment.
    client = httpx.AsyncClient(trust_env=False, timeout=None, verify=False)  # noqa: S113, S501 — timed by the caller; plain HTTP
    async with client, client.stream("GET", f"http://{_bracketed(host)}:{port}{path}") as response:
        healthy = response.is_success or response.is_redirect
        return healthy, f"GET {path} answered {response.status_code}"


async def _ask_tcp(host: str, port: int, _check: HealthCheckSpec) -> tuple[bool, str]:
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    return True, f"port {port} accepts connections"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def probe_proxied(host: str, port: int, check: HealthCheckSpec) -> ProbeResult:
    """Checks what answers behind a forwarder that accepts connections itself: one that it closes at once does not count."""
    result = await probe_address(host, port, check)
    if not result.healthy or check.kind is not HealthCheckKind.TCP:
        return result
    try:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            async with asyncio.timeout(_PROXY_SECONDS):
                closed = await reader.read(1) == b""
        finally:
            writer.close()
    except TimeoutError:
        return result
    except OSError:
        closed = True
    return ProbeResult(False, None, f"port {port} closes each connection at once") if closed else result
