"""The one sentence at the top of the screen: what an operator should know first, now.

Owns the order of importance and the words; `widgets/headline_bar.py` draws it. Pure: a view in, lines out.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.errors import ConnectError, MuxbwError, RecordingError
from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone
from muxbw_tui.run.names import routes_text
from muxbw_tui.run.state import (
    CARRYING_STATUSES,
    FAILED_STATUSES,
    RouteState,
    RouteStatus,
    RunState,
    StreamEnd,
)
from muxbw_tui.run.text import clean_line, counted
from muxbw_tui.units import NS_PER_MS, NS_PER_S, format_clock_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from muxbw_tui.sources.reconnect import Outage
    from muxbw_tui.tui.view import View

_NAMED_WIDTH = 32
_NAMED_AT_MOST = 6
_ALL_FAILED = "all_routes_failed"
_CANCELLED = "context_cancel"
_REASON_LIMIT = 240
_PAUSED = "Ⅱ PAUSED"
_GOES_ON = "the traffic goes on"
_ENDINGS = {
    StreamEnd.OPEN: "the run was taken up again",
    StreamEnd.DONE: "the run is over",
    StreamEnd.ERROR: "the run ended with an error",
    StreamEnd.BROKEN: "the events broke off",
}
_SILENCE_NS = 3 * NS_PER_S
_ROUNDED_NS = NS_PER_MS  # differences of instants since a host's start are off by some ns after months


class Tone(enum.Enum):
    """How loud the headline is; also the suffix of its style."""

    FAULT = "fault"
    WARNING = "warning"
    GOOD = "good"
    NOTE = "note"
    PAUSED = "paused"
    WAITING = "waiting"


class Headline(NamedTuple):
    """What the top of the screen says: the first line is the news, further ones what follows from it."""

    tone: Tone
    lines: tuple[str, ...]


def headline(view: View) -> Headline:
    """Return the most important thing about the run now."""
    if view.problem is not None:
        return _problem(view, view.problem)
    if view.stopping:
        leave = f"{view.keys['quit']} leaves at once"
        return _one(Tone.NOTE, f"Stopping the run: waiting up to 2 s for its last figures · {leave}")
    if view.frozen:
        return _frozen(view)
    if view.outage is not None:
        return _one(Tone.WARNING, _reconnecting(view.source_title, view.outage))
    return _of_run(view)


def meanwhile(shown: RunState, now: RunState) -> str:
    """Return what an operator must know of what has happened since a view was frozen: `R3 died`."""
    known = {index: route.status for index, route in shown.routes.items()}
    changed = [route for index, route in now.routes.items() if known.get(index) is not route.status]
    pause = [] if shown.paused is now.paused else [_PAUSED if now.paused else _GOES_ON]
    end = [] if shown.end is now.end else [_ENDINGS[now.end]]
    return " · ".join([*_grouped(changed, FAILED_STATUSES | {RouteStatus.STALLED}), *pause, *end])


def _frozen(view: View) -> Headline:
    """Say that an old instant is shown; what has gone wrong since must not wait for the operator to look again."""
    at, key = format_clock_ns(view.elapsed_ns), view.keys["freeze"]
    if view.meanwhile in {_PAUSED, _GOES_ON, _ENDINGS[StreamEnd.DONE]}:
        return _one(Tone.NOTE, f"meanwhile: {view.meanwhile} · FROZEN at {at} · {key} shows the run")
    if view.meanwhile:
        return _one(Tone.FAULT, f"✗ meanwhile: {view.meanwhile} · FROZEN at {at} · {key} shows the run")
    goes_on = "the run is over" if view.over else "the run goes on and is collected"
    return _one(Tone.NOTE, f"FROZEN at {at} · {goes_on} · {key} shows it again")


def _reconnecting(source_title: str, outage: Outage) -> str:
    """Say since when the run is not seen, what is done about it, and how long that can go on."""
    lasted, next_try_s = format_clock_ns(outage.lasted_ns), -(-outage.next_try_in_ns // NS_PER_S)
    trying = f"in {next_try_s} s" if next_try_s else "now"
    parts = [f"RECONNECTING for {lasted}", f"try {outage.attempt} {trying}"]
    if outage.left_ns is not None:
        parts.append(f"the run waits {format_clock_ns(outage.left_ns)} more")
    reason = clean_line(outage.reason, limit=_REASON_LIMIT)
    return "◌ " + " · ".join([*parts, reason or source_title])


def _of_run(view: View) -> Headline:
    match view.state.end:
        case StreamEnd.ERROR:
            return _refused(view)
        case StreamEnd.DONE:
            return _over(view)
        case StreamEnd.OPEN | StreamEnd.BROKEN:
            return _pumping(view) if view.state.phase == "pump" else _waiting(view)


def _one(tone: Tone, line: str) -> Headline:
    return Headline(tone, (line,))


def _problem(view: View, problem: MuxbwError) -> Headline:
    """Say what broke, what the program does about it, and what the operator can do."""
    again, save, leave = view.keys["new-run"], f"{view.keys['snapshot']} saves", f"{view.keys['quit']} quits"
    if isinstance(problem, RecordingError):
        anything = view.state.first_timestamp_ns > 0
        what = "The recording is damaged" if anything else "The recording cannot be read"
        done = (
            "What could be read before the damage is shown below."
            if anything
            else "There is nothing to show."
        )
        todo = f"{save} it · {leave}" if anything else leave
    elif isinstance(problem, ConnectError):
        what = "Not connected"
        done = "Nothing is being measured, and nothing is tried again by itself."
        todo = f"{again} tries again · {leave}"
    else:
        what = "The event stream broke" if view.live else "The recording ends too early"
        done = "Below is the last that was seen; it no longer changes."
        todo = f"{again} starts a new run · {save} what was seen" if view.live else f"{save} it"
        todo = f"{todo} · {leave}"
    return Headline(Tone.FAULT, (f"✗ {what}: {clean_line(str(problem), limit=_REASON_LIMIT)}", done, todo))


def _refused(view: View) -> Headline:
    error = view.state.error
    code, message = (error.code, error.message) if error is not None else ("error", "no reason given")
    leave = f"{view.keys['quit']} quits"
    return Headline(
        Tone.FAULT,
        (
            f"✗ The run ended with an error: {clean_line(code)}: {clean_line(message)}",
            "The server will send nothing more for this run.",
            f"{view.keys['new-run']} asks again · {leave}" if view.live else leave,
        ),
    )


def _over(view: View) -> Headline:
    """Say how the run ended and how many routes were still pumping then."""
    state = view.state
    done = state.done or MuxBandwidthDone()
    reason, early = done.termination_reason, " early" if _ended_early(state, done) else ""
    pumped = sum(route.status is RouteStatus.FINISHED for route in state.routes.values())
    ending = {
        "duration": "The planned time is up",
        _CANCELLED: "Stopped on request",
        _ALL_FAILED: f"Ended{early}: every route has failed",
    }.get(reason, f"Ended: {clean_line(reason) or 'no reason given'}")
    failed = _grouped(state.routes.values(), FAILED_STATUSES)
    last = "still pumping" if reason == _CANCELLED else "pumped to the end"
    to_the_end = f"{pumped} of {counted(len(state.routes), 'route')} {last}"
    parts = [*failed, *([] if reason == _ALL_FAILED else [to_the_end]), ending]
    mark, tone = ("✗", Tone.FAULT) if failed else ("■", Tone.GOOD)
    return _one(tone, f"{mark} {' · '.join(parts)}")


def _ended_early(state: RunState, done: MuxBandwidthDone) -> bool:
    """Whether there was less of the pump than planned; a recording of a stock server has no plan."""
    return done.pump_time_ns + _ROUNDED_NS < state.request.duration_ns


def _pumping(view: View) -> Headline:
    return _silence(view) or _trouble(view) or _paused(view) or _in_order(view.state)


def _silence(view: View) -> Headline | None:
    """Say that nothing comes any more: rates that stand still look like rates that hold."""
    if not view.live or view.silent_ns <= _SILENCE_NS + 2 * view.state.request.sample_interval_ns:
        return None
    silent = format_clock_ns(view.silent_ns)
    text = f"No report from {view.source_title} for {silent}: it hangs, or the way to it does"
    return _one(Tone.WARNING, f"◌ {text}")


def _trouble(view: View) -> Headline | None:
    """Say which routes do not carry."""
    routes = view.state.routes.values()
    failed = _grouped(routes, FAILED_STATUSES)
    stalled = _grouped(routes, {RouteStatus.STALLED})
    restarting = _grouped(routes, {RouteStatus.RESTARTING})
    paused = [_PAUSED] if view.state.paused else []
    keys = [] if view.cannot_restart else [_restart_keys(view, any_failed=bool(failed))]
    if failed:
        return _one(Tone.FAULT, "✗ " + " · ".join([*failed, *stalled, *restarting, *paused, *keys]))
    if stalled:
        return _one(Tone.WARNING, "◌ " + " · ".join([*stalled, *restarting, *paused, *keys]))
    return _one(Tone.WARNING, "↻ " + " · ".join([*restarting, *paused])) if restarting else None


def _restart_keys(view: View, *, any_failed: bool) -> str:
    """Say which keys set routes up again."""
    all_failed = f", {view.keys['restart-failed']} all failed" if any_failed else ""
    return f"{view.keys['restart']} restarts the selected one{all_failed}"


def _paused(view: View) -> Headline | None:
    """Say that no traffic flows because somebody wanted it so."""
    if not view.state.paused:
        return None
    return _one(Tone.PAUSED, f"{_PAUSED} · connections stay, no traffic flows · {view.keys['pause']} goes on")


def _in_order(state: RunState) -> Headline:
    if not state.sampled:
        return _one(Tone.WAITING, "◔ The pump has started: waiting for the first sample")
    if state.notes:
        return _one(Tone.WARNING, "▲ " + " · ".join(state.notes))
    count = len(state.routes)
    others = [route for route in state.routes.values() if route.status not in CARRYING_STATUSES]
    if others:  # nobody's fault: stopped, standing by, not joined yet
        carry = f"{count - len(others)} of {counted(count, 'route')} carry"
        return _one(Tone.WAITING, "● " + " · ".join([carry, *_grouped(others, frozenset(RouteStatus))]))
    who = {1: "The only route carries", 2: "Both routes carry"}.get(count, f"All {count} routes carry")
    return _one(Tone.GOOD, f"● {who}")


def _waiting(view: View) -> Headline:
    """Say what is being waited for, and since when, before the pump starts."""
    state = view.state
    since = format_clock_ns(view.elapsed_ns - state.phase_started_ns)
    match state.phase:
        case "":
            text = f"Connecting to {view.source_title}: {format_clock_ns(view.silent_ns)}"
        case "planning":
            text = f"Planning: looking for {counted(state.request.routes or 1, 'disjoint path')}: {since}"
        case "set_up":
            text = f"Setting up: {_set_up_progress(state)}: {since}"
        case "warm_up":
            text = f"Warming up: {since} of {format_clock_ns(state.phase_planned_ns)}"
        case "idle_baseline":
            planned = format_clock_ns(state.phase_planned_ns)
            text = f"Idle baseline: probing before there is load: {since} of {planned}"
        case other:
            text = f"{clean_line(other)}: {since}"
    failed = _grouped(state.routes.values(), FAILED_STATUSES)
    if failed:
        return _one(Tone.FAULT, "✗ " + " · ".join([*failed, text]))
    return _one(Tone.WAITING, f"◔ {text}")


def _set_up_progress(state: RunState) -> str:
    pending = {RouteStatus.PENDING, RouteStatus.SETTING_UP}
    waited_for = [route for route in state.routes.values() if route.status in pending]
    up = sum(route.established for route in state.routes.values())
    progress = f"{up} of {counted(len(state.routes), 'route')} up"
    return f"{progress}, waiting for {_names(waited_for) if waited_for else 'the pump to start'}"


def _grouped(routes: Iterable[RouteState], statuses: frozenset[RouteStatus] | set[RouteStatus]) -> list[str]:
    """Return `R1, R3 died` for each of the statuses that some route has, the worst first."""
    groups: dict[RouteStatus, list[RouteState]] = {}
    for route in routes:
        if route.status in statuses:
            groups.setdefault(route.status, []).append(route)
    return [f"{_names(groups[status])} {status.value}" for status in RouteStatus if status in groups]


def _names(routes: Sequence[RouteState]) -> str:
    """Return `R1, R4 to R8`, or where that is long the first few and how many more."""
    text = routes_text([route.index for route in routes])
    if len(text) <= _NAMED_WIDTH:
        return text
    named = ", ".join(f"R{route.index}" for route in routes[:_NAMED_AT_MOST])
    further = len(routes) - _NAMED_AT_MOST
    return f"{named} and {further} more" if further > 0 else named
