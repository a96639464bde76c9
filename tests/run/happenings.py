"""Events as the tests of the room write them: seconds since the run began, MiB, and names of nodes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from muxbw_tui.pb.muxbw_pb2 import (
    Limits,
    Paused,
    Phase,
    Plan,
    PlannedRoute,
    Restarting,
    RunEvent,
    RunRequest,
    RunStarted,
)
from muxbw_tui.pb.ping_pb2 import (
    MuxBandwidthDone,
    MuxBandwidthError,
    MuxBandwidthSample,
    MuxLegLifecycle,
    MuxLegSample,
    MuxRouteEstablished,
    MuxRouteFailure,
    MuxRttProbe,
    RouteHop,
)
from muxbw_tui.run.reducer import apply, start
from muxbw_tui.run.state import RunState

if TYPE_CHECKING:
    from collections.abc import Iterable

BEGAN_NS = 1_795_000_000_000_000_000
MIB = 1024 * 1024
KEYS = {
    name: f"02{index:064x}" for index, name in enumerate(("here", "osaka", "tokyo", "lima", "there"), 0xA0)
}
NAMES = {key: name for name, key in KEYS.items()}


def ns(seconds: float) -> int:
    """Return seconds in nanoseconds."""
    return round(seconds * 1e9)


def at(seconds: float) -> int:
    """Return the timestamp of an event so many seconds after the run began."""
    return BEGAN_NS + ns(seconds)


def hops(*nodes: str, kind: str = "stcpr") -> list[RouteHop]:
    """Return the hops along the named nodes."""
    pairs = pairwise(nodes)
    return [RouteHop(**{"from": KEYS[one], "to": KEYS[other], "tp_type": kind}) for one, other in pairs]


def started(seconds: float = 0, *, routes: int = 1, run_id: str = "r-1", scenario: str = "") -> RunEvent:
    """Return the first event of a run of ours."""
    request = RunRequest(target_pk=KEYS["there"], routes=routes, duration_ns=ns(30))
    message = RunStarted(run_id=run_id, scenario=scenario, node_names=NAMES, request=request)
    return RunEvent(timestamp_ns=at(seconds), run_started=message)


def plan(seconds: float, paths: dict[int, list[RouteHop]]) -> RunEvent:
    """Return the paths that the routes will take."""
    routes = [PlannedRoute(route_index=index, hops=path) for index, path in paths.items()]
    return RunEvent(timestamp_ns=at(seconds), plan=Plan(routes=routes))


def phase(seconds: float, name: str, *, planned_s: float = 0) -> RunEvent:
    """Return the announcement of a phase."""
    message = Phase(name=name, elapsed_ns=ns(seconds), planned_ns=ns(planned_s))
    return RunEvent(timestamp_ns=at(seconds), phase=message)


def established(seconds: float, index: int, *, setup_s: float = 0.1, path: tuple[str, ...] = ()) -> RunEvent:
    """Return that a route came up."""
    message = MuxRouteEstablished(route_index=index, setup_latency_ns=ns(setup_s), hops=hops(*path))
    return RunEvent(timestamp_ns=at(seconds), route_established=message)


def setup_failed(seconds: float, index: int, error: str = "no route to host") -> RunEvent:
    """Return that a route did not come up."""
    message = MuxRouteEstablished(route_index=index, failed=True, setup_err=error)
    return RunEvent(timestamp_ns=at(seconds), route_established=message)


def failure(
    seconds: float, index: int, carried: int, error: str = "read echo: reset", *, pump_s: float | None = None
) -> RunEvent:
    """Return that a route's pump failed after so many bytes; the pump began at 1 s."""
    message = MuxRouteFailure(
        route_index=index,
        error_message=error,
        bytes_sent_before_failure=carried,
        bytes_received_before_failure=carried,
        elapsed_ns=ns(seconds - 1 if pump_s is None else pump_s),
    )
    return RunEvent(timestamp_ns=at(seconds), route_failure=message)


def restarting(seconds: float, index: int, attempt: int) -> RunEvent:
    """Return that a route is being set up again."""
    message = Restarting(route_index=index, attempt=attempt, elapsed_ns=ns(seconds - 1))
    return RunEvent(timestamp_ns=at(seconds), restarting=message)


def leg(
    index: int,
    carried: int,
    *,
    rate_bps: float = 0,
    alive: bool = True,
    standby: bool = False,
    latency_ms: int = 0,
) -> MuxLegSample:
    """Return one route's part of a sample."""
    return MuxLegSample(
        route_index=index,
        bytes_sent=carried,
        bytes_recv=carried,
        inst_send_bps=rate_bps,
        inst_recv_bps=rate_bps,
        alive=alive,
        standby=standby,
        latency_ms=latency_ms,
    )


def sample(seconds: float, *legs: MuxLegSample, carried: int | None = None, began_s: float = 1) -> RunEvent:
    """Return a sample; the pump began at 1 s if not told otherwise, the aggregate is the legs' sum."""
    total = sum(leg.bytes_recv for leg in legs) if carried is None else carried
    rate_bps = sum(leg.inst_recv_bps for leg in legs)
    message = MuxBandwidthSample(
        elapsed_ns=ns(seconds - began_s),
        bytes_sent=total,
        bytes_received=total,
        instant_send_bps=rate_bps,
        instant_recv_bps=rate_bps,
        avg_send_bps=rate_bps,
        avg_recv_bps=rate_bps,
        active_routes=sum(leg.alive for leg in legs),
        legs=legs,
    )
    return RunEvent(timestamp_ns=at(seconds), sample=message)


def probe(
    seconds: float,
    sequence: int,
    *,
    latency_ms: float = 40,
    error: str = "",
    elapsed_s: float | None = None,
) -> RunEvent:
    """Return a probe's answer, or that it got none."""
    message = MuxRttProbe(
        sequence=sequence,
        latency_ns=ns(latency_ms / 1e3),
        error=error,
        elapsed_ns=ns(seconds - 1 if elapsed_s is None else elapsed_s),
    )
    return RunEvent(timestamp_ns=at(seconds), rtt_probe=message)


def lifecycle(seconds: float, index: int, event: str, gate_state: str = "active") -> RunEvent:
    """Return that a leg joined, left, or changed its gate."""
    message = MuxLegLifecycle(route_index=index, event=event, gate_state=gate_state, transport_kind="sudph")
    return RunEvent(timestamp_ns=at(seconds), leg_lifecycle=message)


def limits(seconds: float, detail: str) -> RunEvent:
    """Return that fewer paths exist than routes were asked for."""
    return RunEvent(timestamp_ns=at(seconds), limits=Limits(kind="paths", detail=detail))


def paused(seconds: float, *, on: bool = True) -> RunEvent:
    """Return that the traffic was paused, or goes on."""
    return RunEvent(timestamp_ns=at(seconds), paused=Paused(paused=on, elapsed_ns=ns(seconds - 1)))


def done(seconds: float, reason: str = "duration", *, carried: int = 0, routes: int = 1) -> RunEvent:
    """Return the end of a run."""
    message = MuxBandwidthDone(
        total_bytes_sent=carried,
        total_bytes_received=carried,
        wall_time_ns=ns(seconds),
        pump_time_ns=ns(max(seconds - 1, 0)),
        routes_requested=routes,
        termination_reason=reason,
    )
    return RunEvent(timestamp_ns=at(seconds), done=message)


def refused(seconds: float, code: str = "invalid_request", message: str = "no such key") -> RunEvent:
    """Return that the server refused the request."""
    return RunEvent(timestamp_ns=at(seconds), error=MuxBandwidthError(code=code, message=message))


def after(*events: RunEvent, state: RunState | None = None) -> RunState:
    """Return the state after the events."""
    return apply_all(RunState() if state is None else state, events)


def asked(routes: int = 1, *, duration_s: float = 30) -> RunState:
    """Return the state of a run that was asked for."""
    return start(RunRequest(target_pk=KEYS["there"], routes=routes, duration_ns=ns(duration_s)))


def apply_all(state: RunState, events: Iterable[RunEvent]) -> RunState:
    """Apply the events to the state, and return it."""
    for event in events:
        apply(state, event)
    return state
