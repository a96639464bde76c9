"""The columns of the route table, once: the screen, the summary, CSV, JSON and `--columns` all take them from here.

A column has a text for people and a raw value for files and sorting; `cells.py` and `history.py` say what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from muxbw_tui.run import cells, history
from muxbw_tui.run.names import shorter_path
from muxbw_tui.run.state import RouteState, RunState
from muxbw_tui.units import format_clock_ns, format_duration_ns, format_rate_bps, format_volume_bytes, mbps

if TYPE_CHECKING:
    from collections.abc import Iterable

RawValue = str | int | float | bool | None
Text = Callable[[RouteState, RunState], str]
Value = Callable[[RouteState, RunState], RawValue]
Drawing = Callable[[RouteState, RunState, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the route table.

    Attributes:
        id: stable name; with the unit it is the header in files.
        title: the header on the screen, with the unit of the text where the cells do not carry theirs.
        width: cells that the text needs; a path or an error may be longer and is cut by whoever shows it.
        meaning: one sentence for the help.
        text: the cell for people.
        raw: the value for files; None where it cannot be had.
        unit: of the raw value; empty where it has none.
        sort_value: what rows are sorted by, where that is not the raw value.
        largest_first: how rows are sorted when the column is first asked for.
        drawing: the cell in a given width, where that is more than the text cut or filled.
    """

    id: str
    title: str
    width: int
    meaning: str
    text: Text
    raw: Value
    align: Literal["left", "right"] = "right"
    unit: str = ""
    sort_value: Value | None = None
    largest_first: bool = False
    drawing: Drawing | None = None

    @property
    def header(self) -> str:
        """The column's name in files: the id, and the unit of its raw values."""
        return f"{self.id}_{self.unit}" if self.unit else self.id

    def cell(self, route: RouteState, run: RunState, width: int) -> str:
        """Return the cell for people as it is best said in so many cells; it may still have to be cut."""
        return self.text(route, run) if self.drawing is None else self.drawing(route, run, width)


def in_order(
    routes: Iterable[RouteState], run: RunState, column: Column, *, descending: bool
) -> list[RouteState]:
    """Return the routes sorted by a column: numbers as numbers, equals as they were, unknown ones always last."""
    value_of = column.sort_value or column.raw
    known: list[tuple[tuple[float, str], RouteState]] = []
    unknown = []
    for route in routes:
        value = value_of(route, run)
        if value is None:
            unknown.append(route)
        else:
            key = (0.0, value.casefold()) if isinstance(value, str) else (float(value), "")
            known.append((key, route))
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [route for _key, route in known] + unknown


def _rate_text(rate_bps: float) -> str:
    return f"{mbps(rate_bps):.1f}"


COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        id="index",
        title="#",
        width=4,
        meaning="The route's index; errors name it as #index.",
        text=lambda route, _run: str(route.index),
        raw=lambda route, _run: route.index,
    ),
    Column(
        id="state",
        title="State",
        width=17,
        meaning="What the route does, or how it failed.",
        align="left",
        text=lambda route, _run: cells.status_text(route),
        raw=lambda route, _run: route.status.value,
        sort_value=cells.status_rank,
    ),
    Column(
        id="established",
        title="Est",
        width=3,
        meaning="A set-up succeeded and no failure came since.",
        align="left",
        text=cells.flag(lambda route: route.established),
        raw=lambda route, _run: route.established,
    ),
    Column(
        id="failed",
        title="Fail",
        width=4,
        meaning="The latest set-up or pump ended in failure.",
        align="left",
        text=cells.flag(lambda route: route.failed),
        raw=lambda route, _run: route.failed,
        largest_first=True,
    ),
    Column(
        id="path",
        title="Path",
        width=26,
        meaning="The nodes from source to target, by name or short key.",
        align="left",
        text=cells.path_of_names,
        raw=cells.path_of_keys,
        sort_value=lambda route, run: cells.path_of_names(route, run) if route.hops else None,
        drawing=lambda route, run, width: shorter_path(cells.path_of_names(route, run), width),
    ),
    Column(
        id="carrier",
        title="Carrier",
        width=11,
        meaning="The kinds of transport along the path.",
        align="left",
        text=lambda route, _run: cells.carrier_text(route) or cells.NOT_AVAILABLE,
        raw=lambda route, _run: cells.carrier_text(route) or None,
    ),
    Column(
        id="setup",
        title="Setup",
        width=8,
        meaning="How long the latest set-up took.",
        unit="ns",
        text=cells.text_of(cells.setup_ns, format_duration_ns),
        raw=cells.setup_ns,
        largest_first=True,
    ),
    Column(
        id="sent",
        title="Sent",
        width=10,
        meaning="Sent since pump start, in blocks whose echo came back.",
        unit="bytes",
        text=cells.text_of(cells.sent_bytes, format_volume_bytes),
        raw=cells.sent_bytes,
        largest_first=True,
    ),
    Column(
        id="received",
        title="Recv",
        width=10,
        meaning="Received since pump start, in blocks that came back intact.",
        unit="bytes",
        text=cells.text_of(cells.received_bytes, format_volume_bytes),
        raw=cells.received_bytes,
        largest_first=True,
    ),
    Column(
        id="send_rate",
        title="↑ Mbit/s",
        width=8,
        meaning="Sent over the latest sample's interval.",
        unit="bps",
        text=cells.text_of(cells.send_bps, _rate_text),
        raw=cells.send_bps,
        largest_first=True,
    ),
    Column(
        id="receive_rate",
        title="↓ Mbit/s",
        width=8,
        meaning="Received over the latest sample's interval.",
        unit="bps",
        text=cells.text_of(cells.receive_bps, _rate_text),
        raw=cells.receive_bps,
        largest_first=True,
    ),
    Column(
        id="history",
        title="History",
        width=history.HISTORY_WIDTH,
        meaning="Received in the latest seconds; the scale is the same in all rows and begins at 0.",
        unit="bps",
        text=history.history_text,
        raw=history.history_values,
        sort_value=history.recent_mean_bps,
        largest_first=True,
        drawing=history.history_text,
    ),
    Column(
        id="average",
        title="Average",
        width=12,
        meaning="Received over the whole pump, dead time included.",
        unit="bps",
        text=cells.text_of(cells.average_bps, format_rate_bps),
        raw=cells.average_bps,
        largest_first=True,
    ),
    Column(
        id="share",
        title="Share",
        width=cells.SHARE_WIDTH,
        meaning="This route's part of what all routes receive; a full bar would be all of it.",
        unit="ratio",
        text=cells.share_text,
        raw=cells.share_ratio,
        largest_first=True,
        drawing=cells.share_bar,
    ),
    Column(
        id="elapsed",
        title="Elapsed",
        width=9,
        meaning="Time since pump start; frozen where the route failed.",
        unit="ns",
        text=cells.text_of(cells.elapsed_ns, format_clock_ns),
        raw=cells.elapsed_ns,
        largest_first=True,
    ),
    Column(
        id="attempts",
        title="Tries",
        width=5,
        meaning="Set-ups so far, the one under way included.",
        text=cells.text_of(cells.attempt_number, str),
        raw=cells.attempt_number,
        largest_first=True,
    ),
    Column(
        id="dead_time",
        title="Dead",
        width=8,
        meaning="How long it carried nothing between failures and the set-ups that mended them, or until now.",
        unit="ns",
        text=cells.text_of(cells.dead_ns, format_duration_ns),
        raw=cells.dead_ns,
        largest_first=True,
    ),
    Column(
        id="latency",
        title="RTT",
        width=8,
        meaning="The latest round trip on the route's own connection, or what the server reports.",
        unit="ns",
        text=cells.text_of(cells.round_trip_ns, format_duration_ns),
        raw=cells.round_trip_ns,
        largest_first=True,
    ),
    Column(
        id="block_rtt",
        title="Block RTT",
        width=9,
        meaning="How long a block takes there and back: what is in flight, over the rate.",
        unit="ns",
        text=cells.text_of(cells.block_round_trip_ns, format_duration_ns),
        raw=cells.block_round_trip_ns,
        largest_first=True,
    ),
    Column(
        id="limited_by",
        title="Limited by",
        width=10,
        meaning="What holds the route back: the window, the CPU at the source or the target, or the path.",
        align="left",
        text=lambda route, _run: cells.limit_text(route) or cells.NOT_AVAILABLE,
        raw=lambda route, _run: route.limited_by or None,
    ),
    Column(
        id="window",
        title="Window",
        width=6,
        meaning="Blocks in flight at once, as far as the server says.",
        unit="blocks",
        text=cells.text_of(cells.window_blocks, str),
        raw=cells.window_blocks,
        largest_first=True,
    ),
    Column(
        id="error",
        title="Last error",
        width=40,
        meaning="Why the latest set-up or pump failed.",
        align="left",
        text=lambda route, _run: cells.error_text(route),
        raw=lambda route, _run: route.last_error or None,
    ),
)
COLUMN_BY_ID: Final[dict[str, Column]] = {column.id: column for column in COLUMNS}
