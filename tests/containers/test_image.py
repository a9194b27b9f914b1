"""Which names images get, where they go, and what a configuration keeps of volumes."""

from __future__ import annotations

import json

import pytest

from kyozo_gql.accounts.viewer import Viewer
from kyozo_gql.containers.build_log import build_log_tail
from kyozo_gql.containers.config import DeploymentConfig, ServiceConfig, columns_of, config_from
from kyozo_gql.containers.image import image_reference
from kyozo_gql.containers.lifecycle import deploy_service
from kyozo_gql.containers.models import Deployment
from kyozo_gql.core.ids import new_id
from kyozo_gql.core.spec import VolumeMount
from kyozo_gql.workspaces.models import Workspace
from tests.containers.hands import ServiceMaker, settled


@pytest.mark.parametrize(
    ("registry", "prefix"),
    [
        (None, ""),
        ("", ""),
        ("registry.example:5000", "registry.example:5000/"),
        ("https://Registry.example/", "registry.example/"),
        ("http://127.0.0.1:5000/team/", "127.0.0.1:5000/team/"),
    ],
)
def test_a_reference_begins_with_the_host_of_the_registry(registry: str | None, prefix: str) -> None:
    service_id = new_id()
    assert image_reference(service_id, 7, registry) == f"{prefix}kyozo/{service_id.hex}:7"


def test_volumes_are_kept_in_the_columns() -> None:
    volumes = (VolumeMount("data", "/data"), VolumeMount("conf", "/conf", read_only=True))
    config = ServiceConfig(deployment=DeploymentConfig(volumes=volumes))
    assert config_from(json.loads(json.dumps(columns_of(config)))) == config


@pytest.mark.usefixtures("hands")
async def test_what_is_built_is_pushed_to_the_registry_of_its_workspace(
    owner: Viewer, workspace: Workspace, make_service: ServiceMaker
) -> None:
    workspace.container_registry_url = "https://registry.example:5000/"
    await workspace.save()
    service = await make_service()
    await deploy_service(owner, service.id)
    row = await settled(service, "running")
    assert row.image == f"registry.example:5000/kyozo/{service.id.hex}:1"
    deployment = await Deployment.get(service_instance_id=service.id)
    assert f"pushed {row.image}" in await build_log_tail(deployment.id)
