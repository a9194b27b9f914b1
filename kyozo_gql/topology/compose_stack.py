"""The stack that the Compose files of a folder describe: what ``docker compose up`` would start there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kyozo_gql.topology import compose_values as values
from kyozo_gql.topology.compose_files import choose_files
from kyozo_gql.topology.compose_jobs import JobNote, mark_jobs
from kyozo_gql.topology.compose_load import ComposeLoader
from kyozo_gql.topology.compose_service import link_aliases, read_links, read_service
from kyozo_gql.topology.compose_tree import Node, Place, Problem, ServiceNode
from kyozo_gql.topology.environment import parse_env
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import ComposeService, Dependency
from kyozo_gql.topology.order import find_cycles
from kyozo_gql.topology.parsing import as_scalar, as_table, as_text

_MAX_SERVICES = 100
_HINTS = ("compose", ".env")


@dataclass(frozen=True, slots=True)
class ComposeStack:
    """``main`` is the first file, ``files`` are all that were read, ``others`` those beside them that were not.

    ``application`` is None where no file could be read. ``problems`` are what is wrong with the files, ``notes`` (field, place,
    sentence) what is to be said besides. ``profiles``: the services that only run in a profile. ``missing`` are variables without
    a value, ``required`` those that the files demand. ``jobs`` says which services are jobs, and why.
    """

    main: str
    files: tuple[str, ...]
    others: tuple[str, ...]
    application: Node | None
    services: tuple[ComposeService, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[tuple[str, Place | None, str], ...] = ()
    profiles: tuple[tuple[str, Place], ...] = ()
    missing: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    jobs: tuple[JobNote, ...] = ()

    @property
    def project(self) -> str | None:
        """The name that the files give the stack."""
        name = self.application.get("name") if self.application else None
        return name.text if name else None

    @property
    def faults(self) -> tuple[str, ...]:
        """Why the stack can't be run, whatever is allowed: sentences with file and line."""
        return tuple(
            f"{problem.place.file} (line {problem.place.line}): {f'{problem.field} ' if problem.field else ''}{problem.detail}"
            for problem in self.problems
            if problem.blocking
        )

    def place(self, field: str) -> Place | None:
        """Where a dotted field of the application stands; the names of services may hold dots."""
        node = self.application
        if node is None:
            return None
        first, _, rest = field.partition(".")
        found = node.get(first)
        if found is None or not rest:
            return found.place if found else None
        name = next((name for name in sorted(found.entries, key=len, reverse=True) if f"{rest}.".startswith(f"{name}.")), None)
        if name is None:
            return found.place
        below = found.entries[name]
        return ServiceNode(name, below, node, self.main).place(rest[len(name) + 1 :]) or below.place


def read_stack(folder: Folder, given: Mapping[str, str] | None = None) -> ComposeStack | None:
    """The stack of a folder; None where it has no Compose file.

    Variables come from ``given``, else from the folder's .env file, as Compose takes them from its own environment.
    """
    if "compose" not in "\n".join(folder.names).lower():
        return None
    variables = {"PWD": ".", **parse_env(folder.read(".env") or "", {}), **(given or {})}
    chosen = choose_files(folder, variables)
    if chosen is None:
        return None
    if not chosen.paths:
        return ComposeStack("", (), chosen.others, None)
    loader = ComposeLoader(folder.tree)
    application = loader.load(chosen.paths, folder.path, variables)
    stack = ComposeStack(chosen.paths[0], tuple(dict.fromkeys(loader.files)), chosen.others, application)
    if application is not None:
        stack = _read_services(stack, application, folder, loader, variables)
    return replace(
        stack, problems=tuple(loader.problems.found), missing=stack.missing | loader.missing, required=frozenset(loader.required)
    )


def _read_services(
    stack: ComposeStack, application: Node, folder: Folder, loader: ComposeLoader, variables: Mapping[str, str]
) -> ComposeStack:
    active = {name.strip() for name in variables.get("COMPOSE_PROFILES", "").split(",") if name.strip()}
    found: list[ComposeService] = []
    notes: list[tuple[str, Place | None, str]] = []
    profiles: list[tuple[str, Place]] = []
    unset: set[str] = set()
    links: dict[str, tuple[str, ...]] = {}
    named = application.get("services")
    for name, node in (named.entries if named else {}).items():
        profile = node.get("profiles")
        asked = set(values.read_names([as_scalar(item.value) for item in profile.items])) if profile else set()
        if asked and not asked & active and "*" not in active:
            profiles.append((name, profile.place if profile else node.place))
            continue
        if as_text(name) is None or len(found) >= _MAX_SERVICES:
            loader.problems.note(node, "services", f"more than {_MAX_SERVICES} services; {name[:60]} is left out", blocking=True)
            continue
        read = ServiceNode(name, node, application, stack.main)
        reading = read_service(folder.tree, read, variables)
        found.append(reading.service)
        notes += reading.notes
        unset |= set(reading.unset)
        for alias, target in read_links(read).items():
            links[target] = (*links.get(target, ()), alias)
    services = link_aliases(tuple(_keep_needs(found, application, loader, {name for name, _ in profiles})), links)
    _find_circles(services, application, loader)
    services, jobs = mark_jobs(services, application, stack.main)
    return replace(
        stack, services=services, notes=tuple(notes), profiles=tuple(profiles), missing=frozenset(unset), jobs=tuple(jobs)
    )


def _keep_needs(found: list[ComposeService], application: Node, loader: ComposeLoader, aside: set[str]) -> list[ComposeService]:
    """The services with those needs that there are; one that is demanded and not there is a problem."""
    known = {item.name for item in found}
    for item in found:
        for need in item.needs:
            if need in known:
                continue
            node = application.get("services", item.name, "depends_on", need)
            place = node or application.entries["services"].entries[item.name]
            optional = as_scalar(as_table(_plain_entry(node)).get("required")) == "false"
            why = "only runs in a profile" if need in aside else "is not there"
            loader.problems.note(
                place, f"services.{item.name}.depends_on", f"{need[:100]} {why}", blocking=not optional and need not in aside
            )
    return [replace(item, needs=tuple(need for need in item.needs if need in known)) for item in found]


def _plain_entry(node: Node | None) -> dict[str, object]:
    return {key: item.value for key, item in node.entries.items()} if node else {}


def _find_circles(services: tuple[ComposeService, ...], application: Node, loader: ComposeLoader) -> None:
    edges = [Dependency(item.name, need, "compose", "") for item in services for need in item.needs]
    for circle in find_cycles([item.name for item in services], edges):
        node = application.get("services", circle[0], "depends_on") or application
        detail = f"depend on one another in a circle: {', '.join(circle)[:200]}"
        loader.problems.note(node, "services", detail, blocking=True)
