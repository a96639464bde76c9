"""What a route's line in the table says, as plain data.

Owns which columns fit a width and the sentence under a route in trouble; titles, widths and texts of the columns come
from `run.columns`. Pure: no widget, no colour.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

from muxbw_tui.run.columns import COLUMN_BY_ID, Column
from muxbw_tui.run.filters import AT_FAULT
from muxbw_tui.run.names import shorten_keys
from muxbw_tui.run.routes import carried_bytes
from muxbw_tui.run.state import RouteState, RouteStatus, RunState
from muxbw_tui.tui.spans import Span, fit
from muxbw_tui.units import format_volume_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# What 80 columns must hold, and what comes once paths of usual length are whole; dropped from the end.
_ESSENTIAL: Final = ("index", "state", "path", "receive_rate", "received", "established", "failed")
_FURTHER: Final = (
    *("send_rate", "history", "share", "elapsed", "sent", "setup", "attempts", "carrier", "limited_by"),
    *("block_rtt", "dead_time", "error"),
)
_AUTOMATIC_ORDER: Final = tuple(name for name in COLUMN_BY_ID if name in {*_ESSENTIAL, *_FURTHER})
_INDEX_LEAST: Final = 2
_PATH_LEAST: Final = 16
_PATH_USUAL: Final = 29  # three short keys
_PATH_MOST: Final = 48
_MARGIN: Final = 2
_GAP_TEXT: Final = " "
_GAP: Final = len(_GAP_TEXT)
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
    RouteStatus.NOT_SET_UP: "stopped",
    RouteStatus.FINISHED: "finished",
}
_PLAIN_ROLES: Final = {
    "index": "text",
    "path": "text",
    "receive_rate": "text",
    "received": "text",
    "established": "text",
    "history": "bars",
    "share": "bars",
}


_FILLED: Final = frozenset({"failed", "stalled"})  # roles with a background of their own
_GOES_ON: Final = frozenset({"ready", "pumping", "restarting", "bars"})  # roles that claim something of now


class Layout(NamedTuple):
    """The columns of a line.

    Attributes:
        columns: those that fit, but at least one, each with its width, in the order in which they are shown.
        left_out: how many of those that were asked for do not fit.
    """

    columns: tuple[tuple[Column, int], ...]
    left_out: int = 0

    @property
    def has_error(self) -> bool:
        """Whether errors stand in the rows, so that no line under a row is needed."""
        return any(column.id == "error" for column, _width in self.columns)

    def column_at(self, x: int) -> Column | None:
        """Return the column whose cells, or the gap before them, are at `x` of a line."""
        start = _MARGIN - _GAP
        for column, width in self.columns:
            if start <= x < start + _GAP + width:
                return column
            start += _GAP + width
        return None


@lru_cache(maxsize=16)
def layout_for(
    width: int, *, longest_path: int = 0, last_index: int = 0, chosen: tuple[str, ...] = ()
) -> Layout:
    """Return the columns that `width` cells can hold; what is left over goes to the path, then to the error.

    Args:
        width: cells of a line.
        longest_path: cells of the longest path of the run, written from end to end.
        last_index: the highest index of a route.
        chosen: ids of the columns in their order, of which the last are left out first; none for those that say most.
    """
    width_by_id = {name: column.width for name, column in COLUMN_BY_ID.items()}
    width_by_id |= {"index": max(len(str(last_index)), _INDEX_LEAST), "path": _PATH_LEAST}
    left = width - _MARGIN + _GAP
    more_path = max(min(longest_path, _PATH_USUAL) - _PATH_LEAST, 0)
    if chosen:
        shown, left = _fitting(chosen, width_by_id, left)
    else:
        fitting, left = _fitting(_ESSENTIAL, width_by_id, left)
        if len(fitting) == len(_ESSENTIAL) and left >= more_path:
            further, left = _fitting(_FURTHER, width_by_id, left - more_path)
            fitting += further
            left += more_path
        shown = [name for name in _AUTOMATIC_ORDER if name in fitting]
    shown = shown or [*chosen, *_ESSENTIAL][:1]
    left = max(left, 0)
    path_gets = min(left, _PATH_MOST - _PATH_LEAST) if "path" in shown else 0
    width_by_id["path"] += path_gets
    width_by_id["error"] += left - path_gets
    columns = tuple((COLUMN_BY_ID[name], width_by_id[name]) for name in shown)
    return Layout(columns, left_out=max(len(chosen) - len(shown), 0))


def _fitting(column_ids: Sequence[str], width_by_id: Mapping[str, int], left: int) -> tuple[list[str], int]:
    """Return the first of the columns, as many as fit into `left` cells, and the cells that remain."""
    chosen = []
    for column_id in column_ids:
        needed = width_by_id[column_id] + _GAP
        if needed > left:
            break
        chosen.append(column_id)
        left -= needed
    return chosen, left


def header_spans(layout: Layout, *, sort: str) -> list[Span]:
    """Return the line of titles; that of the column which rows are sorted by stands out."""
    spans = [Span(" " * (_MARGIN - _GAP), "header")]
    for column, width in layout.columns:
        before, title, after = fit(column.title, width, column.align).partition(column.title)
        role = "sorted" if column.id == sort else "header"
        spans += [Span(_GAP_TEXT + before, "header"), Span(title, role), Span(after, "header")]
    return spans


def route_spans(route: RouteState, state: RunState, layout: Layout, *, selected: bool) -> list[Span]:
    """Return a route's row, neighbours of one role as one span. The cursor is a mark as well as a colour."""
    spans = [Span("▌" if selected else " ", "mark")]
    text, role = " " * (_MARGIN - _GAP - 1), "text"
    for column, width in layout.columns:
        cell, cell_role = fit(column.cell(route, state, width), width, column.align), _role(column.id, route)
        if cell_role == role:
            text += _GAP_TEXT + cell
        elif cell_role in _FILLED:
            spans.append(Span(text + _GAP_TEXT, role))
            text, role = cell, cell_role
        else:
            spans.append(Span(text, role))
            text, role = _GAP_TEXT + cell, cell_role
    spans.append(Span(text, role))
    return spans


def stepped_back(spans: Iterable[Span]) -> list[Span]:
    """Return a line of what was last seen: a fault was one, but what went on may no longer do so."""
    return [Span(span.text, "muted") if span.role in _GOES_ON else span for span in spans]


def reason_spans(route: RouteState, layout: Layout, *, selected: bool, restart_key: str) -> list[Span]:
    """Return the line under a route in trouble: what happened, and under the cursor what can be done."""
    first, first_width = layout.columns[0]
    indent = " " * (_MARGIN - 1 + (first_width + _GAP if first.id == "index" else 0))
    text = reason(route, restart_key=restart_key if selected else "")
    role = "reason" if route.failed else "caution"
    return [Span("▌" if selected else " ", "mark"), Span(f"{indent}└ {text}", role)]


def reason(route: RouteState, *, restart_key: str) -> str:
    """Return why a route carries nothing, in one line; empty for one that is in no trouble.

    Args:
        route: the route.
        restart_key: how the key that sets it up again is written; empty where it cannot be.
    """
    volume, error = format_volume_bytes(carried_bytes(route)), shorten_keys(route.last_error)
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
    return " · ".join([*filter(None, parts), *([f"{restart_key} restarts"] if restart_key else [])])


def has_reason(route: RouteState) -> bool:
    """Whether a line under the route is called for."""
    return route.status in AT_FAULT


def _role(column_id: str, route: RouteState) -> str:
    """Return the role of a cell: the state and what is wrong stand out, what cannot be had steps back."""
    match column_id:
        case "state":
            return ROLE_BY_STATUS[route.status]
        case "error" | "failed":
            return "reason" if route.failed else "muted"
        case _:
            return _PLAIN_ROLES.get(column_id, "muted")


def path_cells(route: RouteState, state: RunState) -> int:
    """Return how many cells the route's path takes, written from end to end."""
    return cell_len(_PATH.text(route, state))
