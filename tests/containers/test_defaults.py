"""What a new service is configured with when its owner says nothing."""

from __future__ import annotations

import pytest

from kyozo_gql.containers.defaults import default_config
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec
from kyozo_gql.settings import Settings
from kyozo_gql.topology.model import Recommendation

RECOMMENDED = Recommendation(health_check=HealthCheckSpec(HealthCheckKind.HTTP, path="/health"))


@pytest.mark.parametrize("recommendation", [None, RECOMMENDED])
def test_the_settings_say_how_often_health_is_asked_for(recommendation: Recommendation | None):
    settings = Settings(health_check_interval_ms=5_000, health_check_timeout_ms=2_000, default_memory_limit="64Mi")
    config = default_config(recommendation, settings)
    check = config.health_check
    assert (check.interval_seconds, check.timeout_seconds, check.start_period_seconds) == (5, 2, 0)
    assert check.kind is (HealthCheckKind.HTTP if recommendation else HealthCheckKind.NONE)
    assert config.limits.memory == "64Mi"


def test_what_is_less_than_a_second_is_one():
    check = default_config(None, Settings(health_check_interval_ms=100, health_check_timeout_ms=10)).health_check
    assert (check.interval_seconds, check.timeout_seconds) == (1, 1)
