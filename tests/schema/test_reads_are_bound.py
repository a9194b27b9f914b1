"""No code of the schema reads past the viewer: models are asked in two modules alone, and loaders start from a parent.

What a resolver is given as its parent was found through ``schema.visible`` or a function of the domain that takes the viewer; what
hangs on it is read by the loaders, by an attribute of a row and never by what a client has sent.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.models import Model

import kyozo_gql.schema

FOLDER = Path(kyozo_gql.schema.__file__).parent
MODULES = sorted(FOLDER.rglob("*.py"))
# Where models are asked: bound to the viewer's teams, or by what belongs to a parent.
ASKING = {"visible.py", "loaders.py"}
# What asks a model, or the database itself.
QUERIES = {name for name, _ in inspect.getmembers(Model, inspect.isroutine) if not name.startswith("_")} | {"objects", "_meta"}
RAW = {"execute_query", "execute_query_dict", "execute_script", "in_transaction"}
MODELS = {
    f"{module}.{name}"
    for module in ("kyozo_gql.accounts.models", "kyozo_gql.workspaces.models", "kyozo_gql.containers.models")
    for name, one in vars(importlib.import_module(module)).items()
    if inspect.isclass(one) and issubclass(one, Model)
}


def names_of(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
    return found


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def faults_in(source: str) -> Iterator[str]:
    """Where a module asks a model or the database itself, or a loader for something else than its parent's."""
    tree = ast.parse(source)
    names = names_of(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        first, _, rest = dotted(node.value).partition(".")
        whole = ".".join(filter(None, (names.get(first, first), rest)))
        if (whole in MODELS and node.attr in QUERIES) or node.attr in RAW:
            yield f"{node.lineno}: {dotted(node)}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load":
            row, _, attribute = dotted(node.args[-1]).partition(".")
            if not attribute or row in ("input", "asked"):
                yield f"{node.lineno}: load(…, {ast.unparse(node.args[-1])})"


@pytest.mark.parametrize("module", [one for one in MODULES if one.name not in ASKING], ids=lambda one: str(one.relative_to(FOLDER)))
def test_models_are_asked_through_the_viewer(module: Path):
    # `related` takes the key from its parent too, by the attribute that is declared, and the context hands on to the loaders.
    expected = {"fields.py": ["load(…, key)"], "context.py": ["load(…, key)"]}.get(module.name, [])
    assert [fault.partition(": ")[2] for fault in faults_in(module.read_text(encoding="utf-8"))] == expected


@pytest.mark.parametrize(
    "line",
    [
        "from kyozo_gql.containers.models import Deployment\nDeployment.filter(id=1)",
        "from kyozo_gql.containers.models import Deployment as Row\nawait_ = Row.get_or_none",
        "from kyozo_gql.containers import models as rows\nrows.Deployment.all()",
        "import kyozo_gql.containers.models as m\nm.Deployment.exists()",
        "from tortoise import connections\nconnections.get('default').execute_query('SELECT 1')",
        "from kyozo_gql.schema.lists import SERVICES_BY_ID\ninfo.context.load(SERVICES_BY_ID, key_of(id, 'ServiceInstance'))",
        "info.context.load(values, service_id)",
        "info.context.load(values, input.service_instance_id)",
    ],
)
def test_what_would_be_found(line: str):
    assert len(list(faults_in(line))) == 1
