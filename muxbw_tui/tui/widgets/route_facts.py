"""The pane with all that is known of one route; the lines are `tui/route_facts.py`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.run.state import RouteState, RunState
from muxbw_tui.tui.route_facts import fact_lines
from muxbw_tui.tui.route_lines import stepped_back
from muxbw_tui.tui.view import AS_LAST_SEEN
from muxbw_tui.tui.widgets.reading import Reading

if TYPE_CHECKING:
    from muxbw_tui.tui.view import View


class RouteFacts(Reading):
    """Condition, figures, path and attempts of a route."""

    def __init__(self, route_index: int, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(fact_lines(RouteState(route_index), RunState()), id=id)
        self.border_title = f"R{route_index}"
        self._route_index = route_index

    def show(self, view: View) -> None:
        """Take in a view, and redraw what differs."""
        title = " · ".join(filter(None, (f"R{self._route_index}", view.age)))
        if self.border_title != title:
            self.border_title = title
        route = view.state.routes.get(self._route_index, RouteState(self._route_index))
        lines = fact_lines(route, view.state)
        self.put([stepped_back(line) for line in lines] if view.age == AS_LAST_SEEN else lines)
