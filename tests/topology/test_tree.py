"""What the tree shows, what it hides, and that no file can hurt it."""

import os
from pathlib import Path

import pytest

from kyozo_gql.topology.analysis import analyze_folder, analyze_tree
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.model import Tree
from kyozo_gql.topology.tree import DiskTree

MAIN = "from flask import Flask\n\napp = Flask(__name__)\n"


def write_file(root: Path, name: str, text: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def service_paths(root: Path) -> list[str]:
    return [detection.folder_path for detection in analyze_tree(DiskTree(root)).detections]


def test_a_disk_tree_is_a_tree(tmp_path):
    tree: Tree = DiskTree(tmp_path)
    assert tree.folders() == ("",)
    assert tree.files("") == ()


@pytest.mark.parametrize(
    "folder",
    ["node_modules/x", "vendor/x", ".git/hooks", "venv/lib", ".venv/lib", "target/x", "dist", "__pycache__", ".devcontainer"],
)
def test_folders_of_tools_are_left_out(tmp_path, folder):
    write_file(tmp_path, f"{folder}/main.py", MAIN)
    write_file(tmp_path, "api/main.py", MAIN)
    assert service_paths(tmp_path) == ["api"]


def test_gitignore_leaves_out_folders_and_files_and_can_be_taken_back(tmp_path):
    write_file(tmp_path, ".gitignore", "/old/\n*.tmp.py\ngenerated/\n")
    write_file(tmp_path, "old/main.py", MAIN)
    write_file(tmp_path, "sub/old/main.py", MAIN)
    write_file(tmp_path, "sub/.gitignore", "!generated/\n")
    write_file(tmp_path, "sub/generated/main.py", MAIN)
    write_file(tmp_path, "generated/main.py", MAIN)
    assert service_paths(tmp_path) == ["sub/generated", "sub/old"]


def test_an_ignored_manifest_is_no_evidence_but_is_told(tmp_path):
    write_file(tmp_path, ".gitignore", "Dockerfile\n")
    write_file(tmp_path, "Dockerfile", "FROM nginx\nEXPOSE 80\n")
    detection = analyze_folder(DiskTree(tmp_path), "")
    assert detection.service_type is None
    assert [(item.rule, item.weight, item.detail) for item in detection.indicators] == [
        ("fault", 0.0, "Dockerfile is excluded by .gitignore")
    ]


def test_symlinks_are_not_followed(tmp_path):
    outside, root = tmp_path / "outside", tmp_path / "root"
    write_file(outside, "main.py", MAIN)
    root.mkdir()
    (root / "linked").symlink_to(outside)
    (root / "main.py").symlink_to(outside / "main.py")
    (root / "loop").symlink_to(root)
    tree = DiskTree(root)
    assert tree.folders() == ("",)
    assert tree.files("") == ()
    assert tree.read("main.py") is None
    assert tree.files("linked") == ()
    assert tree.read("linked/main.py") is None


def test_a_file_that_becomes_a_symlink_after_the_listing_is_not_read(tmp_path):
    write_file(tmp_path, "secret", "secret")
    write_file(tmp_path, "root/main.py", MAIN)
    tree = DiskTree(tmp_path / "root")
    assert tree.files("") == ("main.py",)
    (tmp_path / "root/main.py").unlink()
    (tmp_path / "root/main.py").symlink_to(tmp_path / "secret")
    assert tree.read("main.py") is None


@pytest.mark.parametrize("path", ["..", "../x", "/etc", "a/../..", ".", "a//b", "x\0y", "/".join(["a"] * 5_000)])
def test_paths_that_are_none_of_ours_are_empty_folders(tmp_path, path):
    write_file(tmp_path, "main.py", MAIN)
    tree = DiskTree(tmp_path / ".")
    assert tree.files(path) == ()
    assert tree.read(f"{path}/main.py") is None
    assert analyze_folder(tree, path).service_type is None


def test_bounds_are_kept_and_reported(tmp_path):
    for number in range(6):
        write_file(tmp_path, f"d{number}/main.py", MAIN)
    write_file(tmp_path, "a/b/c/d/main.py", MAIN)
    write_file(tmp_path, "d0/package.json", " " * 5_000)
    shallow = analyze_tree(DiskTree(tmp_path, Bounds(max_depth=2, max_file_bytes=4_096)))
    assert shallow.metadata["bounds"]["hit"] == {"max_depth": 1, "max_file_bytes": 1}
    assert [detection.folder_path for detection in shallow.detections] == [f"d{number}" for number in range(6)]
    few = analyze_tree(DiskTree(tmp_path, Bounds(max_folders=4)))
    assert few.metadata["folders"] == 4
    assert few.metadata["bounds"]["hit"] == {"max_folders": 1}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff{}", "no valid UTF-8"),
        (b"\xff\xfe{", "no valid UTF-16"),
        (b"\xff\xfe{\0\0\0", "binary, no text"),
        (b'{"name": "\0"}', "binary, no text"),
        (b" " * 1_048_577, "larger than 1048576 bytes"),
        (b"[" * 100_000, "JSON nested too deeply"),
        (b"[1, 2]", "JSON that holds no mapping"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "no valid JSON"),
        (b"{", "no valid JSON (line 1)"),
    ],
)
def test_hostile_json_is_a_fault(tmp_path, content, fault):
    write_file(tmp_path, "package.json", content)
    detection = analyze_folder(DiskTree(tmp_path), "")
    assert detection.service_type is None
    assert all(indicator.weight <= 0 for indicator in detection.indicators)
    assert any(fault in indicator.detail for indicator in detection.indicators)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_what_editors_and_shells_of_windows_write_is_read(tmp_path, encoding):
    mark = "\ufeff" if encoding.endswith("-be") else ""
    write_file(tmp_path, "requirements.txt", (mark + "flask==3.1.0\r\nredis==6.0\r\n").encode(encoding))
    write_file(tmp_path, "app.py", b"from flask import Flask\r\n\r\napp = Flask(__name__)\r\n")
    detection = analyze_folder(DiskTree(tmp_path), "")
    assert detection.patterns.package_manager == "pip"
    assert {"redis"} == {edge.target for edge in detection.dependencies}


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "Dockerfile")
    assert analyze_folder(DiskTree(tmp_path), "").service_type is None
