"""Statistics of any number of round-trip times, in bounded space. Pure.

Times are counted by value while few differ, and by value rounded to so many significant bits from then on, as HDR
histograms do: the buckets of an octave are as many whatever its size, so what a percentile is off by is relative.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

EXACT_VALUES: Final = 10_000
SIGNIFICANT_BITS: Final = 8
RELATIVE_ERROR: Final = 2**-SIGNIFICANT_BITS


class ProbeStats:
    """Round-trip times of the answered probes of one phase, in ns; figures as the stock `done` defines them.

    Count, mean and standard deviation are exact. So are percentiles until more than `EXACT_VALUES` times differ; from
    then on they are off by at most `RELATIVE_ERROR`.

    Attributes:
        count: how many were answered.
    """

    __slots__ = ("_answered_by_ns", "_exact", "_squares", "_sum_ns", "count")

    def __init__(self) -> None:
        self.count = 0
        self._sum_ns = 0
        self._squares = 0
        self._exact = True
        self._answered_by_ns: Counter[int] = Counter()

    def add(self, latency_ns: int) -> None:
        """Take the time of one more, at least 1 ns."""
        self.count += 1
        self._sum_ns += latency_ns
        self._squares += latency_ns**2
        self._answered_by_ns[latency_ns if self._exact else _rounded(latency_ns)] += 1
        if self._exact and len(self._answered_by_ns) > EXACT_VALUES:
            self._exact = False
            exact, self._answered_by_ns = self._answered_by_ns, Counter()
            for value_ns, answered in exact.items():
                self._answered_by_ns[_rounded(value_ns)] += answered

    @property
    def kept(self) -> int:
        """How many values are kept: what this weighs."""
        return len(self._answered_by_ns)

    @property
    def avg_ns(self) -> int:
        """The arithmetic mean; 0 without any."""
        return self._sum_ns // self.count if self.count else 0

    @property
    def p50_ns(self) -> int:
        """sorted[n/2]; 0 without any."""
        return self._sorted_at(self.count // 2)

    @property
    def p99_ns(self) -> int:
        """sorted[n×99/100]; 0 without any."""
        return self._sorted_at(self.count * 99 // 100)

    @property
    def jitter_ns(self) -> int:
        """The population standard deviation; 0 without any."""
        if not self.count:
            return 0
        return round(math.sqrt(self.count * self._squares - self._sum_ns**2) / self.count)

    def _sorted_at(self, position: int) -> int:
        """Return the time at a position of all of them in order, from 0; 0 beyond the last."""
        for value_ns, answered in sorted(self._answered_by_ns.items()):
            position -= answered
            if position < 0:
                return value_ns
        return 0


def _rounded(value_ns: int) -> int:
    """Return the middle of the value's bucket, which holds all values with the same leading bits."""
    low_bits = max(value_ns.bit_length() - SIGNIFICANT_BITS, 0)
    return (value_ns >> low_bits << low_bits) + (1 << low_bits >> 1)
