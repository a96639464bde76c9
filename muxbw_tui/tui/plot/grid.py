"""A rectangle of cells, each with a character and a role, that becomes lines of spans. Owns exact widths."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from rich.cells import cell_len

from muxbw_tui.tui.spans import Span

_BLANK: Final = (" ", "text")


class Grid:
    """Cells to write into; what lies beyond the edges is left out."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(width, 0), max(height, 0)
        self._rows = [[_BLANK] * self.width for _ in range(self.height)]

    def put(self, column: int, row: int, text: str, role: str) -> None:
        """Write text from a cell on."""
        if not 0 <= row < self.height:
            return
        for offset, character in enumerate(text):
            if 0 <= column + offset < self.width:
                self._rows[row][column + offset] = (character, role)

    def is_free(self, column: int, row: int, length: int, *, free: str = " ") -> bool:
        """Whether so many cells from one on are there, and hold nothing but the character that counts as free."""
        inside = 0 <= row < self.height and column >= 0 and column + length <= self.width
        return inside and all(character == free for character, _ in self._rows[row][column : column + length])

    def lines(self) -> list[list[Span]]:
        """Return the rows, neighbours of one role as one span."""
        return [
            [
                Span("".join(character for character, _ in cells), role)
                for role, cells in groupby(row, key=lambda cell: cell[1])
            ]
            for row in self._rows
        ]


def fits_cells(text: str) -> bool:
    """Whether every character takes one cell, so that it can be written into a grid."""
    return cell_len(text) == len(text) and text.isprintable()
