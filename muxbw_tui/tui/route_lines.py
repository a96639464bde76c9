"""What a route's line in the table says, as plain data.

Owns which columns fit a width and the sentence under a route in trouble; titles, widths and texts of the columns come
from `run.columns`. Pure: no widget, no colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from muxbw_tui.run.columns import COLUMN_BY_ID, COLUMNS, Column
from muxbw_tui.run.names import ARROW, node_name, path_keys, shorten_keys
from muxbw_tui.run.state import RouteState, RouteStatus, RunState
from muxbw_tui.tui.spans import Span, fit
from muxbw_tui.units import NS_PER_S, format_volume_bytes

# Dropped from the end where the width does not reach. Up to `failed` they are what 80 columns must hold.
_BY_IMPORTANCE: Final = (
    *("index", "state", "path", "receive_rate", "received", "established", "failed"),
    *("send_rate", "sent", "elapsed", "setup", "share", "attempts", "carrier", "error"),
)
_PATH_LEAST: Final = 16
_PATH_MOST: Final = 48
_MARGIN: Final = 2
_GAP: Final = 1
_PATH: Final = COLUMN_BY_ID["path"]

ROLE_BY_STATUS: Final = {
    RouteStatus.SETUP_FAILED: "failed",
    RouteStatus.DEAD_ON_ARRIVAL: "failed",
    RouteStatus.DIED: "failed",
    RouteStatus.STALLED: "stalled",
    RouteStatus.PENDING: "waiting",
    RouteStatus.SETTING_UP: "waiting",
    RouteStatus.READY: "ready",
    RouteStatus.PUMPING: "pumping",
    RouteStatus.RESTARTING: "restarting",
    RouteStatus.STANDBY: "waiting",
    RouteStatus.STOPPED: "stopped",
    RouteStatus.FINISHED: "finished",
}

_WITH_REASON: Final = frozenset(
    {
        RouteStatus.SETUP_FAILED,
        RouteStatus.DEAD_ON_ARRIVAL,
        RouteStatus.DIED,
        RouteStatus.STALLED,
        RouteStatus.RESTARTING,
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that fit, each with its width, in the order of the registry."""

    columns: tuple[tuple[Column, int], ...]

    @property
    def has_error(self) -> bool:
        """Whether errors stand in the rows, so that no line under a row is needed."""
        return any(column.id == "error" for column, _width in self.columns)


@lru_cache(maxsize=16)
def layout_for(width: int) -> Layout:
    """Return the columns that `width` cells can hold; what is left over goes to the path, then to the error."""
    left = width - _MARGIN
    chosen: set[str] = set()
    for column_id in _BY_IMPORTANCE:
        needed = _least(COLUMN_BY_ID[column_id]) + (_GAP if chosen else 0)
        if needed > left:
            break
        chosen.add(column_id)
        left -= needed
    extra_path = min(left, _PATH_MOST - _PATH_LEAST)
    extra = {"path": extra_path, "error": left - extra_path}
    columns = [column for column in COLUMNS if column.id in chosen]
    return Layout(tuple((column, _least(column) + extra.get(column.id, 0)) for column in columns))


def header_spans(layout: Layout) -> list[Span]:
    """Return the line of titles."""
    spans = [Span(" " * (_MARGIN - _GAP), "header")]
    for column, width in layout.columns:
        spans += [Span(" " * _GAP), Span(fit(column.title, width, column.align), "header")]
    return spans


def route_spans(route: RouteState, state: RunState, layout: Layout, *, selected: bool) -> list[Span]:
    """Return a route's row. The cursor is a mark as well as a colour."""
    spans = [Span("▌" if selected else " ", "mark"), Span(" ")]
    for position, (column, width) in enumerate(layout.columns):
        if position:
            spans.append(Span(" " * _GAP))
        text = _path(route, state, width) if column is _PATH else column.text(route, state)
        spans.append(Span(fit(text, width, column.align), _role(column, route)))
    return spans


def reason_spans(route: RouteState, layout: Layout, *, selected: bool, can_restart: bool) -> list[Span]:
    """Return the line under a route in trouble: what happened, and what can be done."""
    _index, index_width = layout.columns[0]
    indent = " " * (_MARGIN - 1 + index_width + _GAP)
    text = reason(route, can_restart=can_restart and selected)
    role = "reason" if route.failed else "caution"
    return [Span("▌" if selected else " ", "mark"), Span(f"{indent}└ {text}", role)]


def reason(route: RouteState, *, can_restart: bool) -> str:
    """Return why a route carries nothing, in one line; empty for one that is in no trouble."""
    volume, error = format_volume_bytes(route.bytes_received), shorten_keys(route.last_error)
    match route.status:
        case RouteStatus.SETUP_FAILED:
            parts = [error, "no connection came up"]
        case RouteStatus.DEAD_ON_ARRIVAL | RouteStatus.DIED:
            parts = [error, f"after {volume}"]
        case RouteStatus.STALLED:
            parts = [
                f"no byte for {route.stalled_for_ns // NS_PER_S} s",
                "no error so far",
                f"after {volume}",
            ]
        case RouteStatus.RESTARTING:
            return " · ".join(["setting up again", *([f"after: {error}"] if error else [])])
        case _:
            return ""
    return " · ".join([*filter(None, parts), *(["r restarts"] if can_restart else [])])


def has_reason(route: RouteState) -> bool:
    """Whether a line under the route is called for."""
    return route.status in _WITH_REASON


def _least(column: Column) -> int:
    return _PATH_LEAST if column is _PATH else column.width


def _role(column: Column, route: RouteState) -> str:
    """Return the role of a cell: the state and what is wrong stand out, what cannot be had steps back."""
    match column.id:
        case "state":
            return ROLE_BY_STATUS[route.status]
        case "error":
            return "reason" if route.failed else "muted"
        case "failed":
            return "reason" if route.failed else "muted"
        case "index" | "path" | "receive_rate" | "received" | "established":
            return "text"
        case _:
            return "muted"


def _path(route: RouteState, state: RunState, width: int) -> str:
    """Return the path; where it does not fit, the nodes between, since the ends are every route's."""
    whole = _PATH.text(route, state)
    if cell_len(whole) <= width:
        return whole
    between = path_keys(route.hops)[1:-1]
    if not between:
        return whole
    return ARROW + ARROW.join(node_name(key, state.node_names) for key in between) + ARROW
