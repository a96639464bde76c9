"""The routes as rows of text, a row each, for whoever has no screen: in the summary, or alone.

Columns are those of the registry. What went wrong with a route follows on a line of its own, so that it can be read in
full; routes that never had a path and look alike share a row.
"""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.run import cells
from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.run.names import shorter_path
from muxbw_tui.run.routes import dead_time_ns
from muxbw_tui.units import NS_PER_MS, format_duration_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from muxbw_tui.run.columns import Column
    from muxbw_tui.run.state import RouteState, RouteStatus, RunState

SUMMARY_COLUMNS: Final = ("index", "state", "setup", "attempts", "path", "sent", "received", "average")
_SHORTEST_PATH: Final = 7
_GAP: Final = "  "
_DEAD_TIME_SHOWN_NS: Final = (
    100 * NS_PER_MS
)  # a route that failed with the end of the run was not dead for a while


class _Row(NamedTuple):
    """One route, or several that have nothing of their own.

    Attributes:
        indexes: of its routes, in ascending order.
        cells: in the order of the columns.
        trouble: the error, and for how long the route was dead.
        folds_with: equal for rows that may be made one; None for a route that ever had a path.
    """

    indexes: tuple[int, ...]
    cells: tuple[str, ...]
    trouble: str
    folds_with: tuple[RouteStatus, str] | None


def route_rows(state: RunState, column_ids: Sequence[str] = SUMMARY_COLUMNS, *, width: int) -> list[str]:
    """Return titles and rows; a table wider than `width` is drawn closer and has its paths cut, then overflows."""
    columns = [COLUMN_BY_ID[name] for name in column_ids]
    rows = list(_folded((_row(route, state, columns) for route in state.routes.values()), columns))
    titles = tuple(column.title for column in columns)
    widths = [max(map(len, stacked)) for stacked in zip(titles, *(row.cells for row in rows), strict=True)]
    gap = _GAP if sum(widths) + len(_GAP) * (len(widths) - 1) <= width else " "
    excess = sum(widths) + len(gap) * (len(widths) - 1) - width
    if excess > 0 and "path" in column_ids:
        at = column_ids.index("path")
        widths[at] = max(widths[at] - excess, _SHORTEST_PATH)
    lines = [_aligned(titles, columns, widths, gap)]
    indent = " " * (widths[0] + len(gap)) if column_ids[0] == "index" else _GAP
    for row in rows:
        lines.append(_aligned(row.cells, columns, widths, gap))
        if row.trouble and "error" not in column_ids:
            trouble = f"{indent}└ {row.trouble}"
            lines += wrap(trouble, width, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
    return lines


def _row(route: RouteState, state: RunState, columns: Sequence[Column]) -> _Row:
    texts = tuple(_cell(column, route, state) for column in columns)
    error = cells.error_text(route)
    if not route.hops and not route.bytes_sent:
        return _Row((route.index,), texts, error, (route.status, error))
    dead_ns = dead_time_ns(route, state)
    dead_for = f"dead for {format_duration_ns(dead_ns)}" if dead_ns >= _DEAD_TIME_SHOWN_NS else ""
    return _Row((route.index,), texts, " · ".join(filter(None, (error, dead_for))), None)


def _cell(column: Column, route: RouteState, state: RunState) -> str:
    """Return the cell as the table on the screen has it, but for what is read alone."""
    if column.id == "index":
        return f"R{route.index}"
    if column.id == "state":
        return f"{cells.GLYPHS[route.status]} {route.status.value}"
    return column.text(route, state)


def _folded(rows: Iterable[_Row], columns: Sequence[Column]) -> Iterator[_Row]:
    """Make one row of neighbours that never had a path and met the same end; where their cells differ stands a dash."""
    for _likeness, group in groupby(rows, lambda row: row.folds_with or row.indexes):
        first, *others = group
        if not others:
            yield first
            continue
        indexes = (*first.indexes, *(row.indexes[0] for row in others))
        texts = [
            stacked[0] if len(set(stacked)) == 1 else cells.NOT_AVAILABLE
            for stacked in zip(first.cells, *(row.cells for row in others), strict=True)
        ]
        named = (
            f"R{indexes[0]}-R{indexes[-1]}" if column.id == "index" else text
            for column, text in zip(columns, texts, strict=True)
        )
        yield _Row(indexes, tuple(named), first.trouble, first.folds_with)


def _aligned(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int], gap: str) -> str:
    aligned = []
    for column, text, width in zip(columns, texts, widths, strict=True):
        shown = shorter_path(text, width) if column.id == "path" else text
        aligned.append(shown.ljust(width) if column.align == "left" else shown.rjust(width))
    return gap.join(aligned).rstrip()
