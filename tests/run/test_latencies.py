"""Statistics of round trips: percentiles by nearest rank."""

from __future__ import annotations

import pytest

from muxbw_tui.run.latencies import latency_text, nearest_rank_ns
from muxbw_tui.units import NS_PER_MS


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([15, 20, 35, 40, 50], 5, 15),
        ([15, 20, 35, 40, 50], 30, 20),
        ([15, 20, 35, 40, 50], 40, 20),
        ([15, 20, 35, 40, 50], 50, 35),
        ([15, 20, 35, 40, 50], 100, 50),
        ([7], 99, 7),
        (list(range(1, 101)), 99, 99),
        (list(range(1, 201)), 99, 198),
    ],
)
def test_a_percentile_is_the_value_of_its_nearest_rank(
    values: list[int], percent: float, expected: int
) -> None:
    """A value that was measured, never one between two."""
    assert nearest_rank_ns(values, percent) == expected


def test_a_p99_needs_a_hundred_samples() -> None:
    """Of ninety-nine it would be the maximum by another name."""
    assert "p99 n/a (n<100)" in latency_text([NS_PER_MS] * 99)
    assert "p99 1.0 ms" in latency_text([NS_PER_MS] * 100)


def test_the_figures_are_those_of_what_was_answered_in_any_order() -> None:
    """The deviation is that of the population."""
    text = latency_text([30 * NS_PER_MS, 10 * NS_PER_MS, 20 * NS_PER_MS])

    assert text.split("  ") == [
        "min 10.0 ms",
        "avg 20.0 ms",
        "p50 20.0 ms",
        "p95 30.0 ms",
        "p99 n/a (n<100)",
        "max 30.0 ms",
        "stddev 8.2 ms",
    ]


def test_without_an_answer_there_are_no_figures() -> None:
    """Zero would be a round trip that nobody has ever seen."""
    assert latency_text([]) == "n/a (none was answered)"
