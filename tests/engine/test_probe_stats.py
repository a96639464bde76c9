"""The statistics of round trips: what is exact, what is not, by how much, and that their weight is bounded."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.engine import probe_stats
from muxbw_tui.engine.probe_stats import RELATIVE_ERROR, SIGNIFICANT_BITS, ProbeStats

LATENCIES_NS = st.lists(st.integers(1, 2**63 - 1) | st.integers(1, 3 * 10**9), min_size=1, max_size=300)


def of(latencies_ns: list[int]) -> ProbeStats:
    """Return the statistics of these."""
    stats = ProbeStats()
    for latency_ns in latencies_ns:
        stats.add(latency_ns)
    return stats


@given(LATENCIES_NS)
def test_figures_of_few_probes_are_exact(latencies_ns: list[int]) -> None:
    """They stand beside those of a stock visor, which keeps every one."""
    stats = of(latencies_ns)
    ordered, count = sorted(latencies_ns), len(latencies_ns)

    assert stats.count == count
    assert stats.avg_ns == sum(latencies_ns) // count
    assert stats.p50_ns == ordered[count // 2]
    assert stats.p99_ns == ordered[count * 99 // 100]
    assert stats.jitter_ns == pytest.approx(statistics.pstdev(latencies_ns), rel=1e-9, abs=0.5)


@given(LATENCIES_NS)
def test_percentiles_of_many_are_off_by_the_stated_error_at_most(latencies_ns: list[int]) -> None:
    """Whatever the order in which they came, and however large they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe_stats, "EXACT_VALUES", 10)
        stats = of(latencies_ns)
    exact = of(latencies_ns)

    assert stats.p50_ns == pytest.approx(exact.p50_ns, rel=RELATIVE_ERROR)
    assert stats.p99_ns == pytest.approx(exact.p99_ns, rel=RELATIVE_ERROR)
    assert (stats.count, stats.avg_ns, stats.jitter_ns) == (exact.count, exact.avg_ns, exact.jitter_ns)


def test_a_run_of_any_length_keeps_as_many_values() -> None:
    """A day of probes held 35 MB, and the loop up for most of a second when it was over."""
    chance = random.Random(1)
    stats = of([chance.randrange(1, 2**32) for _ in range(40_000)])

    assert stats.count == 40_000
    assert stats.kept <= 2 ** (SIGNIFICANT_BITS - 1) * (32 - SIGNIFICANT_BITS + 2)


def test_without_an_answer_every_figure_is_nothing() -> None:
    """The contract has 0 for them; a client says that there was none."""
    stats = ProbeStats()

    assert (stats.count, stats.avg_ns, stats.p50_ns, stats.p99_ns, stats.jitter_ns) == (0, 0, 0, 0, 0)
