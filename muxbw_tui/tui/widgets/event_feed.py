"""The event feed: one line an event, drawn from the run's bounded deque.

Owns which part of the feed is in sight. At the end it follows what comes; scrolled up it stays on the lines that it
shows, even when the oldest ones drop out of the deque. `end` follows again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from muxbw_tui.run.state import FeedEntry, RunState
from muxbw_tui.tui.keymap import FEED_BINDINGS
from muxbw_tui.tui.spans import Span, fit, to_strip
from muxbw_tui.units import NS_PER_S, format_clock_ns

if TYPE_CHECKING:
    from rich.style import Style
    from textual.binding import BindingType

    from muxbw_tui.tui.view import View

_ROLES = ("time", "kind", "text", "fault", "good", "plain", "quiet")
_NARROW_BELOW = 96
_TIME_WIDTH = 9
_KIND_WIDTH = 17


def feed_spans(entry: FeedEntry, *, narrow: bool) -> list[Span]:
    """Return the line of an entry: elapsed, type, text. A narrow line leaves out a type that the text repeats."""
    hundredths = max(entry.elapsed_ns, 0) % NS_PER_S // 10_000_000
    elapsed = f"+{format_clock_ns(entry.elapsed_ns)}.{hundredths:02}"
    spans = [Span(fit(elapsed, _TIME_WIDTH) + " ", "time")]
    if not narrow:
        spans.append(Span(fit(entry.kind, _KIND_WIDTH) + " ", "kind"))
    elif entry.route_index is None:
        spans.append(Span(f"{entry.kind} ", "kind"))
    return [*spans, Span(entry.text, entry.severity.value)]


class EventFeed(ScrollView, can_focus=True, inherit_bindings=False):
    """The run's events, the newest at the bottom."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"eventfeed--{role}" for role in _ROLES}
    BINDINGS: ClassVar[list[BindingType]] = FEED_BINDINGS
    BORDER_TITLE = "Events"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.following = True
        self._state = RunState()
        self._total = 0
        self._total_when_left = 0

    def show(self, view: View) -> None:
        """Take in a view; redraw if events have come."""
        is_other_run = view.state.feed_total < self._total
        came = view.state.feed_total - self._total
        self._state = view.state
        if not came:
            return
        dropped = came - (len(view.state.feed) - self.virtual_size.height)
        self._total = view.state.feed_total
        if is_other_run:
            self.following = True
        self.virtual_size = Size(self.size.width, len(view.state.feed))
        self._settle(dropped)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        width = self.scrollable_content_region.width
        number = y + self.scroll_offset.y
        if number >= len(self._state.feed):
            return Strip.blank(width, self.rich_style)
        spans = feed_spans(self._state.feed[number], narrow=width < _NARROW_BELOW)
        return to_strip(spans, width, self._role_style, self.rich_style)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow at the end, stay elsewhere."""
        super().watch_scroll_y(old_value, new_value)
        follows = new_value >= self.max_scroll_y
        if self.following and not follows:
            self._total_when_left = self._total
        self.following = follows
        self._tell()

    def on_resize(self) -> None:
        """Stay at the end if that is what was in sight."""
        if self.following:
            self._go_to(self.max_scroll_y)

    def action_follow(self) -> None:
        """Go to the newest event and follow from there."""
        self.following = True
        self._go_to(self.max_scroll_y)
        self._tell()

    def _settle(self, dropped: int) -> None:
        """Scroll so that the end, or else the lines that were in sight, stay there."""
        if self.following:
            self._go_to(self.max_scroll_y)
        elif dropped > 0:
            self._go_to(max(self.scroll_y - dropped, 0))
        self._tell()

    def _go_to(self, line: float) -> None:
        # Forced, since the scroll bar that would allow it appears only with the next layout.
        self.scroll_to(y=line, animate=False, force=True)

    def _tell(self) -> None:
        """Say in the border whether the newest event is in sight."""
        below = self._total - self._total_when_left
        if self.following:
            subtitle = "following"
        elif below:
            subtitle = f"{below} new below · end follows"
        else:
            subtitle = "end follows"
        if self.border_subtitle != subtitle:
            self.border_subtitle = subtitle

    def _role_style(self, role: str) -> Style:
        return self.get_component_rich_style(f"eventfeed--{role}", partial=True)
