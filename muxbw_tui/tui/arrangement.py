"""How many lines each pane of the overview, and of a route's screen, gets. Owns nothing else. Pure.

The overview's heights follow from the terminal's size, the number of routes and how many findings the diagnosis has had
at most: from nothing that goes back and forth while a run goes on, so that no pane jumps.
"""

from __future__ import annotations

from typing import Final, NamedTuple

LEAST_WIDTH: Final = 80
LEAST_HEIGHT: Final = 24
NARROW_BELOW: Final = 100
_FRAMED_FROM: Final = 30  # lines; below, a pane has a rule with its title above it and no frame
_DIAGNOSIS_FROM: Final = 34  # lines; below, the diagnosis is one line
_DIAGNOSIS_KEPT: Final = 2
_DIAGNOSIS_KEPT_TALL: Final = 4
_DIAGNOSIS_MOST: Final = 8
_TALL_FROM: Final = 48
_SIDE_BY_SIDE_FROM: Final = (120, 36)
_FOOTER: Final = 1
_LINES_PER_ROUTE: Final = 2  # its row, and room for the reason under it: a fault moves no pane
_TITLES: Final = 1
_PLOTS_LEAST: Final = 4  # within the frame: three lines and the axis
_PLOTS_MOST: Final = 20
_EVENTS_LEAST: Final = 3
_EVENTS_LEAST_COMPACT: Final = (
    2  # where every line counts, the reason of each of four dead routes comes first
)
_EVENTS_LEAST_BROKEN: Final = 2


class Arrangement(NamedTuple):
    """Lines of every pane, frames and titles included; they add up to the terminal's height.

    Attributes:
        compact: panes have a rule above them and no frame.
        side_by_side: both plots are shown at once.
        plots: 0 where there is no room for them.
        diagnosis: 1 where it is one line without a frame.
    """

    compact: bool
    side_by_side: bool
    run_bar: int
    headline: int
    routes: int
    plots: int
    diagnosis: int
    events: int


class RouteArrangement(NamedTuple):
    """Lines of the panes of a route's screen, below the run bar and the headline."""

    compact: bool
    facts: int
    plots: int
    events: int


def arrange(width: int, height: int, *, routes: int, diagnoses: int = 0, headline: int = 1) -> Arrangement:
    """Return the heights of the panes.

    Args:
        width: cells of the terminal, at least `LEAST_WIDTH`.
        height: lines of the terminal, at least `LEAST_HEIGHT`.
        routes: of the run, shown or not.
        diagnoses: the most that the diagnosis has had to say at once.
        headline: lines of the headline; more than one only when the run is broken.
    """
    compact = height < _FRAMED_FROM
    frame = 1 if compact else 2
    run_bar = _run_bar(width)
    room = height - run_bar - 1 - _FOOTER
    diagnosis = 1 if height < _DIAGNOSIS_FROM else frame + _kept_for_diagnosis(height)
    plots_least, events_least = (
        frame + _PLOTS_LEAST,
        frame + (_EVENTS_LEAST_COMPACT if compact else _EVENTS_LEAST),
    )
    wanted = frame + _TITLES + _LINES_PER_ROUTE * max(routes, 1)
    routes_lines = min(wanted, (room + 1) // 2, room - diagnosis - plots_least - events_least)
    rest = room - diagnosis - routes_lines
    plots = min(max(rest * 11 // 20, plots_least), frame + _PLOTS_MOST)
    events = rest - plots
    if height >= _DIAGNOSIS_FROM:
        further = min(diagnoses, _DIAGNOSIS_MOST) + frame - diagnosis
        grown = max(min(further, events - events_least), 0)
        diagnosis, events = diagnosis + grown, events - grown
    events -= headline - 1
    if events < frame + _EVENTS_LEAST_BROKEN:
        plots, events = 0, events + plots
    return Arrangement(
        compact=compact,
        side_by_side=width >= _SIDE_BY_SIDE_FROM[0] and height >= _SIDE_BY_SIDE_FROM[1],
        run_bar=run_bar,
        headline=headline,
        routes=routes_lines,
        plots=plots,
        diagnosis=diagnosis,
        events=events,
    )


def arrange_route(width: int, height: int, *, facts: int, headline: int = 1) -> RouteArrangement:
    """Return the heights of the panes of a route's screen: what is known of it comes first.

    Args:
        width: cells of the terminal, at least `LEAST_WIDTH`.
        height: lines of the terminal, at least `LEAST_HEIGHT`.
        facts: lines that are known of the route.
        headline: lines of the headline.
    """
    compact = height < _FRAMED_FROM
    frame = 1 if compact else 2
    room = height - _run_bar(width) - headline - _FOOTER
    plots_least, events_least = frame + _PLOTS_LEAST, frame + _EVENTS_LEAST
    facts_lines = max(min(facts + frame, room - plots_least - events_least), frame + 1)
    rest = room - facts_lines
    plots = min(max(rest * 11 // 20, plots_least), max(rest - events_least, 0))
    return RouteArrangement(compact, facts_lines, plots, rest - plots)


def _run_bar(width: int) -> int:
    return 3 if width < NARROW_BELOW else 2


def _kept_for_diagnosis(height: int) -> int:
    return _DIAGNOSIS_KEPT_TALL if height >= _TALL_FROM else _DIAGNOSIS_KEPT
