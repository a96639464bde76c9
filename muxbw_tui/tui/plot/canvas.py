"""Dots in cells: braille (2 x 4 a cell), blocks (2 x 2) or ASCII (1 x 1). Owns which character shows which dots.

Lines are told apart without colour: by their pattern of dots, in ASCII by their character. Where several have dots in
one cell, the first one's role colours it. The dots are our own because textual-plot needs numpy and plotext returns
finished text: neither knows gaps, marks on the axis or lines that differ without colour.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_BRAILLE: Final = 0x2800
_QUADRANTS: Final = " ▘▖▌▝▀▞▛▗▚▄▙▐▜▟█"
# Which of twelve dot columns have dots: solid, dots, long dashes, dash and dot, short dashes, far dots. Dashes are the
# rarer ones, since a gap in a line may be taken for one in the data.
_PATTERNS: Final = (0xFFF, 0x555, 0b0011_1100_1111, 0b0010_0111_1110, 0b0011_0011_0011, 0x111)
_PATTERN_LENGTH: Final = 12
_ASCII: Final = "o+#%~&"


class Style(enum.Enum):
    """What a plot is drawn with."""

    BRAILLE = "braille"
    BLOCK = "block"
    ASCII = "ascii"


# The bit of each dot in a cell, by its column and by its row from above.
_BITS: Final = {
    Style.BRAILLE: ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)),
    Style.BLOCK: ((1, 2), (4, 8)),
    Style.ASCII: ((1,),),
}
LINES_TOLD_APART: Final = len(_PATTERNS)


class Extent(NamedTuple):
    """The lowest and the highest value of a column of dots."""

    low: float
    high: float


class Cell(NamedTuple):
    """A drawn cell; `line` is the number of the line that it shows."""

    character: str
    line: int


class Canvas:
    """A field of dots.

    Args:
        width: in cells.
        height: in cells.

    Attributes:
        columns: of dots.
        rows: of dots; row 0 is the lowest.
    """

    def __init__(self, width: int, height: int, style: Style) -> None:
        self._style = style
        self._bit = _BITS[style]
        self._across, self._down = len(self._bit), len(self._bit[0])
        self._width = width
        self.columns, self.rows = width * self._across, height * self._down
        self._bits = [[0] * width for _ in range(height)]
        self._lines: list[list[int | None]] = [[None] * width for _ in range(height)]

    def draw(self, extents: Sequence[Extent | None], top: float, line: int) -> None:
        """Draw a line from left to right: each column's extent, joined to its neighbour's, nothing where there is none.

        Args:
            extents: lowest and highest value of each column of dots.
            top: the value of the highest row; what is above it is drawn there.
            line: its number, which says how it is told from others.
        """
        pattern = _PATTERNS[line % len(_PATTERNS)] if self._style is not Style.ASCII else _PATTERNS[0]
        before: tuple[int, int] | None = None
        for column, extent in enumerate(extents[: self.columns]):
            if extent is None:
                before = None
                continue
            low, high = self._row(extent.low, top), self._row(extent.high, top)
            bottom, peak = low, high
            if before is not None:  # the gap to the neighbour is closed from both sides' nearest ends
                bottom, peak = min(low, before[1]), max(high, before[0])
            if pattern >> (column % _PATTERN_LENGTH) & 1:
                self._stroke(column, bottom, peak, line)
            before = low, high

    def cells(self) -> list[list[Cell | None]]:
        """Return the rows of cells, the highest first; None where there is no dot."""
        return [
            [
                None if line is None else Cell(self._character(bits, line), line)
                for bits, line in zip(bits_of_row, lines_of_row, strict=True)
            ]
            for bits_of_row, lines_of_row in zip(self._bits, self._lines, strict=True)
        ]

    def _row(self, value: float, top: float) -> int:
        return min(max(round(value / top * (self.rows - 1)), 0), self.rows - 1)

    def _stroke(self, column: int, bottom: int, peak: int, line: int) -> None:
        """Set the dots of a column from one row up to another."""
        x, dot_x = divmod(column, self._across)
        top_y, bottom_y = self.rows - 1 - peak, self.rows - 1 - bottom
        for y in range(top_y // self._down, bottom_y // self._down + 1):
            above = y * self._down
            for dot_y in range(max(top_y - above, 0), min(bottom_y - above, self._down - 1) + 1):
                self._bits[y][x] |= self._bit[dot_x][dot_y]
            owner = self._lines[y][x]
            if owner is None or line < owner:
                self._lines[y][x] = line

    def _character(self, bits: int, line: int) -> str:
        if self._style is Style.BRAILLE:
            return chr(_BRAILLE + bits)
        return _QUADRANTS[bits] if self._style is Style.BLOCK else _ASCII[line % len(_ASCII)]


def sample_of(line: int, style: Style, width: int = 3) -> str:
    """Return how a line looks, for the legend."""
    canvas = Canvas(width, 1, style)
    canvas.draw([Extent(1, 1)] * canvas.columns, 3, line)
    return "".join(cell.character if cell else " " for cell in canvas.cells()[0])
