"""The dashboard: figures and headline on top, then the routes, the plots, the diagnosis and the events.

Owns where the panes are and which of them has the focus, and the filter that several of them share. It must not know
the run beyond the view that it hands on. `show` is the only way in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from muxbw_tui.errors import FilterError
from muxbw_tui.run.filters import ONLY_FAULTS, parse_filter
from muxbw_tui.tui.arrangement import NARROW_BELOW, Arrangement, arrange
from muxbw_tui.tui.keymap import OVERVIEW_BINDINGS
from muxbw_tui.tui.screens import later
from muxbw_tui.tui.screens.run_screen import RunScreen
from muxbw_tui.tui.screens.too_small import is_too_small
from muxbw_tui.tui.widgets.diagnosis import DiagnosisPane
from muxbw_tui.tui.widgets.filter_line import FilterLine
from muxbw_tui.tui.widgets.key_bar import KeyBar
from muxbw_tui.tui.widgets.route_table import RouteTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from muxbw_tui.run.state import RunState
    from muxbw_tui.tui.preferences import Preferences
    from muxbw_tui.tui.view import View


class Overview(RunScreen):
    """One run at a glance.

    Args:
        preferences: columns and order to begin with.
    """

    AUTO_FOCUS = "#routes"
    BINDINGS: ClassVar[list[BindingType]] = OVERVIEW_BINDINGS

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._routes = RouteTable(id="routes")
        self._diagnosis = DiagnosisPane(id="diagnosis")
        self._filter_line = FilterLine(id="filter")
        self._preferences = preferences
        self._columns = preferences.columns
        self._filter = self._filter_before = ""
        self._age = ""
        self._arrangement: Arrangement | None = None

    def compose(self) -> ComposeResult:
        """Arrange the panes."""
        yield self._run_bar
        yield self._headline
        yield self._routes
        yield self._plots
        yield self._diagnosis
        yield self._events
        yield KeyBar(id="keys")
        yield self._filter_line

    @property
    def selected(self) -> int | None:
        """Index of the route under the cursor."""
        return self._routes.selected

    @property
    def panes(self) -> Sequence[Widget]:
        """What may have the focus."""
        return (self._routes, self._plots, self._events)

    def show(self, view: View, *, routes_changed: bool) -> None:
        """Bring a view to the panes; each redraws what differs in it."""
        self._view = view
        with self.app.batch_update():
            self._run_bar.show(view)
            self._headline.show(view)
            self._diagnosis.show(view)
            self._mark_age(view)
            self._arrange()
            if routes_changed:
                self._routes.show(view)
                self._events.show(view)
            self._plots.show(view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the key that opens the filter be typed into it, too."""
        typing = action == "filter" and self._filter_line.is_open
        return False if typing else super().check_action(action, parameters)

    def obstacles(self) -> dict[str, str]:
        """Return why some of the screen's own actions are not possible now."""
        reasons = {}
        if not self._plots.display:
            reasons["switch_plot"] = "There is no room for plots beside what has happened."
        return reasons

    def on_mount(self) -> None:
        """Show columns and order as the operator prefers them."""
        self._routes.set_columns(self._columns)
        self._plots.hold(self._preferences.scale_mbps)
        self._routes.set_sort(self._preferences.sort, descending=self._preferences.descending)

    def on_resize(self) -> None:
        """Give every pane its place in the new size."""
        self._arrange()

    def on_route_table_sorted(self, message: RouteTable.Sorted) -> None:
        """Keep the order."""
        self.post_message(self.Preferred({"sort": message.column_id, "descending": message.descending}))

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        """Filter while the operator types; what is no filter yet leaves the last one on."""
        try:
            self._use_filter(message.text)
        except FilterError as problem:
            self._filter_line.complain(str(problem))
        else:
            self._filter_line.complain("")

    async def action_filter(self) -> None:
        """Let a filter be typed."""
        await self._filter_line.open(self._filter, clear_key=self._view.keys["filter-clear"])

    def action_only_faults(self) -> None:
        """Show only what is at fault, or what was shown before."""
        if self._filter == ONLY_FAULTS:
            self._use_filter(self._filter_before)
        else:
            before = self._filter
            self._use_filter(ONLY_FAULTS)
            self._filter_before = before

    def action_clear_filter(self) -> None:
        """Show everything again, and the newest."""
        self._use_filter("")
        self._plots.move_to(None)
        self._events.move_to(None)

    def action_columns(self) -> None:
        """Let the operator choose the columns."""
        screen = later.columns(self._columns, self._routes.automatic_columns)
        self.app.push_screen(screen, self._columns_chosen)

    def action_fault(self, step: int) -> None:
        """Go to another fault in the events, and so on the plots."""
        if not self._events.move_to_fault(step):
            where = "further" if step > 0 else "earlier"
            self.notify(f"There is no {where} fault in the events.", severity="warning", markup=False)

    def _use_filter(self, text: str) -> None:
        """Filter routes and events alike.

        Raises:
            FilterError: the text is no filter; the one before stays on.
        """
        matcher = parse_filter(text)
        self._filter, self._filter_before = matcher.text, ""
        self._routes.set_matcher(matcher)
        self._events.set_matcher(matcher)
        self.refresh_bindings()

    def _columns_chosen(self, columns: tuple[str, ...] | None) -> None:
        if columns is not None:
            self._columns = columns
            self._routes.set_columns(columns)
            self.post_message(self.Preferred({"columns": columns}))

    def _mark_age(self, view: View) -> None:
        """Say in the frame when what stands in it is not of now."""
        age = view.age
        if age != self._age:
            self._age = age
            self._routes.set_age(age)
            self._events.set_age(age)

    def _arrange(self) -> None:
        """Give the panes their heights, where these have changed."""
        width, height = self.size
        if is_too_small(self.size):
            return
        arrangement = arrange(
            width,
            height,
            routes=len(self._view.state.routes),
            diagnoses=self._diagnosis.most,
            headline=self._headline.lines_in(width),
        )
        self._plots.side_by_side = arrangement.side_by_side and _has_round_trips(self._view.state)
        if arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        self.set_class(width < NARROW_BELOW, "-narrow")
        self.set_class(arrangement.compact, "-compact")
        self._diagnosis.set_class(arrangement.diagnosis == 1, "-folded")
        self._plots.display = arrangement.plots > 0
        self._plots.styles.height = arrangement.plots
        self._routes.styles.height = arrangement.routes
        self._diagnosis.styles.height = arrangement.diagnosis
        self._events.styles.height = arrangement.events


def _has_round_trips(state: RunState) -> bool:
    """Whether the run probes round trips: without, an empty plot would take half the width."""
    asked = state.request.probe_rtt or state.request.idle_baseline_duration_ns > 0
    return asked or state.probe_count > 0
