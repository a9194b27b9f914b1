"""The values that detection speaks in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from kyozo_gql.core.spec import FileMount, HealthCheckSpec, JobSpec, PortMapping, ServiceType, VolumeMount
from kyozo_gql.topology.bounds import Bounds

RULES_VERSION = "2"


class Tree(Protocol):
    """A folder tree to look at. Paths are POSIX, relative to its root, without leading slash; "" is the root."""

    def name(self) -> str | None:
        """What the root is called, where it has a name."""
        ...

    def folders(self) -> tuple[str, ...]:
        """Every folder that is worth a look, "" first, then in order; ignored ones (node_modules, .git …) are left out."""
        ...

    def files(self, folder: str) -> tuple[str, ...]:
        """The names of the regular files in a folder, in order."""
        ...

    def subfolders(self, folder: str) -> tuple[str, ...]:
        """The names of the folders in a folder that are worth a look, in order."""
        ...

    def read(self, path: str) -> str | None:
        """The text of a file; None where it is missing, excluded, too large or no text."""
        ...

    def fault(self, path: str) -> str | None:
        """Why ``read`` had no answer for a file that is there (a phrase); None where nothing is wrong."""
        ...

    def bounds(self) -> dict[str, Any]:
        """The bounds in force, in ``hit`` those that cut the look short, in ``left_out`` sentences of what: plain JSON values."""
        ...

    def limits(self) -> Bounds:
        """The bounds in force."""
        ...

    def note_hit(self, bound: str, path: str, detail: str) -> str:
        """Counts what a bound left out of a file or folder, once; answers the detail with the name of the setting."""
        ...


@dataclass(frozen=True, slots=True)
class Indicator:
    """One piece of evidence: the file it stands in (relative to the root), the rule that took it, how much it weighs (−1 to 1),
    and a sentence. ``line`` counts from 1, ``field`` is a key of the file (``scripts.start``), where either is known.
    """

    path: str
    rule: str
    weight: float
    detail: str
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Patterns:
    """What was recognised besides the type."""

    language: str | None = None
    framework: str | None = None
    package_manager: str | None = None
    runtime_version: str | None = None
    compose_services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """``source`` needs ``target``: folder paths, or the name of a backing service (``postgres``, ``redis`` …)."""

    source: str
    target: str
    kind: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ComposeService:
    """One service of a Compose stack. ``build_context`` is relative to the root of the tree; ``needs`` are names of its siblings.

    ``refusals`` say what it asks of the host that the default policy does not allow, each with the key that asks for it.
    ``command`` replaces the image's own command, ``entrypoint`` its entry point (empty: there shall be none); ``exposed`` are
    container ports that are open to the siblings only; ``volumes`` are the named volumes that it mounts, ``files`` what it mounts
    of the workspace. ``dockerfile`` is relative to the build context, ``dockerfile_inline`` takes its place. ``aliases`` are the
    names that its siblings may call it by besides its own. ``secrets`` are files that only its replicas get to see. A ``job`` runs
    once, to success, before the siblings that need it; its ports and its health check are as they are written, and mean nothing.
    """

    name: str
    image: str | None = None
    build_context: str | None = None
    dockerfile: str | None = None
    build_args: dict[str, str] = field(default_factory=dict)
    build_target: str | None = None
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    ports: tuple[PortMapping, ...] = ()
    exposed: tuple[int, ...] = ()
    volumes: tuple[VolumeMount, ...] = ()
    health_check: HealthCheckSpec | None = None
    needs: tuple[str, ...] = ()
    replicas: int = 1
    memory: str | None = None
    cpu: str | None = None
    refusals: tuple[str, ...] = ()
    dockerfile_inline: str | None = None
    files: tuple[FileMount, ...] = ()
    user: str | None = None
    working_dir: str | None = None
    aliases: tuple[str, ...] = ()
    secrets: tuple[FileMount, ...] = ()
    job: JobSpec | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """How to run the folder.

    ``build_context`` is the folder that is built, relative to the root of the tree: None where it is the folder itself, the root of
    the workspace for a member that can't be built without it. ``start_command`` is a line for ``sh -c``; ``build_commands`` are the
    argument vectors that prepare a copy of what is built to be run without containers: all of them run in the build context.
    ``dockerfile`` is a generated one, None where the folder has its own; ``dockerfile_path`` is relative to the build context.
    ``environment`` maps names to default values; ``required_environment`` names what the folder asks for without a default that
    is fit to be used (secrets above all).
    """

    start_command: str | None = None
    build_context: str | None = None
    build_commands: tuple[tuple[str, ...], ...] = ()
    dockerfile: str | None = None
    dockerfile_path: str | None = None
    ports: tuple[PortMapping, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    required_environment: tuple[str, ...] = ()
    health_check: HealthCheckSpec = field(default_factory=HealthCheckSpec)
    memory: str | None = None
    cpu: str | None = None
    compose_services: tuple[ComposeService, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """What one folder is. ``service_type`` None: no service. ``name`` fits ``^[a-zA-Z0-9_-]{1,100}$``.

    ``confidence``, 0.0 to 1.0, is in the answer that is given: also that the folder is no service.
    """

    folder_path: str
    service_type: ServiceType | None
    name: str
    confidence: float
    patterns: Patterns = Patterns()
    indicators: tuple[Indicator, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    recommendation: Recommendation | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a whole tree is.

    ``detections``: one for every folder that is a service of its own. ``parts``: folders that would be services, but belong to
    another one (a build context of a Compose stack); their metadata names it as ``part_of``. ``others``: the root, and whatever
    else something spoke for, that are no services. ``order`` is that of deployment; ``cycles`` are the dependencies that it could
    not keep.
    """

    detections: tuple[Detection, ...]
    dependencies: tuple[Dependency, ...]
    parts: tuple[Detection, ...] = ()
    order: tuple[str, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    others: tuple[Detection, ...] = ()
