"""What a new service is configured with when its owner says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyozo_gql.containers.config import EnvironmentVariable, ServiceConfig
from kyozo_gql.containers.defaults import default_config, missing_environment
from kyozo_gql.containers.validation import find_faults
from kyozo_gql.core.spec import HealthCheckKind, HealthCheckSpec
from kyozo_gql.settings import Settings
from kyozo_gql.topology.analysis import analyze_tree
from kyozo_gql.topology.model import Recommendation
from kyozo_gql.topology.tree import DiskTree

TREES = sorted((Path(__file__).parents[1] / "topology/cases").glob("*/tree"))

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


def test_a_check_that_says_how_often_it_is_asked_keeps_that():
    own = HealthCheckSpec(HealthCheckKind.COMMAND, command=("true",), interval_seconds=7, timeout_seconds=3, retries=9)
    assert default_config(Recommendation(health_check=own), Settings(health_check_interval_ms=5_000)).health_check == own


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.parent.name)
def test_what_detection_recommends_is_fit_to_be_a_service(tree: Path):
    analysis = analyze_tree(DiskTree(tree))
    for detection in (*analysis.detections, *analysis.parts):
        assert list(find_faults(default_config(detection.recommendation, Settings()))) == [], detection.folder_path


def test_what_has_no_value_is_missing():
    advice = Recommendation(required_environment=("TOKEN", "API_KEY", "SEED", "PASSWORD"), environment={"DEBUG": "0"})
    config = ServiceConfig(
        environment=(EnvironmentVariable("API_KEY", ""), EnvironmentVariable("SEED", "1"), EnvironmentVariable("TOKEN", "…", True))
    )
    assert missing_environment(config, advice) == ("API_KEY", "PASSWORD")
    assert missing_environment(config, None) == ()
