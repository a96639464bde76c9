"""Which charts a run has: its throughput and its round trips, of all routes together, of each, or of one alone.

Owns what stands in a chart while there is nothing to plot: what is being waited for.
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from muxbw_tui.run.state import StreamEnd
from muxbw_tui.tui.plot.axes import DELAY_UNITS, RATE_UNITS
from muxbw_tui.tui.plot.canvas import LINES_TOLD_APART
from muxbw_tui.tui.plot.chart import Chart, Line
from muxbw_tui.tui.plot.curves import delay_columns, level_columns, rate_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from muxbw_tui.run.roundtrips import RoundTrips
    from muxbw_tui.run.series import Mark, Reading
    from muxbw_tui.run.state import RunState

_USUAL_RATE: Final = RATE_UNITS[2]
_USUAL_DELAY: Final = DELAY_UNITS[1]
_RECEIVED: Final = attrgetter("bytes_received")
_SENT: Final = attrgetter("bytes_sent")


def throughput_chart(state: RunState, *, route_index: int | None = None, per_route: bool = False) -> Chart:
    """Return the throughput of the whole run, of each route, or of one route."""
    lines = _lines_of_routes(state) if per_route else _lines_of(state.series.readings(route_index))
    shown, there = len(lines), len(state.routes)
    note = f"the first {shown} of {there} routes" if per_route and shown < there else ""
    waiting = "" if state.sampled else _nothing_sampled(state)
    return Chart(
        "Received" if per_route else "Throughput",
        RATE_UNITS,
        _USUAL_RATE,
        lines,
        _marks(state, route_index),
        waiting,
        note,
    )


def round_trip_chart(state: RunState, *, route_index: int | None = None) -> Chart:
    """Return the round trips of the run's probe, or those of a route as far as they are known."""
    lines = _probe_lines(state, route_index)
    waiting = ""
    if route_index is not None and not _is_probed(state, route_index):
        readings = state.series.readings(route_index)
        lines = [Line("smoothed", "line-3", partial(level_columns, readings, attrgetter("rtt_ns")))]
        if not any(reading.rtt_ns for reading in readings):
            waiting = "The probe went along other routes" if state.probe_count else _nothing_probed(state)
    elif not (state.series.idle or state.series.loaded):
        waiting = _nothing_probed(state)
    note = _probe_note(state) if route_index is None else ""
    return Chart("RTT", DELAY_UNITS, _USUAL_DELAY, lines, _marks(state, route_index), waiting, note)


def _lines_of(readings: Sequence[Reading]) -> list[Line]:
    return [
        Line("received", "line-1", partial(rate_columns, readings, _RECEIVED)),
        Line("sent", "line-2", partial(rate_columns, readings, _SENT)),
    ]


def _lines_of_routes(state: RunState) -> list[Line]:
    return [
        Line(f"R{index}", f"line-{number}", partial(rate_columns, state.series.readings(index), _RECEIVED))
        for number, index in enumerate(list(state.routes)[:LINES_TOLD_APART], start=1)
    ]


def _probe_lines(state: RunState, route_index: int | None) -> list[Line]:
    series, interval_ns = state.series, state.request.probe_interval_ns
    kinds = (("loaded", "line-3", series.loaded), ("idle", "line-2", series.idle))
    return [
        Line(name, role, partial(delay_columns, _along(state, probes, route_index), interval_ns=interval_ns))
        for name, role, probes in kinds
        if probes or name == "loaded"
    ]


def _probe_note(state: RunState) -> str:
    """Return along which route the probe goes, and how many got lost."""
    along = state.series.probed_route
    notes = [f"along R{along}"] if along is not None else []
    return " · ".join([*notes, f"{state.probe_lost} lost"] if state.probe_lost else notes)


def _along(state: RunState, probes: Iterable[RoundTrips], route_index: int | None) -> list[RoundTrips]:
    """Return the probes that went along a route; all of them for the whole run."""
    if route_index is None:
        return list(probes)
    times = state.series.probed_times(route_index)
    return [trips for trips in probes if any(start <= trips.from_ns < end for start, end in times)]


def _is_probed(state: RunState, route_index: int) -> bool:
    return bool(_along(state, [*state.series.idle, *state.series.loaded], route_index))


def _marks(state: RunState, route_index: int | None) -> list[Mark]:
    """Return the run's marks; for one route its own and those of the run."""
    marks = list(state.series.marks)
    return [mark for mark in marks if route_index is None or mark.route_index in {None, route_index}]


def _nothing_sampled(state: RunState) -> str:
    return "No sample yet" if state.end is StreamEnd.OPEN else "No sample came"


def _nothing_probed(state: RunState) -> str:
    request = state.request
    if not (request.probe_rtt or request.idle_baseline_duration_ns > 0):
        return "No probe was asked for: run with --probe-rtt"
    return "No probe yet" if state.end is StreamEnd.OPEN else "No probe came"
