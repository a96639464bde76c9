"""One route by itself: what it is, its path and attempts, its own plots, its own events.

Owns the arrangement of these panes. The keys that act on a route act on this one; `esc` goes back to where one was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from muxbw_tui.tui.arrangement import NARROW_BELOW
from muxbw_tui.tui.keymap import ROUTE_BINDINGS
from muxbw_tui.tui.screens.run_screen import RunScreen
from muxbw_tui.tui.widgets.event_feed import EventFeed
from muxbw_tui.tui.widgets.key_bar import KeyBar
from muxbw_tui.tui.widgets.plots import RoutePlots
from muxbw_tui.tui.widgets.route_facts import RouteFacts
from muxbw_tui.tui.widgets.run_bar import RunBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from muxbw_tui.tui.view import View
    from muxbw_tui.tui.widgets.plots import Plots

_SIDE_BY_SIDE_FROM = 120


class RouteScreen(RunScreen):
    """A route's own screen.

    Args:
        route_index: of the route.
    """

    CSS_PATH = "route.tcss"
    AUTO_FOCUS = "#facts"
    BINDINGS: ClassVar[list[BindingType]] = ROUTE_BINDINGS

    def __init__(self, route_index: int) -> None:
        super().__init__()
        self._route_index = route_index
        self._run_bar = RunBar(id="run-bar")
        self._facts = RouteFacts(route_index, id="facts")
        self._plots = RoutePlots(route_index=route_index, id="plots")
        self._events = EventFeed(route_index=route_index, id="events")

    def compose(self) -> ComposeResult:
        """Arrange the panes."""
        yield self._run_bar
        yield self._facts
        yield self._plots
        yield self._events
        yield KeyBar(id="keys")

    @property
    def selected(self) -> int | None:
        """The route that the screen is about."""
        return self._route_index

    @property
    def panes(self) -> Sequence[Widget]:
        """What may have the focus."""
        return (self._facts, self._plots, self._events)

    def show(self, view: View, *, routes_changed: bool) -> None:
        """Bring a view to the panes; each redraws what differs in it."""
        with self.app.batch_update():
            self._run_bar.show(view)
            self._facts.show(view)
            if routes_changed:
                self._events.show(view)
            self._plots.show(view)

    def obstacles(self) -> dict[str, str]:
        """Return why which of the screen's own actions are not possible now: all are."""
        return {}

    def on_resize(self) -> None:
        """Fit what depends on the width."""
        self.set_class(self.size.width < NARROW_BELOW, "-narrow")
        self._plots.side_by_side = self.size.width >= _SIDE_BY_SIDE_FROM

    def on_plots_moved(self, message: Plots.Moved) -> None:
        """Show in the events the instant that the plots point at."""
        self._events.move_to(message.elapsed_ns)

    def on_event_feed_moved(self, message: EventFeed.Moved) -> None:
        """Show on the plots the instant of the event that the cursor is on."""
        self._plots.move_to(message.elapsed_ns)

    def action_switch_plot(self) -> None:
        """Show the other plot, or both."""
        self._plots.action_switch()

    def action_back(self) -> None:
        """Go back to where one was."""
        self.dismiss()
