"""The dashboard: headline and figures on top, then the routes, then the events.

Owns the arrangement of the panes and nothing of the run. `show` is the only way in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Footer, Static

from muxbw_tui.tui.widgets.event_feed import EventFeed
from muxbw_tui.tui.widgets.headline_bar import HeadlineBar
from muxbw_tui.tui.widgets.route_table import RouteTable
from muxbw_tui.tui.widgets.run_bar import NARROW_BELOW, RunBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize

    from muxbw_tui.tui.view import View

LEAST_WIDTH, LEAST_HEIGHT = 80, 24
_FRAME_AND_HEADER = 3
_LINES_PER_ROUTE = 2


class Overview(Screen[None]):
    """One run at a glance."""

    AUTO_FOCUS = "#routes"

    def __init__(self) -> None:
        super().__init__()
        self._run_bar = RunBar(id="run-bar")
        self._headline = HeadlineBar(id="headline")
        self._routes = RouteTable(id="routes")
        self._events = EventFeed(id="events")
        self._too_small = Static(id="too-small", markup=False)
        self._route_count = 0

    def compose(self) -> ComposeResult:
        """Arrange the panes."""
        yield self._run_bar
        yield self._headline
        yield self._routes
        yield self._events
        yield Footer(show_command_palette=False, compact=True)
        yield self._too_small

    @property
    def selected(self) -> int | None:
        """Index of the route under the cursor."""
        return self._routes.selected

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal has no room for the panes, which are hidden then."""
        return self.has_class("-too-small")

    def show(self, view: View, *, routes_changed: bool) -> None:
        """Bring a view to the panes; each redraws what differs in it.

        Args:
            view: what to show.
            routes_changed: the state has changed since the last call; without, only what time changes is redrawn.
        """
        with self.app.batch_update():
            self._run_bar.show(view)
            self._headline.show(view)
            self._mark_age(view)
            if routes_changed:
                self._make_room(len(view.state.routes))
                self._routes.show(view)
                self._events.show(view)

    def _mark_age(self, view: View) -> None:
        """Say in the frame when what stands in it is not of now."""
        age = " · as last seen" if view.problem is not None else " · frozen" if view.frozen else ""
        for pane in (self._routes, self._events):
            title = f"{pane.BORDER_TITLE}{age}"
            if pane.border_title != title:
                pane.border_title = title

    def on_resize(self, event: Resize) -> None:
        """Show the panes where there is room for them, or else say how much is needed."""
        width, height = event.size
        too_small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(width < NARROW_BELOW, "-narrow")
        self.set_class(too_small, "-too-small")
        if too_small:
            # A pane that nobody sees must not act on keys.
            self.set_focus(None)
            self._too_small.update(
                f"muxbw-tui needs {LEAST_WIDTH} x {LEAST_HEIGHT} cells.\n"
                f"This terminal has {width} x {height}.\n"
                "Make it larger: the run goes on meanwhile. q stops it and quits."
            )
        elif self.focused is None:
            self._routes.focus()
        self.refresh_bindings()

    def _make_room(self, route_count: int) -> None:
        """Give the table its height: a line for each route's trouble is kept free, so that faults move no pane."""
        if route_count != self._route_count:
            self._route_count = route_count
            height = route_count * _LINES_PER_ROUTE + _FRAME_AND_HEADER
            self._routes.styles.height = height
