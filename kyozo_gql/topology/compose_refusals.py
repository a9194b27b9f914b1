"""What a Compose service asks of the host that the default policy does not allow. Each refusal names the key that asks."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kyozo_gql.topology.compose_volumes import refuse_volumes
from kyozo_gql.topology.parsing import as_list, as_scalar, as_table, as_text

_SOCKETS = ("docker.sock", "podman.sock", "containerd.sock", "crio.sock")
# Key, and the values of it that give a container a share of the host; None: any value does.
_NAMESPACES = {"network_mode": "network", "pid": "process", "ipc": "IPC", "userns_mode": "user", "uts": "UTS", "cgroup": "cgroup"}
_LISTS = {
    "devices": "devices of the host",
    "device_cgroup_rules": "devices of the host",
    "cap_add": "added capabilities",
    "volumes_from": "the volumes of other containers",
    "credential_spec": "credentials of the host",
    "runtime": "another runtime",
    "cgroup_parent": "a control group of the host",
}
Say = Callable[[str, str], str]


def refuse(
    name: str, service: Mapping[str, Any], document: Mapping[str, Any], lines: Mapping[tuple[str, ...], int]
) -> tuple[str, ...]:
    """The refusals of one service, in the order of the rules."""

    def say(key: str, why: str) -> str:
        line = lines.get(("services", name, *key.split(".")))
        return f"services.{name}.{key}{f' (line {line})' if line else ''}: {why}"

    found = [
        *_refuse_host(service, say),
        *_refuse_mounts(service, document, say),
        *_refuse_build(service, say),
        *_refuse_files(service, document, say),
    ]
    return tuple(dict.fromkeys(found))


def leaves_folder(path: str) -> bool:
    """Whether a path of the host leads out of the folder of the Compose file."""
    return path.startswith(("/", "~", "\\")) or path[1:3] == ":\\" or posixpath.normpath(path).split("/")[0] == ".."


def _refuse_host(service: Mapping[str, Any], say: Say) -> Iterator[str]:
    if service.get("privileged") not in {None, False, "false"} if not isinstance(service.get("privileged"), (dict, list)) else True:
        yield say("privileged", "privileged containers are not allowed")
    for key, kind in _NAMESPACES.items():
        value = as_scalar(service.get(key)) or ""
        if value == "host" or value.startswith("container:"):
            yield say(key, f"the {kind} namespace of {'the host' if value == 'host' else 'another container'} is not allowed")
    for key, what in _LISTS.items():
        if service.get(key):
            yield say(key, f"{what} {'is' if key in {'runtime', 'cgroup_parent'} else 'are'} not allowed")
    for item in as_list(service.get("security_opt")):
        text = (as_text(item) or "").replace("=", ":").replace(" ", "")
        if text.endswith((":unconfined", ":disable")) or text.startswith(("seccomp:", "apparmor:", "label:", "systempaths:")):
            yield say("security_opt", f"{text[:60]} weakens the isolation and is not allowed")
    devices = as_table(as_table(as_table(service.get("deploy")).get("resources")).get("reservations")).get("devices")
    if devices or service.get("gpus"):
        yield say("deploy.resources.reservations.devices" if devices else "gpus", "devices of the host are not allowed")


def _refuse_mounts(service: Mapping[str, Any], document: Mapping[str, Any], say: Say) -> Iterator[str]:
    volumes = as_table(document.get("volumes"))
    faults = dict(refuse_volumes(service.get("volumes")))
    for index, item in enumerate(as_list(service.get("volumes"))):
        source = mount_source(item) or ""
        if source.endswith(_SOCKETS):
            yield say(f"volumes.{index}", f"{source[:100]}: the socket of the container engine is not allowed")
        elif leaves_folder(source):
            yield say(f"volumes.{index}", f"{source[:100]}: a bind mount out of the folder is not allowed")
        elif index in faults:
            yield say(f"volumes.{index}", faults[index])
        volume = as_table(volumes.get(source))
        device = as_text(as_table(volume.get("driver_opts")).get("device")) or ""
        if device and leaves_folder(device):
            yield say(f"volumes.{index}", f"the volume {source[:60]} is a bind mount of {device[:100]}, which is not allowed")
        elif volume.get("driver_opts") or volume.get("driver") not in (None, "local"):
            yield say(f"volumes.{index}", f"the volume {source[:60]} has a driver or options of its own, which is not supported")
        elif volume.get("external"):
            yield say(f"volumes.{index}", f"the volume {source[:60]} is external: only volumes of the stack itself are allowed")


def _refuse_build(service: Mapping[str, Any], say: Say) -> Iterator[str]:
    build = as_table(service.get("build"))
    if build.get("privileged"):
        yield say("build.privileged", "privileged builds are not allowed")
    if build.get("network") == "host":
        yield say("build.network", "the network namespace of the host is not allowed")
    if build.get("entitlements"):
        yield say("build.entitlements", "entitlements of a build are not allowed")
    if build.get("additional_contexts"):
        yield say("build.additional_contexts", "contexts besides the folder's own are not allowed")


def _refuse_files(service: Mapping[str, Any], document: Mapping[str, Any], say: Say) -> Iterator[str]:
    for kind in ("configs", "secrets"):
        for item in as_list(service.get(kind)):
            source = as_text(item) or as_text(as_table(item).get("source")) or ""
            path = as_text(as_table(as_table(document.get(kind)).get(source)).get("file"))
            if path and leaves_folder(path):
                yield say(kind, f"{path[:100]}: a file out of the folder is not allowed")
    for path in env_files(service.get("env_file")):
        if leaves_folder(path):
            yield say("env_file", f"{path[:100]}: a file out of the folder is not allowed")


def mount_source(item: object) -> str | None:
    """What a volume of the short or long form mounts: a path of the host, or the name of a volume; None for an anonymous one."""
    if isinstance(item, dict):
        return None if item.get("type") == "tmpfs" else as_text(item.get("source"))
    text = as_text(item) or ""
    if text[1:3] == ":\\":  # a drive letter of Windows
        return text
    source, colon, _ = text.partition(":")
    return source if colon else None


def env_files(value: object) -> tuple[str, ...]:
    """The paths that env_file names, in any of its forms."""
    items = value if isinstance(value, list) else [value]
    paths = (as_text(item) or as_text(as_table(item).get("path")) for item in items)
    return tuple(path for path in paths if path)
