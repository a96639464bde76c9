"""The pane with all that is known of one route. Owns how far it is scrolled; the lines are `tui/route_facts.py`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.scroll_view import ScrollView

from muxbw_tui.run.state import RouteState, RunState
from muxbw_tui.tui.route_facts import Line, fact_lines
from muxbw_tui.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from textual.strip import Strip

    from muxbw_tui.tui.view import View


class RouteFacts(ScrollView, Lined, can_focus=True):
    """Condition, figures, path and attempts of a route; arrows and pages scroll."""

    def __init__(self, route_index: int, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.border_title = f"R{route_index}"
        self._route_index = route_index
        self._lines: list[Line] = fact_lines(RouteState(route_index), RunState())

    @property
    def line_count(self) -> int:
        """How many lines there are to read."""
        return len(self._lines)

    def show(self, view: View) -> None:
        """Take in a view, and redraw what differs."""
        title = " · ".join(filter(None, (f"R{self._route_index}", view.age)))
        if self.border_title != title:
            self.border_title = title
        route = view.state.routes.get(self._route_index, RouteState(self._route_index))
        before, self._lines = self._lines, fact_lines(route, view.state)
        if len(before) != len(self._lines):
            self.virtual_size = Size(self.size.width, len(self._lines))
            self.refresh()
            return
        for number, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                self.refresh_line(number)

    def on_mount(self) -> None:
        """Let the lines be scrolled from the start."""
        self.virtual_size = Size(self.size.width, len(self._lines))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        number = y + self.scroll_offset.y
        return self.strip_of(self._lines[number] if number < len(self._lines) else ())
