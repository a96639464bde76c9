"""Which routes and events are shown: what the operator types behind `/`, parsed once and asked often.

`tokyo` is looked for as it stands, `re:tok.o|lima` is a regular expression; case never matters. `!` in front inverts,
and alone it leaves what is at fault. A route is matched by what its row says: number, state, path by names and by
keys, carrier, what limits it, and error. An event is matched by its line, and by the path of the route it is about.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.errors import FilterError
from muxbw_tui.run import cells
from muxbw_tui.run.state import FAILED_STATUSES, RouteStatus, Severity

if TYPE_CHECKING:
    from muxbw_tui.run.state import FeedEntry, RouteState, RunState

INVERT: Final = "!"
ONLY_FAULTS: Final = INVERT
EXPRESSION: Final = "re:"
AT_FAULT: Final = FAILED_STATUSES | {RouteStatus.STALLED, RouteStatus.RESTARTING}
# No match reaches from one cell into the next, and ^ and $ are those of a cell.
_SEPARATOR: Final = "\n"


class Matcher(NamedTuple):
    """What is shown and what is not.

    Attributes:
        text: as it was typed, without white space around it.
        pattern: what is looked for; None where only faults are.
        only_faults: shows what is at fault, whatever it says.
        inverted: shows what would not match.
    """

    text: str = ""
    pattern: re.Pattern[str] | None = None
    only_faults: bool = False
    inverted: bool = False

    @property
    def shows_all(self) -> bool:
        """Whether nothing is filtered out."""
        return self.pattern is None and not self.only_faults

    def matches_route(self, route: RouteState, state: RunState) -> bool:
        """Whether a route's row is shown. A route that is being set up again is still at fault."""
        if self.pattern is None:
            return self._shown(is_found=not self.only_faults or route.status in AT_FAULT)
        return self._shown(is_found=self.pattern.search(_text_of_route(route, state)) is not None)

    def matches_entry(self, entry: FeedEntry, state: RunState) -> bool:
        """Whether an event's line is shown."""
        if self.pattern is None:
            return self._shown(is_found=not self.only_faults or entry.severity is Severity.FAULT)
        if self.pattern.search(f"{entry.kind}{_SEPARATOR}{entry.text}"):
            return self._shown(is_found=True)
        route = None if entry.route_index is None else state.routes.get(entry.route_index)
        on_path = route is not None and self.pattern.search(_path_of(route, state)) is not None
        return self._shown(is_found=on_path)

    def _shown(self, *, is_found: bool) -> bool:
        return is_found is not self.inverted


SHOW_ALL: Final = Matcher()


def parse_filter(text: str) -> Matcher:
    """Return what a filter shows; an empty one shows everything.

    Raises:
        FilterError: the text behind `re:` is no regular expression.
    """
    typed = text.strip()
    inverted = typed.startswith(INVERT)
    wanted = typed.removeprefix(INVERT).strip()
    if wanted == INVERT:
        return Matcher(typed, only_faults=True, inverted=True)
    if not wanted:
        return Matcher(typed, only_faults=inverted)
    is_expression = wanted.startswith(EXPRESSION)
    expression = wanted.removeprefix(EXPRESSION) if is_expression else re.escape(wanted)
    if not expression:
        return SHOW_ALL
    try:
        pattern = re.compile(expression, re.IGNORECASE | re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as exc:
        raise FilterError(f"no regular expression: {exc}") from exc
    return Matcher(typed, pattern, inverted=inverted)


def _text_of_route(route: RouteState, state: RunState) -> str:
    return _SEPARATOR.join(
        (
            f"R{route.index}",
            cells.status_text(route),
            _path_of(route, state),
            cells.carrier_text(route),
            cells.limit_text(route),
            cells.error_text(route),
        )
    )


def _path_of(route: RouteState, state: RunState) -> str:
    return f"{cells.path_of_names(route, state)}{_SEPARATOR}{cells.path_of_keys(route, state) or ''}"
