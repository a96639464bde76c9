"""One route by itself: what it is, its path and attempts, its own plots, its own events.

Owns the arrangement of these panes. The keys that act on a route act on this one; `esc` goes back to where one was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from muxbw_tui.tui.arrangement import NARROW_BELOW, RouteArrangement, arrange_route
from muxbw_tui.tui.keymap import ROUTE_BINDINGS
from muxbw_tui.tui.screens.run_screen import RunScreen
from muxbw_tui.tui.screens.too_small import is_too_small
from muxbw_tui.tui.widgets.key_bar import KeyBar
from muxbw_tui.tui.widgets.route_facts import RouteFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from muxbw_tui.tui.view import View

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
        super().__init__(route_index=route_index)
        self._facts = RouteFacts(route_index, id="facts")
        self._arranged: tuple[int, RouteArrangement] | None = None

    def compose(self) -> ComposeResult:
        """Arrange the panes."""
        yield self._run_bar
        yield self._headline
        yield self._facts
        yield self._plots
        yield self._events
        yield KeyBar(id="keys")

    @property
    def panes(self) -> Sequence[Widget]:
        """What may have the focus."""
        return (self._facts, self._plots, self._events)

    def show(self, view: View, *, routes_changed: bool) -> None:
        """Bring a view to the panes; each redraws what differs in it."""
        self._view = view
        with self.app.batch_update():
            self._run_bar.show(view)
            self._headline.show(view)
            self._facts.show(view)
            self._events.set_age(view.age)
            self._arrange()
            if routes_changed:
                self._events.show(view)
            self._plots.show(view)

    def on_resize(self) -> None:
        """Give every pane its place in the new size."""
        self._arrange()

    def _arrange(self) -> None:
        """Give the panes their heights, where these have changed."""
        width, height = self.size
        if is_too_small(self.size):
            return
        headline = self._headline.lines_in(width)
        arrangement = arrange_route(width, height, facts=self._facts.line_count, headline=headline)
        self._plots.side_by_side = width >= _SIDE_BY_SIDE_FROM
        if (width, arrangement) == self._arranged:
            return
        self._arranged = (width, arrangement)
        self.set_class(width < NARROW_BELOW, "-narrow")
        self.set_class(arrangement.compact, "-compact")
        self._facts.styles.height = arrangement.facts
        self._plots.styles.height = arrangement.plots
        self._events.styles.height = arrangement.events

    def action_back(self) -> None:
        """Go back to where one was."""
        self.dismiss()
