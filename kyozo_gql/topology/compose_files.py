"""Which Compose files stand in a folder, and which of them ``docker compose`` would take there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kyozo_gql.topology.folder import Folder

# In the order in which Compose looks for them.
FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")
_OTHER = re.compile(r"^(?:docker-)?compose[._-][\w.-]{1,80}\.ya?ml$|^[\w.-]{1,80}[._-](?:docker-)?compose\.ya?ml$", re.IGNORECASE)
_MAX_FILES = 10


@dataclass(frozen=True, slots=True)
class ComposeFiles:
    """``paths``: the files that are merged, in order, relative to the root of the tree; ``others`` stand beside them, unread."""

    paths: tuple[str, ...]
    others: tuple[str, ...]


def choose_files(folder: Folder, variables: Mapping[str, str]) -> ComposeFiles | None:
    """The Compose file of a folder with its override file, or those that COMPOSE_FILE names; None where there is none."""
    others = tuple(name for name in sorted(folder.names) if _OTHER.match(name) and name not in (*FILES, *OVERRIDES))
    named = variables.get("COMPOSE_FILE", "")
    if named:
        parts = named.split(variables.get("COMPOSE_PATH_SEPARATOR") or ":")[:_MAX_FILES]
        paths = tuple(posixpath.normpath(posixpath.join(folder.path, part)) for part in parts if part)
        return ComposeFiles(paths, tuple(name for name in others if folder.locate(name) not in paths))
    main = folder.first(*FILES)
    if main is None:
        return ComposeFiles((), others) if others else None
    override = folder.first(*OVERRIDES)
    names = (main, override) if override else (main,)
    return ComposeFiles(tuple(folder.locate(name) for name in names), others)
