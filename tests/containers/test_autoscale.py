from __future__ import annotations

import pytest

from kyozo_gql.containers.autoscale import wanted_replicas
from kyozo_gql.containers.config import ScalingConfig


@pytest.mark.parametrize(
    ("replicas", "used", "wanted"),
    [
        (2, 50.0, 2),  # on target
        (2, 54.0, 2),  # within the tolerance
        (2, 60.0, 3),  # 2 × 60 / 50, rounded up
        (2, 100.0, 4),
        (2, 900.0, 6),  # its upper bound
        (4, 25.0, 2),
        (4, 0.0, 2),  # its lower bound
        (0, 0.0, 0),
    ],
)
def test_replicas_follow_the_load(replicas: int, used: float, wanted: int):
    scaling = ScalingConfig(min_replicas=2, max_replicas=6, target_cpu_percent=50, autoscale=True)
    assert wanted_replicas(replicas, used, scaling) == wanted


def test_only_on_request():
    assert wanted_replicas(1, 400.0, ScalingConfig(max_replicas=6, target_cpu_percent=50, autoscale=False)) == 1
    assert wanted_replicas(1, 400.0, ScalingConfig(max_replicas=6, autoscale=True)) == 5, "without a target it aims at 80"
