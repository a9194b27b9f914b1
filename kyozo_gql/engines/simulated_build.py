"""A simulated build: it reads what a build would read, and says what a build would say."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

from kyozo_gql.core.clock import now
from kyozo_gql.core.errors import BuildFailed, ConfigurationError
from kyozo_gql.engines.context import context_files
from kyozo_gql.engines.engine import BuildLineSink, BuildSpec, EngineLogLine, LogStream

_INSTRUCTIONS = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip


async def simulate_build(spec: BuildSpec, on_line: BuildLineSink) -> str:
    """Answers the content id; raises ConfigurationError for a Dockerfile that is none, or what the arguments ask for."""
    steps = list(_steps(spec))
    pause = float(spec.build_args.get("SIMULATE_BUILD_SECONDS", "0")) / len(steps)
    for number, step in enumerate(steps, start=1):
        await on_line(EngineLogLine(now(), LogStream.STDOUT, f"Step {number}/{len(steps)} : {step}"))
        await asyncio.sleep(pause)
    if (sentence := spec.build_args.get("SIMULATE_BUILD_CONFIGURATION_ERROR")) is not None:
        raise ConfigurationError(sentence)
    if (sentence := spec.build_args.get("SIMULATE_BUILD_FAILURE")) is not None:
        await on_line(EngineLogLine(now(), LogStream.STDERR, sentence))
        raise BuildFailed(sentence)
    content_id = await asyncio.to_thread(_content_id, spec)
    await on_line(EngineLogLine(now(), LogStream.STDOUT, f"built {spec.image}"))
    return content_id


def _steps(spec: BuildSpec) -> Iterator[str]:
    if spec.dockerfile is None:
        yield from (" ".join(command) for command in spec.commands or (("copy",),))
        return
    text = spec.dockerfile.replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    if not lines:
        raise ConfigurationError("the Dockerfile is empty")
    for line in lines:
        word = line.split()[0].upper()
        if word not in _INSTRUCTIONS:
            raise ConfigurationError(f"the Dockerfile has an unknown instruction: {word}")
    if spec.target is not None and not any(_names_stage(line, spec.target) for line in lines):
        raise ConfigurationError(f"the Dockerfile has no stage {spec.target}")
    if lines[0].split()[0].upper() not in ("FROM", "ARG"):
        raise ConfigurationError("the Dockerfile does not begin with FROM")
    yield from lines


def _names_stage(line: str, name: str) -> bool:
    words = line.lower().split()
    return words[0] == "from" and words[-2:] == ["as", name.lower()]


def _content_id(spec: BuildSpec) -> str:
    digest = hashlib.sha256(repr((spec.dockerfile, spec.target, spec.commands, sorted(spec.build_args.items()))).encode())
    for path in context_files(spec.context):
        digest.update(str(path).encode() + b"\0" + _content(spec.context / path))
    return f"sha256:{digest.hexdigest()}"


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
