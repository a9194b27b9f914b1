"""A member of a workspace is built from the workspace's root, with what it needs of it."""

from __future__ import annotations

import json
import shutil

import pytest

from kyozo_gql.containers.build_log import build_log_tail
from kyozo_gql.containers.config import config_of
from kyozo_gql.containers.lifecycle import deploy_service
from kyozo_gql.containers.models import Deployment
from kyozo_gql.containers.services import create_service, update_service
from kyozo_gql.containers.validation import ServiceChanges
from kyozo_gql.workspaces.roots import workspace_folder
from tests.containers.hands import settled

MEMBER = {"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"shared": "*", "fastify": "5"}}
SERVER = "require('fastify')().listen({ port: process.env.PORT, host: '0.0.0.0' })\n"


@pytest.fixture
def monorepo(workspace):
    root = workspace_folder(workspace.id)
    for path, package in {
        "": {"private": True, "workspaces": ["apps/*", "packages/*"]},
        "apps/api/": MEMBER,
        "packages/shared/": {"name": "shared", "scripts": {"build": "node build.js"}},
    }.items():
        (root / path).mkdir(parents=True, exist_ok=True)
        (root / path / "package.json").write_text(json.dumps(package))
    (root / "package-lock.json").write_text("{}")
    (root / "apps/api/server.js").write_text(SERVER)
    return root


async def test_a_member_is_built_from_the_root_of_its_workspace(owner, workspace, hands, monorepo):
    service = await create_service(owner, workspace.id, "apps/api", ServiceChanges())
    assert config_of(service).deployment.context_path == ""
    await deploy_service(owner, service.id)
    await settled(service, "running")
    deployment = await Deployment.get(service_instance_id=service.id)
    log = await build_log_tail(deployment.id)
    for step in (
        "building the workspace as",
        "COPY packages/shared/package.json",
        "RUN npm ci",
        "RUN npm run build -w shared",
        "cd apps/api",
    ):
        assert step in log
    (monorepo / "packages/shared/index.js").write_text("module.exports = 1\n")
    await deploy_service(owner, service.id)
    await settled(service, "running")
    first, second = await Deployment.filter(service_instance_id=service.id).order_by("number")
    assert first.content_hash != second.content_hash


async def test_a_dockerfile_that_the_owner_names_is_built_in_its_own_folder(owner, workspace, hands, monorepo):
    (monorepo / "apps/api/prod.Dockerfile").write_text("FROM node\nCMD node server.js\n")
    service = await create_service(
        owner, workspace.id, "apps/api", ServiceChanges(deployment={"dockerfile_path": "prod.Dockerfile"})
    )
    assert config_of(service).deployment.context_path is None
    changed = await update_service(owner, service.id, ServiceChanges(deployment={"start_command": "node server.js"}))
    assert config_of(changed).deployment.dockerfile_path == "prod.Dockerfile"


async def test_a_member_that_is_gone_is_a_configuration_error(owner, workspace, hands, monorepo):
    service = await create_service(owner, workspace.id, "apps/api", ServiceChanges())
    shutil.rmtree(monorepo / "apps/api")
    await deploy_service(owner, service.id)
    row = await settled(service, "error")
    assert "'apps/api' does not exist any more" in (row.status_reason or "")


async def test_a_dockerfile_that_copies_from_around_is_built_there(owner, workspace, hands, monorepo):
    (monorepo / "apps/api/Dockerfile").write_text(
        "FROM node:24-slim\nCOPY package.json package-lock.json ./\nCOPY apps/api ./apps/api\nCMD node apps/api/server.js\n"
    )
    service = await create_service(owner, workspace.id, "apps/api", ServiceChanges())
    deployment = config_of(service).deployment
    assert (service.service_type, deployment.context_path, deployment.dockerfile_path) == (
        "containerized",
        "",
        "apps/api/Dockerfile",
    )
    await deploy_service(owner, service.id)
    await settled(service, "running")
