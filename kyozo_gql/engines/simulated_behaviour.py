"""How a simulated service behaves: what its environment variables (and a build's arguments) ask for.

Environment variables of a service:

=========================  ==========================================================================================
SIMULATE_EXIT_CODE         it ends by itself with this exit code, at once or after SIMULATE_EXIT_SECONDS
SIMULATE_EXIT_SECONDS      … after so many seconds (exit code 0 where none is given)
SIMULATE_START_SECONDS     its health checks fail for so long after each start
SIMULATE_UNHEALTHY         ``1``: its health checks always fail
SIMULATE_STOP_SECONDS      it takes so long to end after SIGTERM (0; longer than the grace: it is killed, exit code 137)
SIMULATE_RUN_FAILURE       it can't be created: a configuration error with this sentence
SIMULATE_LOG               lines that it writes to stdout at each start
SIMULATE_ERROR_LOG         lines that it writes to stderr at each start, after those of stdout
SIMULATE_TICK_SECONDS      it writes ``tick 1``, ``tick 2`` … to stdout, one each so many seconds
SIMULATE_CPU_PERCENT       the CPU that it uses, in percent of one core (1.0)
SIMULATE_MEMORY            the memory that it uses (16Mi); more than its limit: it is killed at once as out of memory
=========================  ==========================================================================================

Arguments of a build: SIMULATE_BUILD_SECONDS (how long it takes: 0), SIMULATE_BUILD_FAILURE and SIMULATE_BUILD_CONFIGURATION_ERROR
(it ends with that error and this sentence).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.core.quantity import parse_bytes
from kyozo_gql.engines.engine import LogStream, ReplicaSpec

_KILLED = 137


@dataclass(frozen=True, slots=True)
class End:
    """How a replica ends by itself: after so many microseconds, with this code."""

    after_us: int
    exit_code: int
    oom: bool = False


class Behaviour:
    """What a service's environment asks for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def end(self, memory_limit: str) -> End | None:
        """How a replica with that limit ends by itself; None: it runs until it is stopped."""
        if self.memory_bytes > parse_bytes(memory_limit):
            return End(0, _KILLED, oom=True)
        if not {"SIMULATE_EXIT_CODE", "SIMULATE_EXIT_SECONDS"} & self._environment.keys():
            return None
        return End(int(self._number("SIMULATE_EXIT_SECONDS", 0) * 1_000_000), int(self._number("SIMULATE_EXIT_CODE", 0)))

    def stop(self, grace_seconds: int) -> End:
        """How it ends after SIGTERM."""
        wanted = self._number("SIMULATE_STOP_SECONDS", 0)
        if wanted > grace_seconds:
            return End(grace_seconds * 1_000_000, _KILLED)
        return End(int(wanted * 1_000_000), 0)

    def first_lines(self, spec: ReplicaSpec) -> Iterator[tuple[LogStream, str]]:
        """What it writes at each start."""
        yield LogStream.STDOUT, f"simulated start of {' '.join((*(spec.entrypoint or ()), *(spec.command or ())) or (spec.image,))}"
        for port in spec.ports:
            yield LogStream.STDOUT, f"listening on port {port.container_port}"
        for line in self._environment.get("SIMULATE_LOG", "").splitlines():
            yield LogStream.STDOUT, line
        for line in self._environment.get("SIMULATE_ERROR_LOG", "").splitlines():
            yield LogStream.STDERR, line

    def ready_after_us(self) -> int | None:
        """How long after a start its health checks fail, in microseconds; None: for ever."""
        if self._environment.get("SIMULATE_UNHEALTHY", "0") not in ("", "0"):
            return None
        return int(self._number("SIMULATE_START_SECONDS", 0) * 1_000_000)

    @property
    def run_failure(self) -> str | None:
        """Why it can't be created."""
        return self._environment.get("SIMULATE_RUN_FAILURE") or None

    @property
    def tick_us(self) -> int | None:
        """The time between two ticks, in microseconds; None: it does not tick."""
        return int(self._number("SIMULATE_TICK_SECONDS", 0) * 1_000_000) or None

    @property
    def cpu_percent(self) -> float:
        """The CPU that it uses, in percent of one core."""
        return self._number("SIMULATE_CPU_PERCENT", 1.0)

    @property
    def memory_bytes(self) -> int:
        """The memory that it uses."""
        return parse_bytes(self._environment.get("SIMULATE_MEMORY", "16Mi"))

    def _number(self, name: str, default: float) -> float:
        text = self._environment.get(name) or str(default)
        try:
            return float(text)
        except ValueError:
            raise ConfigurationError(f"{name} is {text!r}; it must be a number") from None
