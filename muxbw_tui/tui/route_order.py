"""Which routes stand in the table and in which order, which line shows what of them, and where the cursor is.

The cursor stays on its route and, as far as can be, on its line of the screen while others are sorted around it. Pure:
it knows no widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.run.columns import COLUMN_BY_ID, in_order
from muxbw_tui.run.filters import SHOW_ALL
from muxbw_tui.run.state import RunState
from muxbw_tui.tui.route_lines import has_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from muxbw_tui.run.filters import Matcher
    from muxbw_tui.run.state import RouteStatus

_UNMOVED: Final = "index"  # the column whose values never change


class Line(NamedTuple):
    """What a line of the table shows: a route's row, or the reason under it."""

    route_index: int
    is_reason: bool = False


class Lines(NamedTuple):
    """The lines of the table at one time, and on which of them the cursor is."""

    lines: tuple[Line, ...] = ()
    cursor: int | None = None

    def top_after(self, before: Lines, top: int, height: int) -> int:
        """Return which line must be the topmost in sight, so that what the operator looks at stays where it was.

        That is the row under the cursor, or, if it is out of sight, the topmost row.

        Args:
            before: the lines until now.
            top: the topmost of them in sight.
            height: how many are in sight.
        """
        if before.cursor is not None and top <= before.cursor < top + height:
            return top if self.cursor is None else max(self.cursor - (before.cursor - top), 0)
        if top >= len(before.lines):
            return top
        row = Line(before.lines[top].route_index)
        return self.lines.index(row) if row in self.lines else top


class RouteOrder:
    """The rows of one table.

    Attributes:
        sort: id of the column that rows are sorted by.
        selected: index of the route under the cursor; None where there is no row.
        shown: indexes of the routes that the filter lets through, in their order.
        now: the lines that they make.
    """

    def __init__(self) -> None:
        self.sort = _UNMOVED
        self.descending = False
        self.matcher = SHOW_ALL
        self.selected: int | None = None
        self.shown: list[int] = []
        self.now = Lines()
        self._state = RunState()
        self._statuses: dict[int, RouteStatus] = {}
        self._is_stale = False
        self._with_reasons = True

    def take(self, state: RunState) -> None:
        """Take in a state. Rows come, go and fail at once; what was measured since moves them with `settle` only."""
        is_other = state is not self._state
        statuses = {index: route.status for index, route in state.routes.items()}
        self._state, self._is_stale = state, True
        if is_other or statuses != self._statuses:
            self._statuses = statuses
            self._arrange(anew=is_other)

    def settle(self) -> None:
        """Bring the rows into the order that the values now have, if any have changed."""
        if self._is_stale and (self.sort != _UNMOVED or not self.matcher.shows_all):
            self._arrange(anew=True)

    def sort_by(self, column_id: str, *, descending: bool) -> None:
        """Sort by a column."""
        self.sort, self.descending = column_id, descending
        self._arrange(anew=True)

    def use(self, matcher: Matcher) -> None:
        """Show only what matches; the cursor goes to the nearest row if its own goes."""
        self.matcher = matcher
        self._arrange(anew=True)

    def show_reasons(self, *, on: bool) -> None:
        """Have a line under each row in trouble, or none."""
        if on != self._with_reasons:
            self._with_reasons = on
            self._renew_lines()

    def select(self, route_index: int | None) -> None:
        """Put the cursor on a route that is shown."""
        self.selected = route_index
        self.now = Lines(self.now.lines, self._cursor_in(self.now.lines))

    def neighbour(self, step: int) -> int | None:
        """Return the route so many rows below the cursor, or the last one in that direction."""
        if self.selected is None:
            return None
        position = self.shown.index(self.selected) + step
        return self.shown[min(max(position, 0), len(self.shown) - 1)]

    def _arrange(self, *, anew: bool) -> None:
        """Choose and sort the rows; if not `anew`, those that stay keep their places among each other."""
        before, shown = self.shown, ordered(self._state, self.matcher, self.sort, descending=self.descending)
        if anew or self.sort == _UNMOVED:
            self.shown, self._is_stale = shown, False
        else:
            self.shown = as_before(before, shown)
        if self.selected is None or self.selected not in set(self.shown):
            self.selected = nearest(before, self.shown, self.selected)
        self._renew_lines()

    def _renew_lines(self) -> None:
        """Write down the lines; a reason stands under its row wherever that goes."""
        lines = []
        for index in self.shown:
            lines.append(Line(index))
            if self._with_reasons and has_reason(self._state.routes[index]):
                lines.append(Line(index, is_reason=True))
        self.now = Lines(tuple(lines), self._cursor_in(lines))

    def _cursor_in(self, lines: Sequence[Line]) -> int | None:
        return None if self.selected is None else lines.index(Line(self.selected))


def ordered(state: RunState, matcher: Matcher, sort: str, *, descending: bool) -> list[int]:
    """Return the indexes of the routes that the filter lets through, sorted by the column of that id."""
    routes = (
        route for route in state.routes.values() if matcher.shows_all or matcher.matches_route(route, state)
    )
    return [route.index for route in in_order(routes, state, COLUMN_BY_ID[sort], descending=descending)]


def as_before(before: Sequence[int], now: Iterable[int]) -> list[int]:
    """Return what is there now in the order in which it was before; newcomers come last, as they are."""
    place = {index: position for position, index in enumerate(before)}
    return sorted(now, key=lambda index: place.get(index, len(place)))


def nearest(before: Sequence[int], now: Sequence[int], index: int | None) -> int | None:
    """Return the route of `now` that stood nearest to one that is gone: the next one below, else above."""
    if index is None or index not in before:
        return next(iter(now), None)
    left, position = set(now), before.index(index)
    candidates = (*before[position:], *reversed(before[:position]), *now)
    return next((candidate for candidate in candidates if candidate in left), None)
