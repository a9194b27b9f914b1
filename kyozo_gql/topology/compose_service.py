"""One service of a Compose stack as values: what it runs, from what it is built, what it needs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec
from kyozo_gql.topology import compose_values as values
from kyozo_gql.topology.compose_load import REMOTE
from kyozo_gql.topology.compose_refusals import env_files, refuse, unused_keys
from kyozo_gql.topology.compose_tree import Place, ServiceNode
from kyozo_gql.topology.compose_volumes import leaves_tree, read_mounts
from kyozo_gql.topology.environment import parse_env
from kyozo_gql.topology.model import ComposeService, Tree
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text
from kyozo_gql.topology.sources import as_port

_TRAEFIK_PORT = re.compile(r"traefik\.(?:http|tcp)\.services\.[^.]{1,100}\.loadbalancer\.server\.port|traefik\.port")


@dataclass(slots=True)
class Reading:
    """A service, and what is to be said of how it was read.

    ``notes``: key, place, sentence. ``unset``: variables that it takes from the host's environment, where there are none.
    """

    service: ComposeService
    notes: list[tuple[str, Place | None, str]] = field(default_factory=list)
    unset: list[str] = field(default_factory=list)


def read_service(tree: Tree, node: ServiceNode, variables: Mapping[str, str]) -> Reading:
    """A service of a stack. ``variables`` is what there is of the environment that Compose would run in."""
    table = node.table
    reading = Reading(ComposeService(node.name))
    build, mounts = _read_build(node), read_mounts(node, variables)
    _note_ports(reading, node)
    unused = [*unused_keys(node), *mounts.unused]
    if unused:
        reading.notes.append(("", node.place(unused[0]), f"{node.name}: {', '.join(unused)[:200]} has no effect here"))
    ports, exposed = values.read_ports(table.get("ports")), values.read_exposed(table.get("expose"))
    labelled = None if ports or exposed else _read_label(reading, node)
    exposed = (labelled,) if labelled else exposed
    first = ports[0].container_port if ports else exposed[0] if exposed else None
    deploy = as_table(table.get("deploy"))
    limits = as_table(as_table(deploy.get("resources")).get("limits"))
    environment, missing = _read_environment(tree, node, variables, reading)
    refusals = (*refuse(node), *(node.say(key, why) for key, why in mounts.faults), *build.refusals, *missing)
    reading.service = replace(
        build,
        image=as_text(table.get("image")),
        command=values.read_command(table.get("command")) or None,
        entrypoint=values.read_command(table.get("entrypoint")),
        environment=environment,
        ports=ports,
        exposed=exposed,
        volumes=tuple(mounts.volumes),
        files=tuple(mounts.files),
        secrets=tuple(mounts.secrets),
        health_check=values.read_health_check(table.get("healthcheck"), first) or _port_check(first),
        needs=_read_needs(table),
        replicas=values.read_replicas(deploy.get("replicas", table.get("scale"))),
        memory=values.read_memory(limits.get("memory", table.get("mem_limit"))),
        cpu=values.read_cpus(limits.get("cpus", table.get("cpus"))),
        refusals=tuple(dict.fromkeys(refusals)),
        user=as_scalar(table.get("user")) or None,
        working_dir=as_text(table.get("working_dir")) or None,
        aliases=_read_aliases(node.name, table),
    )
    return reading


def link_aliases(services: tuple[ComposeService, ...], links: Mapping[str, tuple[str, ...]]) -> tuple[ComposeService, ...]:
    """The services with the names that ``links`` of their siblings give them."""
    return tuple(
        replace(item, aliases=tuple(dict.fromkeys((*item.aliases, *(name for name in links[item.name] if name != item.name)))))
        if item.name in links
        else item
        for item in services
    )


def read_links(node: ServiceNode) -> dict[str, str]:
    """The names that a service has for others: the sibling's name by the alias, where it differs."""
    pairs = [(as_text(item) or "").partition(":") for item in as_list(node.table.get("links"))]
    return {alias: name for name, _, alias in pairs if alias and alias != name}


def _port_check(port: int | None) -> HealthCheckSpec | None:
    return HealthCheckSpec(HealthCheckKind.TCP, port=port) if port else None


def _read_build(node: ServiceNode) -> ComposeService:
    table = as_table(node.table.get("build"))
    if not table:
        return ComposeService(node.name)
    context = as_text(table.get("context")) or "."
    key = "build.context" if table.get("context") else "build"
    base = node.base(key)
    if context.startswith(REMOTE) or leaves_tree(base, context):
        why = "is fetched from elsewhere" if context.startswith(REMOTE) else "leads out of the workspace"
        return ComposeService(node.name, refusals=(node.say("build", f"the context {context[:100]} {why}, which is not allowed"),))
    path = posixpath.normpath(posixpath.join(base, context))
    dockerfile = as_text(table.get("dockerfile"))
    refusals: tuple[str, ...] = ()
    if dockerfile and leaves_tree(path, dockerfile):
        refusals = (node.say("build.dockerfile", f"{dockerfile[:100]} leads out of the workspace, which is not allowed"),)
    return ComposeService(
        node.name,
        build_context="" if path == "." else path,
        dockerfile=posixpath.normpath(dockerfile) if dockerfile else None,
        dockerfile_inline=as_text(table.get("dockerfile_inline")),
        build_args=values.read_variables(table.get("args")),
        build_target=as_text(table.get("target")) or None,
        refusals=refusals,
    )


def _read_environment(
    tree: Tree, node: ServiceNode, variables: Mapping[str, str], reading: Reading
) -> tuple[dict[str, str], list[str]]:
    """The variables of a service, and a refusal for each file that should be there and is not."""
    found: dict[str, str] = {}
    missing: list[str] = []
    for index, (path, required, raw) in enumerate(env_files(node.table.get("env_file"))):
        key = f"env_file.{index}"
        base = node.base(key)
        if leaves_tree(base, path):
            continue
        place = posixpath.normpath(posixpath.join(base, path))
        text = tree.read(place)
        if text is not None:
            found |= parse_env(text, None if raw else variables)
        elif required:
            missing.append(node.say(key, f"{path[:100]} is {tree.fault(place) or 'not there'}"))
    for name, value in as_table(node.table.get("environment")).items():
        text = as_scalar(value)
        if text is not None:
            found[name] = text
        elif value is None and name in variables:
            found[name] = variables[name]
        elif value is None:
            reading.unset.append(name)
    return found, missing


def _read_needs(table: dict[str, Any]) -> tuple[str, ...]:
    needs = [*as_table(table.get("depends_on")), *values.read_names(table.get("links"))]
    return tuple(dict.fromkeys(needs))


def _read_aliases(name: str, table: dict[str, Any]) -> tuple[str, ...]:
    """The names of a service in its networks besides its own; the name of its container is one of them."""
    names = [as_text(table.get("container_name"))]
    for network in as_table(table.get("networks")).values():
        names += [as_text(alias) for alias in as_list(as_table(network).get("aliases"))]
    return tuple(dict.fromkeys(alias for alias in names if alias and alias != name))[:20]


def _read_label(reading: Reading, node: ServiceNode) -> int | None:
    """The port that labels for Traefik name."""
    for label, value in as_table(node.table.get("labels")).items():
        port = as_port(as_scalar(value)) if _TRAEFIK_PORT.fullmatch(label.lower()) else None
        if port:
            key = f"labels.{label}"
            reading.notes.append(
                (f"services.{node.name}.labels", node.place("labels"), f"{key}: Traefik reaches it at port {port}")
            )
            return port
    return None


def _note_ports(reading: Reading, node: ServiceNode) -> None:
    for index, item in enumerate(as_list(node.table.get("ports"))):
        if not values.read_port(item):
            key = f"ports.{index}"
            shown = as_scalar(item) or "a port"
            reading.notes.append((f"services.{node.name}.{key}", node.place(key), f"{shown[:60]} is no port that can be published"))
