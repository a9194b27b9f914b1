"""The short forms of a Compose service in their long ones, and what is no form at all.

Merging is defined on the long forms: https://docs.docker.com/reference/compose-file/merge/
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kyozo_gql.topology.compose_tree import Node, Problems

_TEXT, _LIST, _MAP = "text", "list", "mapping"
# What the keys of a service may hold, null left aside; a key with no kinds may hold anything.
KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "image", "container_name", "hostname", "domainname", "user", "working_dir", "restart", "network_mode", "pid", "ipc",
            "uts",
            "userns_mode", "cgroup", "cgroup_parent", "platform", "pull_policy", "runtime", "stop_signal", "stop_grace_period",
            "mem_limit", "mem_reservation", "memswap_limit", "mem_swappiness", "cpus", "cpu_count", "cpu_percent", "cpu_period",
            "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpuset", "shm_size", "pids_limit", "isolation", "scale",
            "mac_address", "oom_score_adj", "oom_kill_disable", "privileged", "read_only", "init", "stdin_open", "tty", "attach",
            "use_api_socket", "pull_refresh_after", "volume_driver",
        ),
        (_TEXT,),
    ),
    **dict.fromkeys(
        (
            "ports", "expose", "volumes", "volumes_from", "devices", "device_cgroup_rules", "cap_add", "cap_drop", "security_opt",
            "group_add", "links", "external_links", "configs", "secrets", "profiles", "post_start", "pre_stop",
        ),
        (_LIST,),
    ),
    **dict.fromkeys(("deploy", "healthcheck", "logging", "blkio_config", "credential_spec", "develop", "provider"), (_MAP,)),
    **dict.fromkeys(
        ("environment", "labels", "annotations", "extra_hosts", "sysctls", "depends_on", "networks", "storage_opt", "models"),
        (_LIST, _MAP),
    ),
    **dict.fromkeys(("command", "entrypoint", "dns", "dns_search", "dns_opt", "tmpfs", "label_file"), (_TEXT, _LIST)),
    **dict.fromkeys(("build", "extends"), (_TEXT, _MAP)),
    "env_file": (_TEXT, _LIST, _MAP),
    "ulimits": (_MAP,),
    "gpus": (),
}  # fmt: skip
_VARIABLES = ("environment", "labels", "annotations", "sysctls")
_NAMES = ("depends_on", "networks", "models")
_SINGLES = ("env_file", "dns", "dns_search", "tmpfs", "label_file")


def to_long_form(service: Node, path: str, problems: Problems) -> Node:
    """A service whose short forms are written out; entries of a kind that there can't be are taken out and named."""
    entries: dict[str, Node | None] = {}
    for key, node in service.entries.items():
        if key.startswith("x-"):
            continue
        entries[key] = _checked(key, node, f"{path}.{key}", problems)
    kept = replace(service, value={key: node for key, node in entries.items() if node is not None})
    changed: dict[str, Node | None] = {}
    for key in _VARIABLES:
        changed[key] = _variables(kept.get(key))
    for key in _NAMES:
        changed[key] = _names(kept.get(key))
    for key in _SINGLES:
        changed[key] = _single(kept.get(key))
    changed["build"] = _build(kept.get("build"))
    changed["extends"] = _keyed(kept.get("extends"), "service")
    return kept.with_entries(**changed)


def _checked(key: str, node: Node, path: str, problems: Problems) -> Node | None:
    if key not in KEYS:
        problems.note(node, path, "is no key of a service")
        return None
    kinds = KEYS[key]
    if node.value is None or not kinds or kind_of(node.value) in kinds:
        return node
    problems.note(node, path, f"is a {kind_of(node.value)}, where there can only be a {' or a '.join(kinds)}")
    return None


def kind_of(value: object) -> str:
    """What a value is, in a word."""
    return _MAP if isinstance(value, dict) else _LIST if isinstance(value, list) else _TEXT


def _variables(node: Node | None) -> Node | None:
    """NAME=value items as a mapping; a name without a value is null."""
    if node is None or not isinstance(node.value, list):
        return node
    found: dict[str, Node] = {}
    for item in node.items:
        name, equals, value = (item.text or "").partition("=")
        if name:
            found[name] = replace(item, value=value if equals else None)
    return replace(node, value=found)


def _names(node: Node | None) -> Node | None:
    if node is None or not isinstance(node.value, list):
        return node
    return replace(node, value={item.text: replace(item, value=None) for item in node.items if item.text})


def _single(node: Node | None) -> Node | None:
    if node is None or node.value is None or isinstance(node.value, list):
        return node
    return replace(node, value=[node], tag=node.tag)


def _keyed(node: Node | None, key: str) -> Node | None:
    if node is None or node.text is None:
        return node
    return replace(node, value={key: replace(node, tag="")})


def _build(node: Node | None) -> Node | None:
    build = _keyed(node, "context")
    if build is None:
        return None
    changed: dict[str, Any] = {key: _variables(build.get(key)) for key in ("args", "labels") if build.get(key)}
    contexts = build.get("additional_contexts")
    return build.with_entries(**changed, additional_contexts=_variables(contexts))
