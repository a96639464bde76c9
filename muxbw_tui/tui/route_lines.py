"""What a route's line in the table says, as plain data.

Owns which columns fit a width and the sentence under a route in trouble; titles, widths and texts of the columns come
from `run.columns`. Pure: no widget, no colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from muxbw_tui.run.columns import COLUMN_BY_ID, COLUMNS, Column
from muxbw_tui.run.names import shorten_keys, shorter_path
from muxbw_tui.run.state import RouteState, RouteStatus, RunState
from muxbw_tui.tui.spans import Span, fit
from muxbw_tui.units import format_volume_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

# What 80 columns must hold, and what comes once paths of usual length are whole; dropped from the end.
_ESSENTIAL: Final = ("index", "state", "path", "receive_rate", "received", "established", "failed")
_FURTHER: Final = ("send_rate", "sent", "elapsed", "setup", "share", "attempts", "carrier", "error")
_INDEX_LEAST: Final = 2
_PATH_LEAST: Final = 16
_PATH_USUAL: Final = 29  # three short keys
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
def layout_for(width: int, *, longest_path: int = 0, last_index: int = 0) -> Layout:
    """Return the columns that `width` cells can hold; what is left over goes to the path, then to the error.

    Args:
        width: cells of a line.
        longest_path: cells of the longest path of the run, written from end to end.
        last_index: the highest index of a route.
    """
    width_by_id = {column.id: column.width for column in COLUMNS}
    width_by_id |= {"index": max(len(str(last_index)), _INDEX_LEAST), "path": _PATH_LEAST}
    chosen, left = _fitting(_ESSENTIAL, width_by_id, width - _MARGIN + _GAP)
    more_path = max(min(longest_path, _PATH_USUAL) - _PATH_LEAST, 0)
    if len(chosen) == len(_ESSENTIAL) and left >= more_path:
        further, left = _fitting(_FURTHER, width_by_id, left - more_path)
        chosen += further
        left += more_path
    more_path = min(left, _PATH_MOST - _PATH_LEAST)
    width_by_id["path"] += more_path
    width_by_id["error"] += left - more_path
    return Layout(tuple((column, width_by_id[column.id]) for column in COLUMNS if column.id in chosen))


def _fitting(column_ids: tuple[str, ...], width_by_id: Mapping[str, int], left: int) -> tuple[list[str], int]:
    """Return the first of the columns, as many as fit into `left` cells, and the cells that remain."""
    chosen = []
    for column_id in column_ids:
        needed = width_by_id[column_id] + _GAP
        if needed > left:
            break
        chosen.append(column_id)
        left -= needed
    return chosen, left


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
                f"no byte for {route.stalled_s} s",
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


def path_cells(route: RouteState, state: RunState) -> int:
    """Return how many cells the route's path takes, written from end to end."""
    return cell_len(_PATH.text(route, state))


def _path(route: RouteState, state: RunState, width: int) -> str:
    """Return the path; where it does not fit, the nodes between, since the ends are every route's."""
    return shorter_path(_PATH.text(route, state), width)
