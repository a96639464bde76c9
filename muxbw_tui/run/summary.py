"""The final summary as plain lines, and what the run's outcome means for the exit code.

Every figure is the server's own over its one window (`done`), or, where a run ended without one, what its samples
had shown by then; PARTIAL says so. A number that cannot be had is "n/a" with the reason.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from muxbw_tui.errors import ExitCode
from muxbw_tui.run.names import target_text
from muxbw_tui.run.probes import probe_lines
from muxbw_tui.run.reducer import routes_asked_for
from muxbw_tui.run.route_rows import SUMMARY_COLUMNS, route_rows
from muxbw_tui.run.state import CARRYING_STATUSES, RouteStatus, RunState, StreamEnd
from muxbw_tui.run.text import clean_line, counted
from muxbw_tui.units import format_duration_ns, format_rate_bps, format_volume_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

_CANCELLED = "context_cancel"
_GAP = "  "
_LABEL_WIDTH = 11


def outcome(state: RunState) -> ExitCode:
    """Return the exit code that the run's outcome means. An interrupt is the caller's to tell (130)."""
    if state.end is StreamEnd.ERROR:
        return ExitCode.REFUSED
    if state.end is not StreamEnd.DONE:
        return ExitCode.CONNECTION
    finished = {route.index for route in state.routes.values() if route.status is RouteStatus.FINISHED}
    if not finished:
        return ExitCode.NO_ROUTE_CARRIED
    asked = range(max(routes_asked_for(state), 1))
    return ExitCode.OK if finished.issuperset(asked) else ExitCode.SOME_ROUTES_FAILED


def partial_reason(state: RunState) -> str:
    """Return why the figures are those of a part of the run; empty for a run that went its whole way."""
    if state.end is StreamEnd.OPEN:
        has_begun = state.phase or state.first_timestamp_ns
        return "the run was still going on" if has_begun else "no run had begun: not one event had come"
    if state.end is StreamEnd.BROKEN:
        return state.stream_error or "the stream broke"
    if state.done is not None and state.done.termination_reason == _CANCELLED:
        return "the run was stopped before its end (context_cancel)"
    return ""


def summary_lines(state: RunState, *, width: int = 80, column_ids: Sequence[str] = ()) -> list[str]:
    """Return the summary, a line each; a table wider than `width` is drawn closer and has its paths cut.

    From 80 columns on everything fits; in fewer, or with other columns, the table may overflow.

    Args:
        state: the run.
        width: characters of a line.
        column_ids: what the table shows of each route; the usual figures where none are named.
    """
    lines = ["", *_wrapped(_headline(state), width, indent="  ")]
    if state.error is not None:
        lines += _labelled("refused", f"{state.error.code}: {state.error.message}", width)
    if state.routes and (state.error is None or state.bytes_sent):
        lines += ["", *route_rows(state, column_ids or SUMMARY_COLUMNS, width=width), ""]
        for line in (*_totals(state), *probe_lines(state)):
            lines += _wrapped(line, width, indent=" " * _LABEL_WIDTH)
        lines += _labelled("ended", _ending(state), width)
    notes = list(state.notes)
    if state.unknown_events:
        verb = "was" if state.unknown_events == 1 else "were"
        unknown = counted(state.unknown_events, "event")
        notes.append(f"{unknown} {verb} of no kind that this version can use")
    for note in notes:
        lines += _labelled("note", note, width)
    return lines


def _headline(state: RunState) -> str:
    parts = ["Summary"]
    if target := target_text(state):
        parts.append(f"of the run to {target}")
    if state.scenario:
        parts.append(f"SIMULATED: {state.scenario}")
    if reason := partial_reason(state):
        parts.append(f"PARTIAL: {reason}")
    return _GAP.join(parts)


def _wrapped(text: str, width: int, *, indent: str) -> list[str]:
    return wrap(text, width, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False)


def _labelled(label: str, text: str, width: int) -> list[str]:
    return _wrapped(f"{label:<10} {text}", width, indent=" " * _LABEL_WIDTH)


def _totals(state: RunState) -> list[str]:
    done = state.done
    ever_up = sum(
        any(attempt.established_ns is not None for attempt in route.attempts)
        for route in state.routes.values()
    )
    asked = routes_asked_for(state) or len(state.routes)
    pumped = state.pump_elapsed_ns > 0
    times = f"pump {_time(state.pump_elapsed_ns)}"
    if done is not None:
        times = f"wall {_time(done.wall_time_ns)}, set-up {_time(done.setup_total_ns)}, {times}"
    return [
        f"routes     {asked} asked for, {ever_up} established, {_carrying_text(state)}",
        f"time       {times}{'; rates are over the pump' if pumped else ''}",
        _volume_line("sent", state.bytes_sent, state.avg_send_bps, state.peak_send_bps, pumped=pumped),
        _volume_line(
            "received", state.bytes_received, state.avg_recv_bps, state.peak_recv_bps, pumped=pumped
        ),
    ]


def _carrying_text(state: RunState) -> str:
    """Return how many routes carried at the last, and what the last was: only a whole run has an end to pump to."""
    carrying = sum(route.status in CARRYING_STATUSES for route in state.routes.values())
    if not partial_reason(state):
        return f"{carrying} pumped to the end"
    return (
        f"{carrying} still pumping when it was stopped"
        if state.end is StreamEnd.DONE
        else f"{carrying} pumping"
    )


def _time(duration_ns: int) -> str:
    """Return how long a part of the run took; 0 stands for one that was not gone through."""
    return format_duration_ns(duration_ns) if duration_ns > 0 else "n/a"


def _volume_line(name: str, volume_bytes: int, average_bps: float, peak_bps: float, *, pumped: bool) -> str:
    if not pumped:
        return f"{name:<10} {'n/a':>10}  (the run did not come to its pump)"
    volume = format_volume_bytes(volume_bytes)
    return (
        f"{name:<10} {volume:>10}  average {format_rate_bps(average_bps)}  peak {format_rate_bps(peak_bps)}"
    )


def _ending(state: RunState) -> str:
    if state.done is not None:
        return clean_line(state.done.termination_reason) or "n/a (the server gave no reason)"
    return f"n/a ({partial_reason(state) or 'the server sent an error'})"
