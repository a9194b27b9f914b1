"""One folder through the eyes of the rules: its names, its texts and documents, and what was wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, TypeVar, cast

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.confidence import MOST, likelihood
from kyozo_gql.topology.model import Dependency, Indicator, Patterns, Recommendation, Tree
from kyozo_gql.topology.parsing import ParseError, TooLargeError, parse_json, parse_toml, parse_yaml

_Known = TypeVar("_Known")
# What is parsed as a whole, or of which the head alone is asked for: everything else is looked through for words.
_WHOLE = (".json", ".jsonc", ".toml", ".yaml", ".yml", ".lock", ".lockb", ".sum", "Pipfile")


@dataclass(slots=True)
class Shared:
    """What was found out about a tree already, for all its folders: the folders around others, and what rule sets remember."""

    folders: dict[str, Folder] = field(default_factory=dict)
    known: dict[Hashable, object] = field(default_factory=dict)

    def remember(self, key: Hashable, find_out: Callable[[], _Known]) -> _Known:
        """What was found out under a key the first time that it was asked for."""
        if key not in self.known:
            self.known[key] = find_out()
        return cast("_Known", self.known[key])


@dataclass(slots=True)
class Finding:
    """What one rule set makes of a folder. Its weights add up to a score, and that stands for a probability."""

    service_type: ServiceType
    indicators: list[Indicator] = field(default_factory=list)
    patterns: Patterns = field(default_factory=Patterns)
    recommendation: Recommendation = field(default_factory=Recommendation)
    dependencies: list[Dependency] = field(default_factory=list)
    project_name: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The sum of the weights, bounded before what the place says is taken off."""
        place = others = 0.0
        for indicator in self.indicators:
            if indicator.rule == "place.aside":
                place += indicator.weight
            else:
                others += indicator.weight
        return round(min(MOST, others) + place, 4)

    @property
    def confidence(self) -> float:
        """The probability that the score stands for, two decimals."""
        return likelihood(self.score)


class Folder:
    """A folder of a tree. Names may lead into sub-folders (``cmd/main.go``) but not out of the folder.

    ``base_images`` replaces default base images and, as ``tool:NAME``, versions of package managers. ``faults`` gathers what could
    not be read or parsed, each once. ``shared`` is the same for all folders that are looked at together.
    """

    def __init__(self, tree: Tree, path: str, base_images: Mapping[str, str] | None = None, shared: Shared | None = None) -> None:
        self.tree = tree
        self.path = path
        self.base_images = base_images or {}
        self.shared = shared or Shared()
        self.names = frozenset(tree.files(path))
        self.faults: dict[str, Indicator] = {}
        if tree.fault(path):
            self.faults[path] = Indicator(path, "fault", 0.0, f"the folder {tree.fault(path)}")
        self._folders = tree.subfolders(path)
        self._suffixes: frozenset[str] | None = None
        self._known: dict[str, object] = {}
        self._texts: dict[str, str | None] = {}
        self._documents: dict[str, dict[str, Any] | None] = {}
        self._lines: dict[str, dict[tuple[str, ...], int]] = {}

    def remember(self, key: str, find_out: Callable[[], _Known]) -> _Known:
        """What was found out of this folder under a key the first time that it was asked for."""
        if key not in self._known:
            self._known[key] = find_out()
        return cast("_Known", self._known[key])

    def at(self, path: str) -> Folder:
        """Another folder of the same tree (relative to its root), kept for whoever asks for it again."""
        if path not in self.shared.folders:
            self.shared.folders[path] = Folder(self.tree, path, self.base_images, self.shared)
        return self.shared.folders[path]

    def locate(self, name: str) -> str:
        """The path of a file of this folder, relative to the root of the tree."""
        return f"{self.path}/{name}" if self.path else name

    def has(self, name: str) -> bool:
        """Whether there is such a regular file."""
        if name in self.names:
            return True
        if "/" not in name:
            return False
        parent, _, last = name.rpartition("/")
        if not self.has_folder(parent.partition("/")[0]):
            return False
        return last in self.tree.files(self.locate(parent))

    def has_folder(self, name: str) -> bool:
        """Whether there is such a sub-folder (one level)."""
        return name in self._folders

    def has_kind(self, suffixes: Iterable[str]) -> bool:
        """Whether some file of the folder ends in one of these suffixes, each a dot and what follows the last one of a name."""
        if self._suffixes is None:
            self._suffixes = frozenset([name[name.rfind(".") :] for name in self.names if "." in name])
        return not self._suffixes.isdisjoint(suffixes)

    def first(self, *names: str) -> str | None:
        """The first of these files that is there."""
        for name in names:
            if name in self.names or ("/" in name and self.has(name)):
                return name
        return None

    def read(self, name: str) -> str | None:
        """The text of a file; None where there is none, which is a fault where the file is there."""
        if name not in self._texts:
            if name not in self.names and "/" not in name:  # most are asked for in vain
                return None
            self._texts[name] = self._load(name)
        return self._texts[name]

    def _load(self, name: str) -> str | None:
        if not self.has(name):
            return None
        text = self.tree.read(self.locate(name))
        if text is None:
            self.note_fault(name, f"{PurePosixPath(name).name} is {self.tree.fault(self.locate(name)) or 'not to be read'}")
            return None
        return text if name.endswith(_WHOLE) else self._clip(name, text)

    def head(self, name: str) -> str:
        """The text of a file as far as it is looked through for words; empty where there is none."""
        return self._clip(name, self.read(name) or "")

    def _clip(self, name: str, text: str) -> str:
        most = self.tree.limits().max_text_characters
        if len(text) <= most:
            return text
        self.note_bound("max_text_characters", name, f"is looked through up to its character {most}")
        return text[:most]

    def note_bound(self, bound: str, name: str, detail: str) -> None:
        """Tells what a bound left out of a file or, where the name is empty, of the folder: with the bounds, and as evidence."""
        path = self.locate(name) if name else self.path
        said = self.tree.note_hit(bound, path, detail)
        self.faults.setdefault(path, Indicator(path, "fault", 0.0, f"{PurePosixPath(path).name or 'the folder'} {said}"))

    def json(self, name: str) -> dict[str, Any] | None:
        """The object that a JSON file holds; None where there is no such file, or a fault."""
        return self._document(name, "json")

    def toml(self, name: str) -> dict[str, Any] | None:
        """The table that a TOML file holds; None where there is no such file, or a fault."""
        return self._document(name, "toml")

    def yaml(self, name: str) -> dict[str, Any] | None:
        """The mapping that a YAML file holds; None where there is no such file, or a fault."""
        return self._document(name, "yaml")

    def lines(self, name: str) -> dict[tuple[str, ...], int]:
        """The lines of the keys of a YAML file that was parsed."""
        return self._lines.get(name, {})

    def note_fault(self, name: str, detail: str) -> None:
        """Keeps what is wrong with a file as evidence that weighs nothing."""
        path = self.locate(name)
        self.faults.setdefault(path, Indicator(path, "fault", 0.0, detail))

    def indicate(
        self, name: str, rule: str, weight: float, detail: str, *, line: int | None = None, field: str | None = None
    ) -> Indicator:
        """Evidence that stands in a file of this folder."""
        return Indicator(self.locate(name), rule, weight, detail, line, field)

    def _document(self, name: str, kind: str) -> dict[str, Any] | None:
        if name not in self._documents:
            if name not in self.names and "/" not in name:
                return None
            self._documents[name] = self._parse(name, kind)
        return self._documents[name]

    def _parse(self, name: str, kind: str) -> dict[str, Any] | None:
        text = self.read(name)
        if text is None:
            return None
        try:
            if kind == "json":
                return parse_json(text)
            if kind == "toml":
                return parse_toml(text, self.tree.limits())
            document, self._lines[name] = parse_yaml(text, self.tree.limits())
        except TooLargeError as error:
            self.note_bound(error.bound, name, f"holds {error}")
            return None
        except ParseError as error:
            self.note_fault(name, f"{PurePosixPath(name).name} holds {error}")
            return None
        return document
