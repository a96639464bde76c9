"""The panes' heights at every size: everything is seen, and nothing depends on what goes back and forth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.tui.arrangement import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    Arrangement,
    RouteArrangement,
    arrange,
    arrange_route,
)

FOOTER = 1
SIZES = [(80, 24), (120, 30), (120, 36), (120, 40), (200, 60)]


def panes(arrangement: Arrangement) -> tuple[int, int, int, int]:
    """Return the heights of routes, plots, diagnosis and events."""
    return arrangement.routes, arrangement.plots, arrangement.diagnosis, arrangement.events


@given(
    width=st.integers(LEAST_WIDTH, 400),
    height=st.integers(LEAST_HEIGHT, 200),
    routes=st.integers(0, 2_000),
    diagnoses=st.integers(0, 50),
    headline=st.integers(1, 6),
)
def test_the_panes_fill_the_terminal_exactly_at_every_size(
    width: int, height: int, routes: int, diagnoses: int, headline: int
) -> None:
    """A line too many pushes the keys off the screen, a line too few is a hole."""
    found = arrange(width, height, routes=routes, diagnoses=diagnoses, headline=headline)

    assert sum((found.run_bar, found.headline, *panes(found), FOOTER)) == height


@given(height=st.integers(LEAST_HEIGHT, 200), routes=st.integers(0, 2_000), diagnoses=st.integers(0, 50))
def test_each_pane_keeps_a_useful_height(height: int, routes: int, diagnoses: int) -> None:
    """A pane of two lines is a frame around nothing, however many routes or findings there are."""
    found = arrange(120, height, routes=routes, diagnoses=diagnoses)

    frame = 1 if found.compact else 2
    assert found.routes >= frame + 3
    assert found.plots >= frame + 4
    assert found.diagnosis >= 1
    assert found.events >= frame + (2 if found.compact else 3)


@pytest.mark.parametrize(
    ("size", "routes", "expected"),
    [
        ((80, 24), 4, (10, 5, 1, 3)),
        ((120, 36), 4, (11, 9, 4, 8)),
        ((120, 40), 4, (11, 11, 4, 10)),
        ((200, 60), 4, (11, 21, 6, 18)),
        ((80, 24), 1_000, (10, 5, 1, 3)),
        ((120, 40), 1_000, (18, 7, 4, 7)),
        ((200, 60), 1_000, (28, 12, 6, 10)),
    ],
)
def test_the_panes_at_the_sizes_that_operators_have(
    size: tuple[int, int], routes: int, expected: tuple[int, int, int, int]
) -> None:
    """These were looked at; a change of the arithmetic has to be looked at again."""
    assert panes(arrange(*size, routes=routes)) == expected


@pytest.mark.parametrize("size", SIZES)
def test_a_fault_on_each_of_four_routes_has_its_line_kept_free(size: tuple[int, int]) -> None:
    """A fault that moves the panes below it makes an operator lose his place."""
    found = arrange(*size, routes=4)

    frame_and_titles = (1 if found.compact else 2) + 1
    rows_and_reasons = 8
    assert found.routes == frame_and_titles + rows_and_reasons


def test_more_findings_take_lines_from_the_events_alone() -> None:
    """What is read above stays where it is."""
    few, many = arrange(120, 40, routes=4), arrange(120, 40, routes=4, diagnoses=5)

    assert (many.routes, many.plots) == (few.routes, few.plots)
    assert many.diagnosis == few.diagnosis + 3
    assert many.events == few.events - 3


def test_in_few_lines_the_diagnosis_is_one_and_panes_have_no_frame() -> None:
    """At 80 x 24 frames would cost a third of what can be shown."""
    small, large = arrange(80, 24, routes=4, diagnoses=9), arrange(120, 40, routes=4)

    assert (small.compact, small.diagnosis) == (True, 1)
    assert not large.compact


def test_a_broken_runs_long_headline_pushes_the_plots_out_and_never_the_keys() -> None:
    """What happened and what can be done is then more than a plot that no longer changes."""
    found = arrange(80, 24, routes=4, headline=6)

    assert found.plots == 0
    assert found.events > 1


@pytest.mark.parametrize(
    ("size", "expected"), [((119, 60), False), ((120, 35), False), ((120, 36), True), ((200, 60), True)]
)
def test_both_plots_are_shown_where_each_has_room(size: tuple[int, int], *, expected: bool) -> None:
    """Half of a narrow terminal shows no curve."""
    assert arrange(*size, routes=4).side_by_side is expected


@given(
    width=st.integers(LEAST_WIDTH, 250),
    height=st.integers(LEAST_HEIGHT, 200),
    facts=st.integers(1, 100),
    headline=st.integers(1, 6),
)
def test_the_panes_of_a_routes_screen_fill_it_exactly(
    width: int, height: int, facts: int, headline: int
) -> None:
    """What is known of the route comes first; no pane has less than its frame."""
    found = arrange_route(width, height, facts=facts, headline=headline)

    run_bar = 3 if width < 100 else 2
    assert run_bar + headline + found.facts + found.plots + found.events + FOOTER == height
    assert min(found.facts, found.events) > (1 if found.compact else 2)


def test_a_routes_screen_in_few_lines_has_no_frames() -> None:
    """At 80 x 24 they would take six lines of twenty."""
    assert arrange_route(80, 24, facts=14) == RouteArrangement(compact=True, facts=10, plots=5, events=4)
    assert not arrange_route(120, 40, facts=14).compact
