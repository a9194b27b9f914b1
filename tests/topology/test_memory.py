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
