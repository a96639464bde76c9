"""The rows of a run for people, one line an event: the stock command's rows with their faults mended.

A row is the feed's line (`entries.py`) behind the seconds since the stream opened; samples and lost probes, which the
feed leaves out, get a row each too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.events import payload_kind
from muxbw_tui.run.entries import PROBE_KIND, elapsed_text, lost_probe_text, sample_text

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.run.state import FeedEntry, RunState

_LABELS = {
    PROBE_KIND: "probe",
    "error": "!!! error:",
    "run_started": "run",
    "probe_path": "probe",
    "probe_tally": "probe",
    "stream_broken": "!!! stream broken:",
}


class HumanRows:
    """Writes the rows that each event of a run adds. Use it beside the reducer, on the same state.

    Args:
        state: the run's state; `rows_of` reads what the reducer fed.
        opened_ns: when the stream was opened, Unix nanoseconds; None counts from the first event.
    """

    def __init__(self, state: RunState, *, opened_ns: int | None = None) -> None:
        self._state = state
        self._opened_ns = opened_ns
        self._fed = state.feed_total

    def rows_of(self, event: RunEvent) -> list[str]:
        """Return the rows of an event that was just applied and of what the reducer saw in it; often none."""
        rows = self.new_rows()
        at_ns = max(event.timestamp_ns - self._state.first_timestamp_ns, 0)
        kind = payload_kind(event)
        if kind == "sample":
            rows.insert(0, f"{self._elapsed(at_ns)} {'sample':<7} {sample_text(event)}")
        elif kind == PROBE_KIND and self._state.series.lost_in_a_row > 1:
            rows.append(f"{self._elapsed(at_ns)} {_LABELS[PROBE_KIND]:<7} {lost_probe_text(event)}")
        return rows

    def new_rows(self) -> list[str]:
        """Return the rows of what was fed since the last call, such as a stream that broke."""
        count = min(self._state.feed_total - self._fed, len(self._state.feed))
        self._fed = self._state.feed_total
        entries = list(self._state.feed)[len(self._state.feed) - count :] if count else []
        return [self._row(entry) for entry in entries]

    def _row(self, entry: FeedEntry) -> str:
        if entry.route_index is not None:
            return f"{self._elapsed(entry.elapsed_ns)} {entry.text}"
        label = _LABELS.get(entry.kind, entry.kind)
        return f"{self._elapsed(entry.elapsed_ns)} {label:<7} {entry.text}"

    def _elapsed(self, at_ns: int) -> str:
        before_first_ns = 0
        if self._opened_ns is not None and self._state.first_timestamp_ns:
            before_first_ns = max(self._state.first_timestamp_ns - self._opened_ns, 0)
        return elapsed_text(before_first_ns + at_ns)
