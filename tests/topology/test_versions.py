"""Versions that exist, by what is asked for and where."""

import pytest

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.images import default_version
from kyozo_gql.topology.node_project import read_node_project
from kyozo_gql.topology.python_project import read_python_project
from kyozo_gql.topology.tree import DiskTree
from kyozo_gql.topology.versions import choose_go, choose_node, choose_python, choose_rust

NODE, PYTHON = default_version("node"), default_version("python")


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        (">=18", NODE), ("*", NODE), ("lts/*", NODE), ("node", NODE), ("^20 || ^22", "22"), ("lts/iron", "20"), ("20.x", "20"),
        ("18 - 20", "20"), (">=16 <19", "18"), (">=19 <22", "20"), (">=19 <20", "19"), ("v20.11.1", "20.11.1"), ("~18.2", "18"),
        (">=14.0.0 <=16", "16"), ("99", None), ("^99", None), ("three", None), ("", None),
    ],
)  # fmt: skip
def test_node(asked, version):
    assert (choose_node(asked) if asked else None) == version


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        (">=3.9", PYTHON), ("^3.11", PYTHON), ("*", PYTHON), ("3", PYTHON), ("~3.11", "3.11"), ("~3.10.2", "3.10"),
        ("3.12.*", "3.12"), ("3.12.x", "3.12"), ("python-3.12.1", "3.12.1"), ("==3.9.7", "3.9.7"), ("=3.10", "3.10"),
        (">=3.8,<3.12", "3.11"),
        (">=3.10,<4.0", PYTHON), ("!=3.9.0", PYTHON), ("3.99", None), ("3.99.1", None), ("pypy3.10", None), (">=4", None),
    ],
)  # fmt: skip
def test_python(asked, version):
    assert choose_python(asked) == version


@pytest.mark.parametrize(
    ("asked", "version"), [("go1.22.3", "1.22.3"), ("1.23", "1.23"), ("1.22.x", "1.22"), ("1.99", None), ("1", None)]
)
def test_go(asked, version):
    assert choose_go(asked) == version


@pytest.mark.parametrize(
    ("asked", "version"),
    [("1.80", "1.80"), ("1.82.0-x86_64-unknown-linux-gnu", "1.82.0"), ("stable", None), ("nightly-2024-01-01", None)],
)
def test_rust(asked, version):
    assert choose_rust(asked) == version


NODE_SOURCES = [
    (".env", "NODE_VERSION=18\n"),
    ("railpack.json", '{"packages": {"node": "18"}}'),
    (".nvmrc", "# the line that we run\n18\n"),
    (".node-version", "18\n"),
    (".tool-versions", "nodejs 18.20.0\n"),
    ("mise.toml", '[tools]\nnode = "18"\n'),
    ("package.json", '{"volta": {"node": "18.19.0"}, "engines": {"node": ">=99 || 16"}}'),
]


@pytest.mark.parametrize("count", range(1, len(NODE_SOURCES) + 1))
def test_the_sources_of_node_are_asked_in_their_order(tmp_path, count):
    """Of the last ones, the first that is there decides."""
    for name, text in [("package.json", "{}"), *NODE_SOURCES[-count:]]:
        (tmp_path / name).write_text(text)
    project = read_node_project(Folder(DiskTree(tmp_path), ""))
    assert project is not None
    assert project.runtime is not None
    assert (project.runtime.request.file, project.runtime.version.partition(".")[0]) == (NODE_SOURCES[-count][0], "18")


PYTHON_SOURCES = [
    ("nixpacks.toml", '[variables]\nNIXPACKS_PYTHON_VERSION = "3.11"\n'),
    ("netlify.toml", '[build.environment]\nPYTHON_VERSION = "3.11"\n'),
    ("project.toml", '[[io.buildpacks.build.env]]\nname = "BP_PYTHON_VERSION"\nvalue = "3.11"\n'),
    (".python-version", "3.11\n"),
    ("runtime.txt", "python-3.11.4\n"),
    (".tool-versions", "python 3.11.2 3.10.1\n"),
    ("mise.toml", '[tools]\npython = ["3.11"]\n'),
    ("pyproject.toml", '[project]\nname = "x"\nrequires-python = ">=3.9,<3.12"\n'),
    ("Pipfile", '[requires]\npython_version = "3.11"\n'),
    ("setup.py", 'setup(name="x", python_requires=">=3.8,<3.12")\n'),
    ("environment.yml", "dependencies:\n  - python=3.11\n"),
]


@pytest.mark.parametrize("count", range(1, len(PYTHON_SOURCES) + 1))
def test_the_sources_of_python_are_asked_in_their_order(tmp_path, count):
    for name, text in PYTHON_SOURCES[-count:]:
        (tmp_path / name).write_text(text)
    runtime = read_python_project(Folder(DiskTree(tmp_path), "")).runtime
    assert runtime is not None
    assert (runtime.request.file, runtime.version[:4]) == (PYTHON_SOURCES[-count][0], "3.11")
