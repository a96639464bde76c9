"""How events become a `RunState`: one function that takes any event, in any order, and never fails.

Handles every stock payload and every own one. Stock servers send no phases: those are derived here from what
comes. The transitions of a route are `routes.py`'s, samples `legs.py`'s, the feed's wording `entries.py`'s.
It must not read a clock: every instant is an event's.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from muxbw_tui.events import UNKNOWN_KIND, payload_kind
from muxbw_tui.pb.muxbw_pb2 import ProbeTally, RunRequest
from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone, MuxBandwidthError
from muxbw_tui.run.entries import answered_entry, broken_entry, entry_of, lost_probe_entry
from muxbw_tui.run.figures import rate
from muxbw_tui.run.legs import apply_sample
from muxbw_tui.run.marks import mark_of
from muxbw_tui.run.routes import (
    apply_established,
    apply_failure,
    apply_lifecycle,
    apply_restarting,
    clear_rates,
    end_attempt,
    excuse_silence,
    has_echo,
    route_at,
    set_hops,
)
from muxbw_tui.run.series import Mark, MarkKind
from muxbw_tui.run.state import LIMITS_OF_ROUTE, FeedEntry, RouteState, RouteStatus, RunState, StreamEnd
from muxbw_tui.run.text import clean_line
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.pb.muxbw_pb2 import RunEvent

PHASES = ("planning", "set_up", "warm_up", "idle_baseline", "pump", "done")
DEFAULT_DURATION_NS = 30 * NS_PER_S  # the contract's, for a request that leaves it open
MAX_ROUTES_ASKED = 1_024
_MAX_NOTES = 32
_LATE_AT_MOST_NS = 60 * NS_PER_S  # events of one run do not pass each other by more
_MAX_NODES = 20_000
_OVER = frozenset({StreamEnd.DONE, StreamEnd.ERROR})
_NO_PATH = "no disjoint path was left for this route"


def start(request: RunRequest) -> RunState:
    """Return the state of a run that has been asked for and has sent nothing yet, its rows pending.

    An empty request asks for nothing: it stands for a recording, whose own events tell how many routes there are.
    """
    state = RunState()
    state.request.CopyFrom(request)
    _add_rows_asked_for(state)
    return state


def apply(state: RunState, event: RunEvent) -> None:
    """Change the state by one event. Never raises; what it cannot use is counted in `unknown_events`."""
    kind = payload_kind(event)
    if _begins_another_run(state, event, kind):
        _start_over(state)
    at_ns = _advance(state, event)
    if state.end is StreamEnd.BROKEN:  # whoever marked it has found the stream again
        state.end, state.stream_error = StreamEnd.OPEN, ""
    _HANDLERS[kind](state, event, at_ns)
    entry = entry_of(state, event, at_ns=at_ns)
    if entry is not None:
        add_entry(state, entry)


def add_entry(state: RunState, entry: FeedEntry) -> None:
    """Add a line to the run's feed, and to its plots the mark that it stands for, if there is one."""
    mark = mark_of(state, entry)
    if mark is not None:
        state.series.add_mark(mark)
    state.feed.append(replace(entry, began_ns=state.first_timestamp_ns))
    state.feed_total += 1


def mark_broken(state: RunState, reason: str) -> None:
    """Note that the stream ended before the run did; what was last known stays. No effect after the end."""
    if state.end is not StreamEnd.OPEN:
        return
    state.end, state.stream_error = StreamEnd.BROKEN, clean_line(reason)
    add_entry(state, broken_entry(reason, at_ns=state.elapsed_ns))


def routes_asked_for(state: RunState) -> int:
    """Return how many routes the run was to have, as far as the request or `done` says; 0 if neither does."""
    from_done = state.done.routes_requested if state.done is not None else 0
    return max(state.request.routes, from_done, 1 if state.request.ByteSize() else 0)


def _begins_another_run(state: RunState, event: RunEvent, kind: str) -> bool:
    """Whether a file to which several runs were appended goes on with the next one."""
    if kind == "run_started":
        # One that was killed has no end in the file.
        was_another = state.end in _OVER or bool(state.run_id)
        return was_another and clean_line(event.run_started.run_id) != state.run_id
    if state.end not in _OVER or kind != "route_established":
        return False
    at_ns = event.timestamp_ns - state.first_timestamp_ns
    # Files are put together in any order, so the next run may well be an older one.
    return at_ns > state.elapsed_ns or (event.timestamp_ns > 0 and at_ns < -_LATE_AT_MOST_NS)


def _start_over(state: RunState) -> None:
    """Forget the run that ended, except for what the feed tells of it."""
    fresh = RunState(feed=state.feed, feed_total=state.feed_total)
    for field in fields(RunState):
        setattr(state, field.name, getattr(fresh, field.name))
    _note(state, "several runs came one after another; the figures are the last one's")


def _advance(state: RunState, event: RunEvent) -> int:
    """Move the run's time on; return the event's own, since the first event: below 0 for one that should precede it."""
    if event.timestamp_ns <= 0:
        return state.elapsed_ns
    if state.first_timestamp_ns == 0:
        state.first_timestamp_ns = event.timestamp_ns
    at_ns = event.timestamp_ns - state.first_timestamp_ns
    state.elapsed_ns = max(state.elapsed_ns, at_ns)
    return at_ns


def _run_started(state: RunState, event: RunEvent, _at_ns: int) -> None:
    message = event.run_started
    state.run_id = clean_line(message.run_id)
    state.scenario = clean_line(message.scenario)
    if len(message.node_names) <= _MAX_NODES:
        state.node_names.update((key, clean_line(name)) for key, name in message.node_names.items())
    if message.HasField("request"):
        state.request = RunRequest()  # another object: a frozen view shares the one before
        state.request.CopyFrom(message.request)
        _add_rows_asked_for(state)
    if not state.phase:
        _enter_phase(state, "planning", started_ns=0, planned_ns=0)


def _plan(state: RunState, event: RunEvent, _at_ns: int) -> None:
    state.planned = True
    for planned in event.plan.routes:
        route = route_at(state, planned.route_index)
        if route is None:
            state.unknown_events += 1
        elif not route.attempts:
            set_hops(route, planned.hops)
            route.last_error = ""
    for route in state.routes.values():
        if route.status is RouteStatus.PENDING and not route.hops:
            route.last_error = _NO_PATH
    if state.phase == "set_up":
        _begin_set_ups(state)


def _phase(state: RunState, event: RunEvent, _at_ns: int) -> None:
    message = event.phase
    _enter_phase(
        state, clean_line(message.name), started_ns=message.elapsed_ns, planned_ns=message.planned_ns
    )


def _enter_phase(state: RunState, name: str, *, started_ns: int, planned_ns: int) -> None:
    """Enter a phase, never one that lies behind; a name that is not known is shown as it is."""
    known = name in PHASES and state.phase in PHASES
    if not name or state.end in _OVER or (known and PHASES.index(name) < PHASES.index(state.phase)):
        return
    state.phase = name
    state.phase_started_ns, state.phase_planned_ns = max(started_ns, 0), max(planned_ns, 0)
    state.series.add_mark(Mark(state.phase_started_ns, MarkKind.PHASE, name.replace("_", "-")))
    if name == "set_up":
        _begin_set_ups(state)
    elif name == "pump":
        for route in state.routes.values():
            if route.status is RouteStatus.READY:
                route.status, route.last_progress_ns = RouteStatus.PUMPING, state.pump_elapsed_ns


def _begin_set_ups(state: RunState) -> None:
    for route in state.routes.values():
        if route.status is RouteStatus.PENDING and (route.hops or not state.planned):
            route.status = RouteStatus.SETTING_UP


def _derive_phase(state: RunState, name: str, *, started_ns: int) -> None:
    """Enter a phase that a stock server shows by what it sends, unless it was announced or has passed."""
    rank = PHASES.index(state.phase) if state.phase in PHASES else -1
    if state.phase and rank < 0:
        return
    if rank < PHASES.index(name):
        asked_ns = state.request.duration_ns or (DEFAULT_DURATION_NS if state.request.ByteSize() else 0)
        planned = {"pump": asked_ns, "idle_baseline": state.request.idle_baseline_duration_ns}
        _enter_phase(state, name, started_ns=started_ns, planned_ns=planned.get(name, 0))


def _route_established(state: RunState, event: RunEvent, at_ns: int) -> None:
    message = event.route_established
    _derive_phase(state, "set_up", started_ns=0)
    if (route := _known_route(state, message.route_index)) is not None:
        apply_established(state, route, message, at_ns=at_ns)


def _route_failure(state: RunState, event: RunEvent, at_ns: int) -> None:
    message = event.route_failure
    _derive_phase(state, "pump", started_ns=at_ns - message.elapsed_ns)
    if (route := _known_route(state, message.route_index)) is not None:
        apply_failure(route, message, at_ns=at_ns)


def _restarting(state: RunState, event: RunEvent, at_ns: int) -> None:
    if (route := _known_route(state, event.restarting.route_index)) is not None:
        apply_restarting(state, route, event.restarting, at_ns=at_ns)


def _leg_lifecycle(state: RunState, event: RunEvent, at_ns: int) -> None:
    if (route := _known_route(state, event.leg_lifecycle.route_index)) is not None:
        apply_lifecycle(state, route, event.leg_lifecycle, at_ns=at_ns)


def _sample(state: RunState, event: RunEvent, at_ns: int) -> None:
    _derive_phase(state, "pump", started_ns=at_ns - event.sample.elapsed_ns)
    for entry in apply_sample(state, event.sample, at_ns=at_ns):
        add_entry(state, entry)


def _rtt_probe(state: RunState, event: RunEvent, at_ns: int) -> None:
    message = event.rtt_probe
    answered, began_ns = message.latency_ns > 0 and not message.error, at_ns - message.elapsed_ns
    if state.request.idle_baseline_duration_ns > 0:
        _derive_phase(state, "idle_baseline", started_ns=began_ns)
    # A count that begins again, by a clock that began after the latest answer: not just answers out of order.
    if 0 < message.sequence <= state.probe_sequence and began_ns > state.probe_at_ns:
        _derive_phase(state, "pump", started_ns=began_ns)
        state.series.begin_load()
    state.probe_count += 1
    state.probe_sequence, state.probe_at_ns = message.sequence, at_ns
    latency_ns = message.latency_ns if answered else 0
    lost_in_a_row = state.series.lost_in_a_row
    state.series.add_probe(max(at_ns, 0), latency_ns, loaded=state.phase != "idle_baseline")
    if answered:
        state.last_probe_ns = message.latency_ns
        if lost_in_a_row:
            add_entry(state, answered_entry(lost_in_a_row, at_ns=at_ns))
    else:
        state.probe_lost += 1
        if not lost_in_a_row:
            add_entry(state, lost_probe_entry(event, at_ns=at_ns))


def _limits(state: RunState, event: RunEvent, _at_ns: int) -> None:
    message = event.limits
    if message.kind not in LIMITS_OF_ROUTE:
        _note(state, clean_line(message.detail or message.kind))
        return
    route = _known_route(state, message.route_index)
    if route is not None:
        route.limited_by, route.window = message.kind, message.window


def _gap(state: RunState, event: RunEvent, _at_ns: int) -> None:
    if event.gap.samples_merged > 0:
        state.series.note_gap()
    state.probe_count += max(event.gap.probes_merged, 0)
    state.probe_lost += max(event.gap.probes_lost, 0)


def _probe_path(state: RunState, event: RunEvent, at_ns: int) -> None:
    state.series.add_probe_path(max(at_ns, 0), event.probe_path.along_route)


def _probe_tally(state: RunState, event: RunEvent, _at_ns: int) -> None:
    phase = event.probe_tally.phase
    if phase not in PHASES:
        state.unknown_events += 1
        return
    state.probe_tallies[phase] = ProbeTally()
    state.probe_tallies[phase].CopyFrom(event.probe_tally)


def _route_probe(state: RunState, event: RunEvent, _at_ns: int) -> None:
    probe, route = event.route_probe, state.routes.get(event.route_probe.route_index)
    if route is not None and probe.latency_ns > 0:
        route.round_trip_ns = probe.latency_ns
    state.series.add_route_rtt(event.route_probe.route_index, event.route_probe.latency_ns)


def _paused(state: RunState, event: RunEvent, _at_ns: int) -> None:
    state.paused = event.paused.paused
    for route in state.routes.values():
        excuse_silence(route)


def _done(state: RunState, event: RunEvent, _at_ns: int) -> None:
    message = event.done
    state.done = MuxBandwidthDone()
    state.done.CopyFrom(message)
    state.bytes_sent = max(state.bytes_sent, message.total_bytes_sent)
    state.bytes_received = max(state.bytes_received, message.total_bytes_received)
    state.avg_send_bps, state.avg_recv_bps = rate(message.avg_send_bps), rate(message.avg_recv_bps)
    state.peak_send_bps = max(state.peak_send_bps, rate(message.peak_send_bps))
    state.peak_recv_bps = max(state.peak_recv_bps, rate(message.peak_recv_bps))
    state.pump_elapsed_ns = max(state.pump_elapsed_ns, message.pump_time_ns)
    _end(state, StreamEnd.DONE)


def _error(state: RunState, event: RunEvent, _at_ns: int) -> None:
    state.error = MuxBandwidthError(
        code=clean_line(event.error.code), message=clean_line(event.error.message)
    )
    _end(state, StreamEnd.ERROR)


def _end(state: RunState, end: StreamEnd) -> None:
    """Close the window: what pumps now has pumped to the end, if it is alive and an echo came back."""
    if state.end in _OVER:
        return
    if end is StreamEnd.DONE and state.phase != "done":
        _enter_phase(state, "done", started_ns=state.elapsed_ns, planned_ns=0)
    state.end = end
    state.send_bps = state.recv_bps = 0.0
    state.active_routes = 0
    for route in state.routes.values():
        _end_route(state, route)


def _end_route(state: RunState, route: RouteState) -> None:
    if route.status is RouteStatus.PUMPING:
        echoed = has_echo(route) if state.has_legs else state.bytes_received > 0
        if state.end is StreamEnd.DONE and route.alive and echoed:
            route.status, route.elapsed_ns = RouteStatus.FINISHED, state.pump_elapsed_ns
        else:
            route.status = RouteStatus.STOPPED
            if not echoed:
                route.last_error = route.last_error or "no echo had come back when the run ended"
        clear_rates(route)
    elif route.status in {RouteStatus.PENDING, RouteStatus.SETTING_UP}:
        route.status = RouteStatus.NOT_SET_UP
    elif route.status in {RouteStatus.READY, RouteStatus.RESTARTING}:
        route.status = RouteStatus.STOPPED
    end_attempt(route, at_ns=state.elapsed_ns)


def _unknown(state: RunState, _event: RunEvent, _at_ns: int) -> None:
    state.unknown_events += 1


def _known_route(state: RunState, index: int) -> RouteState | None:
    route = route_at(state, index)
    if route is None:
        state.unknown_events += 1
    return route


def _add_rows_asked_for(state: RunState) -> None:
    for index in range(min(routes_asked_for(state), MAX_ROUTES_ASKED)):
        route_at(state, index)


def _note(state: RunState, note: str) -> None:
    if note and note not in state.notes and len(state.notes) < _MAX_NOTES:
        state.notes.append(note)


_HANDLERS: dict[str, Callable[[RunState, RunEvent, int], None]] = {
    "route_established": _route_established,
    "sample": _sample,
    "rtt_probe": _rtt_probe,
    "done": _done,
    "error": _error,
    "route_failure": _route_failure,
    "leg_lifecycle": _leg_lifecycle,
    "phase": _phase,
    "restarting": _restarting,
    "gap": _gap,
    "limits": _limits,
    "run_started": _run_started,
    "plan": _plan,
    "probe_path": _probe_path,
    "route_probe": _route_probe,
    "paused": _paused,
    "probe_tally": _probe_tally,
    UNKNOWN_KIND: _unknown,
}
