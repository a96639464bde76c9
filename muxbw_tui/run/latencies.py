"""Statistics of round trips that are at hand one by one: percentiles by nearest rank, a p99 from 100 samples on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from muxbw_tui.units import format_duration_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

_P99_NEEDS = 100


def nearest_rank_ns(ordered_ns: Sequence[int], percent: float) -> int:
    """Return a percentile of values in ascending order, at least one: the value of rank ⌈percent/100 × n⌉."""
    rank = math.ceil(percent / 100 * len(ordered_ns))
    return ordered_ns[max(rank, 1) - 1]


def latency_text(latencies_ns: Sequence[int]) -> str:
    """Return `min … avg … p50 … p95 … p99 … max … stddev …`, or why there is nothing to say."""
    if not latencies_ns:
        return "n/a (none was answered)"
    ordered_ns = sorted(latencies_ns)
    mean_ns = math.fsum(ordered_ns) / len(ordered_ns)
    stddev_ns = math.sqrt(math.fsum((x - mean_ns) ** 2 for x in ordered_ns) / len(ordered_ns))
    figures = {
        "min": ordered_ns[0],
        "avg": round(mean_ns),
        "p50": nearest_rank_ns(ordered_ns, 50),
        "p95": nearest_rank_ns(ordered_ns, 95),
        "p99": nearest_rank_ns(ordered_ns, 99) if len(ordered_ns) >= _P99_NEEDS else None,
        "max": ordered_ns[-1],
        "stddev": round(stddev_ns),
    }
    return "  ".join(
        f"{name} {'n/a (n<100)' if value is None else format_duration_ns(value)}"
        for name, value in figures.items()
    )
