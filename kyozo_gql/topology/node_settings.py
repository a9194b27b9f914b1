"""The port that the settings of a Node.js folder name, where neither the entry file nor what it imports says it."""

from __future__ import annotations

from kyozo_gql.topology.configured_port import ConfiguredPort, configured_port, note_configured_port
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.node_app import NodeApplication
from kyozo_gql.topology.sources import is_of_others, read_setting

_MODULES = tuple(
    f"{place}{stem}.{ending}"
    for place in ("", "config/", "src/", "src/config/", "server/", "server/config/")
    for stem in ("settings", "config", "default", "index")
    if place.endswith("config/") or stem in {"settings", "config"}
    for ending in ("js", "ts", "cjs", "mjs")
)


def settings_port(finding: Finding, folder: Folder, application: NodeApplication) -> int | None:
    """The port of a module of settings with a usual name, or of a file of configuration; noted in the evidence."""
    if not application.serves or application.hints.port:
        return None
    found = _of_modules(folder) or configured_port(folder)
    if found is None or is_of_others(found.port):
        return None
    note_configured_port(finding, folder, found)
    return found.port


def _of_modules(folder: Folder) -> ConfiguredPort | None:
    for file in _MODULES:
        place = file.rpartition("/")[0]
        if (place and not folder.has_folder(place)) or not folder.has(file):
            continue
        port = read_setting(folder.head(file)).port
        if port:
            return ConfiguredPort(port, file, "port")
    return None
