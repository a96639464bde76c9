"""Tables of plain text, for commands that list things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muxbw_tui.run.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_CELL: Final = 2000


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the headings and the rows as lines, their columns below each other, without what a terminal would obey."""
    lines = [headings, *([clean_line(cell, limit=_LONGEST_CELL) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
