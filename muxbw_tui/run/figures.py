"""The one place where rates from outside become fit to be shown and divided by.

A server may say anything that a double can hold; over such a one as 1e-300 a round trip would be beyond all numbers.
"""

from __future__ import annotations

from typing import Final

_LEAST_BPS: Final = 1e-3  # a byte in two hours
_MOST_BPS: Final = 1e18


def rate(value_bps: float) -> float:
    """Return a rate from outside; what is no number, below 0, or beyond all reason counts as none."""
    return value_bps if _LEAST_BPS <= value_bps <= _MOST_BPS else 0.0
