"""The settings in force: frozen, and the only reader of the environment.

Names and defaults of the container settings are those of the source document; what is ours begins with ``KYOZO_``.
"""

from __future__ import annotations

import base64
import hashlib
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_BYTES = r"^[1-9]\d{0,14}(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"
Tool = Literal["uv", "poetry", "pdm", "pipenv", "pnpm", "yarn", "bun"]
ToolVersion = Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,4}){1,3}$")]
_CPUS = r"^(\d{1,6}(\.\d{1,9})?|[1-9]\d{0,8}m)$"


class Environment(StrEnum):
    """Where the server runs; production refuses what is only fit for a laptop."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class EngineChoice(StrEnum):
    """Which engine the operator asked for; ``AUTO`` is Docker where it answers, else processes (development only)."""

    AUTO = "auto"
    DOCKER = "docker"
    PROCESS = "process"
    SIMULATED = "simulated"


def _env(*names: str, **constraints: Any) -> Any:
    return Field(validation_alias=AliasChoices(*names), **constraints)


def _check_rate(text: str) -> str:
    """Raises ValueError for what ``limits`` does not read."""
    if text.strip():
        from limits import parse_many  # noqa: PLC0415 — it takes long to load, and the defaults are known to be sound

        parse_many(text)
    return text.strip()


Rate = Annotated[str, AfterValidator(_check_rate)]
_RATES = {  # by environment: in development they are there to be seen, not to be met
    Environment.DEVELOPMENT: {
        "KYOZO_RATE_LIMIT": "600000/minute",
        "KYOZO_COST_LIMIT": "600000000/minute",
        "KYOZO_ANONYMOUS_RATE_LIMIT": "60000/minute",
        "KYOZO_SIGN_IN_LIMIT": "600/minute",
    },
    Environment.PRODUCTION: {
        "KYOZO_RATE_LIMIT": "1200/minute",
        "KYOZO_COST_LIMIT": "1200000/minute",
        "KYOZO_ANONYMOUS_RATE_LIMIT": "60/minute",
        "KYOZO_SIGN_IN_LIMIT": "10/minute;100/hour",
    },
}


def _rate(variable: str) -> Any:
    """A rate whose default is that of the environment."""
    return _env(variable, default_factory=lambda read: _RATES[read["environment"]][variable])


class Settings(BaseSettings):
    """Every setting of every process. Read from the environment alone; keyword arguments by field name win."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore", case_sensitive=False)

    environment: Environment = _env("KYOZO_ENVIRONMENT", default=Environment.DEVELOPMENT)
    log_level: str = _env("KYOZO_LOG_LEVEL", default="info", pattern="^(debug|info|warning|error)$")
    log_format: str = _env("KYOZO_LOG_FORMAT", default="console", pattern="^(console|json)$")
    state_dir: Path = _env("KYOZO_STATE_DIR", default=Path(".kyozo"))
    secret_key: SecretStr = _env("KYOZO_SECRET_KEY", default=SecretStr("development-only"))

    database_url: str = _env("DATABASE_URL", default="postgres://kyozo@127.0.0.1:5432/kyozo")
    database_pool_size: int = _env("KYOZO_DATABASE_POOL_SIZE", default=10, ge=1, le=500)
    redis_url: str = _env("REDIS_URL", default="redis://127.0.0.1:6379/0")

    # The source document's container settings.
    docker_socket: Path = _env("DOCKER_SOCKET", default=Path("/var/run/docker.sock"))
    docker_api_version: str = _env("DOCKER_API_VERSION", default="1.41", pattern=r"^1\.\d+$")
    default_memory_limit: str = _env("DEFAULT_MEMORY_LIMIT", default="512Mi", pattern=_BYTES)
    default_cpu_limit: str = _env("DEFAULT_CPU_LIMIT", default="0.5", pattern=_CPUS)
    default_storage_limit: str = _env("DEFAULT_STORAGE_LIMIT", default="1Gi", pattern=_BYTES)
    health_check_interval_ms: int = _env("HEALTH_CHECK_INTERVAL", default=30_000, ge=100)
    health_check_timeout_ms: int = _env("HEALTH_CHECK_TIMEOUT", default=10_000, ge=10)
    # Images that are built are pushed there, without credentials; a workspace's own registry wins.
    registry_url: str | None = _env("CONTAINER_REGISTRY_URL", default=None)
    workspace_root: Path = _env("WORKSPACE_ROOT", default=Path("/tmp/kyozo/workspaces"))  # noqa: S108 — the seed's default
    enable_auto_deploy: bool = _env("ENABLE_AUTO_DEPLOY", default=False)
    enable_mock_deployment: bool = _env("ENABLE_MOCK_DEPLOYMENT", default=False)

    engine: EngineChoice = _env("KYOZO_ENGINE", default=EngineChoice.AUTO)
    publish_address: str = _env("KYOZO_PUBLISH_ADDRESS", default="127.0.0.1")
    port_range_start: int = _env("KYOZO_PORT_RANGE_START", default=20_000, ge=1024, le=65_535)
    port_range_end: int = _env("KYOZO_PORT_RANGE_END", default=29_999, ge=1024, le=65_535)
    base_images: dict[str, str] = _env("KYOZO_BASE_IMAGES", default_factory=dict)
    # Package managers of generated Dockerfiles, where the project names no version: {"poetry": "2.5.1"}.
    tool_versions: dict[Tool, ToolVersion] = _env("KYOZO_TOOL_VERSIONS", default_factory=dict)
    # Every build gets them: proxies, mirrors of package registries. No secrets: whoever may see a build log may see them.
    build_args: dict[str, str] = _env("KYOZO_BUILD_ARGS", default_factory=dict)
    build_timeout_seconds: int = _env("KYOZO_BUILD_TIMEOUT", default=1_800, ge=1)
    job_timeout_seconds: int = _env("KYOZO_JOB_TIMEOUT", default=1_800, ge=1)
    ready_timeout_seconds: int = _env("KYOZO_READY_TIMEOUT", default=120, ge=1)
    settle_seconds: float = _env("KYOZO_SETTLE_SECONDS", default=3.0, ge=0)
    stop_grace_seconds: int = _env("KYOZO_STOP_GRACE", default=10, ge=0, le=300)
    kept_deployments: int = _env("KYOZO_KEPT_DEPLOYMENTS", default=10, ge=1)

    # Days that the audit trail is kept; 0: for ever.
    audit_retention_days: int = _env("KYOZO_AUDIT_RETENTION_DAYS", default=365, ge=0, le=36_500)

    container_jobs: int = _env("KYOZO_CONTAINER_JOBS", default=5, ge=1, le=100)
    sweep_seconds: float = _env("KYOZO_SWEEP_SECONDS", default=2.0, gt=0)
    lease_seconds: float = _env("KYOZO_LEASE_SECONDS", default=15.0, ge=1)

    # How far an analysis looks; what a bound cuts off is told with the answer.
    analysis_max_file_bytes: int = _env("KYOZO_ANALYSIS_MAX_FILE_BYTES", default=1_048_576, ge=1_024, le=67_108_864)
    analysis_max_read_bytes: int = _env("KYOZO_ANALYSIS_MAX_READ_BYTES", default=134_217_728, ge=1_024, le=4_294_967_296)
    analysis_max_depth: int = _env("KYOZO_ANALYSIS_MAX_DEPTH", default=12, ge=0, le=60)
    analysis_max_folders: int = _env("KYOZO_ANALYSIS_MAX_FOLDERS", default=20_000, ge=1, le=1_000_000)
    analysis_max_entries: int = _env("KYOZO_ANALYSIS_MAX_ENTRIES", default=200_000, ge=100, le=10_000_000)
    analysis_max_yaml_bytes: int = _env("KYOZO_ANALYSIS_MAX_YAML_BYTES", default=131_072, ge=1_024, le=4_194_304)
    analysis_max_yaml_nodes: int = _env("KYOZO_ANALYSIS_MAX_YAML_NODES", default=20_000, ge=100, le=1_000_000)
    analysis_max_toml_bytes: int = _env("KYOZO_ANALYSIS_MAX_TOML_BYTES", default=262_144, ge=1_024, le=4_194_304)
    analysis_max_text_characters: int = _env("KYOZO_ANALYSIS_MAX_TEXT_CHARACTERS", default=100_000, ge=1_000, le=2_097_152)
    analysis_max_sources: int = _env("KYOZO_ANALYSIS_MAX_SOURCES", default=60, ge=1, le=1_000)
    analysis_max_looks: int = _env("KYOZO_ANALYSIS_MAX_LOOKS", default=1_000, ge=1, le=1_000_000)
    analysis_max_members: int = _env("KYOZO_ANALYSIS_MAX_MEMBERS", default=5_000, ge=1, le=50_000)
    analysis_max_patterns: int = _env("KYOZO_ANALYSIS_MAX_PATTERNS", default=1_000, ge=1, le=10_000)

    graphiql: bool | None = _env("KYOZO_GRAPHIQL", default=None)
    introspection: bool | None = _env("KYOZO_INTROSPECTION", default=None)
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = _env("KYOZO_ALLOWED_ORIGINS", default=())
    # Clients may send the hash of an operation that was run before; a manifest registers operations, the only ones on request.
    persisted_queries: bool = _env("KYOZO_PERSISTED_QUERIES", default=True)
    operations_manifest: Path | None = _env("KYOZO_OPERATIONS_MANIFEST", default=None)
    registered_operations_only: bool = _env("KYOZO_REGISTERED_OPERATIONS_ONLY", default=False)
    session_check_seconds: float = _env("KYOZO_SESSION_CHECK_SECONDS", default=5.0, ge=0.1, le=60)
    max_connections: int = _env("KYOZO_MAX_CONNECTIONS", default=5_000, ge=1)
    max_connections_per_token: int = _env("KYOZO_MAX_CONNECTIONS_PER_TOKEN", default=50, ge=1)
    max_operations_per_socket: int = _env("KYOZO_MAX_OPERATIONS_PER_SOCKET", default=100, ge=1)
    max_message_bytes: int = _env("KYOZO_MAX_MESSAGE_BYTES", default=4_194_304, ge=1_024)
    connection_init_seconds: float = _env("KYOZO_CONNECTION_INIT_SECONDS", default=10.0, ge=0.1, le=300)
    ping_seconds: float = _env("KYOZO_PING_SECONDS", default=20.0, ge=0.1, le=600)
    max_body_bytes: int = _env("KYOZO_MAX_BODY_BYTES", default=4_194_304, ge=1_024)
    max_upload_bytes: int = _env("KYOZO_MAX_UPLOAD_BYTES", default=67_108_864, ge=1_024)

    # Bounds of one operation; docs/limits.md says what each of them counts.
    max_tokens: int = _env("KYOZO_MAX_TOKENS", default=3_000, ge=100)
    max_depth: int = _env("KYOZO_MAX_DEPTH", default=20, ge=1)
    max_fields: int = _env("KYOZO_MAX_FIELDS", default=600, ge=1)
    max_root_fields: int = _env("KYOZO_MAX_ROOT_FIELDS", default=50, ge=1)
    max_aliases: int = _env("KYOZO_MAX_ALIASES", default=100, ge=0)
    max_repeats: int = _env("KYOZO_MAX_REPEATS", default=150, ge=0)
    max_directives: int = _env("KYOZO_MAX_DIRECTIVES", default=100, ge=0)
    max_directives_per_node: int = _env("KYOZO_MAX_DIRECTIVES_PER_NODE", default=5, ge=0)
    max_operations: int = _env("KYOZO_MAX_OPERATIONS", default=20, ge=1)
    max_fragments: int = _env("KYOZO_MAX_FRAGMENTS", default=100, ge=0)
    max_variables: int = _env("KYOZO_MAX_VARIABLES", default=100, ge=0)
    max_variables_bytes: int = _env("KYOZO_MAX_VARIABLES_BYTES", default=4_194_304, ge=0)
    max_variable_values: int = _env("KYOZO_MAX_VARIABLE_VALUES", default=5_000, ge=0)
    max_list_items: int = _env("KYOZO_MAX_LIST_ITEMS", default=250, ge=0)
    max_cost: int = _env("KYOZO_MAX_COST", default=50_000, ge=1)
    max_errors: int = _env("KYOZO_MAX_ERRORS", default=20, ge=1)
    max_page_size: int = _env("KYOZO_MAX_PAGE_SIZE", default=100, ge=1, le=1_000)

    # Rates, as "600/minute" or "10/minute;100/hour"; empty: none.
    rate_limit: Rate = _rate("KYOZO_RATE_LIMIT")
    cost_limit: Rate = _rate("KYOZO_COST_LIMIT")
    anonymous_rate_limit: Rate = _rate("KYOZO_ANONYMOUS_RATE_LIMIT")
    sign_in_limit: Rate = _rate("KYOZO_SIGN_IN_LIMIT")
    # Addresses and networks of proxies whose X-Forwarded-For is believed; "*": all.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = _env("KYOZO_TRUSTED_PROXIES", default=())

    @field_validator("operations_manifest", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.port_range_end < self.port_range_start:
            raise ValueError("KYOZO_PORT_RANGE_END is below KYOZO_PORT_RANGE_START")
        if self.environment is not Environment.PRODUCTION:
            return self
        if self.secret_key.get_secret_value() == "development-only":
            raise ValueError("KYOZO_SECRET_KEY must be set in production")
        if self.enable_mock_deployment or self.engine in (EngineChoice.PROCESS, EngineChoice.SIMULATED):
            raise ValueError("the process and simulated engines are refused in production")
        return self

    @model_validator(mode="after")
    def _registers_operations(self) -> Self:
        if self.registered_operations_only and self.operations_manifest is None:
            raise ValueError("KYOZO_REGISTERED_OPERATIONS_ONLY needs KYOZO_OPERATIONS_MANIFEST")
        return self

    @property
    def engine_choice(self) -> EngineChoice:
        """The engine asked for; the seed's ``enable_mock_deployment`` asks for the simulated one."""
        return EngineChoice.SIMULATED if self.enable_mock_deployment else self.engine

    @property
    def generated_bases(self) -> dict[str, str]:
        """What generated Dockerfiles build on: the base images, and as ``tool:NAME`` the versions of package managers."""
        return {**self.base_images, **{f"tool:{name}": version for name, version in self.tool_versions.items()}}

    @property
    def graphiql_enabled(self) -> bool:
        """GraphiQL is served in development, and in production on request."""
        return self.environment is Environment.DEVELOPMENT if self.graphiql is None else self.graphiql

    @property
    def introspection_enabled(self) -> bool:
        """Introspection is answered in development, and in production on request."""
        return self.environment is Environment.DEVELOPMENT if self.introspection is None else self.introspection

    @property
    def suggestions_enabled(self) -> bool:
        """Errors name the fields that a client may have meant in development alone: they would give a hidden schema away."""
        return self.environment is Environment.DEVELOPMENT

    @cached_property
    def encryption_key(self) -> bytes:
        """The Fernet key that secrets are encrypted with, derived from ``KYOZO_SECRET_KEY`` (32 bytes, url-safe base64)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.secret_key.get_secret_value().encode()).digest())
