from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kyozo_gql.cli import app
from tests.topology.trees import write_tree

REPOSITORY = Path(__file__).parents[2]
CASES = sorted(path.parent for path in (REPOSITORY / "tests/topology/cases").glob("*/tree"))
KEYS = {
    "path", "service_type", "confidence", "language", "framework", "package_manager", "runtime_version", "start_command", "port",
    "services", "depends_on", "dockerfile", "evidence",
}  # fmt: skip
SHOP = {"package.json": {"name": "shop", "scripts": {"start": "node server.js"}}, "server.js": "require('http').listen(3000)\n"}


def analyze(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(app, ["analyze", *map(str, arguments)], env=environment)


def found(path: Path) -> dict[str, Any]:
    """What is printed for programs, by path."""
    result = analyze(path, "--json")
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert [one["path"] for one in printed] == sorted(
        {one["path"] for one in printed}, key=lambda path: "" if path == "." else path
    )
    assert all(one.keys() >= KEYS for one in printed)
    return {one["path"]: one for one in printed}


def test_the_examples():
    printed = found(REPOSITORY / "examples")
    assert {path: one["service_type"] for path, one in printed.items()} == {
        ".": None,
        "compose-guestbook": "compose_stack",
        "compose-guestbook/counter": "containerized",
        "compose-guestbook/web": "containerized",
        "dockerfile-hello": "containerized",
        "golang-hello": "golang",
        "nodejs-hello": "nodejs",
        "proxy-nginx": "proxy",
        "python-hello": "python",
        "rust-hello": "rust",
    }
    stack = printed["compose-guestbook"]
    assert (stack["services"], stack["depends_on"]) == (["web", "counter"], {"web": ["counter"], "counter": []})
    assert (printed["nodejs-hello"]["start_command"], printed["nodejs-hello"]["port"]) == ("node server.js", 3000)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_whoever_asks_about_a_folder_gets_an_answer_about_it(case: Path):
    asked = found(case / "tree")["."]
    assert 0 <= asked["confidence"] <= 1
    assert "hit" in asked["metadata"]["bounds"]
    for argument in ("--no-evidence", "--mermaid"):
        shown = analyze(case / "tree", argument)
        assert (shown.exit_code, bool(shown.stdout)) == (0, True), shown.output


def test_a_folder_that_is_no_service_says_why(tmp_path: Path):
    write_tree(
        tmp_path, {"package.json": {"name": "lib", "main": "index.js", "types": "index.d.ts"}, "index.js": "exports.a = 1\n"}
    )
    asked = found(tmp_path)["."]
    assert asked["service_type"] is None
    assert asked["confidence"] > 0.5
    assert any(one["weight"] < 0 for one in asked["evidence"])
    assert found(write_tree(tmp_path / "empty", {"notes.txt": "buy apples"}))["."]["evidence"] == []


def test_libraries_of_a_monorepo_are_told_as_well():
    printed = found(REPOSITORY / "tests/topology/cases/monorepo-pnpm-turborepo/tree")
    assert {path: one["service_type"] for path, one in printed.items()} == {
        ".": None,
        "apps/api": "nodejs",
        "apps/web": "nodejs",
        "packages/db": None,
        "packages/ui": None,
    }


def test_bounds_that_were_hit_are_said(tmp_path: Path):
    write_tree(tmp_path, {f"{name}/{file}": text for name in ("one", "two") for file, text in SHOP.items()})
    result = analyze(tmp_path, "--json", KYOZO_ANALYSIS_MAX_FOLDERS="2")
    (root,) = (one for one in json.loads(result.stdout) if one["path"] == ".")
    assert root["metadata"]["bounds"]["hit"] == {"max_folders": 1}
    shown = analyze(tmp_path, KYOZO_ANALYSIS_MAX_FOLDERS="2").stdout
    assert "max_folders (2) left something out: 1" in shown
    assert "more than 2 folders are not looked at (KYOZO_ANALYSIS_MAX_FOLDERS)" in shown


def test_what_a_bound_left_out_of_a_file_is_said_with_the_setting(tmp_path: Path):
    write_tree(tmp_path, SHOP)
    (root,) = json.loads(analyze(tmp_path, "--json", KYOZO_ANALYSIS_MAX_FILE_BYTES="1024").stdout)
    assert root["metadata"]["bounds"]["left_out"] == []
    write_tree(tmp_path, {"package.json": {"name": "a" * 2_000}})
    (root,) = json.loads(analyze(tmp_path, "--json", KYOZO_ANALYSIS_MAX_FILE_BYTES="1024").stdout)
    said = "package.json: larger than 1024 bytes (KYOZO_ANALYSIS_MAX_FILE_BYTES)"
    assert root["metadata"]["bounds"]["left_out"] == [said]
    assert any("package.json is larger than 1024 bytes" in one["detail"] for one in root["evidence"])


def test_people_get_a_tree():
    lines = analyze(REPOSITORY / "examples").stdout.splitlines()
    assert lines[0].endswith("examples: 7 services; itself no service 99%")
    assert "├── compose-guestbook  compose_stack 94%" in lines
    assert "│   └── web  containerized 94% part of compose-guestbook" in lines
    assert "│   ├── javascript 24, npm, starts with node server.js, port 3000" in lines
    assert "│   ├── +0.50 nodejs-hello/server.js: opens a port" in lines
    needs = next(line for line in lines if line.startswith("  proxy-nginx needs nodejs-hello  proxy: "))
    assert "proxy-nginx/nginx.conf:" in needs
    order = lines[lines.index("order of deployment") + 1]
    assert order.index("python-hello") < order.index("proxy-nginx")
    short = analyze(REPOSITORY / "examples", "--no-evidence").stdout
    assert "opens a port" not in short
    assert "nginx.conf:" not in short


def test_a_terminal_gets_colours(tmp_path: Path):
    shown = analyze(write_tree(tmp_path, SHOP), FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert "\x1b[32mnodejs" in shown


def test_circles_are_said(tmp_path: Path):
    for name, other in (("one", "two"), ("two", "one")):
        write_tree(tmp_path / name, {**SHOP, ".env.example": f"OTHER_URL=http://{other}:3000\n"})
    assert "need one another in a circle: one, two" in analyze(tmp_path).stdout
    assert "class n0,n1 cycle" in analyze(tmp_path, "--mermaid").stdout


def test_programs_that_draw_get_a_flowchart():
    shown = analyze(REPOSITORY / "examples", "--mermaid").stdout
    assert shown.startswith("flowchart LR\n")
    assert '["nodejs-hello<br/>nodejs"]' in shown


def test_what_a_tree_holds_reaches_no_terminal_as_a_command(tmp_path: Path):
    write_tree(tmp_path / "sh[red]op", {**SHOP, "Procfile": "web: node server.js \x1b]0;owned\x07\n"})
    shown = analyze(tmp_path).stdout
    assert "owned" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "sh[red]op" in shown


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--mermaid",)])
def test_a_terminal_that_knows_few_letters_and_a_name_that_is_no_text(tmp_path: Path, arguments: tuple[str, ...]):
    root = os.path.join(os.fsencode(tmp_path), b"caf\xe9")  # noqa: PTH118 — bytes
    write_tree(Path(os.fsdecode(root)) / "größe", SHOP)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(REPOSITORY)}
    command: list[str | bytes | Path] = [sys.executable, "-m", "kyozo_gql.cli", "analyze", root, *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout


@pytest.mark.parametrize("name", ["missing", "package.json"])
def test_a_path_that_is_no_folder_is_an_error_that_says_so(tmp_path: Path, name: str):
    result = analyze(write_tree(tmp_path, SHOP) / name, "--json")
    assert result.exit_code == 2
    assert name in re.sub(r"[│\s]", "", result.output)


def test_one_way_to_print_at_a_time(tmp_path: Path):
    assert analyze(tmp_path, "--json", "--mermaid").exit_code == 2
