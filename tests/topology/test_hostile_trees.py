"""Whole trees of manifests with content that nobody vouches for: an answer comes, is the same again, and can be stored."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyozo_gql.topology.analysis import analyze_again, analyze_tree
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.document import detection_document, to_record
from kyozo_gql.topology.memory import Memory
from kyozo_gql.topology.tree import DiskTree
from tests.topology.effort import effort
from tests.topology.trees import write_tree

CASES = Path(__file__).parent / "cases"
SAMPLES = {
    path.relative_to(case / "tree").as_posix(): path.read_bytes()
    for case in sorted(CASES.iterdir())
    for path in sorted((case / "tree").rglob("*"))
    if path.is_file() and path.stat().st_size < 4_000
}
NAMES = sorted({name.rpartition("/")[2] for name in SAMPLES} | {"pnpm-workspace.yaml", "go.work", "nx.json", "project.json"})
PLACES = ["", "apps/api/", "apps/web/", "packages/lib/", "examples/one/", "tests/fixtures/app/", "a/b/c/d/", "vendor/x/", "env/"]
JUNK = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\n",
    b": ",
    b"${",
    b"*",
    b"../",
    b"\\",
    b"'''",
    b"&a *a",
    b"#",
    b"=",
    b"]" * 50,
]


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """The content of a real manifest, cut, doubled, or with something put in."""
    text = draw(st.sampled_from(list(SAMPLES.values())))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        match draw(st.sampled_from(["cut", "put", "double", "join"])):
            case "cut":
                text = text[:place] + text[place + draw(st.integers(1, 40)) :]
            case "put":
                text = text[:place] + draw(st.sampled_from(JUNK) | st.binary(max_size=4)) + text[place:]
            case "double":
                text = text[:place] + text[place : place + 60] * 3 + text[place:]
            case _:
                text += draw(st.sampled_from(list(SAMPLES.values())))
    return text


TREES = st.dictionaries(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(NAMES)).map("".join) | st.sampled_from(sorted(SAMPLES)),
    contents(),
    max_size=10,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(TREES)
def test_no_tree_raises_and_every_answer_is_the_same_again(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            try:
                write_tree(Path(folder), {name: content})
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                continue
        memory = Memory()
        first = analyze_again(DiskTree(Path(folder)), memory)
        others = [analyze_tree(DiskTree(Path(folder))), analyze_again(DiskTree(Path(folder)), memory)]
    found = [json.dumps([to_record(one) for one in (*answer.detections, *answer.parts)]) for answer in (first, *others)]
    assert found[0] == found[1] == found[2]
    for one in first.detections:
        assert json.dumps(detection_document(one)).encode()
    assert all(0.0 <= one.confidence <= 1.0 for one in first.detections)
    assert sorted(first.order) == sorted(one.folder_path for one in first.detections)
    assert json.dumps(first.metadata)


def analyse_in_time(root, seconds=20.0, **bounds):
    with effort(seconds):
        return analyze_tree(DiskTree(root, Bounds(**bounds)))


def test_a_folder_of_very_many_entries_is_taken_for_data_and_says_so(tmp_path):
    write_tree(tmp_path, {"data/app.py": "from flask import Flask\napp = Flask(__name__)\n", "data/requirements.txt": "flask\n"})
    for number in range(300):
        (tmp_path / f"data/{number}").touch()
    analysis = analyse_in_time(tmp_path, max_entries=200)
    assert analysis.metadata["bounds"]["hit"] == {"max_entries": 1}
    assert analysis.detections == ()
    tree = DiskTree(tmp_path, Bounds(max_entries=200))
    assert tree.files("data") == ()
    assert tree.fault("data") == "holds more than 200 entries (KYOZO_ANALYSIS_MAX_ENTRIES)"


def test_what_is_read_of_a_tree_is_bounded_together(tmp_path):
    write_tree(tmp_path, {f"s{number}/package.json": "{" + " " * 3_000 + "}" for number in range(5)})
    analysis = analyse_in_time(tmp_path, max_read_bytes=10_000)
    assert analysis.metadata["bounds"]["hit"] == {"max_read_bytes": 2}


def test_a_file_of_100_mb_is_not_read(tmp_path):
    with (tmp_path / "package.json").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert analyse_in_time(tmp_path, seconds=5).metadata["bounds"]["hit"] == {"max_file_bytes": 1}


def test_odd_names_and_loops_of_links_do_no_harm(tmp_path):
    write_tree(
        tmp_path, {"new\nline/requirements.txt": "flask\n", "new\nline/app.py": "from flask import Flask\napp = Flask('x')\n"}
    )
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")).mkdir()
    (detection,) = analyse_in_time(tmp_path).detections
    assert (detection.folder_path, detection.name) == ("new\nline", "new-line")


def test_a_very_deep_tree_ends_at_the_bound(tmp_path):
    place = tmp_path
    for _ in range(60):
        place = place / "d"
    place.mkdir(parents=True)
    assert analyse_in_time(tmp_path).metadata["bounds"]["hit"] == {"max_depth": 1}


@pytest.mark.parametrize("patterns", [["*/" * 30 + "*"], ["**/" * 4 + "*"], ["a*b*c*d*"], ["{" * 50], ["packages/**"] * 500])
def test_the_patterns_of_a_workspace_stall_nothing(tmp_path, patterns):
    write_tree(tmp_path, {"package.json": {"workspaces": patterns}, "pnpm-workspace.yaml": json.dumps({"packages": patterns})})
    for number in range(200):
        write_tree(tmp_path, {f"packages/p{number}/a/b/package.json": {"name": f"p{number}"}})
    analyse_in_time(tmp_path)


@pytest.mark.parametrize("kind", ["npm", "cargo"])
def test_a_workspace_whose_members_all_need_one_another_stalls_nothing(tmp_path, kind):
    names = [f"p{number:03}" for number in range(400)]
    needs = dict.fromkeys(names, "*")
    write_tree(tmp_path, {"package.json": {"workspaces": ["p/*"]}, "Cargo.toml": "[workspace]\nmembers = ['p/*']\n"})
    paths = "".join(f"{name} = {{ path = '../{name}' }}\n" for name in names)
    for name in names:
        if kind == "npm":
            write_tree(tmp_path, {f"p/{name}/package.json": {"name": name, "dependencies": needs, "scripts": {"start": "node ."}}})
        else:
            write_tree(tmp_path, {f"p/{name}/Cargo.toml": f"[package]\nname = '{name}'\n[dependencies]\n{paths}"})
    analyse_in_time(tmp_path)


@pytest.mark.parametrize(
    "line", ["*a" * 100, "[" * 200, "**/" * 80 + "x", "!" * 250, "\\" * 250, "[!a-" * 60, "/**/a/**/b/**/c/**/d/**"]
)
@pytest.mark.parametrize("name", [".gitignore", ".dockerignore"])
def test_the_patterns_of_an_ignore_file_stall_nothing(tmp_path, name, line):
    write_tree(tmp_path, {name: f"{line}\n" * 1_000})
    for number in range(100):
        (tmp_path / f"{'a' * 100}{number}" / ("b" * 100)).mkdir(parents=True)
    analyse_in_time(tmp_path)
