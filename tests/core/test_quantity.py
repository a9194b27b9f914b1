from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.core.quantity import parse_bytes, parse_cpus, parse_quantity


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("512Mi", 512 * 2**20), ("1Gi", 2**30), ("1.5Ki", 1536), ("2G", 2 * 10**9), ("1k", 1000), ("1Pi", 2**50)],
)
def test_sizes(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize(("text", "cpus"), [("0.5", 0.5), ("250m", 0.25), ("2", 2.0), ("1500m", 1.5)])
def test_cpus(text, cpus):
    assert parse_cpus(text) == cpus


@pytest.mark.parametrize(
    "text",
    ["", "0", "0Mi", "-1", "+1", "1 Mi", "1mi", "Mi", "1e3", ".5", "1.", "1Mi\n", "٥", "512MiB", "NaN", "inf", "9" * 16],
)
def test_no_quantity(text):
    with pytest.raises(ValueError, match=r"quantity|above zero"):
        parse_quantity(text)


def test_no_whole_number_of_bytes():
    with pytest.raises(ValueError, match="no whole number"):
        parse_bytes("500m")


@given(st.text())
def test_a_text_is_a_quantity_or_a_value_error(text):
    try:
        assert parse_quantity(text) > 0
    except ValueError:
        return


@given(st.integers(1, 10**15 - 1))
def test_nothing_is_rounded(number):
    assert parse_quantity(f"{number}") == number
    assert parse_quantity(f"{number}Ki") == number * 1024
    assert parse_quantity(f"{number}m") * 1000 == Decimal(number)
