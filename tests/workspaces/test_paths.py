from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.core.errors import InvalidInput
from kyozo_gql.workspaces.paths import is_tellable, normalise_path, path_in, resolve_inside

PARTS = st.sampled_from(["", ".", "..", "a", "b.txt", "...", " ", "~", "ä", "\x00", "\n", "\\..", "\ud800", "x" * 256, "%2e%2e"])
PATHS = st.lists(PARTS, max_size=8).map("/".join) | st.text(max_size=40)


@pytest.mark.parametrize(("path", "normal"), [
    ("", ""), (".", ""), ("./", ""), ("a", "a"), ("./a//b/./c/", "a/b/c"), (".git", ".git"), ("...", "..."), ("ä b/c", "ä b/c"),
    ("x" * 255, "x" * 255),
])  # fmt: skip
def test_a_path_becomes_plain(path, normal):
    assert normalise_path(path) == normal


@pytest.mark.parametrize("path", [
    "/", "/etc/passwd", "//a", "..", "../a", "a/..", "a/../b", "a/../../b", "a\x00b", "a\nb", "\x7f", "\x85", "\ud800",
    "x" * 256, "ä" * 128, "a/" * 600,
])  # fmt: skip
def test_what_is_no_path_of_a_workspace_is_refused_by_its_field(path):
    assert not is_tellable(path)
    with pytest.raises(InvalidInput) as refused:
        normalise_path(path, "folderPath")
    assert [fault.path for fault in refused.value.fields] == ["folderPath"]


@given(PATHS)
def test_no_path_that_is_accepted_ever_escapes(path):
    try:
        normal = normalise_path(path)
    except InvalidInput:
        return
    assert normalise_path(normal) == normal
    assert not PurePosixPath(normal).is_absolute()
    assert ".." not in PurePosixPath(normal).parts
    root = Path(tempfile.gettempdir()).resolve() / "no-such-root"
    place = resolve_inside(root, normal)
    assert place == root / normal
    assert path_in(root, place) == normal


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "in" / "file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    (root / "out").symlink_to(tmp_path)
    (root / "up").symlink_to("..")
    (root / "absolute").symlink_to("/etc/passwd")
    (root / "chain").symlink_to("up")
    (root / "twin").symlink_to("../root-twin")
    (root / "loop").symlink_to("loop")
    (root / "short").symlink_to("in")
    return root


@pytest.mark.parametrize("path", ["out", "out/secret", "out/new/file", "up/secret", "absolute", "chain/secret", "twin", "twin/x"])
def test_a_link_that_leaves_the_workspace_is_refused(root, path):
    with pytest.raises(InvalidInput, match="leaves the workspace"):
        resolve_inside(root, path)


def test_a_loop_of_links_is_refused_or_leads_nowhere(root):
    try:
        place = resolve_inside(root, "loop/x")
    except InvalidInput:
        return
    assert not place.exists()


def test_a_link_that_stays_inside_is_followed(root):
    assert path_in(root, resolve_inside(root, "short/file")) == "in/file"
    assert path_in(root, resolve_inside(root, "up/root/in")) == "in"


def test_the_root_itself_may_be_reached_by_a_link(root, tmp_path):
    (tmp_path / "alias").symlink_to(root)
    assert resolve_inside(tmp_path / "alias", "in/file").read_text() == "inside"
