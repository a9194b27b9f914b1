"""A Compose application out of its files: variables, ``extends``, ``include`` and files that are merged over one another.

Nothing out of the tree is read. What can't be followed is a problem with its line, and the rest is read on.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kyozo_gql.topology.compose_forms import to_long_form
from kyozo_gql.topology.compose_merge import merge_documents, merge_services
from kyozo_gql.topology.compose_tree import Node, Place, Problems, fill_variables, parse_documents, plain, walk
from kyozo_gql.topology.environment import parse_env
from kyozo_gql.topology.interpolation import Interpolation
from kyozo_gql.topology.model import Tree
from kyozo_gql.topology.parsing import ParseError, TooLargeError

REMOTE = ("http://", "https://", "git://", "git@", "ssh://", "oci://", "github.com/")
# Bounds of a stack as a whole, which is refused beyond them and says so: no stack that somebody runs comes near.
_MAX_FILES = 40
_MAX_CHAIN = 20
_MAX_NODES = 60_000
_TOP = frozenset({"version", "name", "services", "networks", "volumes", "secrets", "configs", "include", "models"})


@dataclass(slots=True)
class ComposeLoader:
    """Reads the files of one application. ``missing`` and ``required`` are names of variables, as of Interpolation."""

    tree: Tree
    problems: Problems = field(default_factory=Problems)
    missing: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    _nodes: int = 0
    _documents: dict[tuple[str, str, int], list[Node]] = field(default_factory=dict)
    _variables: list[Mapping[str, str]] = field(default_factory=list)  # kept, because they are known by where they are

    def load(self, paths: tuple[str, ...], base: str, variables: Mapping[str, str], chain: tuple[str, ...] = ()) -> Node | None:
        """The files merged in order; None where none of them is a Compose file. Paths in them count from ``base``."""
        merged: Node | None = None
        for path in paths:
            document = self._load_file(path, base, variables, chain, merged)
            if document is not None:
                merged = merge_documents(merged, document) if merged else document
        return merged

    def _load_file(
        self, path: str, base: str, variables: Mapping[str, str], chain: tuple[str, ...], below: Node | None
    ) -> Node | None:
        documents = self._read(path, base, variables)
        merged: Node | None = None
        for document in documents:
            named = document.get("services")
            services = {
                name: self._extend(name, document, variables, ((path, name),), below) for name in (named.entries if named else ())
            }
            extended = document.with_entries(services=replace(named, value=services)) if named else document
            read = self._include(extended, variables, (*chain, path))
            merged = merge_documents(merged, read) if merged else read
        return merged

    def _read(self, path: str, base: str, variables: Mapping[str, str]) -> list[Node]:
        """The documents of a file with their variables filled in and their services in the long form; each file is read once."""
        known = (path, base, id(variables))
        if known not in self._documents:
            self._documents[known] = self._read_anew(path, base, variables)
        return self._documents[known]

    def _read_anew(self, path: str, base: str, variables: Mapping[str, str]) -> list[Node]:
        here = Place(path, 1, base)
        if len(self.files) >= _MAX_FILES:
            self.problems.note(here, "", f"is left out: a stack of more than {_MAX_FILES} files", blocking=True)
            return []
        self.files.append(path)
        text = self.tree.read(path)
        if text is None:
            self.problems.note(here, "", f"is {self.tree.fault(path) or 'not there'}", blocking=True)
            return []
        try:
            documents = parse_documents(text, path, base, self.problems, self.tree.limits())
        except ParseError as error:
            if isinstance(error, TooLargeError):
                error = ParseError(self.tree.note_hit(error.bound, path, str(error)))
            self.problems.note(here, "", f"holds {error}", blocking=True)
            return []
        interpolation = Interpolation(variables)
        filled = [self._prepare(fill_variables(document, interpolation, self.problems)) for document in documents]
        self.missing |= interpolation.missing
        self.required |= interpolation.required
        return filled

    def _prepare(self, document: Node) -> Node:
        for key, node in document.entries.items():
            if "services" in document.entries and key not in _TOP and not key.startswith("x-"):
                self.problems.note(node, key, "is no part of a Compose file")
        named = document.get("services")
        if named is None:
            return document
        if named.value is not None and not isinstance(named.value, dict):
            self.problems.note(named, "services", "is no mapping", blocking=True)
            return document.with_entries(services=None)
        services: dict[str, Node] = {}
        for name, service in named.entries.items():
            if service.tag != "reset" and not isinstance(service.value, dict):
                self.problems.note(
                    service, f"services.{name}", "is empty" if service.value is None else "is no mapping", blocking=True
                )
            elif not name.startswith("x-"):
                services[name] = to_long_form(service, f"services.{name}", self.problems) if service.entries else service
        return document.with_entries(services=replace(named, value=services))

    def _extend(
        self, name: str, document: Node, variables: Mapping[str, str], chain: tuple[tuple[str, str], ...], below: Node | None
    ) -> Node:
        """A service with what it extends under it."""
        service = document.entries["services"].entries[name]
        extends = service.get("extends")
        if extends is None:
            return service
        alone = service.with_entries(extends=None)
        field_ = f"services.{name}.extends"
        other, file = (node.text if (node := extends.get(key)) else None for key in ("service", "file"))
        if other is None:
            self.problems.note(extends, field_, "names no service", blocking=True)
            return alone
        source, path = document, extends.place.file
        if file:
            path = self._resolve(file, extends, field_) or ""
            documents = self._read(path, posixpath.dirname(path), variables) if path else []
            if not documents:
                return alone
            source = documents[0]
        key = (path, other)
        found = source.get("services", other) or (below.get("services", other) if below and not file else None)
        if found is None or key in chain or len(chain) > _MAX_CHAIN:
            what = "is not there" if found is None else "comes back to itself" if key in chain else "goes on for too long"
            self.problems.note(extends, field_, f"the service {other[:100]} {what}", blocking=True)
            return alone
        extended = self._extend(other, source, variables, (*chain, key), below) if source.get("services", other) else found
        self._nodes += sum(1 for _ in walk(extended))
        if self._nodes > _MAX_NODES:
            self.problems.note(extends, field_, "makes the stack too large", blocking=True)
            return alone
        return merge_services(extended, alone)

    def _include(self, document: Node, variables: Mapping[str, str], chain: tuple[str, ...]) -> Node:
        """A document with what it includes; what both have is the document's."""
        include = document.get("include")
        if include is None:
            return document
        for index, item in enumerate(include.items or [include]):
            included = self._included(item, f"include.{index}", variables, chain)
            if included is not None:
                document = self._imported(document, included, item)
        return document.with_entries(include=None)

    def _included(self, item: Node, field_: str, variables: Mapping[str, str], chain: tuple[str, ...]) -> Node | None:
        named = item.get("path") or item
        texts = [node for node in (named.items or [named]) if node.text]
        paths = [path for node in texts if (path := self._resolve(node.text or "", node, field_))]
        if not paths or len(paths) < len(texts):
            if not texts:
                self.problems.note(item, field_, "names no file", blocking=True)
            return None
        if set(paths) & set(chain) or len(chain) > _MAX_CHAIN:
            self.problems.note(item, field_, f"{paths[0][:100]} includes itself", blocking=True)
            return None
        given = item.get("project_directory")
        project = (
            self._resolve(given.text, item, f"{field_}.project_directory") if given and given.text else posixpath.dirname(paths[0])
        )
        if project is None:
            return None
        project = "" if project == "." else project
        env_files = item.get("env_file")
        files = [node.text for node in (env_files.items or [env_files]) if node.text] if env_files else []
        read = [self._resolve(file, item, f"{field_}.env_file") for file in files]
        env_paths = [path for path in read if path] if files else [posixpath.join(project, ".env")]
        local: dict[str, str] = {}
        for path in env_paths:
            local |= parse_env(self.tree.read(path) or "")
        self._variables.append({**local, **variables})
        return self.load(tuple(paths), project, self._variables[-1], chain)

    def _imported(self, document: Node, included: Node, item: Node) -> Node:
        changed: dict[str, Node | None] = {}
        for key in ("services", "volumes", "networks", "secrets", "configs"):
            theirs, ours = included.get(key), document.get(key)
            if theirs is None or not theirs.entries:
                continue
            for name in ours.entries if ours is not None else ():
                if name in theirs.entries and plain(theirs.entries[name]) != plain(document.get(key, name)):
                    self.problems.note(item, f"{key}.{name}", "is in the included file as well; this file's own counts")
            changed[key] = theirs if ours is None else replace(ours, value={**theirs.entries, **ours.entries})
        return document.with_entries(**changed)

    def _resolve(self, path: str, node: Node, field_: str) -> str | None:
        """The place of a file in the tree; None, and a problem, where it is elsewhere."""
        if path.startswith(REMOTE):
            self.problems.note(node, field_, f"{path[:100]} is fetched from elsewhere, which is not allowed", blocking=True)
            return None
        resolved = posixpath.normpath(posixpath.join(node.place.base, path))
        if path.startswith(("/", "~", "\\")) or resolved.split("/")[0] == "..":
            self.problems.note(node, field_, f"{path[:100]} leads out of the workspace, which is not allowed", blocking=True)
            return None
        return resolved
