"""The table of routes: draws single lines from the state, and only those that have changed.

Owns what is in sight and what was drawn of it. Rows, their order and the cursor are `route_order`'s, columns and texts
`route_lines`'. With 1,000 rows, all changing ten times a second, drawing lines costs a tenth of what a DataTable does
(benchmarks/table.py).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView

from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.run.filters import ONLY_FAULTS
from muxbw_tui.run.state import RunState
from muxbw_tui.run.text import clean_line, counted
from muxbw_tui.tui import route_lines
from muxbw_tui.tui.keymap import ROUTES_BINDINGS
from muxbw_tui.tui.route_order import RouteOrder
from muxbw_tui.tui.spans import Span
from muxbw_tui.tui.view import AS_LAST_SEEN
from muxbw_tui.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from muxbw_tui.pb.ping_pb2 import RouteHop
    from muxbw_tui.run.filters import Matcher
    from muxbw_tui.tui.view import View

_HEADER_LINES = 1
_SORT_EVERY_S: Final = 1.0  # rows that changed places with every sample could not be read
_FILTER_LIMIT: Final = 24


class Drawn(NamedTuple):
    """A line as it was drawn."""

    spans: tuple[Span, ...]
    width: int
    strip: Strip


class RouteTable(ScrollView, Lined, can_focus=True, inherit_bindings=False):
    """A row a route, with a line under each that is in trouble."""

    class Selected(Message):
        """The cursor is on another route."""

    class Sorted(Message):
        """The operator sorts by a column."""

        def __init__(self, column_id: str, *, descending: bool) -> None:
            super().__init__()
            self.column_id = column_id
            self.descending = descending

    BINDINGS: ClassVar[list[BindingType]] = ROUTES_BINDINGS
    BORDER_TITLE = "Routes"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._state = RunState()
        self._rows = RouteOrder()
        self._restart_key = self._clear_key = ""
        self._chosen: tuple[str, ...] = ()
        self._follows_top = True
        self._longest_path = 0
        self._measured: dict[int, tuple[tuple[RouteHop, ...], int]] = {}
        self._drawn: dict[int, Drawn] = {}
        self._age = ""
        self._told = ""

    @property
    def selected(self) -> int | None:
        """Index of the route under the cursor; None where there is none."""
        return self._rows.selected

    @property
    def visible_columns(self) -> tuple[str, ...]:
        """Ids of the columns that are shown now, in their order."""
        return tuple(column.id for column, _width in self._layout.columns)

    @property
    def automatic_columns(self) -> tuple[str, ...]:
        """Ids of the columns that would be shown if none were chosen."""
        return tuple(column.id for column, _width in self._layout_of(()).columns)

    def show(self, view: View) -> None:
        """Take in a view and redraw the lines that differ from what was drawn."""
        self._state = view.state
        cannot = view.cannot_restart or view.over or view.stopping or view.outage is not None
        self._restart_key, self._clear_key = "" if cannot else view.keys["restart"], view.keys["clear-filter"]
        self._measure_paths()
        with self._held_still():
            self._rows.take(view.state)
        self._refresh_changed()

    def settle(self) -> None:
        """Bring the rows into the order that their values now have; happens by itself once a second."""
        with self._held_still():
            self._rows.settle()
        self._refresh_changed()

    def set_columns(self, column_ids: tuple[str, ...]) -> None:
        """Show these columns in this order; with none, those that fit the width and say most."""
        self._chosen = column_ids
        self._draw_anew()

    def set_sort(self, column_id: str, *, descending: bool) -> None:
        """Sort the rows by a column."""
        with self._held_still():
            self._rows.sort_by(column_id, descending=descending)
        self._draw_anew()

    def set_matcher(self, matcher: Matcher) -> None:
        """Show only the rows that match."""
        with self._held_still():
            self._rows.use(matcher)
        self._draw_anew()

    def set_age(self, age: str) -> None:
        """Say in the border that the rows are not of now; empty if they are. What was last seen claims no more."""
        self._age = age
        self._tell()
        self._refresh_changed()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget; the first is the header, which does not scroll."""
        if y < _HEADER_LINES:
            return self.strip_of(route_lines.header_spans(self._layout, sort=self._rows.sort))
        number = y - _HEADER_LINES + self.scroll_offset.y
        if number < len(self._rows.now.lines):
            return self._drawn_line(number).strip
        text = f"  {self._why_empty()}" if number == 0 else ""
        return self.strip_of([Span(text, "muted")])

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        super().notify_style_update()
        self._drawn.clear()

    def on_mount(self) -> None:
        """Sort by what changes at a pace that can be read."""
        self.set_interval(_SORT_EVERY_S, self.settle, name="routes:sort")

    def on_resize(self) -> None:
        """Lay the lines out anew: which columns fit, and whether reasons need lines of their own."""
        self._draw_anew()
        self._keep_cursor_in_sight()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was; on a title, sort by its column."""
        row = event.y - self.gutter.top
        number = row - _HEADER_LINES + self.scroll_offset.y
        if row == 0:
            column = self._layout.column_at(event.x - self.gutter.left)
            if column is not None:
                self._sort_by(column.id)
        elif 0 <= number < len(self._rows.now.lines) and row > 0:
            self._follows_top = False
            self._select(self._rows.now.lines[number].route_index)

    def action_cursor(self, step: int) -> None:
        """Move the cursor up or down."""
        self._follows_top = False
        self._select(self._rows.neighbour(step))

    def action_cursor_page(self, pages: int) -> None:
        """Move the cursor by what the pane shows at once."""
        self.action_cursor(pages * max(self._visible_lines - 1, 1))

    def action_cursor_home(self) -> None:
        """Move the cursor to the first row; what comes first stays in sight until the cursor moves again."""
        self.action_cursor(-len(self._rows.shown))
        self._follows_top = True

    def action_cursor_end(self) -> None:
        """Move the cursor to the last row."""
        self.action_cursor(len(self._rows.shown))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim the number of a column that is not there."""
        possible = super().check_action(action, parameters)
        beyond = (
            action == "sort" and isinstance(parameters[0], int) and parameters[0] > len(self.visible_columns)
        )
        return None if possible and beyond else possible

    def action_sort(self, position: int) -> None:
        """Sort by the visible column at a position, counted from 1; again inverts."""
        columns = self.visible_columns
        if 0 < position <= len(columns):
            self._sort_by(columns[position - 1])

    def action_sort_step(self, step: int) -> None:
        """Sort by the visible column before or after the one that rows are sorted by."""
        columns, sort = self.visible_columns, self._rows.sort
        at = columns.index(sort) if sort in columns else -max(step, 0)
        self._sort_by(columns[(at + step) % len(columns)])

    @property
    def _layout(self) -> route_lines.Layout:
        return self._layout_of(self._chosen)

    def _layout_of(self, chosen: tuple[str, ...]) -> route_lines.Layout:
        last_index = next(reversed(self._state.routes), 0)
        return route_lines.layout_for(
            self.line_width, longest_path=self._longest_path, last_index=last_index, chosen=chosen
        )

    @property
    def _visible_lines(self) -> int:
        return max(self.size.height - _HEADER_LINES, 0)

    def _select(self, route_index: int | None) -> None:
        if route_index == self.selected:
            return
        self._rows.select(route_index)
        self._refresh_changed()
        self._keep_cursor_in_sight()
        self.post_message(self.Selected())

    def _sort_by(self, column_id: str) -> None:
        """Sort as the operator asks: whoever does wants to see what comes first. The cursor stays on its route."""
        again = column_id == self._rows.sort
        descending = not self._rows.descending if again else COLUMN_BY_ID[column_id].largest_first
        self.set_sort(column_id, descending=descending)
        self._follows_top = True
        self._go_to(0)
        self.post_message(self.Sorted(column_id, descending=descending))

    @contextmanager
    def _held_still(self) -> Iterator[None]:
        """Let rows change, then scroll so that the one under the cursor is where it was, and tell what is different."""
        before, selected = self._rows.now, self.selected
        yield
        now = self._rows.now
        if now.lines != before.lines:
            self._drawn.clear()
            self.virtual_size = Size(self.line_width, len(now.lines) + _HEADER_LINES)
            self.refresh()
            top = self.scroll_offset.y
            if not (self._follows_top and top == 0):
                self._go_to(now.top_after(before, top, self._visible_lines))
        if self.selected != selected:
            self.post_message(self.Selected())
        self._tell()

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
            self._draw_anew()

    def _draw_anew(self) -> None:
        """Draw every line again, since columns or their widths may be others."""
        with self._held_still():
            self._rows.show_reasons(on=not self._layout.has_error)
        self._drawn.clear()
        self.refresh()

    def _refresh_changed(self) -> None:
        """Ask for the lines in sight that no longer look as they were drawn."""
        top = self.scroll_offset.y
        drawn, self._drawn = self._drawn, {}
        for number in range(top, min(top + self._visible_lines, len(self._rows.now.lines))):
            before, spans = drawn.get(number), self._spans(number)
            if before is not None and before.spans == spans:
                self._drawn[number] = before
            else:
                self._draw(number, spans)
                self.refresh_line(number + _HEADER_LINES)

    def _keep_cursor_in_sight(self) -> None:
        now = self._rows.now
        if now.cursor is None or not self._visible_lines:
            return
        has_reason_below = now.cursor + 1 < len(now.lines) and now.lines[now.cursor + 1].is_reason
        last = now.cursor + 1 if has_reason_below else now.cursor
        top = self.scroll_offset.y
        wanted = min(max(top, last - self._visible_lines + 1), now.cursor)
        if wanted != top:
            self._go_to(wanted)

    def _go_to(self, line: int) -> None:
        # Forced, since the scroll bar that would allow it appears only with the next layout.
        self.scroll_to(y=line, animate=False, force=True)

    def _drawn_line(self, number: int) -> Drawn:
        drawn = self._drawn.get(number)
        if drawn is None or drawn.width != self.line_width:
            drawn = self._draw(number, self._spans(number))
        return drawn

    def _draw(self, number: int, spans: tuple[Span, ...]) -> Drawn:
        is_cursor = self._rows.now.lines[number].route_index == self.selected
        drawn = self._drawn[number] = Drawn(spans, self.line_width, self.strip_of(spans, is_cursor=is_cursor))
        return drawn

    def _spans(self, number: int) -> tuple[Span, ...]:
        line, layout = self._rows.now.lines[number], self._layout
        route = self._state.routes[line.route_index]
        selected = line.route_index == self.selected
        if line.is_reason:
            spans = route_lines.reason_spans(route, layout, selected=selected, restart_key=self._restart_key)
        else:
            spans = route_lines.route_spans(route, self._state, layout, selected=selected)
        return tuple(route_lines.stepped_back(spans) if self._age == AS_LAST_SEEN else spans)

    def _why_empty(self) -> str:
        if not self._state.routes:
            return "No route is known yet."
        return f"{self._filter_text()}: nothing to show. {self._clear_key} clears the filter."

    def _filter_text(self) -> str:
        """Return what is shown, and how many of all; empty where nothing is filtered out."""
        matcher = self._rows.matcher
        if matcher.shows_all:
            return ""
        text = clean_line(matcher.text, limit=_FILTER_LIMIT)
        name = "only faults" if matcher.text == ONLY_FAULTS else f"filter: {text}"
        return f"{name} ({len(self._rows.shown)} of {len(self._state.routes)})"

    def _tell(self) -> None:
        """Say in the border how old the rows are, how they are filtered and sorted, and what has no room."""
        left_out = self._layout.left_out
        parts = (
            self.BORDER_TITLE,
            self._age,
            self._filter_text(),
            f"sort: {COLUMN_BY_ID[self._rows.sort].title} {'▼' if self._rows.descending else '▲'}",
            f"{counted(left_out, 'column')} left out" if left_out else "",
        )
        text = " · ".join(filter(None, parts))
        if text != self._told:
            self._told = text
            self.border_title = Content(text)
