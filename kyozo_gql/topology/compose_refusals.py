"""What a Compose service asks of the host that the default policy does not allow. Each refusal names the key that asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kyozo_gql.topology.compose_tree import ServiceNode
from kyozo_gql.topology.compose_volumes import leaves_tree
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text

# Key, and what "host" or another container means there.
_NAMESPACES = {"network_mode": "network", "pid": "process", "ipc": "IPC", "userns_mode": "user", "uts": "UTS", "cgroup": "cgroup"}
_LISTS = {
    "devices": "devices of the host",
    "device_cgroup_rules": "devices of the host",
    "cap_add": "added capabilities",
    "volumes_from": "the volumes of other containers",
    "credential_spec": "credentials of the host",
    "runtime": "another runtime",
    "cgroup_parent": "a control group of the host",
    "use_api_socket": "the socket of the container engine",
    "provider": "a program of the host",
}
_SINGULAR = frozenset({"runtime", "cgroup_parent", "use_api_socket", "provider"})
# What is left out without harm to the meaning of the service, but may be missed.
_UNUSED = (
    "hostname", "domainname", "dns", "dns_search", "dns_opt", "extra_hosts", "external_links", "sysctls", "ulimits", "tmpfs",
    "shm_size", "read_only", "stop_grace_period", "stop_signal", "group_add", "mac_address", "pids_limit", "oom_score_adj",
    "post_start", "pre_stop", "storage_opt", "platform", "label_file", "models", "develop",
)  # fmt: skip
Say = Callable[[str, str], str]


def refuse(service: ServiceNode) -> tuple[str, ...]:
    """The refusals of one service, in the order of the rules; those of its mounts are not among them."""
    table = service.table
    found = [
        *_refuse_host(table, service.say),
        *_refuse_build(table, service.say),
        *_refuse_env_files(service),
    ]
    return tuple(dict.fromkeys(found))


def unused_keys(service: ServiceNode) -> tuple[str, ...]:
    """The keys of a service that have no effect here."""
    return tuple(key for key in _UNUSED if service.table.get(key))


def env_files(value: object) -> tuple[tuple[str, bool, bool], ...]:
    """The files that env_file names, in any of its forms: path, whether it has to be there,
    whether it is taken as it is written.
    """
    found: list[tuple[str, bool, bool]] = []
    for item in value if isinstance(value, list) else [value]:
        table = as_table(item)
        path = as_text(item) or as_text(table.get("path"))
        if path:
            found.append((path, as_scalar(table.get("required")) != "false", as_text(table.get("format")) == "raw"))
    return tuple(found)


def _refuse_host(service: Mapping[str, Any], say: Say) -> Iterator[str]:
    if service.get("privileged") not in {None, False, "false"}:
        yield say("privileged", "privileged containers are not allowed")
    for key, kind in _NAMESPACES.items():
        value = as_scalar(service.get(key)) or ""
        if value == "host" or value.startswith(("container:", "service:")):
            yield say(key, f"the {kind} namespace of {'the host' if value == 'host' else 'another container'} is not allowed")
    for key, what in _LISTS.items():
        if service.get(key):
            yield say(key, f"{what} {'is' if key in _SINGULAR else 'are'} not allowed")
    for item in as_list(service.get("security_opt")):
        text = (as_text(item) or "").replace("=", ":").replace(" ", "")
        if text.endswith((":unconfined", ":disable")) or text.startswith(("seccomp:", "apparmor:", "label:", "systempaths:")):
            yield say("security_opt", f"{text[:60]} weakens the isolation and is not allowed")
    devices = as_table(as_table(as_table(service.get("deploy")).get("resources")).get("reservations")).get("devices")
    if devices or service.get("gpus"):
        yield say("deploy.resources.reservations.devices" if devices else "gpus", "devices of the host are not allowed")


def _refuse_build(service: Mapping[str, Any], say: Say) -> Iterator[str]:
    build = as_table(service.get("build"))
    if build.get("privileged"):
        yield say("build.privileged", "privileged builds are not allowed")
    if build.get("network") == "host":
        yield say("build.network", "the network namespace of the host is not allowed")
    if build.get("entitlements"):
        yield say("build.entitlements", "entitlements of a build are not allowed")
    if build.get("additional_contexts"):
        names = ", ".join(as_table(build["additional_contexts"]))[:100]
        yield say("build.additional_contexts", f"contexts besides the folder's own are not allowed: {names}")
    for key in ("secrets", "ssh"):
        if build.get(key):
            yield say(f"build.{key}", f"{key} of a build are not supported")


def _refuse_env_files(service: ServiceNode) -> Iterator[str]:
    for index, (path, _, _) in enumerate(env_files(service.table.get("env_file"))):
        if leaves_tree(service.base(f"env_file.{index}"), path):
            yield service.say(f"env_file.{index}", f"{path[:100]}: a file out of the workspace is not allowed")
