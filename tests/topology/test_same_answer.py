"""The same tree gets the same answer, byte for byte, whatever the seed of hashes, the locale, and the order of listing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
PRINT = """
import sys
from pathlib import Path
from kyozo_gql.commands.analyze import print_json
from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.tree import DiskTree
print_json(analyze_tree(DiskTree(Path(sys.argv[1]))))
"""


def answer(root: Path, **variables: str) -> bytes:
    """What a process of its own prints of a tree."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-c", PRINT, str(root)], env=known | variables, check=True, capture_output=True, timeout=600
    ).stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """All the trees of the cases as one, and names and texts with letters of every kind."""
    return copy(sorted(CASES.rglob("*")), tmp_path_factory.mktemp("one") / "tree")


@pytest.fixture(scope="module")
def usual(tree):
    return answer(tree, PYTHONHASHSEED="0", LC_ALL="C.UTF-8")


def copy(paths: list[Path], root: Path) -> Path:
    """Copies files in the order that is given."""
    for path in paths:
        target = root / path.relative_to(CASES)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    place = root / "größe/数据"
    place.mkdir(parents=True)
    (place / "app.py").write_text('from flask import Flask\n\napp = Flask("ñandú")  # „…“\n', encoding="utf-8")
    (place / "requirements.txt").write_text("flask\nredis # 緩存\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "4294967295", "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "random", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
    ],
    ids=lambda variables: variables["PYTHONHASHSEED"],
)
def test_neither_the_seed_of_hashes_nor_the_locale_changes_an_answer(tree, usual, variables):
    assert usual.count(b'"path"') > 400
    assert answer(tree, **variables) == usual


def test_the_order_that_files_were_made_in_changes_no_answer(usual, tmp_path):
    assert answer(copy(sorted(CASES.rglob("*"), reverse=True), tmp_path / "tree"), PYTHONHASHSEED="2") == usual
