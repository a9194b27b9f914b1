"""What a bound leaves out is said: with the answer, and as evidence of the folder, with the file and the setting."""

import pytest

from kyozo_gql.topology.analysis import analyze_folder, analyze_tree
from kyozo_gql.topology.bounds import Bounds, Hits, setting_of
from kyozo_gql.topology.tree import DiskTree
from tests.topology.trees import write_tree

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
SERVES = 'package main\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
MEMBERS = {f"packages/p{number}/package.json": {"name": f"p{number}"} for number in range(5)}
CARGO = "[package]\nname = 'area'\nversion = '1.0.0'\n\n[dependencies]\naxum = '0.8'\n"

# bound, its value, files, what is left out: the path, and a part of the sentence
CASES = [
    ("max_file_bytes", 50, {"package.json": " " * 51}, "package.json", "larger than 50 bytes"),
    ("max_yaml_bytes", 50, {"compose.yaml": "# " + "x" * 50}, "compose.yaml", "YAML larger than 50 bytes"),
    ("max_yaml_bytes", 50, {"compose.yaml": "# " + "é" * 30}, "compose.yaml", "YAML larger than 50 bytes"),
    ("max_yaml_bytes", 50, {"envoy.yaml": "# " + "x" * 50}, "envoy.yaml", "YAML larger than 50 bytes"),
    ("max_yaml_nodes", 10, {"compose.yaml": "services: {a: {image: [1, 2, 3, 4, 5]}}"}, "compose.yaml", "more than 10 nodes"),
    ("max_yaml_nodes", 10, {"environment.yml": "dependencies: [a, b, c, d, e, f, g, h]"}, "environment.yml", "more than 10 nodes"),
    ("max_toml_bytes", 50, {"Cargo.toml": CARGO}, "Cargo.toml", "TOML larger than 50 bytes"),
    (
        "max_text_characters",
        40,
        {"requirements.txt": "flask\n", "app.py": "#" * 50 + FLASK},
        "app.py",
        "looked through up to its character 40",
    ),
    ("max_text_characters", 40, {"Dockerfile": "FROM python:3.13\n" + "#" * 50}, "Dockerfile", "up to its character 40"),
    ("max_text_characters", 40, {"haproxy.cfg": "#" * 50}, "haproxy.cfg", "up to its character 40"),
    (
        "max_sources",
        2,
        {"requirements.txt": "flask\n", **{f"m{number}.py": "x = 1\n" for number in range(3)}},
        ".",
        "has more modules than the 2",
    ),
    (
        "max_sources",
        2,
        {"go.mod": "module example.com/a\n", **{f"m{number}.go": SERVES for number in range(3)}},
        ".",
        "has 3 sources, of which 2 are looked through",
    ),
]


@pytest.mark.parametrize(("bound", "value", "files", "path", "detail"), CASES)
def test_what_is_left_out_of_a_file_or_program_is_evidence_with_its_setting(tmp_path, bound, value, files, path, detail):
    write_tree(tmp_path, files)
    detection = analyze_folder(DiskTree(tmp_path, Bounds(**{bound: value})), "")
    assert detection.metadata["bounds"]["hit"] == {bound: 1}
    (said,) = detection.metadata["bounds"]["left_out"]
    assert said.startswith(f"{path}: ")
    assert said.endswith(f"({setting_of(bound)})")
    assert detail in said
    faults = [one for one in detection.indicators if (one.path or ".") == path and setting_of(bound) in one.detail]
    assert [(one.weight, detail in one.detail) for one in faults] == [(0.0, True)]
    whole = analyze_folder(DiskTree(tmp_path), "").metadata["bounds"]
    assert (whole["hit"], whole["left_out"]) == ({}, [])


@pytest.mark.parametrize(
    ("bound", "value", "files", "path", "count"),
    [
        ("max_depth", 1, {"a/b/x": "", "a/c/x": ""}, "a", 2),
        ("max_folders", 2, {"a/x": "", "b/x": "", "c/x": ""}, "b", 1),
        ("max_read_bytes", 50, {"a/package.json": {"name": "a" * 30}, "b/package.json": {"name": "b" * 30}}, "b/package.json", 1),
        ("max_looks", 1, {"a/app.py": FLASK, "b/app.py": FLASK, "c/app.py": FLASK}, "b", 2),
        ("max_patterns", 2, {".gitignore": "# kept\n\na\nb\nc\n"}, ".gitignore", 1),
        ("max_patterns", 2, {".dockerignore": "a\nb\nc\n"}, ".dockerignore", 1),
        ("max_members", 3, {"package.json": {"workspaces": ["packages/*"]}, **MEMBERS}, ".", 1),
        ("max_members", 3, {"package.json": {"workspaces": ["packages/**"]}, **MEMBERS}, ".", 1),
    ],
)
def test_what_is_left_out_of_a_tree_is_told_with_the_answer(tmp_path, bound, value, files, path, count):
    write_tree(tmp_path, files)
    told = analyze_tree(DiskTree(tmp_path, Bounds(**{bound: value}))).metadata["bounds"]
    assert told["hit"] == {bound: count}
    assert told["left_out"][0].startswith(f"{path}: ")
    assert told["left_out"][0].endswith(f"({setting_of(bound)})")
    whole = analyze_tree(DiskTree(tmp_path)).metadata["bounds"]
    assert (whole["hit"], whole["left_out"]) == ({}, [])


def test_of_very_many_patterns_the_first_count(tmp_path):
    write_tree(tmp_path, {".gitignore": "# comment\n" * 50 + "a\nb\nc\n", "a/x": "", "b/x": "", "c/x": ""})
    assert DiskTree(tmp_path, Bounds(max_patterns=2)).folders() == ("", "c")
    assert DiskTree(tmp_path, Bounds(max_patterns=3)).folders() == ("",)


def test_a_bound_that_is_raised_lets_more_in(tmp_path):
    names = "".join(f"  s{number}: {{image: 'registry.example.com/s{number}:1'}}\n" for number in range(90))
    write_tree(tmp_path, {"compose.yaml": "services:\n" + names + "# " + "x" * 140_000})
    assert analyze_folder(DiskTree(tmp_path), "").service_type is None
    assert analyze_folder(DiskTree(tmp_path, Bounds(max_yaml_bytes=200_000)), "").service_type == "compose_stack"


def test_what_is_left_out_is_counted_once_and_told_within_bounds():
    hits = Hits(Bounds())
    for number in range(100):
        for _ in range(2):
            hits.note("max_file_bytes", f"{'d' * 500}/{number}", "larger")
    told = hits.document()
    assert told["hit"] == {"max_file_bytes": 100}
    assert len(told["left_out"]) == 20
    assert all(len(said) < 300 for said in told["left_out"])
