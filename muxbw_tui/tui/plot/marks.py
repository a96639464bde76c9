"""Marks on a plot's time axis: their glyphs, which one shows where several share a cell, where a label has room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muxbw_tui.run.series import Mark, MarkKind
from muxbw_tui.tui.plot.canvas import Style
from muxbw_tui.tui.plot.grid import fits_cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from muxbw_tui.tui.plot.grid import Grid
    from muxbw_tui.tui.plot.sight import Window

_GLYPHS: Final = {
    MarkKind.FAILED: ("✗", "x"),
    MarkKind.STALLED: ("◌", "!"),
    MarkKind.RESTARTED: ("↻", "@"),
    MarkKind.RECOVERED: ("●", "*"),
    MarkKind.PAUSED: ("‖", "="),
    MarkKind.RESUMED: ("»", ">"),
    MarkKind.PHASE: ("│", "|"),
}
_RANK: Final = {kind: position for position, kind in enumerate(MarkKind)}
_LABELS_LIMIT: Final = 32


def mark_role(kind: MarkKind) -> str:
    """Return the role that colours a kind."""
    return f"mark-{kind.value}"


def mark_glyph(kind: MarkKind, style: Style) -> str:
    """Return the character of a kind."""
    return _GLYPHS[kind][style is Style.ASCII]


def draw_marks(
    grid: Grid, marks: Iterable[Mark], window: Window, style: Style, *, left: int, axis: int
) -> None:
    """Write the marks within a window onto the axis, and the labels of the gravest where the field above is free.

    The field, on which everything else is drawn by now, begins at the column `left` and lies above the row `axis`.
    """
    width = grid.width - left
    seen = [mark for mark in marks if window.start_ns <= mark.elapsed_ns <= window.end_ns]
    # The gravest last, so that it is the one on the axis where several share a cell.
    seen.sort(key=lambda mark: (-_RANK[mark.kind], mark.elapsed_ns))
    for mark in seen:
        column = left + mark_column(mark.elapsed_ns, window, width)
        grid.put(column, axis, mark_glyph(mark.kind, style), mark_role(mark.kind))
    for mark in seen[: -_LABELS_LIMIT - 1 : -1]:
        _label(grid, mark, style, column=left + mark_column(mark.elapsed_ns, window, width), rows=axis)


def mark_column(instant_ns: int, window: Window, width: int) -> int:
    """Return the cell of an instant within the window."""
    column = (instant_ns - window.start_ns) * width // max(window.length_ns, 1)
    return min(max(column, 0), width - 1)


def _label(grid: Grid, mark: Mark, style: Style, *, column: int, rows: int) -> None:
    """Write glyph and words at the mark's column in the highest row with room, to the left if not to the right."""
    if not fits_cells(mark.text):
        return
    glyph = mark_glyph(mark.kind, style)
    rightwards, leftwards = f"{glyph} {mark.text}", f"{mark.text} {glyph}"
    length = len(rightwards)
    for row in range(rows):
        for start, text in ((column, rightwards), (column - length + 1, leftwards)):
            # A cell is kept free on either side, so that two labels do not run together.
            first, end = max(start - 1, 0), min(start + length + 1, grid.width)
            if grid.is_free(start, row, length) and grid.is_free(first, row, end - first):
                grid.put(start, row, text, mark_role(mark.kind))
                return
