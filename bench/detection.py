"""How much the analysis of a tree costs, as a ratio to listing it with os.scandir in the same run, and what memory it takes.

usage: python bench/detection.py [FOLDERS] [FILES_PER_FOLDER]   (5000 and 20: 100,000 files)

One line for each mix of files: ``notes`` has nothing to read, ``python``, ``node`` and ``go`` are packages of sources as they stand
in large repositories, ``mixed`` is all of them in turn, ``deep`` that in chains of ten folders, each in the one before. Every
fiftieth folder is a small service with its manifests. The other mixes are meant to cost: ``entries`` has a main.py and an app.py in
every folder, ``yaml`` YAML, ``manifests`` the manifest of one language or a Dockerfile (what one costs is told as well),
``ignores`` a .gitignore. ``flat`` is one folder of all files, ``links`` is full of symlinks. What is resident at most is that of
the process so far.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

from kyozo_gql.topology.analysis import analyze_again, analyze_tree
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.topology.memory import Memory
from kyozo_gql.topology.tree import DiskTree

ROUNDS = 3
SERVICE_EVERY = 50
MIB = 1024 * 1024
PYTHON = "import os\n" + "\n\ndef work(item: int) -> int:\n    return item + len(os.sep)\n" * 50
SCRIPT = "import { useState } from 'react'\n" + "\nexport function Part() {\n  return useState(0)\n}\n" * 60
GO = 'package area\n\nimport "fmt"\n\nfunc Work(item int) string {\n\treturn fmt.Sprint(item)\n}\n'
NAMES = {
    "notes": ("notes.txt", "picture.svg", "table.csv"),
    "python": ("__init__.py", "main.py", "models.py", "app.py", "views.py", "server.py", "cli.py", "tasks.py"),
    "node": ("index.ts", "Part.tsx", "main.ts", "server.ts", "style.css", "parts.js", "types.ts", "Part.test.tsx"),
    "go": ("main.go", "server.go", "doc.go", "work.go", "work_test.go"),
}
LANGUAGES = tuple(NAMES)
REALISTIC = (*LANGUAGES, "mixed", "deep")
CHAIN = 10  # folders, each in the one before
NAMES |= dict.fromkeys(("manifests", "ignores", "flat", "links", "yaml"), NAMES["notes"])
NAMES["entries"] = ("main.py", "app.py", "models.py", "views.py")
WORKLOAD = """apiVersion: apps/v1
kind: Deployment
metadata: {name: area}
spec:
  template:
    spec:
      containers:
        - name: area
          image: registry.example.com/area:1
          ports: [{containerPort: 8080}]
"""
SERVICES = {
    "notes": {"requirements.txt": "flask==3.1\n", "app.py": "from flask import Flask\n\napp = Flask(__name__)\n"},
    "python": {
        "pyproject.toml": "[project]\nname = 'area'\nversion = '1'\ndependencies = ['fastapi', 'uvicorn', 'redis']\n",
        "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        ".env.example": "DATABASE_URL=\n",
    },
    "node": {
        "package.json": json.dumps({"name": "area", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}),
        "server.js": "require('express')().listen(process.env.PORT || 3000)\n",
    },
    "go": {
        "go.mod": "module example.com/area\n\ngo 1.24\n",
        "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
        "Dockerfile": 'FROM golang:1.24\nCOPY . .\nRUN go build -o app .\nEXPOSE 8080\nCMD ["./app"]\n',
    },
}


EVERYWHERE = {  # what stands in every folder of an adversarial mix, in turn
    "yaml": [{"values.yaml": WORKLOAD, "deployment.yml": WORKLOAD}],
    "manifests": [
        {"package.json": SERVICES["node"]["package.json"]},
        {"pyproject.toml": SERVICES["python"]["pyproject.toml"]},
        {"go.mod": SERVICES["go"]["go.mod"]},
        {"Cargo.toml": "[package]\nname = 'area'\nversion = '1.0.0'\n\n[dependencies]\naxum = '0.8'\n"},
        {"Dockerfile": SERVICES["go"]["Dockerfile"]},
    ],
    "ignores": [{".gitignore": "*.log\n/tmp/\nout-*/\n!keep.log\n"}],
}


def file_names(kind: str, count: int) -> Iterator[tuple[str, str]]:
    """The names and contents of the files of a folder."""
    names = NAMES[kind]
    for number in range(count):
        name = names[number] if number < len(names) else f"part{number}{Path(names[number % len(names)]).suffix}"
        text = PYTHON if name.endswith(".py") else GO if name.endswith(".go") else SCRIPT
        yield name, text if kind != "notes" else "nothing of note\n"


def make_tree(root: Path, kind: str, folders: int, files: int) -> None:
    """Folders of files, four deep, or ten; every fiftieth one is a small service."""
    folders, files = (1, folders * files) if kind == "flat" else (folders, files)
    for number in range(folders):
        place = kind if kind in NAMES else LANGUAGES[number % len(LANGUAGES)]
        folder = root / f"area{number % 20}" / f"group{number % 7}" / f"folder{number}"
        if kind == "deep":
            folder = root.joinpath(f"chain{number // CHAIN}", *(f"level{level}" for level in range(number % CHAIN)))
        folder.mkdir(parents=True)
        for name, text in file_names(place, files):
            (folder / name).write_text(text)
        own = EVERYWHERE.get(kind, [{}])
        every = SERVICES.get(place, {}) if number % SERVICE_EVERY == 0 else {}
        for name, text in (every | own[number % len(own)]).items():
            (folder / name).write_text(text)
        if kind == "links":
            (folder / "up").symlink_to("..")
            (folder / "self").symlink_to("self")


def list_tree(root: str) -> int:
    """The baseline: every entry seen once."""
    count = 0
    with os.scandir(root) as entries:
        for entry in entries:
            count += 1 + (list_tree(entry.path) if entry.is_dir(follow_symlinks=False) else 0)
    return count


def best(work: Callable[[], object]) -> float:
    """The least time of the processor of a few rounds, in seconds: files are in the cache, and others may be at work."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def peak(work: Callable[[], object]) -> float:
    """The memory that Python allocates at most, in MiB."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / MIB


def measure(kind: str, folders: int, files: int) -> None:
    """Prints one line."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        make_tree(root, kind, folders, files)
        memory = Memory()

        def look(memory: Memory | None = None) -> object:
            tree = DiskTree(root, Bounds(max_folders=folders * 2))
            return analyze_again(tree, memory) if memory else analyze_tree(tree)

        listing = best(lambda: list_tree(place))
        analysis = best(look)
        look(memory)
        again = best(lambda: look(memory))
        megabytes = peak(look)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = f", {(analysis - listing) / folders * 1e6:.0f} microseconds a folder" if kind in EVERYWHERE else ""
    print(
        f"{kind:>9}: listing {listing * 1000:.0f} ms, analysis {analysis / listing:.1f} times that, "
        f"again unchanged {again / listing:.1f} times, {megabytes:.0f} MiB at most, {resident:.0f} resident{each}"
    )


def main() -> None:
    """Prints one line a mix."""
    folders, files = (int(argument) for argument in (*sys.argv[1:], "5000", "20")[:2])
    for kind in (*REALISTIC, *(kind for kind in NAMES if kind not in LANGUAGES)):
        measure(kind, folders, files)


if __name__ == "__main__":
    main()
