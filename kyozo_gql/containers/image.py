"""From a deployment to its image: a ready-made one, the folder's own Dockerfile, or one generated from what the folder is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID

from kyozo_gql.containers.build_log import BuildLog
from kyozo_gql.containers.config import DeploymentConfig, config_from
from kyozo_gql.containers.models import Deployment, ServiceInstance
from kyozo_gql.containers.mounted_files import files_dockerfile, gathered_files
from kyozo_gql.containers.snapshot import snapshot
from kyozo_gql.containers.stack import SEPARATOR
from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.core.spec import ServiceType
from kyozo_gql.engines.engine import BuildSpec, Engine
from kyozo_gql.settings import Settings
from kyozo_gql.topology.build_arguments import ask_for_arguments
from kyozo_gql.topology.recommendation import recommend
from kyozo_gql.topology.tree import DiskTree
from kyozo_gql.workspaces.bounds import bounds_of
from kyozo_gql.workspaces.models import Workspace
from kyozo_gql.workspaces.roots import workspace_folder

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
    registry = await registry_of(service, settings)
    reference = image_reference(service.id, deployment.number, registry)
    if not config.is_built:
        await _pull(str(config.image), engine, log)
        return Image(str(config.image))
    base = f"{reference}-base" if config.files else reference
    content_hash = None
    if config.image is not None:
        await _pull(config.image, engine, log)
        base = config.image
    else:
        content_hash = await _build(service, deployment, base, engine, log, settings)
    if config.files:
        content_hash = await _add_files(service, deployment, base, reference, engine, log, settings)
    if registry is not None:
        await engine.push(reference, log.write)
    return Image(reference, content_hash)


async def _pull(image: str, engine: Engine, log: BuildLog) -> None:
    await log.say(f"pulling {image}")
    await engine.pull(image, log.write)


async def _build(
    service: ServiceInstance, deployment: Deployment, reference: str, engine: Engine, log: BuildLog, settings: Settings
) -> str:
    """Builds the folder of a deployment, and answers its content hash."""
    config = config_from(deployment.config).deployment
    path = config.built_path(deployment.config["folder_path"])
    root = workspace_folder(service.workspace_id)
    copy = (settings.state_dir / "snapshots" / str(deployment.id)).absolute()
    async with snapshot(root / path, copy) as (context, content_hash):
        spec = await asyncio.to_thread(_spec, service, deployment, root / path, context, reference, settings)
        await log.say(f"building {path or 'the workspace'} as {spec.image}, content {content_hash[:12]}")
        await engine.build(spec, log.write)
    return content_hash


async def _add_files(
    service: ServiceInstance, deployment: Deployment, base: str, reference: str, engine: Engine, log: BuildLog, settings: Settings
) -> str:
    """Makes the image of a deployment out of another one and the files that it mounts; answers their content hash."""
    files = config_from(deployment.config).deployment.files
    copy = (settings.state_dir / "snapshots" / f"{deployment.id}-files").absolute()
    async with gathered_files(workspace_folder(service.workspace_id), files, copy) as (context, digest):
        await log.say(f"putting {len(files)} files or folders of the workspace into {reference}")
        spec = BuildSpec(
            image=reference,
            context=context,
            service_type=ServiceType.CONTAINERIZED,
            service_id=service.id,
            workspace_id=service.workspace_id,
            deployment_id=deployment.id,
            dockerfile=files_dockerfile(base, files, context),
        )
        await engine.build(spec, log.write)
    return digest


def _spec(
    service: ServiceInstance,
    deployment: Deployment,
    folder: Path,
    context: Path,
    reference: str,
    settings: Settings,
) -> BuildSpec:
    config = config_from(deployment.config).deployment
    service_type = ServiceType(deployment.config["service_type"])
    arguments = {**settings.build_args, **config.build_args}
    inline = config.dockerfile_inline
    path = None if inline else config.dockerfile_path or (DOCKERFILE if service_type is ServiceType.CONTAINERIZED else None)
    member = _member_path(deployment.config["folder_path"], config, context)
    tree = DiskTree(context, bounds_of(settings))
    recommendation = None if path or inline else recommend(tree, member, service_type, base_images=settings.generated_bases)
    if inline:
        dockerfile: str | None = inline
    elif path and config.context_path is not None and ".." in PurePosixPath(path).parts:
        dockerfile = _read_outside(workspace_folder(service.workspace_id), folder, path)
    elif path:
        dockerfile = _read_dockerfile(context, path)
    else:
        generated = recommendation.dockerfile if recommendation else None
        dockerfile = ask_for_arguments(generated, arguments) if generated else None
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
        build_args=arguments,
        target=config.build_target,
    )


def _read_outside(root: Path, folder: Path, path: str) -> str:
    """The text of a Dockerfile of a stack that is beside the folder that is built. Raises ConfigurationError."""
    place = (folder / path).resolve()
    if not place.is_relative_to(root.resolve()):
        raise ConfigurationError(f"{path} is not in the workspace")
    return _read_dockerfile(place.parent, place.name)


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
