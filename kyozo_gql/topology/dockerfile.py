"""Containerized: a Dockerfile of the folder's own."""

from __future__ import annotations

import re
from dataclasses import replace

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec, PortProtocol, ServiceType
from kyozo_gql.topology.dockerfile_apart import FILES, builds_around, find_apart, is_packaging
from kyozo_gql.topology.dockerfile_context import absent_sources, find_context
from kyozo_gql.topology.dockerfile_images import BaseImage, read_image
from kyozo_gql.topology.dockerfile_text import DockerfileText, exec_form, parse_dockerfile
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import Patterns, Recommendation
from kyozo_gql.topology.serving import choose_health_check, note_environment, port_mappings
from kyozo_gql.topology.sources import as_port, port_option

__all__ = ["FILES", "detect_dockerfile", "parse_dockerfile"]

_LOCAL_URL = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d{1,5}|\$\{?PORT\}?(?::-\d+\})?))?(/[^\s\"'|&;)]*)?"
)
_OPTION = re.compile(r"--(interval|timeout|retries|start-period|start-interval)=(\S{1,20})\s+")
_DURATION = re.compile(r"(\d{1,6})(?:\.\d+)?(h|ms|us|ns|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_BOUND = re.compile(r"(?:--bind|-b|--host|--addr|--listen|--http)[ =][\"']?[\w.*\[\]:]{0,40}:(\d{2,5})\b")
_SHELL = re.compile(r"^(?:(?:/usr)?/bin/)?(?:ba|z|da|a|fi)?sh(?: -l| -i)?$|^sleep (?:infinity|inf|\d{4,})$|^tail -f /dev/null$")
_TOOL = re.compile(r"(?:^|\s)(?:--help|-h|--version|help)$")
_PROGRAMS = {
    "python": re.compile(r"\b(?:python3?|gunicorn|uvicorn|hypercorn|celery|streamlit|flask|uv|poetry|fastapi)\b"),
    "javascript": re.compile(r"\b(?:node|npm|npx|pnpm|yarn|bun|pm2)\b"),
    "java": re.compile(r"\bjava\b|\.jar\b"),
    "ruby": re.compile(r"\b(?:ruby|bundle|rails|puma)\b"),
    "csharp": re.compile(r"\bdotnet\b"),
    "php": re.compile(r"\bphp\b|\bapache2-foreground\b"),
}
_MISSING_SHARE = 0.5
# Where a Dockerfile is for those who develop, test or release something.
_FOR_DEVELOPERS = frozenset(
    {
        ".devcontainer", "devcontainer", ".github", ".gitlab", ".circleci", ".buildkite", ".ci", "ci", ".jenkins", "jenkins",
        "releng", "hack", "builder", "build-image", "dev-env", "unit-tests", "integration-tests", "e2e-tests",
    }
)  # fmt: skip


def detect_dockerfile(folder: Folder) -> Finding | None:
    """What a Dockerfile makes of a folder; None where there is none that has text."""
    name = folder.first(*FILES)
    text = folder.read(name) if name else None
    apart = find_apart(folder) if name is None else None
    if apart:
        name, parsed = apart.name, apart.parsed
    elif name is not None and text is not None:
        parsed = parse_dockerfile(text)
    else:
        return None
    base = read_image(parsed.bases[-1]) if parsed.bases else None
    finding = Finding(ServiceType.CONTAINERIZED)
    _weigh(finding, folder, name, parsed, base)
    finding.patterns = _patterns(parsed, base)
    if finding.patterns.runtime_version:
        finding.metadata |= {"runtime_version_source": name, "runtime_version_request": finding.patterns.runtime_version}
    defaults, required = note_environment(finding, folder, None, frozenset())
    line = parsed.line or (base.line if base else None)
    port = _choose_port(parsed, base)
    reads_port = "PORT" in parsed.environment or "$PORT" in (line or "") or "${PORT" in (line or "")
    finding.metadata |= {"image_command": line, "base_image": parsed.bases[-1] if parsed.bases else None, "reads_port": reads_port}
    finding.recommendation = Recommendation(
        build_context=finding.recommendation.build_context,
        dockerfile_path=finding.recommendation.dockerfile_path or name,
        ports=tuple(parsed.ports) or port_mappings(port),
        environment=defaults,
        required_environment=required,
        health_check=_health_check(parsed.health, port),
    )
    return finding


def _choose_port(parsed: DockerfileText, base: BaseImage | None) -> int | None:
    """The first port of EXPOSE, else PORT, the one that the command names, the one that the base image is known to listen on."""
    exposed = next((mapping.container_port for mapping in parsed.ports if mapping.protocol is PortProtocol.TCP), None)
    line = parsed.line or ""
    bound = _BOUND.search(line)
    own = base.port if base and not (parsed.command or parsed.entrypoint) else None
    return exposed or parsed.env_port or port_option(line) or (as_port(bound[1]) if bound else None) or own


def _patterns(parsed: DockerfileText, base: BaseImage | None) -> Patterns:
    """The language of the stage that runs, else of the stages that it takes files from, else of what the command starts."""
    origins = [read_image(reference) for reference in (*parsed.bases[-1:], *parsed.copied_from)]
    known = next((image for image in origins if image.language), None)
    if known:
        served = base is not None and base.is_server
        return Patterns(known.language, base.name if base and served else None, None, None if served else known.version)
    line = parsed.line or ""
    language = next((language for language, pattern in _PROGRAMS.items() if pattern.search(line)), None)
    return Patterns(language, base.name if base and base.is_server else None)


def _health_check(health: str | None, port: int | None) -> HealthCheckSpec:
    """That of HEALTHCHECK: a request to this machine becomes one over HTTP, with the times that it names."""
    options = dict(_OPTION.findall(f"{health} ")) if health else {}
    plain = _OPTION.sub("", f"{health} ").strip() if health else ""
    if not plain or plain.upper() == "NONE":
        return choose_health_check(port, web=False, path=None)
    url = _LOCAL_URL.search(plain)
    if url:
        asked = as_port(url[1]) if url[1] and url[1].isdigit() else port
        return _timed(HealthCheckSpec(HealthCheckKind.HTTP, path=url[2] or "/", port=asked or 80), options)
    rest = plain.partition(" ")[2].strip() if plain.upper().startswith("CMD") else ""
    command = exec_form(rest) or (("sh", "-c", rest) if rest else ())
    if not command:
        return choose_health_check(port, web=False, path=None)
    return _timed(HealthCheckSpec(HealthCheckKind.COMMAND, command=command, port=port), options)


def _timed(spec: HealthCheckSpec, options: dict[str, str]) -> HealthCheckSpec:
    retries = options.get("retries", "")
    return replace(
        spec,
        interval_seconds=_seconds(options.get("interval", "")) or spec.interval_seconds,
        timeout_seconds=_seconds(options.get("timeout", "")) or spec.timeout_seconds,
        start_period_seconds=_seconds(options.get("start-period", "")) or spec.start_period_seconds,
        retries=int(retries) if re.fullmatch(r"[1-9]\d{0,2}", retries) else spec.retries,
    )


def _seconds(text: str) -> int | None:
    """A duration of Go in whole seconds, at least one; None for what is none."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return max(1, min(86_400, sum(int(number) * _SECONDS.get(unit, 0) for number, unit in parts)))


def _weigh(finding: Finding, folder: Folder, name: str, parsed: DockerfileText, base: BaseImage | None) -> None:
    def note(rule: str, weight: float, detail: str, word: str | None = None) -> None:
        finding.indicators.append(folder.indicate(name, rule, weight, detail, line=parsed.lines.get(word) if word else None))

    if parsed.known == 0:
        note("dockerfile.broken", -1.0, "holds no instruction of a Dockerfile")
        return
    note("dockerfile.present", 0.8, f"builds on {base.reference[:200]}" if base else "a Dockerfile", "FROM")
    if parsed.base is None:
        note("dockerfile.broken", -0.2, "has no FROM")
    if parsed.unknown:
        line, word = parsed.unknown[0]
        detail = f"line {line}: {word[:40]} is no instruction"
        finding.indicators.append(folder.indicate(name, "dockerfile.broken", -0.1, detail, line=line))
    if parsed.ports:
        note(
            "dockerfile.expose", 0.1, f"exposes {', '.join(str(mapping.container_port) for mapping in parsed.ports[:10])}", "EXPOSE"
        )
    if parsed.command or parsed.entrypoint:
        note("dockerfile.command", 0.1, f"runs {(parsed.line or '')[:200]}", "CMD" if parsed.command else "ENTRYPOINT")
    elif base is None and not parsed.ports:
        note("dockerfile.no_command", -0.4, "runs nothing, and what it builds on is left to the build", "FROM")
    elif base and base.is_bare:
        note("dockerfile.no_command", -0.4, f"runs nothing: {base.reference[:200]} has no program of its own to run", "FROM")
    if base and parsed.health and parsed.health.upper() != "NONE":
        note("dockerfile.health", 0.0, "says how its health is asked for", "HEALTHCHECK")
    _weigh_purpose(finding, folder, name, parsed, base)
    _weigh_context(finding, folder, name, parsed)


def _weigh_context(finding: Finding, folder: Folder, name: str, parsed: DockerfileText) -> None:
    """What is copied and is not in the folder: then another one is built, which is known or not."""
    around = builds_around(folder, parsed) if "/" not in name else None
    line = parsed.lines.get("COPY") or parsed.lines.get("ADD")
    if around is not None:
        detail = f"packages {around or 'the root'}, and is no service beside it"
        finding.indicators.append(folder.indicate(name, "dockerfile.packaging", -0.8, detail, line=line))
        return
    if name not in FILES:
        detail = f"{name} builds this folder, which has no Dockerfile by that name of its own"
        finding.indicators.append(folder.indicate(name, "dockerfile.apart", 0.0, detail[:400], line=parsed.lines.get("FROM")))
        return
    absent = absent_sources(folder, parsed.sources)
    context = find_context(folder, parsed.sources, parsed.runs) if absent else None
    if context is not None:
        detail = f"copies {absent[0][:100]} from {context or 'the root'}, and what is its own: it is built there"
        finding.indicators.append(folder.indicate(name, "dockerfile.around", 0.0, detail, line=line))
        file = f"{folder.path.removeprefix(context).strip('/')}/{name}"
        finding.recommendation = Recommendation(build_context=context, dockerfile_path=file)
    elif absent and len(absent) > len(parsed.sources) * _MISSING_SHARE:
        detail = f"copies {absent[0][:100]}, which is not in this folder: it is built from another one, or after something else"
        weight = -0.6 if is_packaging(folder) else -0.35 if folder.path else -0.1
        finding.indicators.append(folder.indicate(name, "dockerfile.context", weight, detail, line=line))


def _weigh_purpose(finding: Finding, folder: Folder, name: str, parsed: DockerfileText, base: BaseImage | None) -> None:
    """Against a service: an image to develop or to test in, a program for the command line, an action."""
    line = parsed.line or ""
    place = next((part for part in folder.path.lower().split("/") if part in _FOR_DEVELOPERS), None)
    if base and base.is_for_development:
        detail = f"{base.reference[:200]} is made for development or continuous integration"
        finding.indicators.append(folder.indicate(name, "dockerfile.development", -0.5, detail, line=parsed.lines.get("FROM")))
    elif place:
        detail = f"stands in {place}: for those who work on the project"
        finding.indicators.append(folder.indicate(name, "dockerfile.development", -0.5, detail))
    elif base and base.is_bootable:
        detail = f"{base.reference[:200]} is a system that machines boot from"
        finding.indicators.append(folder.indicate(name, "dockerfile.tool", -0.5, detail, line=parsed.lines.get("FROM")))
    elif line and _SHELL.match(line) and not parsed.ports:
        detail = f"runs {line[:100]}: an image to work in"
        finding.indicators.append(folder.indicate(name, "dockerfile.development", -0.5, detail, line=parsed.lines.get("CMD")))
    elif _TOOL.search(line) and not parsed.ports:
        detail = f"runs {line[:100]}: a program for the command line"
        finding.indicators.append(folder.indicate(name, "dockerfile.tool", -0.5, detail, line=parsed.lines.get("CMD")))
    if not parsed.ports and folder.first("action.yml", "action.yaml"):
        file = folder.first("action.yml", "action.yaml") or name
        finding.indicators.append(folder.indicate(file, "dockerfile.tool", -0.5, "the image of an action of GitHub"))
