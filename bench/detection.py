"""How much the analysis of a tree costs, as a ratio to listing it with os.scandir in the same run.

usage: python bench/detection.py [FOLDERS] [FILES_PER_FOLDER]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.tree import DiskTree

ROUNDS = 3
SERVICE_EVERY = 50


def make_tree(root: Path, folders: int, files: int) -> None:
    """Folders of text files; every fiftieth one is a small Python service."""
    for number in range(folders):
        folder = root / f"area{number % 20}" / f"folder{number}"
        folder.mkdir(parents=True)
        for file in range(files):
            (folder / f"notes{file}.txt").write_text("nothing of note\n")
        if number % SERVICE_EVERY == 0:
            (folder / "requirements.txt").write_text("flask==3.1\n")
            (folder / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")


def list_tree(root: Path) -> int:
    """The baseline: every entry seen once."""
    count = 0
    for entry in os.scandir(root):
        count += 1 + (list_tree(Path(entry.path)) if entry.is_dir(follow_symlinks=False) else 0)
    return count


def best(work: Callable[[], object]) -> float:
    """The shortest of a few rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Prints one line."""
    folders, files = (int(argument) for argument in (*sys.argv[1:], "1000", "20")[:2])
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        make_tree(root, folders, files)
        listing = best(lambda: list_tree(root))
        analysis = best(lambda: analyze_tree(DiskTree(root, max_folders=folders * 2)))
    print(f"{folders} folders of {files} files: the analysis costs {analysis / listing:.1f} times the listing")


if __name__ == "__main__":
    main()
