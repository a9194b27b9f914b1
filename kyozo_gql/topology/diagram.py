"""A graph drawn: a flowchart in Mermaid's language, the same text for the same graph.

Boxes are services, rounded ones their parts, cylinders backing services, stadiums whatever else something leads to. What needs
points to what is needed; services of a cycle have a red border. Texts of the tree are quoted letter by letter: no name can
end a label, or be taken for markup.
"""

from __future__ import annotations

from typing import Final

from kyozo_gql.topology.graph import Graph, GraphNode, NodeKind

_SHAPES: Final = {
    NodeKind.SERVICE: ("[", "]"),
    NodeKind.PART: ("(", ")"),
    NodeKind.BACKING_SERVICE: ("[(", ")]"),
    NodeKind.EXTERNAL: ("([", "])"),
}
_LONGEST_LABEL: Final = 80


def draw(graph: Graph) -> str:
    """The flowchart; one without nodes where the graph is empty. It ends without a line break."""
    ids = {node.key: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart LR", *(f"  {ids[node.key]}{_shape(node)}" for node in graph.nodes)]
    lines += [
        f"  {ids[node.part_of]} -.- {ids[node.key]}" for node in graph.nodes if node.part_of in ids and node.part_of != node.key
    ]
    lines += [f'  {ids[edge.source]} -->|"{_quote(edge.kind)}"| {ids[edge.target]}' for edge in graph.edges]
    cyclic = sorted({path for cycle in graph.cycles for path in cycle if path in ids})
    if cyclic:
        lines += ["  classDef cycle stroke:#d33,stroke-width:2px", f"  class {','.join(ids[path] for path in cyclic)} cycle"]
    return "\n".join(lines)


def _shape(node: GraphNode) -> str:
    begin, end = _SHAPES[node.kind]
    label = node.key if node.kind is NodeKind.PART else node.folder_path or node.name
    kind = f"<br/>{_quote(node.service_type.value)}" if node.service_type else ""
    return f'{begin}"{_quote(label)}{kind}"{end}'


def _quote(text: str) -> str:
    """Letters and digits as they are, and what stands between two of them in a name; all else by its number."""
    short = text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
    return "".join(one if _is_plain(short, place) else f"#{ord(one)};" for place, one in enumerate(short))


def _is_plain(text: str, place: int) -> bool:
    around = text[place - 1 : place], text[place + 1 : place + 2]
    return text[place].isalnum() or text[place] == "/" or (text[place] in " .-_" and all(one.isalnum() for one in around))
