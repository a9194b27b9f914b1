"""What a new service is configured with when its owner says nothing: what detection recommends, within the settings' limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kyozo_gql.containers.config import DeploymentConfig, EnvironmentVariable, ScalingConfig, ServiceConfig
from kyozo_gql.core.spec import HealthCheckSpec, ResourceLimits
from kyozo_gql.settings import Settings
from kyozo_gql.topology.model import Recommendation


def default_config(recommendation: Recommendation | None, settings: Settings) -> ServiceConfig:
    """The configuration that a recommendation comes to; the start command stays with the detection, to follow the folder."""
    limits = ResourceLimits(settings.default_memory_limit, settings.default_cpu_limit, settings.default_storage_limit)
    timing: dict[str, Any] = {
        "interval_seconds": max(1, settings.health_check_interval_ms // 1000),
        "timeout_seconds": max(1, settings.health_check_timeout_ms // 1000),
    }
    if recommendation is None:
        return ServiceConfig(limits=limits, health_check=HealthCheckSpec(**timing))
    return ServiceConfig(
        deployment=DeploymentConfig(context_path=recommendation.build_context, dockerfile_path=recommendation.dockerfile_path),
        ports=recommendation.ports,
        environment=tuple(EnvironmentVariable(name, value) for name, value in sorted(recommendation.environment.items())),
        limits=replace(limits, memory=recommendation.memory or limits.memory, cpu=recommendation.cpu or limits.cpu),
        health_check=replace(recommendation.health_check, **timing),
        scaling=ScalingConfig(),
    )
