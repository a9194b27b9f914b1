"""The bounds of an analysis are the operator's."""

from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import ValidationError

from kyozo_gql.settings import Settings
from kyozo_gql.topology.bounds import Bounds, setting_of
from kyozo_gql.workspaces.bounds import bounds_of

README = (Path(__file__).parents[2] / "README.md").read_text()
NAMES = [bound.name for bound in fields(Bounds)]


@pytest.mark.parametrize("name", NAMES)
def test_each_bound_is_a_setting(monkeypatch, name):
    other = getattr(Bounds(), name) - 1
    monkeypatch.setenv(setting_of(name), str(other))
    assert getattr(bounds_of(Settings()), name) == other


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["-1", "99999999999", "many", "1.5"])
def test_a_bound_that_would_be_none_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(setting_of(name), value)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("name", NAMES)
def test_each_bound_is_in_the_list_of_settings_with_its_default(name):
    row = next(
        row for row in README.splitlines() if f"…{name.removeprefix('max').upper()}`" in row or f"`{setting_of(name)}`" in row
    )
    assert row.startswith("| `KYOZO_ANALYSIS_MAX_")
    assert f"`{getattr(Bounds(), name)}`" in row


def test_the_defaults_are_those_that_hold_where_no_settings_are_read():
    assert bounds_of(Settings()) == Bounds()
    assert Settings().base_images == {}
