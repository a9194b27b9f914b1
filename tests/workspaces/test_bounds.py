"""The bounds of an analysis are the operator's."""

import pytest

from kyozo_gql.settings import Settings
from kyozo_gql.topology.bounds import Bounds
from kyozo_gql.workspaces.bounds import bounds_of


@pytest.mark.parametrize("name", ["file_bytes", "read_bytes", "depth", "folders", "entries"])
def test_each_setting_is_a_bound(monkeypatch, name):
    monkeypatch.setenv(f"KYOZO_ANALYSIS_MAX_{name.upper()}", "2048" if name != "depth" else "7")
    assert getattr(bounds_of(Settings()), f"max_{name}") == (2048 if name != "depth" else 7)


def test_the_defaults_are_those_that_hold_where_no_settings_are_read():
    assert bounds_of(Settings()) == Bounds()
    assert Settings().base_images == {}
