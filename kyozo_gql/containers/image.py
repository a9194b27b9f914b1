"""From a deployment to its image: a ready-made one, the folder's own Dockerfile, or one generated from what the folder is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID

from kyozo_gql.containers.build_log import BuildLog
from kyozo_gql.containers.config import DeploymentConfig, config_from
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.containers.snapshot import snapshot
from kyozo_gql.containers.stack import SEPARATOR
from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.core.spec import ServiceType
from kyozo_gql.engines.engine import BuildSpec, Engine
from kyozo_gql.settings import Settings
from kyozo_gql.topology.recommendation import recommend
from kyozo_gql.topology.tree import DiskTree
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder
from kyozo_gql.workspaces.tree import bounds_of

DOCKERFILE = "Dockerfile"


@dataclass(frozen=True, slots=True)
class Image:
    """What a build gave: the reference that replicas are run from, and the hash of the folder where one was built."""

    reference: str
    content_hash: str | None = None


def image_reference(service_id: UUID, number: int, registry_url: str | None = None) -> str:
    """The one name of the image that a deployment builds; it begins with the host of the registry that it is pushed to, if any."""
    host = (registry_url or "").strip().rpartition("://")[2].strip("/").lower()
    return f"{host}/kyozo/{service_id.hex}:{number}" if host else f"kyozo/{service_id.hex}:{number}"


async def registry_of(service: ServiceInstance, settings: Settings) -> str | None:
    """Where the images of a service are pushed to: the workspace's registry, else the server's; None: nowhere."""
    workspace = await Workspace.get(id=service.workspace_id)
    return workspace.container_registry_url or settings.registry_url or None


async def make_image(service: ServiceInstance, deployment: Deployment, engine: Engine, log: BuildLog, settings: Settings) -> Image:
    """Builds (and pushes) or pulls the image of a deployment.

    Raises BuildFailed, ConfigurationError, NotSupported, EngineUnreachable.
    """
    config = config_from(deployment.config).deployment
    if config.image is not None:
        await log.say(f"pulling {config.image}")
        await engine.pull(config.image, log.write)
        return Image(config.image)
    path = config.built_path(deployment.config["folder_path"])
    folder = workspace_folder(service.workspace_id) / path
    registry = await registry_of(service, settings)
    reference = image_reference(service.id, deployment.number, registry)
    copy = (settings.state_dir / "snapshots" / str(deployment.id)).absolute()
    async with snapshot(folder, copy) as (context, content_hash):
        spec = await asyncio.to_thread(_spec, service, deployment, config, context, reference, settings)
        await log.say(f"building {path or 'the workspace'} as {spec.image}, content {content_hash[:12]}")
        await engine.build(spec, log.write)
    if registry is not None:
        await engine.push(spec.image, log.write)
    return Image(spec.image, content_hash)


def _spec(
    service: ServiceInstance,
    deployment: Deployment,
    config: DeploymentConfig,
    context: Path,
    reference: str,
    settings: Settings,
) -> BuildSpec:
    service_type = ServiceType(deployment.config["service_type"])
    path = config.dockerfile_path or (DOCKERFILE if service_type is ServiceType.CONTAINERIZED else None)
    member = _member_path(deployment.config["folder_path"], config, context)
    tree = DiskTree(context, bounds_of(settings))
    recommendation = None if path else recommend(tree, member, service_type, base_images=settings.base_images)
    if path:
        dockerfile: str | None = _read_dockerfile(context, path)
    else:
        dockerfile = recommendation.dockerfile if recommendation else None
    return BuildSpec(
        image=reference,
        context=context,
        service_type=service_type,
        service_id=service.id,
        workspace_id=service.workspace_id,
        deployment_id=deployment.id,
        dockerfile=dockerfile,
        dockerfile_path=path,
        commands=recommendation.build_commands if recommendation else (),
        start_command=config.start_command or (recommendation.start_command if recommendation else None),
        build_args=config.build_args,
    )


def _member_path(folder_path: str, config: DeploymentConfig, context: Path) -> str:
    """Where the service's own folder is in what is built; "" where it is that folder, or (in a Compose stack) has none.

    Raises ConfigurationError where the folder is gone.
    """
    inside = PurePosixPath(folder_path)
    if config.context_path is None or SEPARATOR in folder_path or not inside.is_relative_to(config.context_path):
        return ""
    path = inside.relative_to(config.context_path)
    if not (context / path).is_dir():
        raise ConfigurationError(f"the folder {folder_path!r} does not exist any more")
    return "" if path == PurePosixPath() else path.as_posix()


def _read_dockerfile(context: Path, path: str) -> str:
    """The text of a Dockerfile in the context. Raises ConfigurationError."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or (context / path).is_symlink():
        raise ConfigurationError(f"{path} is not in the folder")
    try:
        return (context / path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: there is no such file in the folder") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from error
