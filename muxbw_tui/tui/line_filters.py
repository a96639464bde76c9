"""What is changed in every line on its way to the terminal, so that no widget has to know: ASCII alone, no colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter, Monochrome, NoColor

from muxbw_tui.tui.ascii import to_ascii

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.color import Color

_PLAIN: Final = Style(color="default", bgcolor="default")
_REVERSED: Final = Style(color="default", bgcolor="default", reverse=True)


class AsciiOnly(LineFilter):
    """Draws with ASCII characters alone; every cell stays where it is."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace what is not ASCII."""
        del background
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]


class NoColour(LineFilter):
    """Takes the colours out of what is drawn in the terminal's own; what had a ground of its own is reversed."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace every style by one without colour."""
        del background
        return [Segment(text, _without_colour(style), control) for text, style, control in segments]


_ASCII_ONLY: Final = AsciiOnly()
_NO_COLOUR: Final = NoColour()


def fitting(filters: Sequence[LineFilter], *, own_colours: bool, ascii_only: bool) -> list[LineFilter]:
    """Return Textual's filters, with ours where they are wanted.

    Args:
        filters: Textual's; those against colour suit the theme that the app was made with, not the present one.
        own_colours: the theme draws in the terminal's own colours.
        ascii_only: no other characters.
    """
    fitted = [
        _NO_COLOUR if own_colours and isinstance(wanted, Monochrome | NoColor) else wanted
        for wanted in filters
    ]
    return [*fitted, _ASCII_ONLY] if ascii_only else fitted


def _without_colour(style: Style | None) -> Style | None:
    if style is None:
        return None
    has_ground = style.bgcolor is not None and not style.bgcolor.is_default
    return style + (_REVERSED if has_ground else _PLAIN)
