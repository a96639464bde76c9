"""Which lines of the feed become marks on a plot's time axis, and in what few words.

Called after the reducer has applied the event, as `entries.py` is. Phases are marked by the reducer itself, since a
stock server announces none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.run.series import Mark, MarkKind
from muxbw_tui.run.state import FAILED_STATUSES, FeedEntry, RouteState, RunState, Severity

if TYPE_CHECKING:
    from collections.abc import Callable


def mark_of(state: RunState, entry: FeedEntry) -> Mark | None:
    """Return the mark for an entry, None for one that gets none."""
    words_of = _WORDS.get(entry.kind)
    if words_of is None:
        return None
    route = state.routes.get(entry.route_index) if entry.route_index is not None else None
    words = words_of(state, entry, route)
    if words is None:
        return None
    kind, text = words
    label = text if entry.route_index is None else f"R{entry.route_index} {text}"
    return Mark(entry.elapsed_ns, kind, label, entry.route_index)


_Words = tuple[MarkKind, str]


def _route_established(_state: RunState, entry: FeedEntry, route: RouteState | None) -> _Words | None:
    if entry.severity is Severity.FAULT:
        return MarkKind.FAILED, "set-up failed"
    again = route is not None and bool(route.attempts) and route.attempts[-1].number > 1
    return (MarkKind.RECOVERED, "up again") if again else None


def _route_failure(_state: RunState, _entry: FeedEntry, route: RouteState | None) -> _Words:
    known = route is not None and route.status in FAILED_STATUSES
    return MarkKind.FAILED, route.status.value if route is not None and known else "failed"


def _paused(state: RunState, _entry: FeedEntry, _route: RouteState | None) -> _Words:
    return (MarkKind.PAUSED, "paused") if state.paused else (MarkKind.RESUMED, "goes on")


def _always(kind: MarkKind, text: str) -> Callable[[RunState, FeedEntry, RouteState | None], _Words]:
    return lambda _state, _entry, _route: (kind, text)


_WORDS: dict[str, Callable[[RunState, FeedEntry, RouteState | None], _Words | None]] = {
    "route_established": _route_established,
    "route_failure": _route_failure,
    "restarting": _always(MarkKind.RESTARTED, "restarts"),
    "stalled": _always(MarkKind.STALLED, "stalled"),
    "recovered": _always(MarkKind.RECOVERED, "recovered"),
    "paused": _paused,
    "stream_broken": _always(MarkKind.FAILED, "stream broken"),
    "error": _always(MarkKind.FAILED, "run ended"),
}
