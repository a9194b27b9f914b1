from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.diagram import draw
from kyozo_gql.topology.graph import Graph, GraphNode, NodeKind, graph_document, graph_of
from kyozo_gql.topology.model import Dependency
from kyozo_gql.topology.tree import DiskTree
from tests.topology.trees import write_tree

TREE = {
    "web/package.json": {"name": "web", "scripts": {"start": "node server.js"}, "dependencies": {"pg": "8"}},
    "web/server.js": "require('http').createServer((_, r) => r.end('hi')).listen(3000)\n",
    "gate/nginx.conf": "events {}\nhttp { server { listen 80; location / { proxy_pass http://web:3000; } } }\n",
    "stack/compose.yaml": "services:\n  store:\n    image: redis:7\n  worker:\n    build: ./worker\n    depends_on: [store]\n",
    "stack/worker/Dockerfile": 'FROM alpine\nCMD ["sleep", "1"]\n',
}
LINE = re.compile(
    r"  (n\d+(\[\"L\"\]|\(\"L\"\)|\[\(\"L\"\)\]|\(\[\"L\"\]\))|n\d+ -\.- n\d+|n\d+ -->\|\"L\"\| n\d+"
    r"|classDef cycle stroke:#d33,stroke-width:2px|class n\d+(,n\d+)* cycle)".replace("L", r"(?:[\w/ .-]|#\d+;|<br/>)*")
)


def document(root: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(json.dumps(graph_document(analyze_tree(DiskTree(root)))))
    return kept


def test_what_was_written_down_reads_back_as_a_graph(tmp_path: Path):
    graph = graph_of(document(write_tree(tmp_path, TREE)))
    assert [(node.key, node.kind.value, node.part_of, node.compose_service) for node in graph.nodes] == [
        ("gate", "service", None, None),
        ("stack", "service", None, None),
        ("web", "service", None, None),
        ("stack/store", "part", "stack", "store"),
        ("stack/worker", "part", "stack", "worker"),
        ("postgres", "backing_service", None, None),
        ("redis", "backing_service", None, None),
    ]
    nodes = {node.key: node for node in graph.nodes}
    assert (nodes["web"].service_type, nodes["web"].folder_path) == (ServiceType.NODEJS, "web")
    assert (nodes["stack/worker"].service_type, nodes["stack/worker"].folder_path) == (ServiceType.CONTAINERIZED, "stack/worker")
    assert (nodes["stack/store"].service_type, nodes["stack/store"].folder_path) == (None, None)
    edges = {(edge.source, edge.target): edge for edge in graph.edges}
    assert set(edges) == {("gate", "web"), ("web", "postgres"), ("stack", "redis"), ("stack/worker", "stack/store")}
    assert all(edge.evidence for edge in graph.edges)
    assert graph.order.index("web") < graph.order.index("gate")
    assert graph.cycles == ()


def test_what_an_earlier_version_wrote_reads_as_far_as_it_goes(tmp_path: Path):
    kept = document(write_tree(tmp_path, TREE))
    graph = graph_of(kept)
    old = graph_of({key: kept[key] for key in ("services", "dependencies")})
    assert (old.order, old.cycles, old.edges) == (graph.order, graph.cycles, graph.edges)
    assert {node.key for node in old.nodes} == {node.key for node in graph.nodes}
    assert graph_of({}) == Graph()


def test_circles_are_found_and_drawn(tmp_path: Path):
    files = {
        f"{name}/{file}": text
        for name, other in (("one", "two"), ("two", "one"))
        for file, text in (
            ("package.json", {"name": name, "scripts": {"start": "node server.js"}}),
            ("server.js", "require('http').listen(3000)\n"),
            (".env.example", f"OTHER_URL=http://{other}:3000\n"),
        )
    }
    graph = graph_of(document(write_tree(tmp_path, files)))
    assert graph.cycles == (("one", "two"),)
    assert "  class n0,n1 cycle" in draw(graph).splitlines()


def test_the_drawing(tmp_path: Path):
    assert (
        draw(graph_of(document(write_tree(tmp_path, TREE))))
        == """flowchart LR
  n0["gate<br/>proxy"]
  n1["stack<br/>compose#95;stack"]
  n2["web<br/>nodejs"]
  n3("stack/store")
  n4("stack/worker<br/>containerized")
  n5[("postgres")]
  n6[("redis")]
  n1 -.- n3
  n1 -.- n4
  n0 -->|"proxy"| n2
  n1 -->|"compose"| n6
  n4 -->|"compose"| n3
  n2 -->|"library"| n5""".replace("compose#95;stack", "compose_stack")
    )
    assert draw(Graph()) == "flowchart LR"


@given(st.text(max_size=200), st.sampled_from(NodeKind))
def test_no_name_leaves_its_label(name: str, kind: NodeKind):
    node = GraphNode("key", name, kind, folder_path=name if kind is NodeKind.SERVICE else None)
    other = replace(node, key=name or "other")
    edges = (Dependency(node.key, other.key, name, ""),) if other.key != node.key else ()
    first, *lines = draw(Graph((node, other) if edges else (node,), edges)).split("\n")
    assert first == "flowchart LR"
    assert len(lines) == (3 if edges else 1)
    assert all(LINE.fullmatch(line) for line in lines), lines
