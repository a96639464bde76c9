"""What every screen that shows the run has in common, so that the app need not know which one is in front.

Owns the run bar, the headline, the plots and the events, of all routes or of one, the instant that plots and events
exchange, and the keys that go to them. Where they stand, and what else there is, is each screen's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.screen import Screen

from muxbw_tui.run.state import RunState
from muxbw_tui.tui.feed_rows import kinds_in
from muxbw_tui.tui.keymap import PANE_BINDINGS
from muxbw_tui.tui.screens import later
from muxbw_tui.tui.view import View
from muxbw_tui.tui.widgets.event_feed import EventFeed
from muxbw_tui.tui.widgets.headline_bar import HeadlineBar
from muxbw_tui.tui.widgets.key_bar import KeyBar
from muxbw_tui.tui.widgets.plots import Plots
from muxbw_tui.tui.widgets.run_bar import RunBar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from muxbw_tui.tui.preferences import Preferences


class RunScreen(Screen[None]):
    """A screen that takes views in. The app's actions on a route are meant for the one it has selected.

    Args:
        route_index: of the route that the screen is about; None for all.
    """

    BINDINGS: ClassVar[list[BindingType]] = PANE_BINDINGS

    class Uncovered(Message):
        """The screen is in front again, and may show an old instant."""

    class Preferred(Message):
        """The operator chose how something is shown; worth keeping. Names and values as in `Preferences`."""

        def __init__(self, changed: Mapping[str, object]) -> None:
            super().__init__()
            self.changed = changed

    def __init__(self, *, route_index: int | None = None) -> None:
        super().__init__()
        self._route_index = route_index
        self._run_bar = RunBar(id="run-bar")
        self._headline = HeadlineBar(id="headline")
        self._plots = Plots(route_index=route_index, id="plots")
        self._events = EventFeed(route_index=route_index, id="events")
        self._view = View(RunState())

    @property
    def selected(self) -> int | None:
        """Index of the route that keys such as `r` are meant for."""
        return self._route_index

    @property
    def panes(self) -> Sequence[Widget]:
        """What may have the focus; their actions are in the command palette too."""
        raise NotImplementedError

    def show(self, view: View, *, routes_changed: bool) -> None:
        """Bring a view to what the screen shows.

        Args:
            view: what to show.
            routes_changed: the state has changed since the last call; without, only what time changes is redrawn.
        """
        raise NotImplementedError

    def obstacles(self) -> dict[str, str]:
        """Return a sentence for every action of the screen's own that is not possible now, by the action's name."""
        return {}

    def use(self, preferences: Preferences) -> None:
        """Draw as the operator prefers now; what holds for all screens may have been chosen on another one."""
        self._plots.use(preferences.plot_style)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what is not possible now."""
        possible = super().check_action(action, parameters)
        return None if possible and action in self.obstacles() else possible

    def on_screen_resume(self) -> None:
        """Ask for what has changed meanwhile."""
        self.post_message(self.Uncovered())
        self.query_one(KeyBar).look_again()

    def on_screen_suspend(self) -> None:
        """Name no key that whatever lies over the screen has."""
        self.query_one(KeyBar).look_again()

    def on_plots_moved(self, message: Plots.Moved) -> None:
        """Show in the events the instant that the line on the plots is at."""
        self._events.move_to(message.elapsed_ns)

    def on_event_feed_moved(self, message: EventFeed.Moved) -> None:
        """Show on the plots the instant of the event that the cursor is on."""
        self._plots.move_to(message.elapsed_ns)

    def on_event_feed_types_wanted(self) -> None:
        """Let the operator choose which types of events are shown."""

        def keep(hidden_kinds: frozenset[str] | None) -> None:
            if hidden_kinds is not None:
                self._events.set_hidden_kinds(hidden_kinds)

        counts = kinds_in(self._view.state, self._route_index)
        self.app.push_screen(later.event_types(counts, self._events.hidden_kinds), keep)

    def on_plots_restyled(self, message: Plots.Restyled) -> None:
        """Keep how plots are drawn, but not the scale of one route, whose figures are others."""
        scale = {"scale_mbps": message.scale_mbps} if self._route_index is None else {}
        self.post_message(self.Preferred({"plot_style": message.style, **scale}))

    def action_switch_plot(self) -> None:
        """Show the other plot, or both."""
        self._plots.action_switch()
