"""Compose stack: a Compose file with services to run."""

from __future__ import annotations

import re

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.backing import image_service, is_companion
from kyozo_gql.topology.compose_edges import stack_edges
from kyozo_gql.topology.compose_stack import ComposeStack, read_stack
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.model import ComposeService, Indicator, Patterns, Recommendation

_MAX_NOTES = 60
# Where a Compose file is there for those who work on a project, not for those who run it.
_ASIDE = {
    **dict.fromkeys((".devcontainer", "devcontainer"), -0.9),
    **dict.fromkeys((".github", ".gitlab", ".circleci", "ci", "test", "tests", "e2e", "testing", "integration"), -0.3),
    **dict.fromkeys(("dev", "development", "local"), -0.1),
}
_KEY = re.compile(r"^services\.(?P<field>\S+)(?: \((?:(?P<file>[^()]+), )?line (?P<line>\d+)\))?: ")


def detect_compose(folder: Folder) -> Finding | None:
    """What a Compose file makes of a folder; None where there is none, or it can't be read."""
    stack = read_stack(folder)
    if stack is None:
        return None
    finding = Finding(ServiceType.COMPOSE_STACK, project_name=stack.project)
    for name in stack.others:
        detail = "stands beside, and is not merged: COMPOSE_FILE in .env would name it"
        finding.indicators.append(folder.indicate(name, "compose.other_file", 0.0, detail))
    if stack.application is None:
        for problem in stack.problems:
            detail = f"{problem.place.file.rpartition('/')[2]} {problem.detail}"
            folder.faults.setdefault(problem.place.file, Indicator(problem.place.file, "fault", 0.0, detail))
        return finding if finding.indicators else None
    if stack.services:
        _weigh(finding, folder, stack)
    else:
        _weigh_nothing(finding, stack)
    _note_files(finding, stack)
    if not stack.services:
        return finding
    finding.patterns = Patterns(compose_services=tuple(item.name for item in stack.services))
    finding.dependencies += stack_edges(folder, stack)
    finding.metadata |= {
        "compose_file": folder_name(folder, stack.main),
        "compose_files": list(stack.files),
    }
    finding.recommendation = Recommendation(
        ports=tuple(dict.fromkeys(mapping for item in stack.services if item.job is None for mapping in item.ports)),
        required_environment=tuple(sorted(stack.required)),
        compose_services=stack.services,
    )
    return finding


def folder_name(folder: Folder, path: str) -> str:
    """A path of the tree as it is called in the folder, where it is in it."""
    return path.removeprefix(f"{folder.path}/") if folder.path else path


def runs_backing_only(services: tuple[ComposeService, ...]) -> bool:
    """Whether a stack runs nothing but databases and the like, and tools to look at them."""
    images = [item.image or "" for item in services if item.build_context is None and item.dockerfile_inline is None]
    return len(images) == len(services) and all(image_service(image) or is_companion(image) for image in images)


def _weigh_nothing(finding: Finding, stack: ComposeStack) -> None:
    assert stack.application is not None  # noqa: S101 — the caller looked
    document = stack.application
    names = [name for name, node in document.entries.items() if node.get("image") or node.get("build")]
    if "services" not in document.entries and names:
        detail = f"is of version 1 of the format, without services: {', '.join(names)[:200]}; Compose does not read it any more"
        place = document.entries[names[0]].place
        finding.indicators.append(Indicator(stack.main, "compose.legacy", -1.0, detail, place.line, names[0][:100]))
        return
    place = document.entries["services"].place if "services" in document.entries else document.place
    why = "has no service that runs by default"
    finding.indicators.append(Indicator(stack.main, "compose.no_services", -0.5, why, place.line, "services"))


def _weigh(finding: Finding, folder: Folder, stack: ComposeStack) -> None:
    def note(rule: str, weight: float, detail: str, field: str = "services") -> None:
        place = stack.place(field) or (stack.application and stack.application.place)
        file, line = (place.file, place.line) if place else (stack.main, None)
        finding.indicators.append(Indicator(file, rule, weight, detail[:400], line, field[:200]))

    services = stack.services
    note("compose.services", 0.9, f"runs {', '.join(item.name for item in services)}"[:300])
    built = [item.name for item in services if item.build_context is not None]
    if built:
        note("compose.builds", 0.1, f"builds {', '.join(built)}", f"services.{built[0]}.build")
    if runs_backing_only(services):
        note("compose.backing_only", -0.2, "runs backing services only: they may be meant for development")
    for item in services:
        if item.image is None and item.build_context is None and not item.refusals:
            note("compose.nothing_to_run", -0.1, f"{item.name} has neither image nor build", f"services.{item.name}")
    part = next((part for part in folder.path.lower().split("/") if part in _ASIDE), None)
    if part:
        detail = f"stands in {part}: for those who work on the project"
        finding.indicators.append(Indicator(stack.main, "compose.development", _ASIDE[part], detail))


def _note_files(finding: Finding, stack: ComposeStack) -> None:
    """Evidence that weighs nothing, but explains."""
    found = finding.indicators
    for path in stack.files[1:]:
        found.append(Indicator(path, "compose.merged", 0.0, f"is read as a part of {stack.main.rpartition('/')[2]}"))
    for name, place in stack.profiles:
        detail = f"{name[:100]} runs only in a profile"
        found.append(Indicator(place.file, "compose.profile", 0.0, detail, place.line, f"services.{name}.profiles"[:200]))
    for note in stack.jobs[:_MAX_NOTES]:
        file, line = (note.place.file, note.place.line) if note.place else (stack.main, None)
        found.append(Indicator(file, "compose.job", 0.0, note.detail, line, note.field[:200]))
    if stack.missing:
        detail = f"names variables without a value: {', '.join(sorted(stack.missing))[:300]}"
        found.append(Indicator(stack.main, "compose.unset", 0.0, detail))
    for item in stack.services:
        found += [_refusal(stack, refusal) for refusal in item.refusals]
    for problem in stack.problems[:_MAX_NOTES]:
        place = problem.place
        found.append(Indicator(place.file, "compose.problem", 0.0, f"{problem.field}: {problem.detail}", place.line, problem.field))
    for field, noted, detail in stack.notes[:_MAX_NOTES]:
        found.append(
            Indicator(
                noted.file if noted else stack.main, "compose.note", 0.0, detail, noted.line if noted else None, field or None
            )
        )


def _refusal(stack: ComposeStack, refusal: str) -> Indicator:
    match = _KEY.match(refusal)
    line = int(match["line"]) if match and match["line"] else None
    field = f"services.{match['field']}"[:200] if match else None
    return Indicator((match and match["file"]) or stack.main, "compose.refused", 0.0, refusal[:400], line, field)
