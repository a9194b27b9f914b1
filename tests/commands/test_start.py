"""Light commands load little: analyze is called once for every tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
HEAVY = {
    "aiodocker", "aiohttp", "arq", "asyncio", "asyncpg", "cryptography", "graphql", "httpx", "limits", "packaging.tags",
    "pydantic_settings", "redis", "rich", "starlette", "strawberry", "structlog", "tortoise", "uvicorn",
}  # fmt: skip
SCRIPT = "import sys\nfrom kyozo_gql.cli import main\ntry:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)\n"


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has loaded by its end."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return set(done.stderr.split())


def test_analyze_for_programs_loads_nothing_that_serves():
    modules = loaded("analyze", "examples/nodejs-hello", "--json")
    assert "kyozo_gql.topology.analysis" in modules
    assert not HEAVY & modules


@pytest.mark.parametrize("arguments", [["analyze", "examples/nodejs-hello"], ["analyze", "examples/nodejs-hello", "--mermaid"]])
def test_analyze_for_people_loads_what_draws_at_most(arguments):
    assert not (HEAVY - {"rich"}) & loaded(*arguments)


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["analyze", "--help"]])
def test_help_loads_no_rules_either(arguments):
    modules = loaded(*arguments)
    assert not (HEAVY - {"rich"}) & modules
    assert "kyozo_gql.topology.analysis" not in modules
