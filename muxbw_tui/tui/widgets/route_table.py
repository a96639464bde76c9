"""The table of routes: draws single lines from the state, and only those that have changed.

Owns the cursor, which stays on its route, and which line shows what. Columns and texts come from `route_lines`. With
1,000 rows, all changing ten times a second, drawing lines costs a fifth of what a DataTable does (measured).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from muxbw_tui.run.state import RunState
from muxbw_tui.tui import route_lines
from muxbw_tui.tui.keymap import CURSOR_BINDINGS
from muxbw_tui.tui.spans import Span, to_strip

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

    from muxbw_tui.pb.ping_pb2 import RouteHop
    from muxbw_tui.tui.view import View

_ROLES = {
    "header",
    "mark",
    "text",
    "muted",
    "reason",
    "caution",
    "cursor",
    *route_lines.ROLE_BY_STATUS.values(),
}
_HEADER_LINES = 1
_CACHED_STRIPS = 512


class Line(NamedTuple):
    """What a line of the table shows: a route's row, or the reason under it."""

    route_index: int
    is_reason: bool = False


class RouteTable(ScrollView, can_focus=True, inherit_bindings=False):
    """A row a route, with a line under each that is in trouble."""

    class Selected(Message):
        """The cursor is on another route."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"routetable--{role}" for role in _ROLES}
    BINDINGS: ClassVar[list[BindingType]] = CURSOR_BINDINGS
    BORDER_TITLE = "Routes"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.selected: int | None = None
        self._state = RunState()
        self._can_restart = False
        self._longest_path = 0
        self._measured: dict[int, tuple[tuple[RouteHop, ...], int]] = {}
        self._lines: list[Line] = []
        self._line_by_route: dict[int, int] = {}
        self._drawn: dict[int, tuple[Span, ...]] = {}
        self._strips: LRUCache[tuple[tuple[Span, ...], int, bool], Strip] = LRUCache(_CACHED_STRIPS)

    def show(self, view: View) -> None:
        """Take in a view and redraw the lines that differ from what was drawn."""
        self._state = view.state
        self._measure_paths()
        self._can_restart = not (view.cannot_restart or view.over or view.stopping)
        if self.selected not in view.state.routes:
            self._select(next(iter(view.state.routes), None))
        self._arrange()
        self._refresh_changed()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget; the first is the header, which does not scroll."""
        width = self._width
        if y < _HEADER_LINES:
            spans = tuple(route_lines.header_spans(self._layout))
            return self._strip(spans, width, is_cursor=False)
        number = y - _HEADER_LINES + self.scroll_offset.y
        if number >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        is_cursor = self._lines[number].route_index == self.selected
        return self._strip(self._spans(number), width, is_cursor=is_cursor)

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """Lay the lines out anew: which columns fit, and whether reasons need lines of their own."""
        self._drawn.clear()
        self._arrange()
        self._keep_cursor_in_sight()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was."""
        number = event.y - self.gutter.top - _HEADER_LINES + self.scroll_offset.y
        if 0 <= number < len(self._lines) and event.y > self.gutter.top:
            self._select(self._lines[number].route_index)

    def action_cursor(self, step: int) -> None:
        """Move the cursor up or down."""
        indexes = list(self._state.routes)
        if self.selected is None or not indexes:
            return
        position = min(max(indexes.index(self.selected) + step, 0), len(indexes) - 1)
        self._select(indexes[position])

    def action_cursor_page(self, pages: int) -> None:
        """Move the cursor by what the pane shows at once."""
        self.action_cursor(pages * max(self._visible_lines - 1, 1))

    def action_cursor_home(self) -> None:
        """Move the cursor to the first route."""
        self.action_cursor(-len(self._state.routes))

    def action_cursor_end(self) -> None:
        """Move the cursor to the last route."""
        self.action_cursor(len(self._state.routes))

    @property
    def _layout(self) -> route_lines.Layout:
        return route_lines.layout_for(
            self._width, longest_path=self._longest_path, last_index=next(reversed(self._state.routes), 0)
        )

    @property
    def _width(self) -> int:
        """Cells that a line has beside the scroll bar."""
        return self.scrollable_content_region.width

    @property
    def _visible_lines(self) -> int:
        return max(self.size.height - _HEADER_LINES, 0)

    def _select(self, route_index: int | None) -> None:
        if route_index == self.selected:
            return
        self.selected = route_index
        self._refresh_changed()
        self._keep_cursor_in_sight()
        self.post_message(self.Selected())

    def _measure_paths(self) -> None:
        """Note how long the longest path is; a path is measured once, since it seldom changes."""
        routes = self._state.routes
        if self._measured.keys() - routes.keys():
            self._measured.clear()
        for index, route in routes.items():
            known = self._measured.get(index)
            if known is None or known[0] is not route.hops:
                self._measured[index] = (route.hops, route_lines.path_cells(route, self._state))
        longest = max((cells for _hops, cells in self._measured.values()), default=0)
        if longest != self._longest_path:
            self._longest_path = longest
            self._drawn.clear()
            self.refresh()

    def _arrange(self) -> None:
        """Note which line shows what. When lines come or go above, what is in sight stays where it is."""
        lines = []
        reasons_have_lines = not self._layout.has_error
        for route in self._state.routes.values():
            lines.append(Line(route.index))
            if reasons_have_lines and route_lines.has_reason(route):
                lines.append(Line(route.index, is_reason=True))
        if lines == self._lines:
            return
        top = self.scroll_offset.y
        anchor = self._lines[top] if top < len(self._lines) else None
        self._lines = lines
        self._line_by_route = {line.route_index: at for at, line in enumerate(lines) if not line.is_reason}
        self._drawn.clear()
        self.virtual_size = Size(self._width, len(lines) + _HEADER_LINES)
        if top and anchor is not None and anchor.route_index in self._line_by_route:
            self._go_to(self._line_by_route[anchor.route_index])
        self.refresh()

    def _refresh_changed(self) -> None:
        """Ask for the lines in sight that no longer look as they were drawn."""
        top = self.scroll_offset.y
        drawn, self._drawn = self._drawn, {}
        for number in range(top, min(top + self._visible_lines, len(self._lines))):
            spans = self._spans(number)
            self._drawn[number] = spans
            if drawn.get(number) != spans:
                self.refresh_line(number + _HEADER_LINES)

    def _keep_cursor_in_sight(self) -> None:
        number = self._line_by_route.get(-1 if self.selected is None else self.selected)
        if number is None or not self._visible_lines:
            return
        last = number
        if number + 1 < len(self._lines) and self._lines[number + 1].is_reason:
            last = number + 1
        top = self.scroll_offset.y
        wanted = min(max(top, last - self._visible_lines + 1), number)
        if wanted != top:
            self._go_to(wanted)

    def _go_to(self, line: int) -> None:
        # Forced, since the scroll bar that would allow it appears only with the next layout.
        self.scroll_to(y=line, animate=False, force=True)

    def _spans(self, number: int) -> tuple[Span, ...]:
        line = self._lines[number]
        route = self._state.routes[line.route_index]
        selected = line.route_index == self.selected
        if line.is_reason:
            spans = route_lines.reason_spans(
                route, self._layout, selected=selected, can_restart=self._can_restart
            )
        else:
            spans = route_lines.route_spans(route, self._state, self._layout, selected=selected)
        return tuple(spans)

    def _strip(self, spans: tuple[Span, ...], width: int, *, is_cursor: bool) -> Strip:
        key = (spans, width, is_cursor)
        strip = self._strips.get(key)
        if strip is None:
            base = self.rich_style
            if is_cursor:
                base += self._role_style("cursor")
            strip = to_strip(spans, width, self._role_style, base)
            self._strips[key] = strip
        return strip

    def _role_style(self, role: str) -> Style:
        return self.get_component_rich_style(f"routetable--{role}", partial=True)
