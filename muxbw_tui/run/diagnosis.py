"""What the events of a run point at, one line each, with the evidence.

Owns the conclusions and when to keep silent about them: a line is said only where the state shows what it rests on, so
a route that fails alone is laid at its own path, and a node is named only where nothing contradicts it. Pure functions
over the state; each line can be had from a scenario. It must not read a clock or propose what the run cannot do.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.bounds import DEFAULT_BLOCK_KIB
from muxbw_tui.run.names import node_name, path_keys, routes_text, shorten_keys
from muxbw_tui.run.routes import carried_bytes, has_echo
from muxbw_tui.run.state import (
    CARRYING_STATUSES,
    FAILED_STATUSES,
    RouteState,
    RouteStatus,
    RunState,
    Severity,
)
from muxbw_tui.run.text import clean_line, counted
from muxbw_tui.units import (
    NS_PER_S,
    format_duration_ns,
    format_rate_bps,
    format_volume_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

TOGETHER_NS: Final = NS_PER_S
# Stalls are seen in samples, which are a second apart unless asked otherwise.
STALLED_TOGETHER_NS: Final = 3 * NS_PER_S // 2
FLAPPING_FROM: Final = 3
_IO_TIMEOUT_NS: Final = 30 * NS_PER_S  # the engine's, for a request that leaves it open
_BYTES_PER_KIB: Final = 1024
_SEVERAL: Final = 2
_REASONS_SHOWN: Final = 2
_WHICH_WIDTH: Final = 32
_TOLD_ONE_BY_ONE: Final = 8


class Diagnosis(NamedTuple):
    """One conclusion.

    Attributes:
        kind: a stable name of the rule.
        text: one line, the evidence in it.
        route_indexes: the routes that it is about.
    """

    kind: str
    text: str
    severity: Severity
    route_indexes: tuple[int, ...]


def diagnose(state: RunState) -> list[Diagnosis]:
    """Return what the run's events point at: what concerns most routes first, then route by route."""
    view = _Routes(state)
    found: list[Diagnosis] = []
    for rule in _RULES:
        for diagnosis in rule(view):
            found.append(diagnosis)
            if diagnosis.severity is Severity.FAULT:
                view.explained.update(diagnosis.route_indexes)
    return found


class _Routes:
    """A run's routes, sorted once by what the rules ask for.

    Attributes:
        explained: the routes whose fault a rule has told; the rules after it say nothing more of them.
    """

    def __init__(self, state: RunState) -> None:
        self.state = state
        self.without_path = [route for route in state.routes.values() if state.planned and not route.hops]
        routes = [route for route in state.routes.values() if route.hops or not state.planned]
        self.planned_count = len(routes)
        self.carrying = [route for route in routes if route.status in CARRYING_STATUSES and has_echo(route)]
        self.died = [route for route in routes if route.status is RouteStatus.DIED]
        self.stalled = [route for route in routes if route.status is RouteStatus.STALLED and has_echo(route)]
        self.failed = [route for route in routes if route.status in FAILED_STATUSES]
        self.never_up = [route for route in routes if route.status is RouteStatus.SETUP_FAILED]
        self.silent = [
            route
            for route in routes
            if route.status is RouteStatus.DEAD_ON_ARRIVAL
            or (route.status is RouteStatus.STALLED and not has_echo(route))
        ]
        self.others = _others(self.carrying, len(routes))
        self.explained: set[int] = set()

    def unexplained(self, routes: Iterable[RouteState]) -> list[RouteState]:
        """Return those of the routes whose fault no rule has told yet."""
        return [route for route in routes if route.index not in self.explained]

    def names(self, keys: Iterable[str], conjunction: str) -> str:
        """Return nodes by name, as a list in words."""
        return _listed([node_name(key, self.state.node_names) for key in keys], conjunction)

    def suspects(self, route: RouteState) -> str:
        """Return what may have broken a route that stopped, in words."""
        relays = _relays(route)
        return f"{self.names(relays, 'or')} or a link of it" if len(relays) == 1 else self.relays_text(route)

    def relays_text(self, route: RouteState) -> str:
        """Return the route's relays by name, or what there is instead."""
        return self.names(_relays(route), "or") or ("the direct link" if route.hops else "an unknown path")


def _none_set_up(view: _Routes) -> Iterator[Diagnosis]:
    """Not one of several routes came up: what they share is at fault, or everything is."""
    failed = view.never_up
    if len(failed) < _SEVERAL or len(failed) != view.planned_count:
        return
    reasons = list(dict.fromkeys(_reason(route) for route in failed))
    shown = "; ".join(reasons[:_REASONS_SHOWN]) + ("; …" if len(reasons) > _REASONS_SHOWN else "")
    text = f"none of {counted(len(failed), 'route')} could be set up: the source's uplink, the target, or every relay"
    yield _fault("none-set-up", f"{text} ({shown})", failed)


def _all_stopped_at_once(view: _Routes) -> Iterator[Diagnosis]:
    """Every route that carried stopped at one time, so no single path can be the cause."""
    what = "the source's uplink, or the target"
    if view.carrying or min(len(view.stalled), len(view.died)) > 0:
        return
    if len(view.stalled) >= _SEVERAL:
        if _span([route.stalled_for_ns for route in view.stalled]) <= STALLED_TOGETHER_NS:
            text = f"all {counted(len(view.stalled), 'route')} stalled at once: {what}"
            yield _fault("all-stalled", text, view.stalled)
    elif len(view.died) >= _SEVERAL and (span_ns := _span(_deaths(view.died))) <= TOGETHER_NS:
        text = f"all {counted(len(view.died), 'route')} died within {_seconds(span_ns)}: {what}"
        yield _fault("all-died", text, view.died)


def _shared_relay(view: _Routes) -> Iterator[Diagnosis]:
    """Routes died together, and have in common a relay that no carrying route uses."""
    in_use = {key for route in view.carrying for key in _relays(route)}
    for group in _close_together(view.unexplained(view.died)):
        in_all = set.intersection(*(set(_relays(route)) for route in group)) - in_use
        if in_all:
            relays = view.names([key for key in _relays(group[0]) if key in in_all], "and")
            died = f"died within {_seconds(_span(_deaths(group)))}"
            yield _fault("shared-relay", f"{_and(group)} {died} and share no relay but {relays}", group)


def _no_byte(view: _Routes) -> Iterator[Diagnosis]:
    """Routes came up and not one byte came back."""
    if not view.silent:
        return
    nothing_at_all = not (view.carrying or view.died or view.stalled)
    if nothing_at_all and len(view.silent) >= _SEVERAL:
        text = f"{_and(view.silent)} established, {_without_byte(view.silent)} on any: rules not propagated"
        yield _fault("no-byte-at-all", f"{text} at the target, or at every relay", view.silent)
        return

    def told(route: RouteState) -> str:
        text = f"R{route.index} established, {_without_byte([route])}: rules not propagated"
        return f"{text} at {view.relays_text(route)}"

    yield from _each(view, "no-byte", view.silent, told, "established without a byte: rules not propagated")


def _flapping(view: _Routes) -> Iterator[Diagnosis]:
    """A route fails again and again."""

    def told(route: RouteState) -> str:
        text = (
            f"R{route.index} has failed {_failures(route)} times, lately by way of {view.relays_text(route)}"
        )
        return f"{text} ({_reason(route)}): another path may hold"

    routes = [route for route in view.failed if _failures(route) >= FLAPPING_FROM]
    yield from _each(
        view, "flapping", routes, told, f"have failed {FLAPPING_FROM} times or more: other paths may hold"
    )


def _died(view: _Routes) -> Iterator[Diagnosis]:
    """A route died after it had carried."""

    def told(route: RouteState) -> str:
        volume = format_volume_bytes(carried_bytes(route))
        return f"R{route.index} died after {volume}: {view.suspects(route)} ({_reason(route)})"

    span_ns = _span(_deaths(view.unexplained(view.died)))
    when = f"within {_seconds(span_ns)}" if span_ns <= TOGETHER_NS else "at different times"
    yield from _each(view, "died", view.died, told, f"died {when}, each by its own path")


def _stalled(view: _Routes) -> Iterator[Diagnosis]:
    """A route that carried brings nothing, and its deadline has not come yet."""

    def told(route: RouteState) -> str:
        text = f"R{route.index} carries nothing for {route.stalled_s} s: {view.suspects(route)}"
        if not view.state.run_id:  # a stock server does not tell its deadline
            return text
        left_ns = (view.state.request.io_timeout_ns or _IO_TIMEOUT_NS) - route.stalled_for_ns
        return f"{text}, its deadline is in {max(left_ns, 0) // NS_PER_S} s"

    yield from _each(view, "stalled", view.stalled, told, "carry nothing, and have not failed yet")


def _not_set_up(view: _Routes) -> Iterator[Diagnosis]:
    """A route did not come up."""

    def told(route: RouteState) -> str:
        return f"R{route.index} was not set up: {_reason(route)}"

    yield from _each(view, "not-set-up", view.never_up, told, "were not set up")


def _fewer_paths(view: _Routes) -> Iterator[Diagnosis]:
    """The network has fewer disjoint paths than routes were asked for."""
    if view.without_path:
        asked = len(view.state.routes)
        paths = counted(asked - len(view.without_path), "disjoint path")
        left = _which(view.without_path)
        yield _plain(
            "fewer-paths", f"{paths} for {counted(asked, 'route')}: none left for {left}", view.without_path
        )


def _window_limited(view: _Routes) -> Iterator[Diagnosis]:
    """Routes wait for echoes and not for the path: one line for all that have the same window."""
    limited = [
        route for route in view.carrying if route.limited_by == "window" and _rate_bps(view, route) > 0
    ]
    by_window = groupby(sorted(limited, key=lambda route: route.window), lambda route: max(route.window, 1))
    for window, alike in by_window:
        routes = list(alike)
        kib = window * (view.state.request.packet_size_kb or DEFAULT_BLOCK_KIB)
        which = _which(routes)
        verb = "is window-limited" if len(routes) == 1 else f"are window-limited, R{routes[0].index}"
        text = f"{which} {verb} at {_window_figures(_rate_bps(view, routes[0]), kib)}: --window auto may carry more"
        yield _plain("window-limited", text, routes)


def _window_figures(rate_bps: float, in_flight_kib: int) -> str:
    """Return a rate and what it follows from: `1.1 Mbit/s (32 KiB / 238 ms)`."""
    round_trip_ns = round(in_flight_kib * _BYTES_PER_KIB * 8 * NS_PER_S / rate_bps)
    return f"{format_rate_bps(rate_bps)} ({in_flight_kib} KiB / {format_duration_ns(round_trip_ns)})"


def _cpu_limited(view: _Routes) -> Iterator[Diagnosis]:
    """A processor is busy, so the rates are a machine's and not the paths'."""
    for whose in ("source", "target"):
        routes = [route for route in view.carrying if route.limited_by == f"cpu_{whose}"]
        if routes:
            held = f"the {whose}'s processor holds {_which(routes)} back"
            yield _plain(f"cpu-{whose}", f"{held}: these are the machine's rates, not the paths'", routes)


_RULES: Final[tuple[Callable[[_Routes], Iterator[Diagnosis]], ...]] = (
    _none_set_up,
    _all_stopped_at_once,
    _shared_relay,
    _no_byte,
    _flapping,
    _died,
    _stalled,
    _not_set_up,
    _fewer_paths,
    _cpu_limited,
    _window_limited,
)


def _each(
    view: _Routes, kind: str, routes: Sequence[RouteState], told: Callable[[RouteState], str], many: str
) -> Iterator[Diagnosis]:
    """Yield a line for each route not explained yet, or one for all where there are too many to be read one by one."""
    left = view.unexplained(routes)
    if len(left) > _TOLD_ONE_BY_ONE:
        yield _fault(kind, f"{_which(left)} {many}{view.others}", left)
        return
    for route in left:
        yield _fault(kind, f"{told(route)}{view.others}", [route])


def _fault(kind: str, text: str, routes: Sequence[RouteState]) -> Diagnosis:
    return Diagnosis(kind, clean_line(text), Severity.FAULT, _indexes(routes))


def _indexes(routes: Iterable[RouteState]) -> tuple[int, ...]:
    return tuple(route.index for route in routes)


def _plain(kind: str, text: str, routes: Sequence[RouteState]) -> Diagnosis:
    return Diagnosis(kind, clean_line(text), Severity.PLAIN, _indexes(routes))


def _relays(route: RouteState) -> tuple[str, ...]:
    """Return the keys of the nodes between a route's ends."""
    return path_keys(route.hops)[1:-1]


def _which(routes: Sequence[RouteState]) -> str:
    """Return which routes, or how many where naming them would fill the line."""
    text = routes_text(_indexes(routes))
    return text if len(text) <= _WHICH_WIDTH else counted(len(routes), "route")


def _and(routes: Sequence[RouteState]) -> str:
    """Return two routes as `R1 and R3`, more as ranges."""
    indexes = _indexes(routes)
    return " and ".join(f"R{index}" for index in indexes) if len(indexes) == _SEVERAL else _which(routes)


def _listed(words: Sequence[str], conjunction: str) -> str:
    return f" {conjunction} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _deaths(routes: Iterable[RouteState]) -> list[int]:
    """Return when the routes stopped to carry, as far as that is known."""
    return [route.dead_since_ns for route in routes if route.dead_since_ns is not None]


def _span(instants_ns: Sequence[int]) -> int:
    return max(instants_ns, default=0) - min(instants_ns, default=0)


def _seconds(span_ns: int) -> str:
    """Return a short span in tenths of a second, as exact as events of one host can be compared."""
    return f"{max(span_ns / NS_PER_S, 0.1):.1f} s"


def _close_together(routes: Iterable[RouteState]) -> Iterator[list[RouteState]]:
    """Yield the groups of two or more that died within `TOGETHER_NS` of the first of them."""
    group: list[RouteState] = []
    known = (route for route in routes if route.dead_since_ns is not None)
    for route in sorted(known, key=lambda route: (route.dead_since_ns or 0, route.index)):
        if group and (route.dead_since_ns or 0) - (group[0].dead_since_ns or 0) > TOGETHER_NS:
            if len(group) > 1:
                yield group
            group = []
        group.append(route)
    if len(group) > 1:
        yield group


def _without_byte(routes: Iterable[RouteState]) -> str:
    """Return how long routes have been up without a byte, once that is seconds."""
    seconds = max(_silence_ns(route) for route in routes) // NS_PER_S
    return f"no byte in {seconds} s" if seconds else "no byte"


def _silence_ns(route: RouteState) -> int:
    """Return how long a route has been up without a byte."""
    if route.status is RouteStatus.STALLED:
        return route.stalled_for_ns
    latest = route.attempts[-1] if route.attempts else None
    if latest is None or latest.established_ns is None or latest.ended_ns is None:
        return 0
    return max(latest.ended_ns - latest.established_ns, 0)


def _failures(route: RouteState) -> int:
    return sum(bool(attempt.error) for attempt in route.attempts)


def _reason(route: RouteState) -> str:
    return shorten_keys(route.last_error) or "no reason given"


def _others(carrying: Sequence[RouteState], count: int) -> str:
    """Return what routes that go on say of the ends, which they share with those that do not."""
    if not carrying:
        return ""
    which = "the others go" if len(carrying) == count - 1 > 1 else f"{_which(carrying)} go"
    return f"; {which}{'es' if len(carrying) == 1 else ''} on, so neither end is at fault"


def _rate_bps(view: _Routes, route: RouteState) -> float:
    """Return the rate that the route has, or had while it carried once the run is over."""
    return route.recv_bps or view.state.series.mean_receive_bps(route.index) or 0.0
