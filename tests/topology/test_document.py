"""Detections as JSON, and back without loss."""

import json
from pathlib import Path

import pytest

from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.document import (
    detection_document,
    from_record,
    recommendation_from_json,
    recommendation_to_json,
    to_record,
)
from kyozo_gql.topology.tree import DiskTree

TREES = [Path(__file__).parents[2] / "examples", *sorted((Path(__file__).parent / "cases").glob("*/tree"))]
KEYS = {
    "path", "service_type", "confidence", "language", "framework", "package_manager", "runtime_version", "start_command", "port",
    "services", "depends_on", "dockerfile", "evidence",
}  # fmt: skip


@pytest.mark.parametrize("tree", TREES, ids=lambda path: path.parent.name)
def test_records_are_json_and_read_back_the_same(tree):
    analysis = analyze_tree(DiskTree(tree))
    for detection in (*analysis.detections, *analysis.parts):
        assert from_record(json.loads(json.dumps(to_record(detection)))) == detection
        stored = json.loads(json.dumps(recommendation_to_json(detection.recommendation)))
        assert recommendation_from_json(stored) == detection.recommendation
        assert set(detection_document(detection)) >= KEYS


def test_no_recommendation_is_the_empty_object():
    assert recommendation_to_json(None) == {}
    assert recommendation_from_json({}) is None
    assert recommendation_from_json(None) is None


def test_a_record_of_nothing_but_its_path_reads_as_no_service():
    detection = from_record({"folder_path": "api", "service_indicators": None, "detected_patterns": {}})
    assert (detection.folder_path, detection.service_type, detection.recommendation) == ("api", None, None)


def test_a_record_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="ports"):
        from_record({"folder_path": "api", "deployment_recommendations": {"ports": [{"container_port": "many"}]}})


def test_the_document_of_a_folder_with_a_dockerfile_tells_what_its_image_runs():
    tree = DiskTree(Path(__file__).parent / "cases/dockerfile-beside-node/tree")
    document = detection_document(analyze_tree(tree).detections[0])
    assert (document["service_type"], document["start_command"], document["dockerfile"]) == ("containerized", "node index.js", None)
    assert [other["service_type"] for other in document["runner_ups"]] == ["nodejs"]
