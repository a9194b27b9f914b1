"""How far an analysis looks. What a bound cuts off is counted, and told with the answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

_MOST_TOLD = 20  # sentences of one answer; the counts hold them all
_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class Bounds:
    """``max_file_bytes`` of one file, ``max_read_bytes`` of all files together are read; ``max_depth`` folders below the root and
    ``max_folders`` in all are looked at. A folder with more than ``max_entries`` is taken for data, and seems empty.

    YAML of more than ``max_yaml_bytes``, or of more than ``max_yaml_nodes`` values once its aliases are written out, and TOML of
    more than ``max_toml_bytes`` is not parsed. Of a source, a Dockerfile or a configuration that is looked through for words the
    first ``max_text_characters`` count. ``max_sources`` sources of one program are looked through, ``max_looks`` folders of sources
    alone. A workspace has ``max_members`` at most, an ignore file ``max_patterns``.
    """

    max_file_bytes: int = 1024 * 1024
    max_read_bytes: int = 128 * 1024 * 1024
    max_depth: int = 12
    max_folders: int = 20_000
    max_entries: int = 200_000
    max_yaml_bytes: int = 128 * 1024
    max_yaml_nodes: int = 20_000
    max_toml_bytes: int = 256 * 1024
    max_text_characters: int = 100_000
    max_sources: int = 60
    max_looks: int = 1_000
    max_members: int = 5_000
    max_patterns: int = 1_000


def setting_of(bound: str) -> str:
    """The variable of the environment that moves a bound."""
    return f"KYOZO_ANALYSIS_{bound.upper()}"


@dataclass(slots=True)
class Hits:
    """What the bounds left out of one look at a tree."""

    bounds: Bounds
    _counts: dict[str, int] = field(default_factory=dict)
    _told: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, bound: str, path: str, detail: str, count: int = 1) -> str:
        """Counts what a bound left out at a path, once each, and answers the sentence's end: the detail and the setting."""
        text = f"{detail} ({setting_of(bound)})"
        if (bound, path) not in self._told:
            self._told[bound, path] = text
            self._counts[bound] = self._counts.get(bound, 0) + count
        return text

    def document(self) -> dict[str, Any]:
        """The bounds; ``hit`` counts what each left out, ``left_out`` says so of the first of them: file or folder, and setting."""
        said = [f"{path[:_LONGEST_PATH] or '.'}: {text}" for (_, path), text in list(self._told.items())[:_MOST_TOLD]]
        return {**asdict(self.bounds), "hit": dict(sorted(self._counts.items())), "left_out": said}
