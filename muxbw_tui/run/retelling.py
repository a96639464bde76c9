"""A run that is told once more, from its beginning, to one who knows most of it: after a stream that broke.

Owns what becomes of the two versions. The new one is complete but for what only an observer has who was there (the feed
and the course of the figures), and the old one is shown until the new one has come as far: so nothing on the screen
goes back, and nothing is told twice. What is known already is known by its timestamp, since a server tells a run in
order.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from muxbw_tui.events import payload_kind
from muxbw_tui.run import reducer
from muxbw_tui.run.state import FeedEntry, RunState, Severity
from muxbw_tui.units import format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent

# A server keeps these for nobody; what lies between the break and the retelling is missing in them.
KEPT = frozenset({"feed", "feed_total", "series"})
_LAST_KINDS = frozenset({"done", "error"})


class Retelling:
    """Brings a state up to date while its run is told once more.

    Args:
        state: of the run, as it was when the stream broke; changed in place.
        away_ns: since the stream broke.
    """

    def __init__(self, state: RunState, *, away_ns: int) -> None:
        self._state = state
        self._away_ns = away_ns
        self._known_until_ns = state.first_timestamp_ns + state.elapsed_ns
        self._told_until_ns = 0
        self._retold: RunState | None = reducer.start(state.request)

    def apply(self, event: RunEvent) -> bool:
        """Take in the next event of the new telling; return whether it is news."""
        if self._retold is not None:
            if not self._is_news(event):
                self._told_until_ns = event.timestamp_ns
                reducer.apply(self._retold, event)
                return False
            self._adopt(self._retold)
            self._retold = None
        reducer.apply(self._state, event)
        return True

    def _is_news(self, event: RunEvent) -> bool:
        """Whether the event came after the break. One who goes back in time has had his clock set back meanwhile."""
        return (
            event.timestamp_ns > self._known_until_ns
            or event.timestamp_ns < self._told_until_ns
            or payload_kind(event) in _LAST_KINDS
        )

    def _adopt(self, retold: RunState) -> None:
        state = self._state
        text = (
            f"the stream broke here, and the run was taken up again {format_duration_ns(self._away_ns)} later"
        )
        reducer.add_entry(state, FeedEntry(state.elapsed_ns, "resumed", text, Severity.PLAIN))
        for mark in retold.series.marks:  # what happened meanwhile; no mark is there twice
            state.series.add_mark(mark)
        for field in fields(RunState):
            if field.name not in KEPT:
                setattr(state, field.name, getattr(retold, field.name))
