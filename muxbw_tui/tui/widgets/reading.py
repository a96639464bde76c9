"""Lines to read: a pane of spans that arrows and pages scroll. Owns how far it is scrolled, and no line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.scroll_view import ScrollView

from muxbw_tui.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from muxbw_tui.tui.spans import Span


class Reading(ScrollView, Lined, can_focus=True):
    """Lines to read."""

    def __init__(self, lines: Sequence[Sequence[Span]] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._lines = lines

    @property
    def line_count(self) -> int:
        """How many lines there are to read."""
        return len(self._lines)

    def put(self, lines: Sequence[Sequence[Span]]) -> None:
        """Show other lines; those that differ are drawn anew."""
        before, self._lines = self._lines, lines
        if len(before) != len(lines):
            self._measure()
            self.refresh()
            return
        for number, (old, new) in enumerate(zip(before, lines, strict=True)):
            if old != new:
                self.refresh_line(number)

    def on_mount(self) -> None:
        """Let the lines be scrolled from the start."""
        self._measure()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        number = y + self.scroll_offset.y
        return self.strip_of(self._lines[number] if number < len(self._lines) else ())

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._lines))
