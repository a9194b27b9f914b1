"""A workspace is deployed in the order that its analysis found: what is needed first, whoever needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyozo_gql.containers.services import create_service
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.containers.workspace_lifecycle import deploy_workspace
from kyozo_gql.workspaces.analysis import request_analysis, run_analysis
from kyozo_gql.workspaces.models import TopologyAnalysis, TopologyDetection
from kyozo_gql.workspaces.roots import workspace_folder

SERVER = "const app = require('express')();\napp.listen(process.env.PORT || %d);\n"
MANIFEST = '{"name": "%s", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}\n'


def write_app(folder: Path, port: int, environment: str = "") -> None:
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(MANIFEST % folder.name)
    (folder / "server.js").write_text(SERVER % port)
    if environment:
        (folder / ".env.example").write_text(environment)


@pytest.fixture
def tree(workspace) -> Path:
    """Two shops of the same layout, a proxy before them, and a stack that needs one of them."""
    root = workspace_folder(workspace.id)
    for shop in ("books", "cakes"):
        write_app(root / shop / "zeta", 3000)
        write_app(root / shop / "web", 4000, "API_URL=http://zeta:3000\n")
    (root / "a-gate").mkdir()
    (root / "a-gate" / "Caddyfile").write_text(":8080\nreverse_proxy cakes-web:4000 mail:25\n")
    (root / "a-stack").mkdir()
    (root / "a-stack" / "compose.yaml").write_text(
        "services:\n  one:\n    image: example/one\n    environment: {UP: 'http://books-web:4000'}\n"
    )
    return root


async def test_the_order_is_that_of_the_analysis(owner, workspace, tree, engine, hands):
    await request_analysis(owner, workspace.id)
    await run_analysis((await TopologyAnalysis.get(workspace_id=workspace.id)).id, "test")
    rows = await TopologyDetection.filter(workspace_id=workspace.id).order_by("folder_path")
    folders = [str(row.folder_path) for row in rows]
    assert folders == ["a-gate", "a-stack", "books/web", "books/zeta", "cakes/web", "cakes/zeta"]
    services = [await create_service(owner, workspace.id, folder, ServiceChanges()) for folder in folders]
    assert len({service.name for service in services}) == 6
    deployments = await deploy_workspace(owner, workspace.id)
    paths = {service.id: service.folder_path for service in services}
    order = [str(paths[deployment.service_instance_id]) for deployment in deployments]
    assert sorted(order) == folders
    for before, after in (
        ("books/zeta", "books/web"), ("cakes/zeta", "cakes/web"), ("cakes/web", "a-gate"), ("books/web", "a-stack"),
    ):  # fmt: skip
        assert order.index(before) < order.index(after), order
