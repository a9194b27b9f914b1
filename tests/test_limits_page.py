"""docs/limits.md against the settings that it describes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kyozo_gql.schema.limits import BOUNDS
from kyozo_gql.settings import Environment, Settings

PAGE = (Path(__file__).parents[1] / "docs" / "limits.md").read_text()
RATES = ("rate_limit", "cost_limit", "anonymous_rate_limit", "sign_in_limit")


def variable_of(setting: str) -> str:
    """The environment's name of a setting."""
    alias = Settings.model_fields[setting].validation_alias
    return str(alias.choices[0])  # type: ignore[union-attr]  # every setting has a choice of names


def test_every_bound_of_an_operation_is_on_the_page_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| `(KYOZO_\w+)` \| (\d+) \|", PAGE, re.MULTILINE)
    bounds = BOUNDS.values()
    assert sorted(rows) == sorted(
        (bound.name, variable_of(bound.setting), str(Settings.model_fields[bound.setting].default)) for bound in bounds
    )


@pytest.mark.parametrize("setting", ["max_page_size", "max_errors"])
def test_other_bounds_are_on_the_page(setting: str):
    assert f"`{variable_of(setting)}` ({Settings.model_fields[setting].default})" in PAGE


def test_no_bound_is_missing():
    for setting in Settings.model_fields:
        if setting.startswith("max_") or setting in (*RATES, "trusted_proxies"):
            assert f"`{variable_of(setting)}`" in PAGE


def test_the_rates_of_each_environment_are_on_the_page():
    development = Settings(environment=Environment.DEVELOPMENT)
    production = Settings(environment=Environment.PRODUCTION, secret_key="secret")
    for setting in RATES:
        row = f"| `{variable_of(setting)}` | `{getattr(development, setting)}` | `{getattr(production, setting)}` |"
        assert row in PAGE


def test_rates_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KYOZO_RATE_LIMIT", "5/second;10/minute")
    monkeypatch.setenv("KYOZO_COST_LIMIT", "")
    monkeypatch.setenv("KYOZO_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")
    read = Settings()
    assert (read.rate_limit, read.cost_limit) == ("5/second;10/minute", "")
    assert read.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")
    monkeypatch.setenv("KYOZO_RATE_LIMIT", "often")
    with pytest.raises(ValueError, match="rate limit"):
        Settings()
