"""What a new service is configured with when its owner says nothing: what detection recommends, within the settings' limits."""

from __future__ import annotations

from dataclasses import replace

from kyozo_gql.containers.config import DeploymentConfig, EnvironmentVariable, ScalingConfig, ServiceConfig
from kyozo_gql.core.spec import HealthCheckSpec, ResourceLimits
from kyozo_gql.settings import Settings
from kyozo_gql.topology.model import Recommendation


def default_config(recommendation: Recommendation | None, settings: Settings) -> ServiceConfig:
    """The configuration that a recommendation comes to; the start command stays with the detection, to follow the folder."""
    limits = ResourceLimits(settings.default_memory_limit, settings.default_cpu_limit, settings.default_storage_limit)
    if recommendation is None:
        return ServiceConfig(limits=limits, health_check=_timed(HealthCheckSpec(), settings))
    return ServiceConfig(
        deployment=DeploymentConfig(context_path=recommendation.build_context, dockerfile_path=recommendation.dockerfile_path),
        ports=recommendation.ports,
        environment=tuple(EnvironmentVariable(name, value) for name, value in sorted(recommendation.environment.items())),
        limits=replace(limits, memory=recommendation.memory or limits.memory, cpu=recommendation.cpu or limits.cpu),
        health_check=_timed(recommendation.health_check, settings),
        scaling=ScalingConfig(),
    )


def missing_environment(config: ServiceConfig, recommendation: Recommendation | None) -> tuple[str, ...]:
    """The variables that a folder asks for, and that have no value, in order; what is kept secret has one."""
    given = {variable.name for variable in config.environment if variable.is_secret or variable.value}
    return tuple(name for name in sorted((recommendation or Recommendation()).required_environment) if name not in given)


def _timed(check: HealthCheckSpec, settings: Settings) -> HealthCheckSpec:
    """The settings say how often and how long, unless the folder's own check does."""
    usual = HealthCheckSpec()
    interval, timeout = settings.health_check_interval_ms // 1000, settings.health_check_timeout_ms // 1000
    return replace(
        check,
        interval_seconds=max(1, interval) if check.interval_seconds == usual.interval_seconds else check.interval_seconds,
        timeout_seconds=max(1, timeout) if check.timeout_seconds == usual.timeout_seconds else check.timeout_seconds,
    )
