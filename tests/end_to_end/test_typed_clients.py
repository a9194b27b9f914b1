"""What others wrote to make typed clients of a schema takes ours: relay-compiler, graphql-codegen with a strict TypeScript."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CLIENT = Path(__file__).parent / "client"
EXAMPLES = REPOSITORY / "graphiql" / "src" / "examples"
SCALARS = {"DateTime": "string", "JSON": "unknown", "Quantity": "string", "Upload": "File"}
READY = shutil.which("node") is not None and (CLIENT / "node_modules").is_dir()
pytestmark = pytest.mark.skipif(not READY and "CI" not in os.environ, reason="needs node, and npm ci in tests/end_to_end/client")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that finds the npm packages, with the schema in it."""
    (tmp_path / "node_modules").symlink_to(CLIENT / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(REPOSITORY / "schema.graphql", tmp_path)
    return tmp_path


async def run(*command: str | Path, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def as_relay_module(document: str) -> tuple[str, str]:
    """The name and the text of a module with one operation, named as Relay wants it: after its module and its kind."""
    found = re.search(r"^(query|mutation|subscription) (\w+)", document, re.MULTILINE)
    assert found is not None
    named = document.replace(found[0], f"{found[1]} {found[2]}{found[1].title()}", 1).replace("`", "'")
    return found[2], f"import {{ graphql }} from 'relay-runtime';\n\nexport default graphql`\n{named}`;\n"


async def test_relay_compiles_the_examples_and_its_own_idioms(project: Path) -> None:
    source, made = project / "src", project / "made"
    source.mkdir()
    made.mkdir()
    shutil.copy(CLIENT / "typed" / "relay_pagination.ts", source)
    for path in EXAMPLES.glob("*.graphql"):
        name, text = as_relay_module(path.read_text())
        (source / f"{name}.ts").write_text(text)
    config = {
        "src": "./src", "schema": "./schema.graphql", "artifactDirectory": "./made", "language": "typescript",
        "eagerEsModules": True, "customScalarTypes": SCALARS,
    }  # fmt: skip
    (project / "relay.config.json").write_text(json.dumps(config))
    output = await run("node", CLIENT / "node_modules/relay-compiler/cli.js", "relay.config.json", folder=project)
    assert "ERROR" not in output
    artifacts = {path.name.removesuffix(".graphql.ts") for path in made.iterdir()}
    assert len(artifacts) == len(list(EXAMPLES.glob("*.graphql"))) + 7, artifacts
    assert "node(id: $id)" in (made / "relay_pagination_refetchQuery.graphql.ts").read_text()


async def test_codegen_makes_types_that_a_strict_compiler_takes(project: Path) -> None:
    common = {"strictScalars": True, "useTypeImports": True, "scalars": SCALARS, "nonOptionalTypename": True}
    config = {
        "schema": "./schema.graphql",
        "documents": str(EXAMPLES / "*.graphql"),
        "generates": {
            "./types.ts": {"plugins": ["typescript"], "config": common},
            "./operations.ts": {"plugins": ["typescript-operations"], "config": common},
        },
    }
    (project / "codegen.json").write_text(json.dumps(config))
    shutil.copy(CLIENT / "typed" / "uses_types.ts", project)
    await run("node_modules/.bin/graphql-codegen-esm", "--config", "codegen.json", folder=project)
    strict = ("--strict", "--noEmit", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess")
    modern = ("--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler")
    await run("node_modules/.bin/tsc", *strict, *modern, "types.ts", "operations.ts", "uses_types.ts", folder=project)
