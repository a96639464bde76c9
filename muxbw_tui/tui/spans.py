"""Lines as plain data: pieces of text, each with a role that says how it looks.

Owns fitting text into cells, wide and combining characters included. It must not know a colour or a widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from muxbw_tui.run.text import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style


class Span(NamedTuple):
    """A piece of a line; `role` is one of `roles.ROLES`, or empty for what the widget itself looks like."""

    text: str
    role: str = "text"


def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """Return text in exactly `width` cells, cut with an ellipsis where it is longer."""
    cells = cell_len(text)
    if cells > width:
        return set_cell_size(text, width - 1) + ELLIPSIS if width > 0 else ""
    padding = " " * (width - cells)
    return padding + text if align == "right" else text + padding


def spans_len(spans: Sequence[Span]) -> int:
    """Return how many cells the spans take."""
    return sum(cell_len(span.text) for span in spans)


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> list[Span]:
    """Return both ends of a line of `width` cells; the right one goes where there is no room for it."""
    gap = width - spans_len(left) - spans_len(right)
    return [*left, Span(" " * gap), *right] if gap >= 1 else list(left)


def to_strip(spans: Sequence[Span], width: int, style_of: Callable[[str], Style], base: Style) -> Strip:
    """Return the spans as a strip of exactly `width` cells on the base style; a cut is marked."""
    segments = [Segment(span.text, base + style_of(span.role)) for span in spans]
    strip = Strip(segments)
    if strip.cell_length <= width:
        return strip.extend_cell_length(width, base)
    if width < 1:
        return Strip([], 0)
    return Strip([*strip.crop(0, width - 1), Segment(ELLIPSIS, base)], width)
