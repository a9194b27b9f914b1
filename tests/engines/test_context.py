from __future__ import annotations

from pathlib import Path

import pytest

from kyozo_gql.engines.context import context_files

_FILES = (
    "a.txt",
    "b.log",
    "docs/guide.md",
    "docs/draft.md",
    "src/app.py",
    "src/deep/b.log",
    "src/deep/node_modules/x.js",
    "build/out",
)


@pytest.mark.parametrize(
    ("rules", "left_out"),
    [
        ("", set()),
        ("# a.txt\n\n", set()),
        ("a.txt", {"a.txt"}),
        ("/a.txt", {"a.txt"}),
        ("b.log", {"b.log"}),
        ("*.log", {"b.log"}),
        ("**/*.log", {"b.log", "src/deep/b.log"}),
        ("docs/", {"docs/guide.md", "docs/draft.md"}),
        ("docs\n!docs/guide.md", {"docs/draft.md"}),
        ("*/*.md", {"docs/guide.md", "docs/draft.md"}),
        ("src/*/b.log", {"src/deep/b.log"}),
        ("**/node_modules", {"src/deep/node_modules/x.js"}),
        ("./build/../build", {"build/out"}),
        ("*\n!src/**\nsrc/deep", set(_FILES) - {"src/app.py"}),
        ("  a.txt  ", {"a.txt"}),
        ("app.py", set()),
    ],
)
def test_the_rules_of_dockerignore(tmp_path: Path, rules: str, left_out: set[str]) -> None:
    for name in _FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".dockerignore").write_text(rules)
    found = {str(path) for path in context_files(tmp_path)} - {".dockerignore"}
    assert found == set(_FILES) - left_out


def test_links_are_named_and_not_followed_and_empty_folders_are_kept(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x").touch()
    found = [str(path) for path in context_files(tmp_path, never=frozenset({"node_modules"}))]
    assert found == ["loop", "empty"]
