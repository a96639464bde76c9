"""The event feed: one line an event, drawn from the run's bounded deque.

Owns which part of the feed is in sight and which entry the cursor is on. At the end it follows what comes; moved up it
stays on its entry, even when the oldest ones drop out of the deque. `end` follows again. What is shown is
`feed_rows.py`'s, what a line says `feed_lines.py`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView

from muxbw_tui.run.filters import SHOW_ALL, Matcher
from muxbw_tui.run.state import RunState
from muxbw_tui.tui.feed_lines import NARROW_BELOW, feed_spans
from muxbw_tui.tui.feed_rows import FeedRows
from muxbw_tui.tui.key_names import shown_keys
from muxbw_tui.tui.keymap import FEED_BINDINGS
from muxbw_tui.tui.spans import Span, fit
from muxbw_tui.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from muxbw_tui.run.state import FeedEntry
    from muxbw_tui.tui.view import View

_NOTHING_YET = "No event yet."
_NOTHING_LEFT = "No event passes the filter; {key} shows all."


class EventFeed(ScrollView, Lined, can_focus=True, inherit_bindings=False):
    """The run's events, the newest at the bottom."""

    class Moved(Message):
        """The cursor is on another entry.

        Attributes:
            elapsed_ns: the entry's instant since the run began; None when the newest is followed again, and for an
                entry of a run before the one that is shown.
        """

        def __init__(self, elapsed_ns: int | None) -> None:
            super().__init__()
            self.elapsed_ns = elapsed_ns

    class TypesWanted(Message):
        """The operator wants to choose which types are shown."""

    BINDINGS: ClassVar[list[BindingType]] = FEED_BINDINGS
    BORDER_TITLE = "Events"

    def __init__(self, *, route_index: int | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.following = True
        self._route_index = route_index
        self._state, self._keys = RunState(), shown_keys({})
        self._rows = FeedRows()
        self._matcher = SHOW_ALL
        self._cursor = -1
        self._absolute = False
        self._age = ""
        self._total_when_left = 0

    @property
    def hidden_kinds(self) -> frozenset[str]:
        """The types that are not shown."""
        return self._rows.hidden_kinds

    def show(self, view: View) -> None:
        """Take in a view; redraw if events have come."""
        is_other_run = not self._rows.continues_in(view.state)
        came = is_other_run or view.state.feed_total != self._rows.total
        is_other_state = view.state is not self._state
        self._state, self._keys = view.state, view.keys
        if is_other_run:
            self.following = True
        if is_other_state and self._filters:
            self._filter(self.hidden_kinds)  # names that a filter looks at are the state's
        if came:
            self._settle(self._rows.take(view.state))

    def set_age(self, age: str) -> None:
        """Say in the title that what is shown is not of now; empty where it is."""
        self._age = age
        self._say_where()

    def set_matcher(self, matcher: Matcher) -> None:
        """Show only the entries that match."""
        self._matcher = matcher
        self._filter(self.hidden_kinds)

    def set_hidden_kinds(self, kinds: frozenset[str]) -> None:
        """Leave out the entries of these types."""
        self._filter(kinds)

    def move_to(self, elapsed_ns: int | None) -> None:
        """Put the cursor on the last entry at or before an instant; None follows the newest. Tells nobody."""
        if elapsed_ns is None:
            self._follow()
        elif len(self._rows):
            self._put_cursor(self._rows.position_at(elapsed_ns, self._state.first_timestamp_ns), tell=False)

    def move_to_fault(self, step: int) -> bool:
        """Put the cursor on the next fault, or the one before with a step of -1; return whether there is one."""
        if self.following and step > 0:
            return False
        number = self._rows.total if self.following else self._cursor
        position = self._rows.fault_from(number, step)
        if position is None:
            return False
        self._put_cursor(position)
        return True

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        width = self.line_width
        position = y + self.scroll_offset.y
        if position >= len(self._rows):
            text = "" if y or len(self._rows) else self._why_empty()
            return self.strip_of([Span(fit(text, width), "quiet")])
        number, entry = self._rows[position]
        selected = number == self._cursor and not self.following
        spans = feed_spans(
            entry,
            narrow=width < NARROW_BELOW,
            absolute=self._absolute,
            selected=selected,
        )
        return self.strip_of(spans, is_cursor=selected)

    def on_resize(self) -> None:
        """Stay at the end if that is what was in sight."""
        self._keep_in_sight()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was."""
        position = event.y - self.gutter.top + self.scroll_offset.y
        if event.y >= self.gutter.top and 0 <= position < len(self._rows):
            self._put_cursor(position)

    def action_cursor(self, step: int) -> None:
        """Move the cursor up or down; below the last entry it follows."""
        if not len(self._rows):
            return
        position = len(self._rows) if self.following else self._rows.position_of(self._cursor)
        self._move_cursor(position + step)

    def action_cursor_page(self, pages: int) -> None:
        """Move the cursor by what the pane shows at once."""
        self.action_cursor(pages * max(self.size.height - 1, 1))

    def action_oldest(self) -> None:
        """Move the cursor to the oldest entry."""
        self._move_cursor(0)

    def action_follow(self) -> None:
        """Go to the newest event and follow from there."""
        self._follow()
        self.post_message(self.Moved(None))

    def action_types(self) -> None:
        """Ask for the choice of types."""
        self.post_message(self.TypesWanted())

    def action_switch_time(self) -> None:
        """Show times of day, or the time since the run began."""
        self._absolute = not self._absolute
        self.refresh()

    @property
    def _filters(self) -> bool:
        return not self._matcher.shows_all or self._route_index is not None or bool(self.hidden_kinds)

    def _passes(self, entry: FeedEntry) -> bool:
        if self._route_index is not None and entry.route_index != self._route_index:
            return False
        return self._matcher.matches_entry(entry, self._state)

    def _filter(self, hidden_kinds: frozenset[str]) -> None:
        """Choose anew what is shown; the cursor stays on its entry, or on the one before it."""
        self._rows.filter(self._state, self._passes, hidden_kinds)
        if len(self._rows) and not self.following:
            self._cursor = self._rows[self._rows.position_of(self._cursor)].number
        self._settle(0)

    def _move_cursor(self, position: int) -> None:
        if position >= len(self._rows):
            if not self.following:
                self.action_follow()
        elif len(self._rows):
            self._put_cursor(max(position, 0))

    def _put_cursor(self, position: int, *, tell: bool = True) -> None:
        if self.following:
            self._total_when_left = self._rows.total
        self.following = False
        row = self._rows[position]
        self._cursor = row.number
        self._keep_in_sight()
        self._say_where()
        self.refresh()
        if tell:
            of_this_run = row.entry.began_ns == self._state.first_timestamp_ns
            self.post_message(self.Moved(row.entry.elapsed_ns if of_this_run else None))

    def _follow(self) -> None:
        self.following = True
        self._keep_in_sight()
        self._say_where()
        self.refresh()

    def _settle(self, dropped: int) -> None:
        """Scroll so that the end, or else the lines that were in sight, stay there."""
        self.virtual_size = Size(self.size.width, len(self._rows))
        if not self.following and dropped:
            self._go_to(max(self.scroll_y - dropped, 0))
        self._keep_in_sight()
        self._say_where()
        self.refresh()

    def _keep_in_sight(self) -> None:
        """Scroll to the end while following, else as little as brings the cursor into sight."""
        if self.following:
            self._go_to(self.max_scroll_y)
            return
        height, top = self.size.height, self.scroll_offset.y
        if height and len(self._rows):
            position = self._rows.position_of(self._cursor)
            wanted = min(max(top, position - height + 1), position)
            if wanted != top:
                self._go_to(wanted)

    def _go_to(self, line: float) -> None:
        # Forced, since the scroll bar that would allow it appears only with the next layout.
        self.scroll_to(y=line, animate=False, force=True)

    def _say_where(self) -> None:
        """Say in the title, which every size shows, what is left out and whether the newest event is in sight."""
        below = 0 if self.following else self._rows.total - self._total_when_left
        left_out = self._rows.left_out if self._route_index is None else 0
        parts = [
            self.BORDER_TITLE,
            self._age,
            f"{left_out} left out" if left_out else "",
            f"{below} new below" if below else "",
            "following" if self.following else f"{self._keys['feed-follow']} follows",
        ]
        title = Content(" · ".join(filter(None, parts)))
        if self.border_title != title:
            self.border_title = title

    def _why_empty(self) -> str:
        left_out = _NOTHING_LEFT.format(key=self._keys["clear-filter"])
        return left_out if self._rows.left_out else _NOTHING_YET
