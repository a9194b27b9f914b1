"""Files that are no files, that nobody may read, that go away or change under the eyes, and names that are no text."""

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kyozo_gql.topology.analysis import analyze_again, analyze_tree
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.memory import Memory
from kyozo_gql.topology.model import Analysis
from kyozo_gql.topology.tree import DiskTree
from tests.topology.effort import effort
from tests.topology.trees import write_tree

NOBODY = 65_534
MANIFESTS = [
    "package.json", "pyproject.toml", "requirements.txt", "go.mod", "Cargo.toml", "Dockerfile", "compose.yaml", "nginx.conf",
    "Caddyfile", "haproxy.cfg", "traefik.yml", "envoy.yaml", "Procfile", ".env", ".env.example", ".gitignore", ".dockerignore",
    "main.py", "app.py", "main.go", "server.js", "index.html", "pnpm-workspace.yaml", "environment.yml",
]  # fmt: skip
SHOP = {
    "requirements.txt": "flask==3.1\n",
    "app.py": "from flask import Flask\n\napp = Flask(__name__)\n",
    "web/package.json": {"name": "web", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}},
    "web/server.js": "require('express')().listen(3000)\n",
}


def faults(analysis: Analysis) -> dict[str, str]:
    """What was wrong, by path."""
    found = (*analysis.detections, *analysis.parts, *analysis.others)
    return {one.path: one.detail for detection in found for one in detection.indicators if one.rule == "fault"}


def services(analysis: Analysis) -> dict[str, str]:
    """The types of the services, by path."""
    return {one.folder_path or ".": str(one.service_type) for one in analysis.detections}


@contextmanager
def nobody() -> Iterator[None]:
    """Everything within is done as a user who owns nothing, where the tests are run by one who may do anything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user may look into."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    for path in place.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(place)


def test_what_may_not_be_read_is_a_fault_and_hides_nothing_else(open_place):
    write_tree(open_place, SHOP | {"closed/package.json": "{}", "unlisted/package.json": "{}", "api/go.mod": "module a\n"})
    assert services(analyze_tree(DiskTree(open_place))).keys() == {".", "web"}
    for path, mode in {"closed": 0o000, "unlisted": 0o311, "api/go.mod": 0o000, "web/server.js": 0o200}.items():
        (open_place / path).chmod(mode)
    with nobody():
        analysis = analyze_tree(DiskTree(open_place))
    assert services(analysis) == {".": "python", "web": "nodejs"}
    found = faults(analysis)
    assert found["closed"] == found["unlisted"] == "the folder can't be read (Permission denied)"
    assert found["api/go.mod"] == "go.mod is unreadable (Permission denied)"
    assert found["web/server.js"] == "server.js is unreadable (Permission denied)"


def test_a_root_that_may_not_be_read_is_a_folder_with_a_fault(open_place):
    write_tree(open_place, SHOP)
    open_place.chmod(0o000)
    with nobody():
        analysis = analyze_tree(DiskTree(open_place))
    open_place.chmod(0o755)
    assert services(analysis) == {}
    assert faults(analysis) == {"": "the folder can't be read (Permission denied)"}


def test_what_was_forbidden_and_no_longer_is_is_seen_again(open_place):
    write_tree(open_place, SHOP)
    (open_place / "app.py").chmod(0o000)
    memory = Memory()
    with nobody():
        first = analyze_again(DiskTree(open_place), memory)
    (open_place / "app.py").chmod(0o644)
    with nobody():
        second = analyze_again(DiskTree(open_place), memory)
    assert "app.py" in faults(first)
    assert faults(second) == {}


def remove(path: Path) -> None:
    """Takes a file away."""
    path.unlink()


def become_folder(path: Path) -> None:
    """A folder stands where the file was."""
    path.unlink()
    (path / "package.json").mkdir(parents=True)


def become_pipe(path: Path) -> None:
    """A pipe stands there, that nobody writes into."""
    path.unlink()
    os.mkfifo(path)


def become_link(path: Path) -> None:
    """A link to itself stands there."""
    path.unlink()
    path.symlink_to(path.name)


def grow(path: Path) -> None:
    """The file is longer than anybody reads."""
    os.truncate(path, 200 * 1024 * 1024)


def lose_folder(path: Path) -> None:
    """The folder that it stood in is gone."""
    shutil.rmtree(path.parent)


def become_binary(path: Path) -> None:
    """Other content, that is no text."""
    path.write_bytes(b"\0\xff" * 100)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (remove, "unreadable (No such file or directory)"),
        (become_folder, "no regular file"),
        (become_pipe, "no regular file"),
        (become_link, "unreadable (Too many"),
        (grow, "larger than 1048576 bytes"),
        (lose_folder, "unreadable (No such file or directory)"),
        (become_binary, "binary, no text"),
    ],
)
def test_what_changes_between_the_listing_and_the_reading_is_a_fault(tmp_path, change: Callable[[Path], None], fault):
    write_tree(tmp_path, SHOP)
    tree = DiskTree(tmp_path)
    assert tree.folders() == ("", "web")
    change(tmp_path / "web/package.json")
    with effort(5):
        analysis = analyze_tree(tree)
    assert services(analysis)["."] == "python"
    assert fault in faults(analysis)["web/package.json"]


def test_folders_that_go_away_during_the_walk_are_faults(tmp_path):
    write_tree(tmp_path, SHOP | {"a/b/package.json": "{}", "gone/c/package.json": "{}"})
    tree = DiskTree(tmp_path)
    assert tree.subfolders("") == ("a", "gone", "web")
    shutil.rmtree(tmp_path / "gone")
    (tmp_path / "a").rename(tmp_path / "elsewhere")
    (tmp_path / "a").write_text("a file now")
    analysis = analyze_tree(tree)
    assert services(analysis) == {".": "python", "web": "nodejs"}
    assert faults(analysis)["gone"] == "the folder can't be read (No such file or directory)"
    assert faults(analysis)["a"] == "the folder can't be read (Not a directory)"


def test_pipes_sockets_and_folders_with_the_names_of_manifests_block_nothing(tmp_path):
    write_tree(tmp_path, {f"pipes/{number}/notes.txt": "" for number in range(3)})
    before = Path.cwd()
    for name in MANIFESTS:
        os.mkfifo(tmp_path / "pipes/0" / name)
        (tmp_path / "pipes/1" / name).mkdir()
    os.chdir(tmp_path / "pipes/2")  # the path of a socket may not be long
    try:
        for name in MANIFESTS:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(name)
    finally:
        os.chdir(before)
    with effort(5):
        analysis = analyze_tree(DiskTree(tmp_path))
    assert services(analysis) == {}
    assert all(stat.S_ISSOCK((tmp_path / "pipes/2" / name).stat().st_mode) for name in MANIFESTS)


def test_links_of_manifests_lead_nowhere(tmp_path):
    outside = write_tree(tmp_path / "outside", dict.fromkeys(MANIFESTS, "x"))
    for number, target in enumerate(("{name}", "/dev/zero", "/proc/self/mem", f"{outside}/{{name}}", "../1/{name}", "nowhere")):
        place = tmp_path / "root" / str(number)
        place.mkdir(parents=True)
        for name in MANIFESTS:
            (place / name).symlink_to(target.format(name=name))
    (tmp_path / "root/a").mkdir()
    (tmp_path / "root/a/b").symlink_to("../c")
    (tmp_path / "root/c").symlink_to("a")
    tree = DiskTree(tmp_path / "root")
    with effort(5):
        analysis = analyze_tree(tree)
    assert services(analysis) == {}
    assert tree.folders() == ("", *"012345", "a")


def test_names_that_are_no_text_are_passed_over_and_hide_nothing(tmp_path):
    odd = [b"\xff.py", b"web/\xfe\xff.js", b"caf\xe9.yaml", b"Dockerfile.\x80", b"bad\xff/package.json", b"bad\xff/api/go.mod"]
    write_tree(tmp_path, SHOP | {os.fsdecode(name): b"\xff" for name in odd})
    analysis = analyze_tree(DiskTree(tmp_path))
    assert services(analysis) == {".": "python", "web": "nodejs"}
    assert all(one.folder_path.encode() is not None for one in (*analysis.detections, *analysis.others))


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_file_of_one_line_of_50_megabytes_is_refused_or_takes_no_time_where_it_is_let_in(tmp_path, name):
    write_tree(tmp_path, {name: b"a" * 50_000_000})
    with effort(1):
        refused = analyze_tree(DiskTree(tmp_path))
    let_in = Bounds(max_file_bytes=60_000_000)
    with effort(5):
        analysis = analyze_tree(DiskTree(tmp_path, let_in))
    assert services(analysis) == {}
    assert refused.metadata["bounds"]["hit"].keys() <= {"max_file_bytes"}


def test_a_manifest_of_100_megabytes_is_a_fault_that_names_the_setting(tmp_path):
    for name in ("package.json", "Cargo.toml", "compose.yaml"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(100 * 1024 * 1024)
    with effort(1):
        found = faults(analyze_tree(DiskTree(tmp_path)))
    assert found == {
        name: f"{name} is larger than 1048576 bytes (KYOZO_ANALYSIS_MAX_FILE_BYTES)"
        for name in ("package.json", "Cargo.toml", "compose.yaml")
    }
