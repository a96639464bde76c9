"""The columns of the route table, once: the screen, the summary and the CSV all take them from here.

A column has a text for people and a raw value for sorting and files. A number that cannot be had is a dash
for people and None for machines, never 0. Statuses are a glyph and a word here; colours are the screen's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from muxbw_tui.run.names import ARROW, path_keys, path_text, shorten_keys
from muxbw_tui.run.state import CARRIER_LIMIT, RouteState, RouteStatus, RunState
from muxbw_tui.run.text import clean_line
from muxbw_tui.units import format_clock_ns, format_duration_ns, format_volume_bytes, mbps

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_AVAILABLE = "–"  # a minus sign would read as the beginning of a number
RawValue = str | int | float | bool | None
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
    RouteStatus.FINISHED: "✓",
}
_FLOWING = frozenset({RouteStatus.PUMPING, RouteStatus.STALLED})
_PUMPED = _FLOWING | {RouteStatus.DIED, RouteStatus.DEAD_ON_ARRIVAL}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the route table.

    Attributes:
        id: stable name; with the unit it is the header in the CSV.
        title: the header on the screen, with the unit of the text where the cells do not carry theirs.
        width: cells that the text needs; a path or an error may be longer and is cut by whoever shows it.
        unit: of the raw value; empty where it has none.
        meaning: one sentence for the help.
        text: the cell for people.
        raw: the value for sorting and files; None where it cannot be had.
    """

    id: str
    title: str
    width: int
    align: Literal["left", "right"]
    unit: str
    meaning: str
    text: Callable[[RouteState, RunState], str]
    raw: Callable[[RouteState, RunState], RawValue]

    @property
    def header(self) -> str:
        """The column's name in files: the id, and the unit of its raw values."""
        return f"{self.id}_{self.unit}" if self.unit else self.id


def status_text(route: RouteState) -> str:
    """Return a route's condition as glyph and word: `● pumping`, `◌ stalled 4s`, `↻ restarting #2`."""
    text = f"{GLYPHS[route.status]} {route.status.value}"
    if route.status is RouteStatus.STALLED:
        return f"{text} {route.stalled_s}s"
    if route.status is RouteStatus.RESTARTING and route.attempts:
        return f"{text} #{route.attempts[-1].number}"
    return text


def error_text(route: RouteState) -> str:
    """Return the last error, keys in it shortened; one that a restart has mended is marked as past."""
    error = shorten_keys(route.last_error)
    return f"earlier: {error}" if error and route.established and not route.failed else error


def attempt_number(route: RouteState) -> int | None:
    """Return how many set-ups the route has had, the one under way included; None before the first."""
    return route.attempts[-1].number if route.attempts else None


def carrier_text(route: RouteState) -> str:
    """Return the kinds of transport along the path, each once, in order: `sudph+stcpr`."""
    kinds = dict.fromkeys(clean_line(hop.tp_type, limit=CARRIER_LIMIT) for hop in route.hops)
    return "+".join(filter(None, kinds)) or route.carrier


def has_counters(route: RouteState, run: RunState) -> bool:
    """Whether bytes of the route were counted: not by an older visor, and not on a route that was never up."""
    if not (run.has_legs or route.failed):
        return False
    was_up = any(attempt.established_ns is not None for attempt in route.attempts)
    return was_up or route.status in _PUMPED or route.bytes_sent > 0


def _flag(flag: Callable[[RouteState], bool]) -> Callable[[RouteState, RunState], str]:
    return lambda route, _run: "✓" if flag(route) else "·"


def _setup_ns(route: RouteState, _run: RunState) -> int | None:
    return route.setup_latency_ns if route.setup_latency_ns > 0 else None


def _sent_bytes(route: RouteState, run: RunState) -> int | None:
    return route.bytes_sent if has_counters(route, run) else None


def _received_bytes(route: RouteState, run: RunState) -> int | None:
    return route.bytes_received if has_counters(route, run) else None


def _send_bps(route: RouteState, run: RunState) -> float | None:
    return route.send_bps if run.has_legs and route.status in _FLOWING else None


def _recv_bps(route: RouteState, run: RunState) -> float | None:
    return route.recv_bps if run.has_legs and route.status in _FLOWING else None


def _share(route: RouteState, run: RunState) -> float | None:
    return route.share if run.has_legs and route.status in _FLOWING else None


def _elapsed_ns(route: RouteState, _run: RunState) -> int | None:
    return route.elapsed_ns if route.elapsed_ns > 0 else None


def _attempts(route: RouteState, _run: RunState) -> int | None:
    return attempt_number(route)


def _percent(ratio: float) -> str:
    """Write a share; below 1 % with a decimal, or hundreds of routes would all have 0 %."""
    percent = ratio * 100
    return f"{percent:.1f} %" if 0 < percent < 1 else f"{percent:.0f} %"


def _text_of(
    value: Callable[[RouteState, RunState], Number | None], write: Callable[[Number], str]
) -> Callable[[RouteState, RunState], str]:
    """Return the cell's function: the value as written, or that it cannot be had."""

    def text(route: RouteState, run: RunState) -> str:
        known = value(route, run)
        return NOT_AVAILABLE if known is None else write(known)

    return text


COLUMNS: tuple[Column, ...] = (
    Column(
        "index",
        "#",
        4,
        "right",
        "",
        "The route's index; errors name it as #index.",
        lambda route, _run: str(route.index),
        lambda route, _run: route.index,
    ),
    Column(
        "state",
        "State",
        17,
        "left",
        "",
        "What the route does, or how it failed.",
        lambda route, _run: status_text(route),
        lambda route, _run: route.status.value,
    ),
    Column(
        "established",
        "Est",
        3,
        "left",
        "",
        "A set-up succeeded and no failure came since.",
        _flag(lambda route: route.established),
        lambda route, _run: route.established,
    ),
    Column(
        "failed",
        "Fail",
        4,
        "left",
        "",
        "The latest set-up or pump ended in failure.",
        _flag(lambda route: route.failed),
        lambda route, _run: route.failed,
    ),
    Column(
        "path",
        "Path",
        26,
        "left",
        "",
        "The nodes from source to target, by name or short key.",
        lambda route, run: path_text(route.hops, run.node_names) or NOT_AVAILABLE,
        lambda route, _run: ARROW.join(path_keys(route.hops)) or None,
    ),
    Column(
        "carrier",
        "Carrier",
        11,
        "left",
        "",
        "The kinds of transport along the path.",
        lambda route, _run: carrier_text(route) or NOT_AVAILABLE,
        lambda route, _run: carrier_text(route) or None,
    ),
    Column(
        "setup",
        "Setup",
        8,
        "right",
        "ns",
        "How long the latest set-up took.",
        _text_of(_setup_ns, format_duration_ns),
        _setup_ns,
    ),
    Column(
        "sent",
        "Sent",
        10,
        "right",
        "bytes",
        "Sent since pump start, in blocks whose echo came back.",
        _text_of(_sent_bytes, format_volume_bytes),
        _sent_bytes,
    ),
    Column(
        "received",
        "Recv",
        10,
        "right",
        "bytes",
        "Received since pump start, in blocks that came back intact.",
        _text_of(_received_bytes, format_volume_bytes),
        _received_bytes,
    ),
    Column(
        "send_rate",
        "↑ Mbit/s",
        8,
        "right",
        "bps",
        "Sent over the latest sample's interval.",
        _text_of(_send_bps, lambda rate_bps: f"{mbps(rate_bps):.1f}"),
        _send_bps,
    ),
    Column(
        "receive_rate",
        "↓ Mbit/s",
        8,
        "right",
        "bps",
        "Received over the latest sample's interval.",
        _text_of(_recv_bps, lambda rate_bps: f"{mbps(rate_bps):.1f}"),
        _recv_bps,
    ),
    Column(
        "share",
        "Share",
        5,
        "right",
        "ratio",
        "This route's part of what all routes receive.",
        _text_of(_share, _percent),
        _share,
    ),
    Column(
        "elapsed",
        "Elapsed",
        7,
        "right",
        "ns",
        "Time since pump start; frozen where the route failed.",
        _text_of(_elapsed_ns, format_clock_ns),
        _elapsed_ns,
    ),
    Column(
        "attempts",
        "Tries",
        5,
        "right",
        "",
        "Set-ups so far, the one under way included.",
        _text_of(_attempts, str),
        _attempts,
    ),
    Column(
        "error",
        "Last error",
        40,
        "left",
        "",
        "Why the latest set-up or pump failed.",
        lambda route, _run: error_text(route),
        lambda route, _run: route.last_error or None,
    ),
)
COLUMN_BY_ID: dict[str, Column] = {column.id: column for column in COLUMNS}
