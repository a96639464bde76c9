"""Throughput and round trips against time, side by side or one at a time.

Owns what the operator asked to see of them: which plots, how much time, how they are drawn, and the line that points at
an instant. The line goes where `move_to` says; where the operator moves it here, `Moved` says so.
"""

from __future__ import annotations

import enum
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal
from textual.message import Message
from textual.reactive import reactive

from muxbw_tui.tui.keymap import PLOTS_BINDINGS
from muxbw_tui.tui.plot.canvas import Style
from muxbw_tui.tui.plot.chart import Look
from muxbw_tui.tui.plot.charts import round_trip_chart, throughput_chart
from muxbw_tui.tui.plot.sight import LAST_MINUTE_NS, Now, Sight
from muxbw_tui.tui.widgets.plot_pane import PlotPane, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from muxbw_tui.tui.plot.chart import Chart
    from muxbw_tui.tui.view import View

_BPS_PER_MBPS: Final = 1e6
_STYLES: Final = tuple(Style)


class Shown(enum.Enum):
    """Which plots are there; where there is no room for both, the throughput stands for them."""

    BOTH = "both"
    THROUGHPUT = "throughput"
    RTT = "rtt"


class Plots(Horizontal, can_focus=True, inherit_bindings=False):
    """The two plots of a run, or of one of its routes.

    Args:
        route_index: of the route; None for the run.

    Attributes:
        side_by_side: there is room for both.
        shown: what the operator chose.
    """

    BINDINGS: ClassVar[list[BindingType]] = PLOTS_BINDINGS
    side_by_side = reactive(default=False)
    shown = reactive(Shown.BOTH)

    class Moved(Message):
        """The operator moved the line to an instant, ns since the first event of the stream."""

        def __init__(self, elapsed_ns: int) -> None:
            super().__init__()
            self.elapsed_ns = elapsed_ns

    class Restyled(Message):
        """The operator chose another drawing style, or held or released the throughput's scale."""

        def __init__(self, style: str, scale_mbps: float | None) -> None:
            super().__init__()
            self.style = style
            self.scale_mbps = scale_mbps

    def __init__(self, *, route_index: int | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self._route_index = route_index
        self._throughput = PlotPane(id="throughput")
        self._round_trips = PlotPane(id="round-trips")
        self._view: View | None = None
        self._sight = Sight()
        self._look = Look()
        self._tops: tuple[float | None, float | None] = (None, None)
        self._per_route = False

    def compose(self) -> ComposeResult:
        """Arrange the panes."""
        yield self._throughput
        yield self._round_trips

    def show(self, view: View) -> None:
        """Take in a view; what differs of it is redrawn. Another run is followed from its start."""
        before, self._view = self._view, view
        if before is not None and before.state.first_timestamp_ns not in {0, view.state.first_timestamp_ns}:
            self._sight = Sight(self._sight.length_ns)
            self._look = self._look._replace(cursor_ns=None)
        self._show()

    def use(self, style: str) -> None:
        """Draw in a `Style`, by its name."""
        self._look = self._look._replace(style=Style(style))
        self._show()

    def hold(self, scale_mbps: float | None) -> None:
        """Hold the throughput's scale at a value, or let it follow."""
        self._tops = (scale_mbps * _BPS_PER_MBPS if scale_mbps else None, self._tops[1])
        self._show()

    def move_to(self, elapsed_ns: int | None) -> None:
        """Move the line to an instant, and the sight with it; None takes it away."""
        self._look = self._look._replace(cursor_ns=elapsed_ns)
        if elapsed_ns is not None and self._view is not None:
            self._sight = self._sight.showing(elapsed_ns, self._now())
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what would change nothing."""
        possible = super().check_action(action, parameters)
        return None if possible and self._changes_nothing(action, parameters) else possible

    def action_switch(self) -> None:
        """Show the next of: both where there is room, the throughput, the round trips."""
        order = list(Shown) if self.side_by_side else [Shown.THROUGHPUT, Shown.RTT]
        shown = self.shown if self.shown in order else Shown.THROUGHPUT
        self.shown = order[(order.index(shown) + 1) % len(order)]

    def action_zoom(self, steps: int) -> None:
        """Show less time, or more; around the line, if it is in sight."""
        self._look_at(self._zoomed(steps))

    def action_pan(self, steps: int) -> None:
        """Show an earlier time, or a later one."""
        self._look_at(self._sight.panned(steps, self._now()))

    def action_whole_run(self) -> None:
        """Show the whole run."""
        self._look_at(Sight())

    def action_last_minute(self) -> None:
        """Show the last minute, and follow."""
        self._look_at(Sight(LAST_MINUTE_NS))

    def action_move_line(self, cells: int) -> None:
        """Move the line by cells; the first time it comes in at the newest instant in sight."""
        now, columns = self._now(), self._pane.columns()
        window = self._sight.window(now, columns)
        newest_ns = min(now.elapsed_ns, window.end_ns)
        at_ns = self._look.cursor_ns
        inside = at_ns is not None and window.start_ns <= at_ns <= window.end_ns
        moved_ns = at_ns + cells * window.length_ns // columns if at_ns is not None and inside else newest_ns
        self._point_at(min(max(moved_ns, 0), now.elapsed_ns))

    def action_fix_scale(self) -> None:
        """Hold both scales as they are, or let them follow again."""
        held = self._tops != (None, None)
        self._tops = (None, None) if held else (self._throughput.top or None, self._round_trips.top or None)
        self._tell_style()

    def action_plot_style(self) -> None:
        """Draw with the next kind of characters."""
        style = _STYLES[(_STYLES.index(self._look.style) + 1) % len(_STYLES)]
        self._look = self._look._replace(style=style)
        self._tell_style()

    def action_per_route(self) -> None:
        """Show the routes together, or each."""
        self._per_route = not self._per_route
        self._show()

    def on_plot_pane_pointed(self, message: PlotPane.Pointed) -> None:
        """Move the line to where the mouse pointed."""
        message.stop()
        if self._view is not None:
            self._point_at(min(message.elapsed_ns, self._now().elapsed_ns))

    def watch_side_by_side(self) -> None:
        """Bring the panes in that have room."""
        self._arrange()

    def watch_shown(self) -> None:
        """Bring in the panes that were chosen."""
        self._arrange()

    def _arrange(self) -> None:
        both = self.shown is Shown.BOTH and self.side_by_side
        self._throughput.display = both or self.shown is not Shown.RTT
        self._round_trips.display = both or self.shown is Shown.RTT
        self._show()

    @property
    def _pane(self) -> PlotPane:
        """A pane that is seen."""
        return self._throughput if self._throughput.display else self._round_trips

    def _now(self) -> Now:
        return Now(self._view.elapsed_ns, self._view.over) if self._view is not None else Now(0)

    def _zoomed(self, steps: int) -> Sight:
        return self._sight.zoomed(steps, self._now(), self._look.cursor_ns)

    def _changes_nothing(self, action: str, parameters: tuple[object, ...]) -> bool:
        if self._view is None:
            return True
        if action == "per_route":
            return self._route_index is not None or not self._view.state.has_legs
        steps = parameters[0] if parameters and isinstance(parameters[0], int) else 0
        sight_after: dict[str, Callable[[], Sight]] = {
            "zoom": lambda: self._zoomed(steps),
            "pan": lambda: self._sight.panned(steps, self._now()),
            "whole_run": Sight,
            "last_minute": lambda: Sight(LAST_MINUTE_NS),
        }
        return action in sight_after and sight_after[action]() == self._sight

    def _look_at(self, sight: Sight) -> None:
        self._sight = sight
        self._show()
        self.refresh_bindings()

    def _point_at(self, elapsed_ns: int) -> None:
        self.move_to(elapsed_ns)
        self.post_message(self.Moved(elapsed_ns))

    def _tell_style(self) -> None:
        self._show()
        top_bps = self._tops[0]
        scale_mbps = top_bps / _BPS_PER_MBPS if top_bps is not None else None
        self.post_message(self.Restyled(self._look.style.value, scale_mbps))

    def _show(self) -> None:
        """Hand the panes what they show; each draws it if it differs and somebody sees it."""
        if self._view is None:
            return
        state, index = self._view.state, self._route_index
        charts: tuple[Callable[[], Chart], ...] = (
            partial(throughput_chart, state, route_index=index, per_route=self._per_route),
            partial(round_trip_chart, state, route_index=index),
        )
        panes = (self._throughput, self._round_trips)
        rates = (
            state.first_timestamp_ns,
            state.series.version,
            state.end,
            len(state.routes),
            self._per_route,
        )
        # What differs when the charts would: a probe that comes back leaves the throughput as it is.
        versions = (rates, (*rates, state.series.probe_version))
        for pane, chart, version, top in zip(panes, charts, versions, self._tops, strict=True):
            pane.show(Scene(chart, version, self._sight, self._now(), self._look._replace(top=top)))
