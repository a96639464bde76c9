"""The title of the terminal's window or tab: how the run is, for who has the dashboard behind other windows. Pure.

What is amiss comes first, since a tab shows little. Names in it may come from outside: the title is one clean line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muxbw_tui.run.names import target_name
from muxbw_tui.run.state import CARRYING_STATUSES, FAILED_STATUSES, RouteStatus, RunState, StreamEnd
from muxbw_tui.run.text import clean_line, counted

if TYPE_CHECKING:
    from muxbw_tui.tui.view import View

_LIMIT: Final = 120


def terminal_title(view: View) -> str:
    """Return the title: `✗ 1 of 4 routes failed · there · muxbw-tui`."""
    target = target_name(view.state) or view.source_title
    return clean_line(f"{_condition(view)} · {target} · muxbw-tui", limit=_LIMIT)


def _condition(view: View) -> str:
    state = view.state
    if view.mishap:
        return f"✗ {view.mishap}"
    if view.outage is not None:
        return "◌ reconnecting"
    of_all = f"of {counted(len(state.routes), 'route')}"
    if failed := _count(state, FAILED_STATUSES):
        return f"✗ {failed} {of_all} failed"
    if state.end is not StreamEnd.OPEN:
        return "■ over"
    return _of_run(state, of_all)


def _of_run(state: RunState, of_all: str) -> str:
    if state.paused:
        return "Ⅱ paused"
    if not state.sampled:
        return f"◔ {state.phase.replace('_', ' ') or 'connecting'}"
    carrying = _count(state, CARRYING_STATUSES)
    return f"{'●' if carrying == len(state.routes) else '◌'} {carrying} {of_all} carry"


def _count(state: RunState, statuses: frozenset[RouteStatus]) -> int:
    return sum(route.status in statuses for route in state.routes.values())
