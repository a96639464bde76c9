"""What the cells of the route table say: the value of each figure of a route, and its text for people.

Values are raw, in the unit that the registry (`columns.py`) names; None where one cannot be had, which people see as
a dash and never as 0. Statuses are a glyph and a word here; colours are the screen's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from muxbw_tui.bounds import DEFAULT_BLOCK_KIB
from muxbw_tui.run.bars import bar
from muxbw_tui.run.names import ARROW, path_keys, path_text, shorten_keys
from muxbw_tui.run.routes import dead_time_ns
from muxbw_tui.run.state import CARRIER_LIMIT, IN_PUMP_STATUSES, RouteState, RouteStatus, RunState
from muxbw_tui.run.text import clean_line
from muxbw_tui.units import KIB, NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_AVAILABLE = "–"  # a minus sign would read as the beginning of a number
SHARE_WIDTH: Final = 11
_SHARE_TEXT_WIDTH: Final = 5
Number = TypeVar("Number", int, float)

GLYPHS: dict[RouteStatus, str] = {
    RouteStatus.SETUP_FAILED: "✗",
    RouteStatus.DEAD_ON_ARRIVAL: "∅",
    RouteStatus.DIED: "✗",
    RouteStatus.STALLED: "◌",
    RouteStatus.PENDING: "○",
    RouteStatus.SETTING_UP: "◔",
    RouteStatus.READY: "●",
    RouteStatus.PUMPING: "●",
    RouteStatus.RESTARTING: "↻",
    RouteStatus.STANDBY: "◇",
    RouteStatus.STOPPED: "■",
    RouteStatus.NOT_SET_UP: "□",
    RouteStatus.FINISHED: "✓",
}
_PUMPED = IN_PUMP_STATUSES | {RouteStatus.DIED, RouteStatus.DEAD_ON_ARRIVAL}
_WORST_FIRST: Final = {status: position for position, status in enumerate(RouteStatus)}


def status_text(route: RouteState) -> str:
    """Return a route's condition as glyph and word: `● pumping`, `◌ stalled 4s`, `↻ restarting #2`."""
    text = f"{GLYPHS[route.status]} {route.status.value}"
    if route.status is RouteStatus.STALLED:
        return f"{text} {route.stalled_s}s"
    if route.status is RouteStatus.RESTARTING and route.attempts:
        return f"{text} #{route.attempts[-1].number}"
    return text


def status_rank(route: RouteState, _run: RunState) -> int:
    """Return the place of a route's condition among all: what failed comes first, what is well last."""
    return _WORST_FIRST[route.status]


def error_text(route: RouteState) -> str:
    """Return the last error, keys in it shortened; one that a restart has mended is marked as past."""
    error = shorten_keys(route.last_error)
    return f"earlier: {error}" if error and route.established and not route.failed else error


def attempt_number(route: RouteState, _run: RunState | None = None) -> int | None:
    """Return how many set-ups the route has had, the one under way included; None before the first."""
    return route.attempts[-1].number if route.attempts else None


def carrier_text(route: RouteState) -> str:
    """Return the kinds of transport along the path, each once, in order: `sudph+stcpr`."""
    kinds = dict.fromkeys(clean_line(hop.tp_type, limit=CARRIER_LIMIT) for hop in route.hops)
    return "+".join(filter(None, kinds)) or route.carrier


def path_of_names(route: RouteState, run: RunState) -> str:
    """Return the path by the names of its nodes, or a dash."""
    return path_text(route.hops, run.node_names) or NOT_AVAILABLE


def path_of_keys(route: RouteState, _run: RunState) -> str | None:
    """Return the path by the whole keys of its nodes."""
    return ARROW.join(path_keys(route.hops)) or None


def has_counters(route: RouteState, run: RunState) -> bool:
    """Whether bytes of the route were counted: not by an older visor, and not on a route that was never up."""
    if not (run.has_legs or route.failed):
        return False
    was_up = any(attempt.established_ns is not None for attempt in route.attempts)
    return was_up or route.status in _PUMPED or route.bytes_sent > 0


def setup_ns(route: RouteState, _run: RunState) -> int | None:
    """Return how long the latest set-up took."""
    return route.setup_latency_ns if route.setup_latency_ns > 0 else None


def sent_bytes(route: RouteState, run: RunState) -> int | None:
    """Return what was sent since pump start, in blocks whose echo came back."""
    return route.bytes_sent if has_counters(route, run) else None


def received_bytes(route: RouteState, run: RunState) -> int | None:
    """Return what was received since pump start, in blocks that came back intact."""
    return route.bytes_received if has_counters(route, run) else None


def send_bps(route: RouteState, run: RunState) -> float | None:
    """Return the rate over the latest sample's interval."""
    return route.send_bps if run.has_legs and route.status in IN_PUMP_STATUSES else None


def receive_bps(route: RouteState, run: RunState) -> float | None:
    """Return the rate over the latest sample's interval."""
    return route.recv_bps if run.has_legs and route.status in IN_PUMP_STATUSES else None


def average_bps(route: RouteState, run: RunState) -> float | None:
    """Return what was received over the whole pump, dead time included, so that the routes' averages add up."""
    if run.pump_elapsed_ns <= 0 or not has_counters(route, run):
        return None
    return route.bytes_received * 8 * NS_PER_S / run.pump_elapsed_ns


def share_ratio(route: RouteState, run: RunState) -> float | None:
    """Return the route's part of what all routes receive, 0 to 1."""
    return route.share if run.has_legs and route.status in IN_PUMP_STATUSES else None


def elapsed_ns(route: RouteState, _run: RunState) -> int | None:
    """Return the time since pump start, frozen where the route failed."""
    return route.elapsed_ns if route.elapsed_ns > 0 else None


def dead_ns(route: RouteState, run: RunState) -> int | None:
    """Return how long the route has carried nothing between its failures and what mended them, or until now."""
    return dead_time_ns(route, run) if route.attempts else None


def round_trip_ns(route: RouteState, _run: RunState) -> int | None:
    """Return the latest round trip on the route's own connection, or what the server reports where it probes none."""
    return route.round_trip_ns or route.latency_ms * NS_PER_MS or None


def block_round_trip_ns(route: RouteState, run: RunState) -> int | None:
    """Return how long a block takes there and back: what is in flight, over the rate at which it comes back."""
    rate_bps = receive_bps(route, run)
    if not route.window or not rate_bps:
        return None
    block_kib = run.request.packet_size_kb or DEFAULT_BLOCK_KIB
    return round(route.window * block_kib * KIB * 8 * NS_PER_S / rate_bps)


def window_blocks(route: RouteState, _run: RunState) -> int | None:
    """Return how many blocks are in flight at once."""
    return route.window or None


def limit_text(route: RouteState) -> str:
    """Return what holds the route back: `window`, `cpu source`; empty while that is not known."""
    return route.limited_by.replace("_", " ")


def share_text(route: RouteState, run: RunState) -> str:
    """Return the share; below 1 % with a decimal, or hundreds of routes would all have 0 %."""
    ratio = share_ratio(route, run)
    if ratio is None:
        return NOT_AVAILABLE
    percent = ratio * 100
    return f"{percent:.1f} %" if 0 < percent < 1 else f"{percent:.0f} %"


def share_bar(route: RouteState, run: RunState, width: int) -> str:
    """Return the share as a bar that would be full if the route carried everything, and as its text."""
    text, bar_width = share_text(route, run), width - _SHARE_TEXT_WIDTH - 1
    ratio = share_ratio(route, run)
    if bar_width < 1 or ratio is None:
        return text
    return f"{bar(ratio, bar_width)} {text:>{_SHARE_TEXT_WIDTH}}"


def flag(is_set: Callable[[RouteState], bool]) -> Callable[[RouteState, RunState], str]:
    """Return the text of a flag: a tick, or a dot."""
    return lambda route, _run: "✓" if is_set(route) else "·"


def text_of(
    value: Callable[[RouteState, RunState], Number | None], write: Callable[[Number], str]
) -> Callable[[RouteState, RunState], str]:
    """Return the text of a figure: the value as written, or that it cannot be had."""

    def text(route: RouteState, run: RunState) -> str:
        known = value(route, run)
        return NOT_AVAILABLE if known is None else write(known)

    return text
