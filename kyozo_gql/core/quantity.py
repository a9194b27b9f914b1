"""Quantities in Kubernetes notation: ``512Mi``, ``1Gi``, ``0.5``, ``250m``.

Source: Kubernetes API conventions, resource.Quantity.
"""

from __future__ import annotations

import re
from decimal import Decimal

_SUFFIXES = {
    "": Decimal(1), "m": Decimal("0.001"),
    "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40), "Pi": Decimal(2**50),
}  # fmt: skip
_QUANTITY = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?", re.ASCII)


def parse_quantity(text: str) -> Decimal:
    """The number that ``text`` stands for. Raises ValueError for what is no quantity, or is not above zero."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no quantity; write it like 512Mi, 1Gi, 0.5 or 250m")
    value = Decimal(match[1]) * _SUFFIXES[match[2] or ""]
    if value <= 0:
        raise ValueError(f"{text!r} must be above zero")
    return value


def parse_bytes(text: str) -> int:
    """A size in bytes, a whole number. Raises ValueError."""
    value = parse_quantity(text)
    if value != value.to_integral_value():
        raise ValueError(f"{text!r} is no whole number of bytes")
    return int(value)


def parse_cpus(text: str) -> float:
    """A share of CPUs: 0.5 is half of one core. Raises ValueError."""
    return float(parse_quantity(text))
