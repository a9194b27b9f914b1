"""An unchanged tree is not judged again; whatever changes, it is."""

import os

import pytest

from kyozo_gql.topology import analysis
from kyozo_gql.topology.analysis import analyze_again
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.detection import detect
from kyozo_gql.topology.memory import Memory
from kyozo_gql.topology.tree import DiskTree
from tests.topology.trees import write_tree

FILES = {
    "api/requirements.txt": "flask\n",
    "api/app.py": "from flask import Flask\n\napp = Flask(__name__)\n",
    "notes/read.txt": "nothing\n",
    ".gitignore": "old/\n",
}


@pytest.fixture
def judged(monkeypatch):
    """How many folders were judged."""
    seen = []

    def detect_and_note(folder, name):
        seen.append(folder.path)
        return detect(folder, name)

    monkeypatch.setattr(analysis, "detect", detect_and_note)
    return seen


def test_an_unchanged_tree_is_answered_from_memory(tmp_path, judged):
    write_tree(tmp_path, FILES)
    memory = Memory()
    first = analyze_again(DiskTree(tmp_path), memory)
    assert judged
    judged.clear()
    assert analyze_again(DiskTree(tmp_path), memory) == first
    assert judged == []


@pytest.mark.parametrize(
    "change",
    [
        {"api/requirements.txt": "fastapi\n"},
        {"api/app.py": "from flask import Flask\n\nweb = Flask(__name__)\n"},
        {"web/index.js": "require('http').createServer().listen(80)\n"},
        {".gitignore": "api/\n"},
        {"api/.gitignore": ""},
    ],
)
def test_what_changes_is_judged_again(tmp_path, judged, change):
    write_tree(tmp_path, FILES)
    memory = Memory()
    analyze_again(DiskTree(tmp_path), memory)
    judged.clear()
    write_tree(tmp_path, change)
    again = analyze_again(DiskTree(tmp_path), memory)
    assert judged
    assert again == analysis.analyze_tree(DiskTree(tmp_path))


def test_a_file_of_the_same_size_and_time_that_was_replaced_is_seen(tmp_path, judged):
    write_tree(tmp_path, FILES)
    memory = Memory()
    analyze_again(DiskTree(tmp_path), memory)
    judged.clear()
    path = tmp_path / "api/requirements.txt"
    about = path.stat()
    (tmp_path / "other").write_text("quart\n")
    (tmp_path / "other").replace(path)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    analyze_again(DiskTree(tmp_path), memory)
    assert judged


def test_other_images_and_other_bounds_are_other_questions(tmp_path, judged):
    write_tree(tmp_path, FILES)
    memory = Memory()
    analyze_again(DiskTree(tmp_path), memory)
    for again in (
        lambda: analyze_again(DiskTree(tmp_path), memory, base_images={"python": "mirror.example/python:3.13"}),
        lambda: analyze_again(DiskTree(tmp_path, Bounds(max_depth=3)), memory),
    ):
        judged.clear()
        again()
        assert judged


def test_an_ignore_file_that_was_replaced_by_one_of_the_same_size_and_time_is_seen(tmp_path, judged):
    write_tree(tmp_path, FILES | {"old/app.py": FILES["api/app.py"], "old/requirements.txt": "flask\n"})
    memory = Memory()
    analyze_again(DiskTree(tmp_path), memory)
    about = (tmp_path / ".gitignore").stat()
    (tmp_path / "other").write_text("api/\n")
    (tmp_path / "other").replace(tmp_path / ".gitignore")
    os.utime(tmp_path / ".gitignore", ns=(about.st_atime_ns, about.st_mtime_ns))
    again = analyze_again(DiskTree(tmp_path), memory)
    assert [one.folder_path for one in again.detections] == ["old"]


def test_ignore_files_that_did_not_change_count_as_if_they_were_read(tmp_path, judged):
    write_tree(tmp_path, FILES | {".gitignore": "old/\nsecret.txt\n# no more\n", "api/.gitignore": "*.log\n*.tmp\nbuild/\n"})
    memory, bounds = Memory(), Bounds(max_patterns=2)
    for number in range(3):
        write_tree(tmp_path, {"api/requirements.txt": f"flask=={number}.0\n"})
        again = analyze_again(DiskTree(tmp_path, bounds), memory)
        assert again == analysis.analyze_tree(DiskTree(tmp_path, bounds))
        assert again.metadata["bounds"]["hit"] == {"max_patterns": 1}
    few = Bounds(max_read_bytes=60)
    assert analyze_again(DiskTree(tmp_path, few), memory) == analysis.analyze_tree(DiskTree(tmp_path, few))
    write_tree(tmp_path, {"api/requirements.txt": "flask==4.0\n"})
    assert analyze_again(DiskTree(tmp_path, few), memory) == analysis.analyze_tree(DiskTree(tmp_path, few))
