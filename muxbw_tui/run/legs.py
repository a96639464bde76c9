"""What samples say: the aggregate, each leg's counters and rates, and which routes have stalled.

A stall is seen here alone: a route that still counts as active and has brought no byte for `STALL_AFTER_NS` of the
samples' own time, give or take `STALL_TOLERANCE_NS`. Counters never fall, whatever order samples come in; rates are
the newest sample's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.run.entries import recovered_entry, stalled_entry
from muxbw_tui.run.figures import rate
from muxbw_tui.run.routes import clear_rates, excuse_silence, route_at
from muxbw_tui.run.series import Counted
from muxbw_tui.run.state import (
    CARRIER_LIMIT,
    FAILED_STATUSES,
    IN_PUMP_STATUSES,
    STALL_AFTER_NS,
    STALL_TOLERANCE_NS,
    Attempt,
    FeedEntry,
    RouteState,
    RouteStatus,
    RunState,
    StreamEnd,
)
from muxbw_tui.run.text import clean_line
from muxbw_tui.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from muxbw_tui.pb.ping_pb2 import MuxBandwidthSample, MuxLegSample

_NOT_PUMPED = FAILED_STATUSES | {RouteStatus.RESTARTING, RouteStatus.FINISHED}
_BEFORE_PUMP = frozenset({RouteStatus.PENDING, RouteStatus.SETTING_UP, RouteStatus.READY})
_JOINS_WHEN_ALIVE = _BEFORE_PUMP | {RouteStatus.STANDBY, RouteStatus.STOPPED}


def apply_sample(state: RunState, sample: MuxBandwidthSample, *, at_ns: int) -> list[FeedEntry]:
    """Take in a sample; return the feed's lines about routes that stalled or recovered."""
    before_ns = state.series.sampled_ns
    newest = before_ns is None or sample.elapsed_ns > before_ns
    live = newest and state.end not in {StreamEnd.DONE, StreamEnd.ERROR}
    state.bytes_sent = max(state.bytes_sent, sample.bytes_sent)
    state.bytes_received = max(state.bytes_received, sample.bytes_received)
    if live:
        _apply_aggregate(state, sample)
    state.has_legs = state.has_legs or bool(sample.legs)
    total_bps = sum(rate(leg.inst_recv_bps) for leg in sample.legs)
    entries: list[FeedEntry] = []
    counted: list[Counted] = []
    for leg in sample.legs:
        route = route_at(state, leg.route_index)
        if route is None:
            continue
        progressed = _count(route, leg.bytes_sent, leg.bytes_recv)
        if live:
            if state.paused:
                excuse_silence(route)
            entries += _apply_leg(
                route, leg, progressed=progressed, total_bps=total_bps, now_ns=sample.elapsed_ns, at_ns=at_ns
            )
            counted.append(_counted(route, leg))
    if live:
        whole = Counted(0, state.bytes_sent, state.bytes_received)
        asked_ns = state.request.sample_interval_ns or (NS_PER_S if state.request.ByteSize() else 0)
        state.series.add_sample(max(at_ns, 0), sample.elapsed_ns, whole, counted, interval_ns=asked_ns)
    return entries


def _apply_aggregate(state: RunState, sample: MuxBandwidthSample) -> None:
    state.pump_elapsed_ns = max(state.pump_elapsed_ns, sample.elapsed_ns)
    state.send_bps, state.recv_bps = rate(sample.instant_send_bps), rate(sample.instant_recv_bps)
    state.avg_send_bps, state.avg_recv_bps = rate(sample.avg_send_bps), rate(sample.avg_recv_bps)
    state.peak_send_bps = max(state.peak_send_bps, state.send_bps)
    state.peak_recv_bps = max(state.peak_recv_bps, state.recv_bps)
    state.active_routes = max(sample.active_routes, 0)


def _count(route: RouteState, sent: int, received: int) -> bool:
    """Raise the route's counters; return whether one of them grew."""
    before = route.bytes_sent + route.bytes_received
    route.bytes_sent = max(route.bytes_sent, sent)
    route.bytes_received = max(route.bytes_received, received)
    return route.bytes_sent + route.bytes_received > before


def _apply_leg(
    route: RouteState, leg: MuxLegSample, *, progressed: bool, total_bps: float, now_ns: int, at_ns: int
) -> Iterable[FeedEntry]:
    """Take in a leg of the newest sample; only a set-up brings a route back that has failed."""
    _describe_leg(route, leg)
    if route.status in _NOT_PUMPED:
        return ()
    route.alive = leg.alive
    if leg.standby:
        route.status = RouteStatus.STANDBY
        clear_rates(route)
        return ()
    if not leg.alive and route.status in _JOINS_WHEN_ALIVE:
        return ()
    if route.status in _JOINS_WHEN_ALIVE:
        _join(route, now_ns)
    if leg.alive:
        route.elapsed_ns = now_ns
    route.send_bps, route.recv_bps = rate(leg.inst_send_bps), rate(leg.inst_recv_bps)
    route.share = route.recv_bps / total_bps if total_bps > 0 else 0.0
    return _watch_progress(route, progressed=progressed, now_ns=now_ns, at_ns=at_ns)


def _counted(route: RouteState, leg: MuxLegSample) -> Counted:
    """Return what the series keep of a leg: time in which a route was dead or stood by is a gap, no rate of 0."""
    watched = route.status in IN_PUMP_STATUSES
    rtt_ns = (
        0 if route.round_trip_ns else max(leg.latency_ms, 0) * NS_PER_MS
    )  # self probes say it more exactly
    return Counted(route.index, route.bytes_sent, route.bytes_received, watched=watched, rtt_ns=rtt_ns)


def _describe_leg(route: RouteState, leg: MuxLegSample) -> None:
    if leg.transport_kind and not route.carrier:
        route.carrier = clean_line(leg.transport_kind, limit=CARRIER_LIMIT)
    if leg.latency_ms > 0:
        route.latency_ms = leg.latency_ms


def _join(route: RouteState, now_ns: int) -> None:
    """Let a route into the pump that a sample shows there, even if the event of its set-up was missed."""
    route.status, route.established = RouteStatus.PUMPING, True
    route.last_progress_ns = now_ns
    if not route.attempts:
        route.attempts.append(Attempt(number=1))


def _watch_progress(
    route: RouteState, *, progressed: bool, now_ns: int, at_ns: int
) -> tuple[FeedEntry] | tuple[()]:
    """Find a route stalled or recovered; one that is neither alive nor failed has been stopped."""
    quiet_ns = 0 if route.last_progress_ns is None else now_ns - route.last_progress_ns
    if route.last_progress_ns is None:
        route.last_progress_ns = now_ns
    if progressed:
        route.last_progress_ns, route.stalled_for_ns = now_ns, 0
        if route.status is not RouteStatus.STALLED:
            return ()
        route.status = RouteStatus.PUMPING
        return (recovered_entry(route, quiet_ns=quiet_ns, at_ns=at_ns),)
    route.stalled_for_ns = max(quiet_ns, 0)
    if quiet_ns < STALL_AFTER_NS - STALL_TOLERANCE_NS:
        return ()
    if not route.alive:
        route.status = RouteStatus.STOPPED
        clear_rates(route)
        return ()
    if route.status is RouteStatus.STALLED:
        return ()
    route.status = RouteStatus.STALLED
    return (stalled_entry(route, at_ns=at_ns),)
