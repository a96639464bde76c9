"""One route's life: set-ups, failures, restarts, standby. Rates and stalls are `legs.py`'s.

Events may come late or twice. Attempts carry the instants of their set-up and end, by which an event that says
again what is known, or that belongs to an earlier attempt, is told from news.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from muxbw_tui.run.state import (
    ATTEMPTS_KEPT,
    CARRIER_LIMIT,
    FAILED_STATUSES,
    IN_PUMP_STATUSES,
    Attempt,
    RouteState,
    RouteStatus,
    RunState,
    StreamEnd,
)
from muxbw_tui.run.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.pb.muxbw_pb2 import Restarting
    from muxbw_tui.pb.ping_pb2 import MuxLegLifecycle, MuxRouteEstablished, MuxRouteFailure, RouteHop

MAX_ROWS = 2_048


def route_at(state: RunState, index: int) -> RouteState | None:
    """Return the route's row, made if it is not there yet; None for an index that no run can have."""
    route = state.routes.get(index)
    if route is not None or index < 0 or len(state.routes) >= MAX_ROWS:
        return route
    route = RouteState(index)
    in_order = not state.routes or index > next(reversed(state.routes))
    state.routes[index] = route
    if not in_order:
        rows = sorted(state.routes.items())
        state.routes.clear()
        state.routes.update(rows)
    return route


def set_hops(route: RouteState, hops: Sequence[RouteHop]) -> None:
    """Keep the path that an event names; one without hops names none."""
    if not hops:
        return
    route.hops = tuple(hops)
    route.carrier = clean_line(hops[0].tp_type, limit=CARRIER_LIMIT)


def apply_established(
    state: RunState, route: RouteState, message: MuxRouteEstablished, *, at_ns: int
) -> None:
    """Take in that a set-up ended, well or not: the first one, or a restart's."""
    if _repeats(route, message, at_ns):
        return
    set_hops(route, message.hops)
    if _comes_after_its_failure(route, message, at_ns):
        route.setup_latency_ns = max(message.setup_latency_ns, 0)
        route.attempts[-1] = replace(
            route.attempts[-1], established_ns=at_ns, setup_latency_ns=route.setup_latency_ns
        )
        return
    attempt = replace(_open_attempt(route, at_ns), setup_latency_ns=max(message.setup_latency_ns, 0))
    route.setup_latency_ns = attempt.setup_latency_ns
    if message.failed:
        error = clean_line(message.setup_err) or "set-up failed"
        route.attempts[-1] = replace(
            attempt, error=error, bytes_received=route.bytes_received, ended_ns=at_ns
        )
        _fail(route, RouteStatus.SETUP_FAILED, error, at_ns)
        return
    route.attempts[-1] = replace(attempt, established_ns=at_ns)
    _end_dead_time(route, at_ns)
    route.established, route.failed, route.alive = True, False, True
    route.stalled_for_ns = 0
    _go_live(state, route)


def apply_failure(route: RouteState, message: MuxRouteFailure, *, at_ns: int) -> None:
    """Take in that the pump of an established route ended with an error."""
    received = message.bytes_received_before_failure
    route.bytes_sent = max(route.bytes_sent, message.bytes_sent_before_failure)
    route.bytes_received = max(route.bytes_received, received)
    error = clean_line(message.error_message) or "the pump failed"
    if route.status is RouteStatus.RESTARTING:
        _amend_previous_attempt(route, error)
        return
    if _is_an_earlier_failure(route, message, at_ns):
        return
    current = route.attempts[-1] if route.attempts else Attempt(number=1)
    if not route.attempts:
        route.attempts.append(current)
    ended_ns = at_ns if current.ended_ns is None else current.ended_ns
    route.attempts[-1] = replace(current, error=error, bytes_received=route.bytes_received, ended_ns=ended_ns)
    if not route.failed:
        route.elapsed_ns = max(message.elapsed_ns, 0)
    carried = carried_bytes(route, received)
    _fail(route, RouteStatus.DIED if carried else RouteStatus.DEAD_ON_ARRIVAL, error, at_ns)


def apply_restarting(state: RunState, route: RouteState, message: Restarting, *, at_ns: int) -> None:
    """Take in that a route is being set up again."""
    latest = route.attempts[-1].number if route.attempts else 1
    number = message.attempt if message.attempt > 0 else latest + (route.status is not RouteStatus.RESTARTING)
    if number <= latest or state.end in {StreamEnd.DONE, StreamEnd.ERROR}:
        return
    _close_attempt(route, at_ns)
    if route.dead_since_ns is None and route.status is not RouteStatus.STOPPED:  # what is stopped is not dead
        route.dead_since_ns = at_ns
    _append(route, Attempt(number=number, began_ns=max(message.elapsed_ns, 0)))
    route.established, route.alive, route.status = False, False, RouteStatus.RESTARTING
    if message.dead_time_ns > 0:
        route.dead_time_ns = message.dead_time_ns
    clear_rates(route)


def apply_lifecycle(state: RunState, route: RouteState, message: MuxLegLifecycle, *, at_ns: int) -> None:
    """Take in that a leg joined, left, or was moved to or from standby; a failed route stays failed."""
    if message.transport_kind:
        route.carrier = clean_line(message.transport_kind, limit=CARRIER_LIMIT)
    over = state.end in {StreamEnd.DONE, StreamEnd.ERROR}
    if over or route.status in FAILED_STATUSES or route.status is RouteStatus.RESTARTING:
        return
    if message.event == "dropped":
        route.status = RouteStatus.STOPPED
        end_attempt(route, at_ns=at_ns, stopped=True)
        clear_rates(route)
    elif message.event == "demoted" or message.gate_state == "standby":
        route.status = RouteStatus.STANDBY
        clear_rates(route)
    elif message.event in {"added", "promoted"}:
        _go_live(state, route)


def clear_rates(route: RouteState) -> None:
    """Forget what was measured of a flow that is no more."""
    route.send_bps = route.recv_bps = route.share = 0.0
    route.round_trip_ns = route.stalled_for_ns = 0
    route.last_progress_ns = None


def excuse_silence(route: RouteState) -> None:
    """Let a route's silence count from the next sample on: while the traffic is paused, none has stalled."""
    if route.status in IN_PUMP_STATUSES:
        route.status = RouteStatus.PUMPING
        route.stalled_for_ns, route.last_progress_ns = 0, None


def dead_time_ns(route: RouteState, state: RunState) -> int:
    """Return how long the route has carried nothing, up to now or to the end of the pump."""
    if route.dead_since_ns is None:
        return route.dead_time_ns
    over = state.phase == "done"
    until_ns = min(state.phase_started_ns, state.elapsed_ns) if over else state.elapsed_ns
    return route.dead_time_ns + max(until_ns - route.dead_since_ns, 0)


def end_attempt(route: RouteState, *, at_ns: int, stopped: bool = False) -> None:
    """Close the attempt that is open, if one is, without a fault: the run is over, or somebody stopped the route."""
    if route.attempts and route.attempts[-1].ended_ns is None:
        route.attempts[-1] = replace(
            route.attempts[-1], stopped=stopped, bytes_received=route.bytes_received, ended_ns=at_ns
        )


def carried_bytes(route: RouteState, received: int | None = None) -> int:
    """Return how much the latest attempt has brought back.

    Args:
        route: the route, whose counter goes on over attempts.
        received: the counter as an event gave it; as the route has it, unless given. One below an earlier attempt's
            began anew, as after a failure in the warm-up, whose bytes no later counter includes.
    """
    received = route.bytes_received if received is None else received
    before = max((attempt.bytes_received for attempt in route.attempts[:-1]), default=0)
    return received - before if received >= before else received


def has_echo(route: RouteState) -> bool:
    """Whether the latest attempt has brought a byte back."""
    return carried_bytes(route) > 0


def _repeats(route: RouteState, message: MuxRouteEstablished, at_ns: int) -> bool:
    """Whether an established event says again what is known.

    Only one that matches an attempt can: timestamps are a wall clock's and may step back, so an instant that lies
    before what is known proves nothing by itself.
    """
    matching = [attempt for attempt in route.attempts if _tells_of(message, at_ns, attempt)]
    if not matching:
        return False
    current = route.attempts[-1]
    # An attempt that ended without an error went on to the end of the run.
    if matching[-1] is current and (message.failed or current.ended_ns is None or not current.error):
        return True
    return at_ns < _latest_ns(route)


def _tells_of(message: MuxRouteEstablished, at_ns: int, attempt: Attempt) -> bool:
    if attempt.setup_latency_ns != max(message.setup_latency_ns, 0):
        return False
    if message.failed:
        return attempt.established_ns is None and attempt.ended_ns == at_ns
    return attempt.established_ns == at_ns


def _comes_after_its_failure(route: RouteState, message: MuxRouteEstablished, at_ns: int) -> bool:
    """Whether the set-up is that of an attempt whose pump is already known to have failed."""
    if message.failed or route.status not in {RouteStatus.DIED, RouteStatus.DEAD_ON_ARRIVAL}:
        return False
    current = route.attempts[-1]
    return current.established_ns is None and current.ended_ns is not None and at_ns < current.ended_ns


def _is_an_earlier_failure(route: RouteState, message: MuxRouteFailure, at_ns: int) -> bool:
    """Whether a failure is that of an attempt which a restart has mended since."""
    if len(route.attempts) < 2:  # noqa: PLR2004 - no attempt lies before the first
        return False
    *earlier, current = route.attempts
    if 0 < message.elapsed_ns < current.began_ns:
        return True
    known = any(attempt.ended_ns == at_ns for attempt in earlier)
    return known and current.established_ns is not None and at_ns < current.established_ns


def _latest_ns(route: RouteState) -> int:
    """Return the newest instant at which something is known to have happened to the route."""
    current = route.attempts[-1]
    instants = (current.established_ns, current.ended_ns, route.dead_since_ns)
    return max((instant for instant in instants if instant is not None), default=0)


def _open_attempt(route: RouteState, at_ns: int) -> Attempt:
    """Return the attempt whose set-up has ended: the one that was announced, or a new one."""
    current = route.attempts[-1] if route.attempts else None
    if current is None or current.ended_ns is not None or current.established_ns is not None:
        if current is not None and current.ended_ns is None:
            _close_attempt(route, at_ns)
            route.dead_since_ns = at_ns
        _append(route, Attempt(number=1 if current is None else current.number + 1))
    return route.attempts[-1]


def _close_attempt(route: RouteState, at_ns: int) -> None:
    """End an attempt that no failure ended: the operator restarted a route that stalled."""
    if not route.attempts:
        route.attempts.append(Attempt(number=1))
    current = route.attempts[-1]
    if current.ended_ns is None:
        error = current.error or "restarted"
        route.attempts[-1] = replace(
            current, error=error, bytes_received=route.bytes_received, ended_ns=at_ns
        )


def _amend_previous_attempt(route: RouteState, error: str) -> None:
    """Keep why the old pump ended when it ends after its restart has begun."""
    route.last_error = error
    route.failed = True
    if len(route.attempts) > 1:
        route.attempts[-2] = replace(route.attempts[-2], error=error, bytes_received=route.bytes_received)


def _end_dead_time(route: RouteState, at_ns: int) -> None:
    """Account for the time in which a route that now carries again did not."""
    if route.dead_since_ns is None:
        return
    since_ns, route.dead_since_ns = route.dead_since_ns, None
    route.dead_time_ns += max(at_ns - since_ns, 0)
    for position, attempt in enumerate(route.attempts):
        if attempt.ended_ns is not None and attempt.ended_ns >= since_ns and attempt.dead_time_ns == 0:
            route.attempts[position] = replace(attempt, dead_time_ns=max(at_ns - attempt.ended_ns, 0))


def _go_live(state: RunState, route: RouteState) -> None:
    """Let an established route do what it does at this point of the run."""
    if state.end in {StreamEnd.DONE, StreamEnd.ERROR}:
        route.status = RouteStatus.STOPPED
    elif state.phase == "pump":
        # Its silence counts from the next sample: the time in which it was dead is no stall.
        route.status, route.last_progress_ns = RouteStatus.PUMPING, None
    else:
        route.status = RouteStatus.READY


def _fail(route: RouteState, status: RouteStatus, error: str, at_ns: int) -> None:
    route.status, route.last_error = status, error
    route.established, route.failed, route.alive = False, True, False
    if route.dead_since_ns is None:
        route.dead_since_ns = at_ns
    clear_rates(route)


def _append(route: RouteState, attempt: Attempt) -> None:
    # Only the samples behind a stop say all that the attempt had carried.
    if route.attempts and route.attempts[-1].stopped:
        route.attempts[-1] = replace(route.attempts[-1], bytes_received=route.bytes_received)
    route.attempts.append(attempt)
    del route.attempts[:-ATTEMPTS_KEPT]
