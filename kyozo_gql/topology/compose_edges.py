"""What the services of a stack depend on: each edge with the line that says so."""

from __future__ import annotations

from collections.abc import Iterator

from kyozo_gql.topology.addresses import referenced_addresses
from kyozo_gql.topology.backing import image_service, variable_service
from kyozo_gql.topology.compose_stack import ComposeStack
from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.model import ComposeService, Dependency
from kyozo_gql.topology.proxy_files import read_proxy_text

_MAX_EDGES = 1_000  # of one stack, which has a hundred services at most


def stack_edges(folder: Folder, stack: ComposeStack) -> list[Dependency]:
    """The edges between the services (as folder/service), and from the stack to what its images are; each pair once.

    What Compose waits for comes first, then what the variables of a service name, then where a proxy's configuration leads.
    """
    found: dict[tuple[str, str], Dependency] = {}
    for edge in [*_declared(folder, stack), *_referenced(folder, stack), *_proxied(folder, stack), *_labelled(folder, stack)]:
        if edge.source != edge.target and len(found) < _MAX_EDGES:
            found.setdefault((edge.source, edge.target), edge)
    return [*found.values(), *_backing(folder, stack)]


def _where(stack: ComposeStack, field: str) -> str:
    place = stack.place(field)
    return f"{place.file}:{place.line}" if place else stack.main


def _declared(folder: Folder, stack: ComposeStack) -> Iterator[Dependency]:
    for item in stack.services:
        for need in item.needs:
            where = _where(stack, f"services.{item.name}.depends_on.{need}")
            yield _edge(folder, item.name, need, "compose", f"{where}: {item.name} depends on {need}")


def _referenced(folder: Folder, stack: ComposeStack) -> Iterator[Dependency]:
    """Addresses in the variables of a service: those of siblings, and those of who the rest of the tree may know."""
    names = _names(stack.services)
    for item in stack.services:
        for variable, value in item.environment.items():
            for address in referenced_addresses(variable, value):
                sibling = names.get(address.host.lower())
                if sibling is None and (address.target is None or variable_service(variable, value)):
                    continue
                where = _where(stack, f"services.{item.name}.environment.{variable}")
                evidence = f"{where}: {item.name} is given {variable}, which names {address.host}"
                if sibling:
                    yield _edge(folder, item.name, sibling, "environment", evidence)
                else:
                    yield Dependency(folder.path, address.target or "", "environment", evidence[:400])


def _proxied(folder: Folder, stack: ComposeStack) -> Iterator[Dependency]:
    """Upstreams in the configuration that a proxy mounts from the workspace."""
    names = _names(stack.services)
    for item in stack.services:
        for mount in item.files:
            text = folder.tree.read(mount.source) if mount.source else mount.content
            config = read_proxy_text(mount.source or mount.target, text) if text else None
            for upstream in config.upstreams if config else ():
                target = names.get(upstream.host.lower())
                if target:
                    evidence = f"{mount.source or mount.target}:{upstream.line}: {item.name} passes requests to {upstream.host}"
                    yield _edge(folder, item.name, target, "proxy", evidence)


def _labelled(folder: Folder, stack: ComposeStack) -> Iterator[Dependency]:
    """Traefik finds the siblings that it passes requests to by their labels."""
    proxies = [item.name for item in stack.services if "/traefik:" in f"/{item.image or ''}:"]
    for item in stack.services if proxies else ():
        labels = stack.application.get("services", item.name, "labels") if stack.application else None
        names = [name for name in (labels.entries if labels else ()) if name.lower().startswith("traefik.")]
        if names and not any(labels.entries[name].text == "false" for name in names if name.lower() == "traefik.enable" and labels):
            where = _where(stack, f"services.{item.name}.labels")
            for proxy in proxies:
                yield _edge(
                    folder, proxy, item.name, "proxy", f"{where}: {names[0][:100]} lets {proxy} pass requests to {item.name}"
                )


def _backing(folder: Folder, stack: ComposeStack) -> Iterator[Dependency]:
    seen: set[str] = set()
    for item in stack.services:
        service = image_service(item.image or "") if item.build_context is None else None
        if service and service not in seen:
            seen.add(service)
            where = _where(stack, f"services.{item.name}.image")
            yield Dependency(folder.path, service, "compose", f"{where}: {item.name} runs {item.image}")


def _edge(folder: Folder, source: str, target: str, kind: str, evidence: str) -> Dependency:
    return Dependency(folder.locate(source), folder.locate(target), kind, evidence[:400])


def _names(services: tuple[ComposeService, ...]) -> dict[str, str]:
    """Who is meant by a name, in lower case."""
    aliases = {alias.lower(): item.name for item in reversed(services) for alias in item.aliases}
    return aliases | {item.name.lower(): item.name for item in services}
