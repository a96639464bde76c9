"""Scales and ticks: the numbers beside a plot, which an operator reads without thinking."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from muxbw_tui.tui.plot.axes import (
    DELAY_UNITS,
    RATE_UNITS,
    nice_length_ns,
    scale_to,
    time_label,
    time_ticks,
)
from muxbw_tui.units import NS_PER_S

MBIT = RATE_UNITS[2]


@pytest.mark.parametrize(
    ("highest", "divisions", "labels", "unit"),
    [
        (61.3e6, 2, ["0", "40", "80"], "Mbit/s"),
        (100e6, 2, ["0", "50", "100"], "Mbit/s"),
        (12.4e6, 4, ["0", "5", "10", "15"], "Mbit/s"),
        (940e6, 2, ["0", "0.5", "1"], "Gbit/s"),
        (1.2e9, 3, ["0", "0.4", "0.8", "1.2"], "Gbit/s"),
        (700, 1, ["0", "800"], "bit/s"),
        (0, 4, ["0", "1"], "Mbit/s"),
        (math.nan, 4, ["0", "1"], "Mbit/s"),
    ],
)
def test_a_scale_begins_at_zero_and_has_round_ticks(
    highest: float, divisions: int, labels: list[str], unit: str
) -> None:
    """With a baseline that is not zero every dip looks like a collapse."""
    scale = scale_to(highest, most_divisions=divisions, units=RATE_UNITS, usual=MBIT)

    assert (scale.labels(), scale.unit.name) == (labels, unit)


@example(3e5 * (1 + 1e-12), 3, RATE_UNITS)
@given(st.floats(1e-3, 1e15), st.integers(1, 8), st.sampled_from([RATE_UNITS, DELAY_UNITS]))
def test_every_value_has_its_place_and_every_label_its_room(
    highest: float, divisions: int, units: tuple[object, ...]
) -> None:
    """The scale is never cut, and never so large that the curve hugs the floor."""
    scale = scale_to(highest, most_divisions=divisions, units=units, usual=units[1])  # type: ignore[arg-type]

    assert highest <= scale.top * (1 + 1e-9)
    assert scale.top <= 2 * highest * (1 + 1e-9)
    assert 1 <= scale.divisions <= divisions


@given(st.integers(0, 10**17), st.integers(1, 10**17), st.integers(1, 40))
def test_ticks_lie_within_the_window_and_are_no_more_than_there_is_room_for(
    start_ns: int, length_ns: int, most: int
) -> None:
    """Labels that run into each other cannot be read."""
    ticks = time_ticks(start_ns, start_ns + length_ns, most)

    assert all(start_ns <= tick <= start_ns + length_ns for tick in ticks)
    assert len(ticks) <= most + 1


@pytest.mark.parametrize(
    ("instant_s", "end_s", "label"),
    [(40, 60, "40s"), (2.5, 5, "2.5s"), (120, 120, "120s"), (200, 300, "3:20"), (3_600, 7_200, "1:00:00")],
)
def test_instants_are_in_seconds_and_as_a_clock_from_two_minutes_on(
    instant_s: float, end_s: float, label: str
) -> None:
    """The run bar's clock says 3:20 as well."""
    assert time_label(round(instant_s * NS_PER_S), round(end_s * NS_PER_S)) == label


@given(st.integers(0, 10**16))
def test_a_live_axis_is_long_enough_and_grows_in_steps(elapsed_ns: int) -> None:
    """An axis that moves at every tick redraws every cell and cannot be read."""
    length_ns = nice_length_ns(elapsed_ns)

    assert elapsed_ns <= length_ns <= max(10 * NS_PER_S, 1.4 * elapsed_ns)
    assert nice_length_ns(length_ns) == length_ns
