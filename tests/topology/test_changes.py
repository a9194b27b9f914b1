from __future__ import annotations

import json
from pathlib import Path

import pytest

from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.changes import Change, compare
from kyozo_gql.topology.tree import DiskTree
from tests.topology.trees import write_tree

PAGE = {"package.json": {"name": "shop", "scripts": {"start": "node server.js"}}, "server.js": "require('http').listen(3000)\n"}
STACK = """
services:
  web:
    image: nginx:1.27
    environment: {API_TOKEN: topsecret}
  store:
    image: redis:7
"""


def changes(root: Path, files: dict[str, object], gone: tuple[str, ...] = ()) -> dict[str, tuple[str | None, str | None]]:
    before = analyze_folder(DiskTree(root), "")
    write_tree(root, files)
    for name in gone:
        (root / name).unlink()
    return {change.field: (change.before, change.after) for change in compare(before, analyze_folder(DiskTree(root), ""))}


def test_nothing_changed(tmp_path: Path):
    assert changes(write_tree(tmp_path, PAGE), {}) == {}


def test_nothing_was_known_before(tmp_path: Path):
    assert compare(None, analyze_folder(DiskTree(write_tree(tmp_path, PAGE)), "")) == ()


def test_a_dockerfile_takes_over(tmp_path: Path):
    docker = 'FROM node:20\nCOPY . .\nEXPOSE 8080\nCMD ["node", "server.js"]\n'
    told = changes(write_tree(tmp_path, PAGE), {"Dockerfile": docker})
    assert told["serviceType"] == ("nodejs", "containerized")
    assert told["ports"][1] == "8080/tcp"
    assert told["recommendation.dockerfile"][1] is None, "the folder has its own"


def test_it_is_no_service_any_more(tmp_path: Path):
    told = changes(write_tree(tmp_path, PAGE), {}, gone=tuple(PAGE))
    assert told["serviceType"] == ("nodejs", None)
    assert told["recommendation.startCommand"] == ("node server.js", None)


def test_variables_are_told_one_by_one(tmp_path: Path):
    told = changes(write_tree(tmp_path, {**PAGE, ".env.example": "COLOUR=red\n"}), {".env.example": "COLOUR=blue\nAPI_KEY=\n"})
    assert told == {
        "recommendation.environment.COLOUR": ("red", "blue"),
        "recommendation.requiredEnvironment": (None, "API_KEY"),
    }


@pytest.mark.parametrize(
    ("old", "new", "field", "values"),
    [
        ("nginx:1.27", "nginx:1.28", "services.web.image", ("nginx:1.27", "nginx:1.28")),
        ("topsecret}", "topsecret, MORE: x}", "services.web.environment", ("API_TOKEN", "API_TOKEN, MORE")),
        ("store:", "cache:", "services.cache.image", (None, "redis:7")),
    ],
)
def test_the_services_of_a_stack(tmp_path: Path, old: str, new: str, field: str, values: tuple[str | None, str]):
    told = changes(write_tree(tmp_path, {"compose.yaml": STACK}), {"compose.yaml": STACK.replace(old, new)})
    assert told[field] == values
    assert "topsecret" not in json.dumps(told), "values may be secrets"


def test_a_change_says_which_way(tmp_path: Path):
    one = analyze_folder(DiskTree(write_tree(tmp_path / "one", {**PAGE, ".nvmrc": "20"})), "")
    other = analyze_folder(DiskTree(write_tree(tmp_path / "other", {**PAGE, ".nvmrc": "22"})), "")
    assert Change("patterns.runtimeVersion", "20", "22") in compare(one, other)
    assert Change("patterns.runtimeVersion", "22", "20") in compare(other, one)
