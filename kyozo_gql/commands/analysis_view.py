"""An analysis for people: the folders as a tree with colours, and below it what they need and in what order they are deployed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree as Branch

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.document import detection_document
from kyozo_gql.topology.model import Analysis, Detection

_COLOURS: Final = {
    ServiceType.CONTAINERIZED: "blue",
    ServiceType.NODEJS: "green",
    ServiceType.PYTHON: "yellow",
    ServiceType.GOLANG: "cyan",
    ServiceType.RUST: "red",
    ServiceType.COMPOSE_STACK: "magenta",
    ServiceType.PROXY: "bright_blue",
}
_LONGEST: Final = 200


class AnalysisView:
    """What is printed of an analysis. ``title`` names the tree; without ``evidence`` a folder takes two lines at most."""

    def __init__(self, title: str, analysis: Analysis, *, evidence: bool = True) -> None:
        self._title = title
        self._analysis = analysis
        self._evidence = evidence
        self._found = {one.folder_path: one for one in (*analysis.detections, *analysis.parts, *analysis.others)}

    def render(self) -> RenderableType:
        """Everything, ready to be printed."""
        return Group(self._tree(), *self._edges(), *self._order(), *self._cycles(), *self._bounds())

    def _tree(self) -> Branch:
        count = len(self._analysis.detections)
        title = _name(self._title).append(f": {count} service{'' if count == 1 else 's'}")
        root = Branch(title)
        if "" in self._found:
            title.append("; itself ").append(_verdict(self._found[""]))
            self._describe(root, self._found[""])
        branches = {"": root}
        for path in sorted(filter(None, self._found), key=lambda path: path.split("/")):
            around = self._around(path)
            branch = branches[around].add(_name(path.removeprefix(f"{around}/")).append("  ").append(_verdict(self._found[path])))
            self._describe(branch, self._found[path])
            branches[path] = branch
        return root

    def _around(self, path: str) -> str:
        """The nearest folder around that is in the tree as well."""
        while path:
            path = path.rpartition("/")[0]
            if path in self._found:
                return path
        return ""

    def _describe(self, branch: Branch, detection: Detection) -> None:
        facts = ", ".join(_facts(detection))
        if facts:
            branch.add(Text(_plain(facts)))
        for one in detection.indicators if self._evidence else ():
            where = f"{one.path or '.'}{f':{one.line}' if one.line else ''}"
            branch.add(Text(_plain(f"{one.weight:+.2f} {where}: {one.detail}"), style="dim"))

    def _edges(self) -> Iterator[Text]:
        if self._analysis.dependencies:
            yield Text("\nwhat needs what", style="bold")
        for edge in self._analysis.dependencies:
            line = Text("  ").append(_name(edge.source)).append(" needs ").append(_name(edge.target))
            yield line.append(_plain(f"  {edge.kind}: {edge.evidence}" if self._evidence else f"  {edge.kind}"), style="dim")

    def _order(self) -> Iterator[Text]:
        if self._analysis.order:
            yield Text("\norder of deployment", style="bold")
            yield Text("  ").append(Text(", ").join(map(_name, self._analysis.order)))

    def _cycles(self) -> Iterator[Text]:
        for cycle in self._analysis.cycles:
            yield Text("\nneed one another in a circle: ", style="red").append(Text(", ").join(map(_name, cycle)))

    def _bounds(self) -> Iterator[Text]:
        bounds = self._analysis.metadata.get("bounds", {})
        for bound, count in bounds.get("hit", {}).items():
            yield Text(f"\n{bound} ({bounds[bound]}) left something out: {count}", style="red")
        for sentence in bounds.get("left_out", ()):
            yield Text(_plain(f"  {sentence}"), style="dim")
        passed_over = self._analysis.metadata.get("passed_over")
        if passed_over:
            yield Text(f"\nfolders of sources alone that were not looked into: {passed_over}", style="red")


def _name(path: str) -> Text:
    return Text().append(_plain(path or "."), style="bold")


def _verdict(detection: Detection) -> Text:
    if detection.service_type is None:
        return Text(f"no service {detection.confidence:.0%}", style="dim")
    verdict = Text().append(detection.service_type.value, style=_COLOURS[detection.service_type])
    verdict.append(f" {detection.confidence:.0%}")
    part_of = detection.metadata.get("part_of")
    return verdict if part_of is None else verdict.append(_plain(f" part of {part_of or '.'}"), style="dim")


def _facts(detection: Detection) -> Iterator[str]:
    """What is worth a word, each in a few."""
    told = detection_document(detection)
    runtime = (told["language"], told["runtime_version"])
    yield from filter(None, (" ".join(filter(None, runtime)), told["framework"], told["package_manager"]))
    if told["start_command"]:
        yield f"starts with {told['start_command']}"
    if told["ports"]:
        yield f"port{'s' if len(told['ports']) > 1 else ''} {' '.join(map(str, told['ports']))}"
    if told["services"]:
        yield f"runs {' '.join(told['services'])}"
    if told["required_environment"]:
        yield f"asks for {' '.join(told['required_environment'])}"


def _plain(text: str) -> str:
    """Nothing that a terminal would take for a command, and not without end."""
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
