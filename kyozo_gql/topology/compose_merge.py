"""Merging Compose files and services: mappings by key, lists by appending, everything else by replacement; with exceptions.

https://docs.docker.com/reference/compose-file/merge/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kyozo_gql.topology import compose_values as values
from kyozo_gql.topology.compose_tree import Node, plain

# Below a service: what is replaced as a whole though it may be a list.
_REPLACED = frozenset({("command",), ("entrypoint",), ("healthcheck", "test")})
_RESOURCES = ("services", "volumes", "networks", "secrets", "configs")


def merge_documents(base: Node, over: Node) -> Node:
    """A Compose file with another one over it."""
    changed: dict[str, Node | None] = {}
    for key, node in over.entries.items():
        below = base.get(key)
        if key == "services" and below is not None and below.entries and node.entries:
            changed[key] = _merge_mappings(below, node, lambda _, one, other: merge_services(one, other))
        elif key in _RESOURCES and below is not None:
            changed[key] = _merge(below, node, ("",))
        else:
            changed[key] = node
    return base.with_entries(**changed)


def merge_services(base: Node, over: Node) -> Node:
    """A service with another one over it; both in their long form."""
    return _merge(base, over, ())


def _merge(base: Node, over: Node, path: tuple[str, ...]) -> Node:
    if over.tag == "override" or path in _REPLACED:
        return replace(over, tag="")
    if path == ("logging",) and _drivers_differ(base, over):
        return over
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        return _merge_mappings(base, over, lambda key, one, other: _merge(one, other, (*path, key)))
    if isinstance(base.value, list) and isinstance(over.value, list):
        items = [*base.items, *over.items]
        key = _UNIQUE.get(path[0]) if len(path) == 1 else None
        return replace(over, value=_unique(items, key) if key else items)
    if over.value is None and isinstance(base.value, (dict, list)):
        return base
    return over


def _merge_mappings(base: Node, over: Node, merge: Callable[[str, Node, Node], Node]) -> Node:
    entries = dict(base.entries)
    for key, node in over.entries.items():
        if node.tag == "reset":
            entries.pop(key, None)
        elif key in entries:
            entries[key] = merge(key, entries[key], node)
        else:
            entries[key] = replace(node, tag="") if node.tag else node
    return replace(over, value=entries)


def _drivers_differ(base: Node, over: Node) -> bool:
    one, other = base.get("driver"), over.get("driver")
    return one is not None and other is not None and one.text != other.text


def _unique(items: list[Node], key: Callable[[Node], object]) -> list[Node]:
    """The items, of those with one key the last; it takes the place of the first."""
    found: dict[object, Node] = {}
    for item in items:
        found[key(item)] = item
    return list(found.values())


def _port_key(node: Node) -> object:
    return values.port_key(plain(node))


def _volume_key(node: Node) -> object:
    target = node.get("target")
    return target.text if target else values.volume_target(node.text or "")


def _mount_key(node: Node) -> object:
    named = node.get("target") or node.get("source")
    return named.text if named else node.text


def _text_key(node: Node) -> object:
    return repr(plain(node))


_UNIQUE: dict[str, Callable[[Node], object]] = {
    "ports": _port_key,
    "volumes": _volume_key,
    "secrets": _mount_key,
    "configs": _mount_key,
    **dict.fromkeys(
        ("expose", "env_file", "profiles", "dns", "dns_search", "tmpfs", "links", "cap_add", "cap_drop", "security_opt"), _text_key
    ),
}
