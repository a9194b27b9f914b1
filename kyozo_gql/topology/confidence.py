"""From weights to a probability.

A weight is evidence as log-odds: what two rules say counts as if they were independent, so weights are added, and a sum of 0.5 is
even odds. One tenth more multiplies the odds by 1.7: 0.9 is 9 to 1, which is the confidence 0.90; 0.8 is 0.84, 1.0 is 0.94. Where
there is much evidence it overlaps, so a sum counts up to 1.2 (0.98), and what the place of the folder says is taken off from there:
an application with every sign of one is less likely meant to run where it stands among examples. Another language that speaks for
itself in the same folder counts against the one that was taken, at a quarter of its odds.

A folder that stays below even odds is no service with twice the odds that the sum alone gives: rules are made to find what speaks
for a service, and seldom miss it, while nobody writes down that a folder is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

THRESHOLD = 0.5
MOST = 1.2
_SLOPE = 5.5
_SURE_OF_NOTHING = 0.99  # a folder that no rule set knows anything of
_SELDOM_MISSED = 2
_ORDER_HOLDS = 4  # of two languages in a folder, the order of decision is right that many times for once that it is wrong


def likelihood(score: float) -> float:
    """The probability that a sum of weights stands for, 0.0 to 1.0, two decimals."""
    return round(1 / (1 + math.exp(-_SLOPE * (score - THRESHOLD))), 2)


def contested(score: float, others: Iterable[float]) -> float:
    """The probability of the winner where the ``others`` are languages that the folder could be just as well."""
    odds = math.exp(_SLOPE * (score - THRESHOLD))
    against = 1 + sum(math.exp(_SLOPE * (other - THRESHOLD)) for other in others if other >= THRESHOLD) / _ORDER_HOLDS
    return round(odds / (odds + against), 2)


def no_service(scores: Iterable[float]) -> float:
    """The probability that a folder is no service, by what speaks most for one."""
    best = max(scores, default=None)
    if best is None:
        return _SURE_OF_NOTHING
    odds = _SELDOM_MISSED * math.exp(-_SLOPE * (best - THRESHOLD))
    return min(_SURE_OF_NOTHING, round(odds / (odds + 1), 2))
