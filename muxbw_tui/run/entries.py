"""What an event says in one line: the wording that the event feed and the human rows share.

Called after the reducer has applied the event, so that names, attempts and dead times are those that it left.
Samples, probes and a phase that is said again get no entry: they would push a fault out of sight. Of probes in a row
that got lost the first is told, and the answer that ends the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.events import UNKNOWN_KIND, payload_kind
from muxbw_tui.run.figures import rate
from muxbw_tui.run.names import path_text, shorten_keys, target_text
from muxbw_tui.run.probes import tally_text
from muxbw_tui.run.routes import carried_bytes
from muxbw_tui.run.state import LIMITS_OF_ROUTE, FeedEntry, RouteState, RouteStatus, RunState, Severity
from muxbw_tui.run.text import clean_line, counted
from muxbw_tui.units import NS_PER_S, format_duration_ns, format_rate_bps, format_volume_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.pb.muxbw_pb2 import RunEvent

STALLED_KIND = "stalled"
RECOVERED_KIND = "recovered"
BROKEN_KIND = "stream_broken"
PROBE_KIND = "rtt_probe"
_PUMP_FAILED = frozenset({RouteStatus.DIED, RouteStatus.DEAD_ON_ARRIVAL})

_Wording = tuple[str, Severity, int | None]


def entry_of(state: RunState, event: RunEvent, *, at_ns: int) -> FeedEntry | None:
    """Return the feed's line about an event that was just applied, or None for one that gets no line."""
    kind = payload_kind(event)
    wording = _WORDINGS[kind](state, event)
    if wording is None:
        return None
    text, severity, route_index = wording
    return FeedEntry(max(at_ns, 0), kind, clean_line(shorten_keys(text)), severity, route_index)


def stalled_entry(route: RouteState, *, at_ns: int) -> FeedEntry:
    """Return the line about a route that has just been found to carry nothing."""
    text = f"R{route.index} ◌ stalled: no byte for {route.stalled_s} s"
    return FeedEntry(max(at_ns, 0), STALLED_KIND, text, Severity.FAULT, route.index)


def recovered_entry(route: RouteState, *, quiet_ns: int, at_ns: int) -> FeedEntry:
    """Return the line about a stalled route that carries again after `quiet_ns` without a byte."""
    text = f"R{route.index} ● recovered after {round(quiet_ns / NS_PER_S)} s without a byte"
    return FeedEntry(max(at_ns, 0), RECOVERED_KIND, text, Severity.GOOD, route.index)


def broken_entry(reason: str, *, at_ns: int) -> FeedEntry:
    """Return the line about a stream that broke."""
    return FeedEntry(max(at_ns, 0), BROKEN_KIND, clean_line(reason), Severity.FAULT)


def lost_probe_entry(event: RunEvent, *, at_ns: int) -> FeedEntry:
    """Return the line about the first probe in a row that got lost. What it means for a route is that route's fault."""
    return FeedEntry(max(at_ns, 0), PROBE_KIND, lost_probe_text(event), Severity.PLAIN)


def answered_entry(lost_in_a_row: int, *, at_ns: int) -> FeedEntry:
    """Return the line about the first answer after probes that got lost."""
    text = f"answered again after {counted(lost_in_a_row, 'lost probe')}"
    return FeedEntry(max(at_ns, 0), PROBE_KIND, text, Severity.QUIET)


def lost_probe_text(event: RunEvent) -> str:
    """Return the human row's text for a probe that got lost; in the feed only the first in a row has an entry."""
    return clean_line(shorten_keys(f"seq={event.rtt_probe.sequence} FAILED {event.rtt_probe.error}"))


def sample_text(event: RunEvent) -> str:
    """Return the human row's text for a sample, which has no entry in the feed."""
    sample = event.sample
    rates = f"send={_rate(sample.instant_send_bps)} recv={_rate(sample.instant_recv_bps)}"
    volumes = f"{_volume(sample.bytes_sent)}/{_volume(sample.bytes_received)}"
    return f"{rates} cum={volumes} active={sample.active_routes}"


def _route_established(state: RunState, event: RunEvent) -> _Wording:
    message = event.route_established
    route, setup = f"R{message.route_index}", _compact(format_duration_ns(message.setup_latency_ns))
    if message.failed:
        return f"{route} ✗ FAILED {message.setup_err} (setup={setup})", Severity.FAULT, message.route_index
    text = f"{route} ✓ established setup={setup} hops={path_text(message.hops, state.node_names)}"
    known = state.routes.get(message.route_index)
    if known is not None and known.attempts and known.attempts[-1].number > 1:
        dead = _compact(format_duration_ns(known.dead_time_ns))
        text += f" attempt={known.attempts[-1].number} dead={dead}"
    return text, Severity.GOOD, message.route_index


def _route_failure(state: RunState, event: RunEvent) -> _Wording:
    message = event.route_failure
    sent = _volume(message.bytes_sent_before_failure)
    received = _volume(message.bytes_received_before_failure)
    text = f"R{message.route_index} ✗ pump-failed before={sent}/{received} err={message.error_message}"
    known = state.routes.get(message.route_index)
    if known is not None and known.status in _PUMP_FAILED and known.attempts[-1].number > 1:
        carried = carried_bytes(known, message.bytes_received_before_failure)
        text += f" attempt={known.attempts[-1].number} carried={_volume(carried)}"
    return text, Severity.FAULT, message.route_index


def _restarting(_state: RunState, event: RunEvent) -> _Wording:
    message = event.restarting
    text = f"R{message.route_index} ↻ restarting attempt={message.attempt}"
    return text, Severity.PLAIN, message.route_index


def _leg_lifecycle(_state: RunState, event: RunEvent) -> _Wording:
    message = event.leg_lifecycle
    gate = f" ({message.gate_state})" if message.gate_state else ""
    return f"R{message.route_index} ◇ leg {message.event}{gate}", Severity.PLAIN, message.route_index


def _done(_state: RunState, event: RunEvent) -> _Wording:
    message = event.done
    volumes = f"sent={_volume(message.total_bytes_sent)} recv={_volume(message.total_bytes_received)}"
    average = f"avg={_rate(message.avg_send_bps)}/{_rate(message.avg_recv_bps)}"
    peak = f"peak={_rate(message.peak_send_bps)}/{_rate(message.peak_recv_bps)}"
    return f"{volumes} {average} {peak} ({message.termination_reason})", Severity.PLAIN, None


def _error(_state: RunState, event: RunEvent) -> _Wording:
    return f"{event.error.code}: {event.error.message}", Severity.FAULT, None


def _phase(_state: RunState, event: RunEvent) -> _Wording | None:
    message = event.phase
    if message.lasted_ns > 0:
        return None  # said again, for want of other news
    planned = f" for {format_duration_ns(message.planned_ns)}" if message.planned_ns > 0 else ""
    return f"{message.name.replace('_', '-')}{planned}", Severity.QUIET, None


def _run_started(state: RunState, event: RunEvent) -> _Wording:
    message = event.run_started
    request = message.request
    text = f"{message.run_id}: {counted(max(request.routes, 1), 'route')} to {target_text(state)}"
    if request.duration_ns > 0:
        text += f" for {format_duration_ns(request.duration_ns)}"
    if message.scenario:
        text += f", SIMULATED: {message.scenario}"
    return text, Severity.QUIET, None


def _plan(state: RunState, event: RunEvent) -> _Wording:
    routes = event.plan.routes
    paths = ", ".join(
        f"R{route.route_index} {path_text(route.hops, state.node_names)}" for route in routes[:16]
    )
    return f"{counted(len(routes), 'path')}: {paths}", Severity.QUIET, None


def _limits(_state: RunState, event: RunEvent) -> _Wording:
    message = event.limits
    if message.kind not in LIMITS_OF_ROUTE:
        return f"{message.kind}: {message.detail}", Severity.FAULT, None
    text = f"R{message.route_index} limited by {message.kind.replace('_', ' ')}: {message.detail}"
    return text, Severity.QUIET, message.route_index


def _paused(_state: RunState, event: RunEvent) -> _Wording:
    return "the traffic is paused" if event.paused.paused else "the traffic goes on", Severity.PLAIN, None


def _gap(_state: RunState, event: RunEvent) -> _Wording:
    message = event.gap
    probes = counted(message.probes_merged + message.route_probes_merged, "probe")
    merged = f"{counted(message.samples_merged, 'sample')} and {probes}"
    return f"{merged} were merged: the client was slow or came later", Severity.QUIET, None


def _probe_path(state: RunState, event: RunEvent) -> _Wording:
    message = event.probe_path
    path = path_text(message.hops, state.node_names)
    return f"connection #{message.connection_index} along R{message.along_route} {path}", Severity.QUIET, None


def _probe_tally(_state: RunState, event: RunEvent) -> _Wording:
    message = event.probe_tally
    return f"{message.phase.replace('_', '-')}: {tally_text(message)}", Severity.QUIET, None


def _nothing(_state: RunState, _event: RunEvent) -> None:
    return None


def _unknown(_state: RunState, _event: RunEvent) -> _Wording:
    return "an event of a kind that this version does not know", Severity.QUIET, None


_WORDINGS: dict[str, Callable[[RunState, RunEvent], _Wording | None]] = {
    "route_established": _route_established,
    "sample": _nothing,
    PROBE_KIND: _nothing,  # the reducer sees in a series which of them are told
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
    "route_probe": _nothing,
    "paused": _paused,
    "probe_tally": _probe_tally,
    UNKNOWN_KIND: _unknown,
}


def _compact(quantity: str) -> str:
    """Return a quantity without its space, so that `key=value` stays one word."""
    return quantity.replace(" ", "")


def _rate(rate_bps: float) -> str:
    return _compact(format_rate_bps(rate_bps)) if rate(rate_bps) == rate_bps else "n/a"


def _volume(volume_bytes: int) -> str:
    return _compact(format_volume_bytes(volume_bytes))


def elapsed_text(elapsed_ns: int) -> str:
    """Return an instant of the stream as the rows write it: `[+  1.61s]`."""
    return f"[+{elapsed_ns / NS_PER_S:6.2f}s]"
