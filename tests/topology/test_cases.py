"""Each folder of ``cases`` is a small tree and what is to be recognised in it: the documentation of the rules.

``services`` are the expected services in order, each with the keys of its document that matter; ``dependencies`` are edges that
must be there (source, target), ``absent`` edges that must not, ``order`` is that of deployment, ``reasons`` names
rules whose evidence must be there by folder.
"""

import json
from pathlib import Path

import pytest

from kyozo_gql.topology.analysis import analyze_folder, analyze_tree
from kyozo_gql.topology.dockerfile import parse_dockerfile
from kyozo_gql.topology.document import detection_document
from kyozo_gql.topology.tree import DiskTree

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/expected.json"))


@pytest.fixture(params=CASES, ids=lambda path: path.name)
def case(request):
    return request.param


def test_case(case):
    expected = json.loads((case / "expected.json").read_text())
    tree = DiskTree(case / "tree")
    analysis = analyze_tree(tree)
    documents = [detection_document(detection) for detection in analysis.detections]
    found = [{key: document[key] for key in wanted} for document, wanted in zip(documents, expected["services"], strict=False)]
    assert found == expected["services"]
    assert [document["path"] for document in documents] == [wanted["path"] for wanted in expected["services"]]
    edges = {(edge.source, edge.target) for edge in analysis.dependencies}
    assert {tuple(edge) for edge in expected.get("dependencies", [])} <= edges
    assert not {tuple(edge) for edge in expected.get("absent", [])} & edges
    if "order" in expected:
        assert list(analysis.order) == expected["order"]
    for folder, rules in expected.get("reasons", {}).items():
        assert set(rules) <= {indicator.rule for indicator in analyze_folder(tree, folder).indicators}


def test_generated_dockerfiles_are_sound_and_do_not_run_as_root(case):
    for detection in analyze_tree(DiskTree(case / "tree")).detections:
        advice = detection.recommendation
        if advice is None or advice.dockerfile is None:
            continue
        text = advice.dockerfile
        parsed = parse_dockerfile(text)
        assert parsed.unknown == []
        assert [mapping.container_port for mapping in parsed.ports] == [mapping.container_port for mapping in advice.ports[:1]]
        assert [line for line in text.splitlines() if line.startswith("USER")][-1] == "USER 10001:10001"
        assert text.splitlines()[-1].startswith(("CMD ", "ENTRYPOINT "))


def test_a_case_that_expects_no_edges_has_none_to_unknown_hosts():
    analysis = analyze_tree(DiskTree(Path(__file__).parent / "cases" / "environment-references" / "tree"))
    assert [(edge.source, edge.target) for edge in analysis.dependencies] == [("front", "api")]


def test_an_analysis_is_the_same_each_time(case):
    first, second = (repr(analyze_tree(DiskTree(case / "tree"))) for _ in range(2))
    assert first == second
